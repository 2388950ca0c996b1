/* libspf2 over the zones of the judge: one case a line in, one result a line out. */
#define _GNU_SOURCE
#include "wire.h"
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <spf2/spf.h>
#include <spf2/spf_dns_zone.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

static ns_type kind(const char *word)
{
    return !strcmp(word, "TXT")    ? ns_t_txt
           : !strcmp(word, "MX")   ? ns_t_mx
           : !strcmp(word, "A")    ? ns_t_a
           : !strcmp(word, "AAAA") ? ns_t_aaaa
           : !strcmp(word, "PTR")  ? ns_t_ptr
                                   : ns_t_any;
}

static void add(SPF_dns_server_t *zone, char *name, const char *type, char *data)
{
    unescape(name);
    if (!strcmp(type, "NODATA")) {
        return;
    }
    if (!strcmp(type, "FAIL")) {
        static const ns_type all[] = {ns_t_txt, ns_t_mx, ns_t_a, ns_t_aaaa, ns_t_ptr};
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
            SPF_dns_zone_add_str(zone, name, all[i], TRY_AGAIN, NULL);
        }
        return;
    }
    /* The strings of a TXT record stand between bars, and are one text here. */
    char *into = data;
    for (const char *from = data; *from; from++) {
        if (*from != '|') {
            *into++ = *from;
        }
    }
    *into = 0;
    unescape(data);
    if (kind(type) == ns_t_mx) {
        data = strchr(data, ' ') + 1;
    }
    SPF_dns_zone_add_str(zone, name, kind(type), NETDB_SUCCESS, data);
}

static const char *check(struct line *line)
{
    SPF_dns_server_t *zone = SPF_dns_zone_new(NULL, "zone", 0);
    for (int i = 3; i + 2 < line->fields; i += 3) {
        add(zone, line->field[i], line->field[i + 1], line->field[i + 2]);
    }
    SPF_server_t *server = SPF_server_new_dns(zone, 0);
    SPF_server_set_rec_dom(server, "mx.receiver.example");
    SPF_request_t *request = SPF_request_new(server);
    SPF_response_t *response = NULL;
    for (int i = 0; i < 3; i++) {
        unescape(line->field[i]);
    }
    if (strchr(line->field[0], ':')) {
        SPF_request_set_ipv6_str(request, line->field[0]);
    } else {
        SPF_request_set_ipv4_str(request, line->field[0]);
    }
    SPF_request_set_helo_dom(request, line->field[1]);
    if (*line->field[2]) {
        SPF_request_set_env_from(request, line->field[2]);
    }
    SPF_errcode_t error = SPF_request_query_mailfrom(request, &response);
    const char *word = response ? SPF_strresult(SPF_response_result(response)) : "(invalid)";
    static char answer[256];
    snprintf(answer, sizeof answer, "%s\t%s", word, SPF_strerror(error));
    if (response) {
        SPF_response_free(response);
    }
    SPF_request_free(request);
    SPF_server_free(server);
    return answer;
}

int main(void)
{
    static struct line line;
    /* What a library says of a bad record goes nowhere. */
    if (!freopen("/dev/null", "w", stderr)) {
        return 1;
    }
    while (read_line(&line)) {
        alarm(10);
        puts(check(&line));
        fflush(stdout);
        alarm(0);
    }
    return 0;
}
