/* Checks a message in a file, asking the resolvers of the system, or a zone in JSON instead.
 *
 *   cc check_file.c -o check_file $(pkg-config --cflags --libs mailproof)
 *   ./check_file FILE IP HELO MAIL-FROM [ZONE.json]
 *
 * Exits with 0 when DMARC passes, 1 when not, 2 on bad usage or failure. */
#include <arpa/inet.h>
#include <mailproof.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_file(const char *path, size_t *len) {
    FILE *file = fopen(path, "rb");
    char *octets = NULL;
    size_t room = 0;
    *len = 0;
    if (file == NULL)
        return NULL;
    do {
        if (*len == room) {
            char *more = (char *)realloc(octets, room = room ? 2 * room : 65536);
            if (more == NULL)
                break;
            octets = more;
        }
        *len += fread(octets + *len, 1, room - *len, file);
    } while (!feof(file) && !ferror(file));
    fclose(file);
    return octets;
}

static int failed(const char *what, mailproof_status status) {
    mailproof_str why = {NULL, 0};
    mailproof_last_error(&why);
    fprintf(stderr, "%s: %s: %.*s\n", what, mailproof_status_text(status), (int)why.len, why.data ? why.data : "");
    return 2;
}

int main(int argc, char **argv) {
    mailproof_context *context = NULL;
    mailproof_check *check = NULL;
    mailproof_status status;
    mailproof_result result = MAILPROOF_RESULT_NONE;
    mailproof_str domain, reason, field;
    unsigned char ip[16];
    size_t ip_len = 4, message_len, zone_len, i;
    char *message, *zone;
    if (argc < 5) {
        fprintf(stderr, "usage: %s FILE IP HELO MAIL-FROM [ZONE.json]\n", argv[0]);
        return 2;
    }
    if (inet_pton(AF_INET, argv[2], ip) != 1) {
        ip_len = 16;
        if (inet_pton(AF_INET6, argv[2], ip) != 1)
            return fprintf(stderr, "%s: no IP address\n", argv[2]), 2;
    }
    if ((message = read_file(argv[1], &message_len)) == NULL)
        return perror(argv[1]), 2;

    if ((status = mailproof_context_new("localhost", strlen("localhost"), &context)) < 0)
        return failed("context", status);
    if (argc > 5) {
        if ((zone = read_file(argv[5], &zone_len)) == NULL)
            return perror(argv[5]), 2;
        status = mailproof_context_use_zone_json(context, zone, zone_len);
        free(zone);
    } else {
        status = mailproof_context_use_system_dns(context);
    }
    if (status < 0)
        return failed("dns", status);

    if ((status = mailproof_check_new(context, &check)) < 0 ||
        (status = mailproof_check_connect(check, ip, ip_len, argv[3], strlen(argv[3]))) < 0 ||
        (status = mailproof_check_mail_from(check, argv[4], strlen(argv[4]))) < 0 ||
        (status = mailproof_check_text(check, (const uint8_t *)message, message_len)) < 0 ||
        (status = mailproof_check_finish(check)) < 0)
        return failed(argv[1], status);
    free(message);

    for (i = MAILPROOF_IDENTITY_HELO; i <= MAILPROOF_IDENTITY_MAIL_FROM; i++)
        if (mailproof_check_spf(check, (uint32_t)i, &result, &domain, &reason) == MAILPROOF_OK)
            printf("SPF    %-9s %.*s: %.*s\n", mailproof_result_word(result), (int)domain.len, domain.data,
                   (int)reason.len, reason.data);
    for (i = 0; mailproof_check_dkim(check, i, &result, &domain, NULL, &reason) == MAILPROOF_OK; i++)
        printf("DKIM   %-9s %.*s%s%.*s\n", mailproof_result_word(result), (int)domain.len, domain.data ? domain.data : "",
               reason.len ? ": " : "", (int)reason.len, reason.data ? reason.data : "");
    if (mailproof_check_dmarc(check, &result, NULL, &domain, &reason) == MAILPROOF_OK)
        printf("DMARC  %-9s %.*s: %.*s\n", mailproof_result_word(result), (int)domain.len, domain.data ? domain.data : "",
               (int)reason.len, reason.data);
    if (mailproof_check_auth_results_field(check, &field) == MAILPROOF_OK)
        printf("\n%.*s", (int)field.len, field.data);
    mailproof_check_free(check);
    mailproof_context_free(context);
    return result == MAILPROOF_RESULT_PASS ? 0 : 1;
}
