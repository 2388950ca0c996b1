/* A complete milter: SPF, DKIM, DMARC and iprev of every message; forged Authentication-Results fields go, one of its own
 * comes on top, and what the author's domain wants rejected is rejected.
 *
 *   cc milter.c -o milter $(pkg-config --cflags --libs mailproof) -lmilter -pthread
 *   ./milter -s inet:10025@127.0.0.1 -a mx.example.org [-z zone.json | -d DNS-SERVER] [-n]
 *
 *   -s  where to listen, as libmilter has it      -a  the authserv-id, most often the name of the host
 *   -d  ask this DNS server, not the system's     -z  take DNS from this zone: for trying it out
 *   -n  add fields only, reject nothing           -l  write a line for each message to standard error
 *
 * With Postfix: smtpd_milters = inet:127.0.0.1:10025. Whatever goes wrong here, mail goes on (SMFIS_ACCEPT): a filter of
 * this kind must not stop a mail service. libmilter runs each connection in a thread of its own, which suits the built-in
 * resolver: smfi_eom waits for DNS while others go on, and all share one cache. */
#include <arpa/inet.h>
#include <libmilter/mfapi.h>
#include <mailproof.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static mailproof_context *context;
static int rejects = 1;
static int logs;
/* Whether the MTA knows SMFIS_SKIP; all connections are to the same one. */
static int can_skip;

/* A connection: who it is, and the message it is sending. */
struct session {
    uint8_t ip[16];
    size_t ip_len;
    char helo[1025];
    mailproof_check *check;
};

static struct session *session_of(SMFICTX *ctx) {
    return (struct session *)smfi_getpriv(ctx);
}

/* Says what went wrong, and lets the message pass. */
static sfsistat give_up(struct session *session, const char *what) {
    mailproof_str why = {NULL, 0};
    mailproof_last_error(&why);
    fprintf(stderr, "milter: %s: %.*s\n", what, (int)why.len, why.data ? why.data : "");
    if (session != NULL) {
        mailproof_check_free(session->check);
        session->check = NULL;
    }
    return SMFIS_ACCEPT;
}

static sfsistat on_connect(SMFICTX *ctx, char *host, _SOCK_ADDR *address) {
    struct session *session = (struct session *)calloc(1, sizeof *session);
    (void)host;
    if (session == NULL || smfi_setpriv(ctx, session) != MI_SUCCESS) {
        free(session);
        return SMFIS_ACCEPT;
    }
    /* Without an address, as of mail from this host itself, SPF is left out. */
    if (address != NULL && address->sa_family == AF_INET) {
        session->ip_len = 4;
        memcpy(session->ip, &((struct sockaddr_in *)address)->sin_addr, 4);
    } else if (address != NULL && address->sa_family == AF_INET6) {
        session->ip_len = 16;
        memcpy(session->ip, &((struct sockaddr_in6 *)address)->sin6_addr, 16);
    }
    return SMFIS_CONTINUE;
}

static sfsistat on_helo(SMFICTX *ctx, char *helo) {
    struct session *session = session_of(ctx);
    if (session != NULL && helo != NULL)
        snprintf(session->helo, sizeof session->helo, "%s", helo);
    return SMFIS_CONTINUE;
}

static sfsistat on_mail_from(SMFICTX *ctx, char **arguments) {
    struct session *session = session_of(ctx);
    if (session == NULL)
        return SMFIS_ACCEPT;
    mailproof_check_free(session->check);
    session->check = NULL;
    if (mailproof_check_new(context, &session->check) < 0)
        return give_up(session, "check");
    if (session->ip_len > 0 &&
        (mailproof_check_connect(session->check, session->ip, session->ip_len, session->helo, strlen(session->helo)) < 0 ||
         mailproof_check_mail_from(session->check, arguments[0], strlen(arguments[0])) < 0))
        return give_up(session, "envelope");
    return SMFIS_CONTINUE;
}

static sfsistat on_header(SMFICTX *ctx, char *name, char *value) {
    struct session *session = session_of(ctx);
    mailproof_status status;
    char *folded;
    size_t len = 0;
    const char *at;
    if (session == NULL || session->check == NULL)
        return SMFIS_ACCEPT;
    /* Signatures are over the field as it came: each fold, which a milter is told as a bare LF, becomes CRLF again. The
     * space after the colon came with SMFIP_HDR_LEADSPC. */
    if ((folded = (char *)malloc(2 * strlen(value) + 1)) == NULL)
        return give_up(session, "memory");
    for (at = value; *at != '\0'; at++) {
        if (*at == '\n' && (at == value || at[-1] != '\r'))
            folded[len++] = '\r';
        folded[len++] = *at;
    }
    status = mailproof_check_header(session->check, name, strlen(name), folded, len);
    free(folded);
    return status < 0 ? give_up(session, "header") : SMFIS_CONTINUE;
}

static sfsistat on_eoh(SMFICTX *ctx) {
    struct session *session = session_of(ctx);
    if (session == NULL || session->check == NULL)
        return SMFIS_ACCEPT;
    return mailproof_check_eoh(session->check) < 0 ? give_up(session, "end of header") : SMFIS_CONTINUE;
}

static sfsistat on_body(SMFICTX *ctx, unsigned char *chunk, size_t len) {
    struct session *session = session_of(ctx);
    bool hungry = true;
    if (session == NULL || session->check == NULL)
        return SMFIS_ACCEPT;
    if (mailproof_check_body(session->check, chunk, len, &hungry) < 0)
        return give_up(session, "body");
    /* What no signature needs is not sent here at all. */
    return hungry || !can_skip ? SMFIS_CONTINUE : SMFIS_SKIP;
}

/* A copy with a final NUL, as libmilter wants it. */
static char *text_of(mailproof_str text) {
    char *copy = (char *)malloc(text.len + 1);
    if (copy != NULL) {
        if (text.len > 0)
            memcpy(copy, text.data, text.len);
        copy[text.len] = '\0';
    }
    return copy;
}

/* Carries out the edits of the header section; they come in the order in which a milter may make them. */
static int edit_header(SMFICTX *ctx, const mailproof_check *check) {
    mailproof_edit_kind kind;
    mailproof_str name, value;
    size_t index, position, i;
    int done = 1;
    for (i = 0; mailproof_check_edit(check, i, &kind, &name, &index, &position, NULL, &value) == MAILPROOF_OK; i++) {
        char *field = text_of(name), *content = text_of(value);
        if (name.len == 0) {
            /* A line that is no field: the MTA has no name for it. */
        } else if (field == NULL || content == NULL) {
            done = 0;
        } else if (kind == MAILPROOF_EDIT_KIND_INSERT) {
            /* With SMFIP_HDR_LEADSPC the space after the colon is ours to add. */
            char *spaced = (char *)malloc(value.len + 2);
            if (spaced != NULL)
                sprintf(spaced, " %s", content);
            done &= spaced != NULL && smfi_insheader(ctx, (int)position, field, spaced) == MI_SUCCESS;
            free(spaced);
        } else {
            char *changed = kind == MAILPROOF_EDIT_KIND_DELETE ? NULL : content;
            done &= smfi_chgheader(ctx, field, (int)index, changed) == MI_SUCCESS;
        }
        free(field);
        free(content);
    }
    return done;
}

/* Sets the reply of a rejection or deferral. libmilter formats the text, so each % is doubled. */
static void set_reply(SMFICTX *ctx, uint16_t code, mailproof_str status, mailproof_str text) {
    char number[8], enhanced[16], line[1024];
    size_t len = 0, i;
    snprintf(number, sizeof number, "%u", code);
    snprintf(enhanced, sizeof enhanced, "%.*s", (int)status.len, status.data);
    for (i = 0; i < text.len && len + 2 < sizeof line; i++) {
        if (text.data[i] == '%')
            line[len++] = '%';
        line[len++] = text.data[i];
    }
    line[len] = '\0';
    smfi_setreply(ctx, number, enhanced, line);
}

static void log_line(SMFICTX *ctx, const mailproof_check *check) {
    mailproof_result result = MAILPROOF_RESULT_NONE;
    mailproof_str author = {NULL, 0}, reason = {NULL, 0};
    const char *queue_id = smfi_getsymval(ctx, (char *)"i");
    mailproof_check_dmarc(check, &result, NULL, &author, &reason);
    fprintf(stderr, "milter: %s: dmarc=%s %.*s (%.*s)\n", queue_id ? queue_id : "-", mailproof_result_word(result),
            (int)author.len, author.data ? author.data : "", (int)reason.len, reason.data ? reason.data : "");
}

static sfsistat on_eom(SMFICTX *ctx) {
    struct session *session = session_of(ctx);
    sfsistat answer = SMFIS_CONTINUE;
    mailproof_str status, text;
    uint16_t code = 0;
    if (session == NULL || session->check == NULL)
        return SMFIS_ACCEPT;
    /* Here the thread waits for DNS. */
    if (mailproof_check_finish(session->check) != MAILPROOF_OK)
        return give_up(session, "finish");
    if (logs)
        log_line(ctx, session->check);
    if (rejects && mailproof_check_smtp_reply(session->check, &code, &status, &text) == MAILPROOF_OK) {
        set_reply(ctx, code, status, text);
        answer = code >= 500 ? SMFIS_REJECT : SMFIS_TEMPFAIL;
    } else if (!edit_header(ctx, session->check)) {
        /* A forged field that stays is worse than a message that comes later. */
        answer = SMFIS_TEMPFAIL;
    }
    mailproof_check_free(session->check);
    session->check = NULL;
    return answer;
}

static sfsistat on_abort(SMFICTX *ctx) {
    struct session *session = session_of(ctx);
    if (session != NULL) {
        mailproof_check_free(session->check);
        session->check = NULL;
    }
    return SMFIS_CONTINUE;
}

static sfsistat on_close(SMFICTX *ctx) {
    struct session *session = session_of(ctx);
    if (session != NULL) {
        mailproof_check_free(session->check);
        free(session);
        smfi_setpriv(ctx, NULL);
    }
    return SMFIS_CONTINUE;
}

static sfsistat on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps, unsigned long unused0,
                             unsigned long unused1, unsigned long *wanted, unsigned long *skipped, unsigned long *none0,
                             unsigned long *none1) {
    const unsigned long must = SMFIP_HDR_LEADSPC;
    (void)ctx, (void)unused0, (void)unused1;
    *wanted = actions & (SMFIF_ADDHDRS | SMFIF_CHGHDRS);
    *skipped = steps & (SMFIP_NORCPT | SMFIP_NODATA | SMFIP_NOUNKNOWN | SMFIP_SKIP | must);
    *none0 = *none1 = 0;
    can_skip = (steps & SMFIP_SKIP) != 0;
    /* An MTA too old to tell the space after the colon breaks signatures with simple canonicalization. */
    return (steps & must) == must ? SMFIS_CONTINUE : SMFIS_REJECT;
}

static int read_zone(const char *path) {
    static char zone[1 << 20];
    FILE *file = fopen(path, "rb");
    size_t len;
    if (file == NULL)
        return 0;
    len = fread(zone, 1, sizeof zone, file);
    fclose(file);
    return mailproof_context_use_zone_json(context, zone, len) == MAILPROOF_OK;
}

int main(int argc, char **argv) {
    struct smfiDesc filter;
    const char *authserv_id = "localhost", *dns = NULL, *zone = NULL;
    char *listen_at = NULL;
    int option, is_ready;
    while ((option = getopt(argc, argv, "s:a:d:z:nl")) != -1) {
        switch (option) {
        case 's': listen_at = optarg; break;
        case 'a': authserv_id = optarg; break;
        case 'd': dns = optarg; break;
        case 'z': zone = optarg; break;
        case 'n': rejects = 0; break;
        case 'l': logs = 1; break;
        default: return 2;
        }
    }
    if (listen_at == NULL)
        return fprintf(stderr, "usage: %s -s SOCKET [-a AUTHSERV-ID] [-d SERVER | -z ZONE.json] [-n] [-l]\n", argv[0]), 2;
    if (mailproof_context_new(authserv_id, strlen(authserv_id), &context) < 0)
        return give_up(NULL, "context"), 1;
    if (zone != NULL)
        is_ready = read_zone(zone);
    else if (dns != NULL)
        is_ready = mailproof_context_use_dns_servers(context, dns, strlen(dns)) == MAILPROOF_OK;
    else
        is_ready = mailproof_context_use_system_dns(context) == MAILPROOF_OK;
    if (!is_ready)
        return give_up(NULL, "dns"), 1;

    memset(&filter, 0, sizeof filter);
    filter.xxfi_name = (char *)"mailproof-example";
    filter.xxfi_version = SMFI_VERSION;
    filter.xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS;
    filter.xxfi_connect = on_connect;
    filter.xxfi_helo = on_helo;
    filter.xxfi_envfrom = on_mail_from;
    filter.xxfi_header = on_header;
    filter.xxfi_eoh = on_eoh;
    filter.xxfi_body = on_body;
    filter.xxfi_eom = on_eom;
    filter.xxfi_abort = on_abort;
    filter.xxfi_close = on_close;
    filter.xxfi_negotiate = on_negotiate;
    if (smfi_setconn(listen_at) != MI_SUCCESS || smfi_register(filter) != MI_SUCCESS)
        return fprintf(stderr, "milter: cannot listen at %s\n", listen_at), 1;
    return smfi_main() == MI_SUCCESS ? 0 : 1;
}
