/* libopendkim over the messages of the judge: one message a line in, its results a line out. */
#define _GNU_SOURCE
#include "wire.h"
#include <sys/types.h>
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>
#include <dkim.h>

static struct line line;
static size_t answer_octets;

static unsigned char *put_name(unsigned char *at, const char *name)
{
    while (*name) {
        size_t length = strcspn(name, ".");
        if (length == 0 || length > 63) {
            break;
        }
        *at++ = (unsigned char)length;
        memcpy(at, name, length);
        at += length;
        name += length;
        if (*name == '.') {
            name++;
        }
    }
    *at++ = 0;
    return at;
}

static unsigned char *put_record(unsigned char *at, char *data)
{
    *at++ = 0xc0;
    *at++ = 12;
    NS_PUT16(ns_t_txt, at);
    NS_PUT16(ns_c_in, at);
    NS_PUT32(300, at);
    unsigned char *length = at;
    at += 2;
    /* The strings stand between bars; a copy, since several signatures may ask. */
    char *copy = strdup(data), *rest = copy, *part;
    while ((part = strsep(&rest, "|"))) {
        size_t octets = unescape(part), at_once = octets > 255 ? 255 : octets;
        *at++ = (unsigned char)at_once;
        memcpy(at, part, at_once);
        at += at_once;
    }
    free(copy);
    unsigned long written = (unsigned long)(at - length - 2);
    NS_PUT16(written, length);
    return at;
}

static int query_start(void *service, int type, unsigned char *query, unsigned char *buffer, size_t room, void **handle)
{
    (void)service;
    (void)room;
    unsigned char *at = buffer + 12;
    memset(buffer, 0, 12);
    HEADER *header = (HEADER *)buffer;
    header->qr = header->rd = header->ra = 1;
    header->qdcount = htons(1);
    at = put_name(at, (char *)query);
    NS_PUT16(type, at);
    NS_PUT16(ns_c_in, at);
    int found = 0, exists = 0;
    for (int i = 1; i + 2 < line.fields; i += 3) {
        if (strcasecmp(line.field[i], (char *)query)) {
            continue;
        }
        exists = 1;
        if (!strcmp(line.field[i + 1], "FAIL")) {
            header->rcode = ns_r_servfail;
        } else if (!strcmp(line.field[i + 1], "TXT")) {
            at = put_record(at, line.field[i + 2]);
            found++;
        }
    }
    header->ancount = htons((uint16_t)found);
    if (!exists) {
        header->rcode = ns_r_nxdomain;
    }
    answer_octets = (size_t)(at - buffer);
    *handle = &answer_octets;
    return DKIM_DNS_SUCCESS;
}

static int query_wait(void *service, void *handle, struct timeval *to, size_t *octets, int *error, int *dnssec)
{
    (void)service;
    (void)to;
    if (octets) {
        *octets = *(size_t *)handle;
    }
    if (error) {
        *error = 0;
    }
    if (dnssec) {
        *dnssec = DKIM_DNSSEC_INSECURE;
    }
    return DKIM_DNS_SUCCESS;
}

static int query_cancel(void *service, void *handle)
{
    (void)service;
    (void)handle;
    return 0;
}

static int service_init(void **service)
{
    *service = &answer_octets;
    return 0;
}

static void service_close(void *service)
{
    (void)service;
}

static const char *word(DKIM_SIGINFO *signature)
{
    if ((dkim_sig_getflags(signature) & DKIM_SIGFLAG_PASSED) && dkim_sig_getbh(signature) == DKIM_SIGBH_MATCH) {
        return "pass";
    }
    return dkim_sig_geterror(signature) == DKIM_SIGERROR_KEYFAIL ? "temperror" : "fail";
}

static void check(DKIM_LIB *library)
{
    size_t octets = unescape(line.field[0]);
    unsigned char *at = (unsigned char *)line.field[0], *end = at + octets;
    DKIM_STAT status;
    DKIM *message = dkim_verify(library, (unsigned char *)"case", NULL, &status);
    if (!message) {
        puts("unreadable");
        return;
    }
    while (at < end && !(end - at >= 2 && at[0] == '\r' && at[1] == '\n')) {
        unsigned char *start = at;
        do {
            unsigned char *crlf = memmem(at, (size_t)(end - at), "\r\n", 2);
            at = crlf ? crlf + 2 : end;
        } while (at < end && (*at == ' ' || *at == '\t'));
        size_t length = (size_t)(at - start);
        if (length >= 2 && at[-2] == '\r' && at[-1] == '\n') {
            length -= 2;
        }
        status = dkim_header(message, start, length);
        if (status != DKIM_STAT_OK) {
            printf("unreadable:%d\n", (int)status);
            dkim_free(message);
            return;
        }
    }
    at = end - at >= 2 ? at + 2 : end;
    status = dkim_eoh(message);
    if (status == DKIM_STAT_OK) {
        if (at < end) {
            dkim_body(message, at, (size_t)(end - at));
        }
        dkim_eom(message, NULL);
    }
    DKIM_SIGINFO **signatures;
    int count = 0;
    if (dkim_getsiglist(message, &signatures, &count) != DKIM_STAT_OK) {
        count = 0;
    }
    if (count == 0) {
        printf("none");
    }
    for (int i = 0; i < count; i++) {
        printf("%s%s", i ? "," : "", word(signatures[i]));
    }
    printf(":%d", (int)status);
    for (int i = 0; i < count; i++) {
        printf("/%d", (int)dkim_sig_geterror(signatures[i]));
    }
    putchar('\n');
    dkim_free(message);
}

int main(void)
{
    DKIM_LIB *library = dkim_init(NULL, NULL);
    unsigned bits = 1024, flags = DKIM_LIBFLAGS_BADSIGHANDLES;
    dkim_dns_set_init(library, service_init);
    dkim_dns_set_close(library, service_close);
    dkim_dns_set_query_start(library, query_start);
    dkim_dns_set_query_waitreply(library, query_wait);
    dkim_dns_set_query_cancel(library, query_cancel);
    dkim_dns_set_query_service(library, &answer_octets);
    dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_MINKEYBITS, &bits, sizeof bits);
    dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS, &flags, sizeof flags);
    while (read_line(&line)) {
        alarm(10);
        for (int i = 1; i + 2 < line.fields; i += 3) {
            unescape(line.field[i]);
        }
        check(library);
        fflush(stdout);
        alarm(0);
    }
    dkim_close(library);
    return 0;
}
