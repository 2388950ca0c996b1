/* What the C tests share: a small DNS, a signed message, and how to complain. */
#ifndef WORLD_H
#define WORLD_H
#include "mailproof.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                 \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            mailproof_str why_ = {NULL, 0};                                              \
            mailproof_last_error(&why_);                                                 \
            fprintf(stderr, "%s:%d: %s\n  last error: %.*s\n", __FILE__, __LINE__, #condition, (int)why_.len, \
                    why_.data ? why_.data : "");                                         \
            exit(1);                                                                     \
        }                                                                                \
    } while (0)

#define OK(call) CHECK((call) == MAILPROOF_OK)
#define TEXT(text) (text), strlen(text)

static const uint8_t CLIENT[4] = {192, 0, 2, 25};
static const int64_t THEN = 1795200000;

static inline int same(mailproof_str text, const char *wanted) {
    return text.data != NULL && text.len == strlen(wanted) && memcmp(text.data, wanted, text.len) == 0;
}

static inline int begins(mailproof_str text, const char *wanted) {
    return text.data != NULL && text.len >= strlen(wanted) && memcmp(text.data, wanted, strlen(wanted)) == 0;
}

/* A message signed with Ed25519 by example.com, selector ed. */
static const char MESSAGE[] =
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.com; s=ed; h=from:subject; "
    "bh=Z9uxmd3TqkxKC7iVtjup289z5SZYlsf9yZN7McQ03o0=; "
    "b=lNI5FpYAA+r8U+Z4gg+WKTeyTIjJt+oNi5w/4gst/wWWnnSggRH5PSSw7CvkwURRL/pEGil5xklACFgz/OsoDQ==\r\n"
    "From: Kitchen <kitchen@example.com>\r\n"
    "Subject: Bread\r\n"
    "\r\n"
    "Hello Joe,\r\n"
    "\r\n"
    "bread  and butter.\r\n";

struct record {
    const char *name;
    uint16_t type;
    const char *text;
};

static const struct record RECORDS[] = {
    {"example.com", MAILPROOF_RRTYPE_TXT, "v=spf1 a:out.example.com mx ptr -all"},
    {"out.example.com", MAILPROOF_RRTYPE_A, "\300\000\002\031"},
    {"mail.example.com", MAILPROOF_RRTYPE_TXT, "v=spf1 ip4:192.0.2.25 -all"},
    {"ed._domainkey.example.com", MAILPROOF_RRTYPE_TXT, "v=DKIM1; k=ed25519; p=fGlnWb9BXRfqJB0Um+t+kLa81DwLyeB7LvyGlC0o8KM="},
    {"_dmarc.example.com", MAILPROOF_RRTYPE_TXT, "v=DMARC1; p=reject"},
};

static const char ZONE[] =
    "{\"example.com\": {\"TXT\": [\"v=spf1 a:out.example.com mx ptr -all\"]},"
    " \"out.example.com\": {\"A\": [\"192.0.2.25\"]},"
    " \"mail.example.com\": {\"TXT\": [\"v=spf1 ip4:192.0.2.25 -all\"]},"
    " \"ed._domainkey.example.com\": {\"TXT\": [\"v=DKIM1; k=ed25519; p=fGlnWb9BXRfqJB0Um+t+kLa81DwLyeB7LvyGlC0o8KM=\"]},"
    " \"_dmarc.example.com\": {\"TXT\": [\"v=DMARC1; p=reject\"]}}";

static inline const struct record *record_of(const char *name, size_t len, uint16_t type) {
    size_t i;
    for (i = 0; i < sizeof RECORDS / sizeof RECORDS[0]; i++)
        if (RECORDS[i].type == type && strlen(RECORDS[i].name) == len && memcmp(RECORDS[i].name, name, len) == 0)
            return &RECORDS[i];
    return NULL;
}

static inline size_t record_len(const struct record *record) {
    return record->type == MAILPROOF_RRTYPE_A ? 4 : strlen(record->text);
}

/* Puts what the small DNS knows into an answer. */
static inline void tell(mailproof_answer *answer, const char *name, size_t len, uint16_t type) {
    const struct record *record = record_of(name, len, type);
    if (record == NULL) {
        OK(mailproof_answer_nxdomain(answer));
    } else if (type == MAILPROOF_RRTYPE_A) {
        OK(mailproof_answer_address(answer, (const uint8_t *)record->text, 4));
    } else {
        OK(mailproof_answer_txt(answer, (const uint8_t *)record->text, strlen(record->text)));
    }
    OK(mailproof_answer_set_ttl(answer, 300));
}

/* Writes the reply of the small DNS to a query message; gives its length. */
static inline size_t reply_to(const uint8_t *query, size_t len, uint8_t *reply) {
    char name[256];
    size_t at = 12, used = 0, text_len, end;
    uint16_t type;
    const struct record *record;
    CHECK(len >= 17 && len <= 512);
    while (query[at] != 0) {
        if (used > 0)
            name[used++] = '.';
        memcpy(name + used, query + at + 1, query[at]);
        used += query[at];
        at += (size_t)query[at] + 1;
    }
    type = (uint16_t)(query[at + 1] << 8 | query[at + 2]);
    end = at + 5;
    record = record_of(name, used, type);
    memcpy(reply, query, end);
    memset(reply + 6, 0, 6);
    reply[2] = 0x81;
    reply[3] = (uint8_t)(record ? 0x80 : 0x83);
    if (record == NULL)
        return end;
    reply[7] = 1;
    text_len = record_len(record);
    {
        const uint8_t head[10] = {0xc0, 12, (uint8_t)(type >> 8), (uint8_t)type, 0, 1, 0, 0, 1, 44};
        memcpy(reply + end, head, 10);
    }
    end += 10;
    if (type == MAILPROOF_RRTYPE_TXT) {
        reply[end++] = 0;
        reply[end++] = (uint8_t)(text_len + 1);
        reply[end++] = (uint8_t)text_len;
    } else {
        reply[end++] = 0;
        reply[end++] = 4;
    }
    memcpy(reply + end, record->text, text_len);
    return end + text_len;
}

static inline mailproof_context *context_new(void) {
    mailproof_context *context = NULL;
    OK(mailproof_context_new(TEXT("mx.example.org"), &context));
    OK(mailproof_context_set_number(context, MAILPROOF_NUMBER_IPREV, 0));
    return context;
}

static inline mailproof_context *zone_context(void) {
    mailproof_context *context = context_new();
    OK(mailproof_context_use_zone_json(context, TEXT(ZONE)));
    return context;
}

/* A check that knows its connection and its sender. */
static inline mailproof_check *check_new(const mailproof_context *context) {
    mailproof_check *check = NULL;
    OK(mailproof_check_new(context, &check));
    OK(mailproof_check_set_time(check, THEN));
    OK(mailproof_check_connect(check, CLIENT, 4, TEXT("mail.example.com")));
    OK(mailproof_check_mail_from(check, TEXT("<kitchen@example.com>")));
    return check;
}

/* What must be found about the message above. */
static inline void expect_pass(const mailproof_check *check) {
    mailproof_result result;
    mailproof_disposition disposition;
    mailproof_str domain, text;
    uint16_t code = 1;
    OK(mailproof_check_spf(check, MAILPROOF_IDENTITY_MAIL_FROM, &result, &domain, &text));
    CHECK(result == MAILPROOF_RESULT_PASS && same(domain, "example.com"));
    CHECK(same(text, "a:out.example.com of example.com matches 192.0.2.25"));
    OK(mailproof_check_spf(check, MAILPROOF_IDENTITY_HELO, &result, &domain, NULL));
    CHECK(result == MAILPROOF_RESULT_PASS && same(domain, "mail.example.com"));
    CHECK(mailproof_check_dkim_count(check) == 1);
    OK(mailproof_check_dkim(check, 0, &result, &domain, &text, NULL));
    CHECK(result == MAILPROOF_RESULT_PASS && same(domain, "example.com") && same(text, "ed"));
    OK(mailproof_check_dmarc(check, &result, &disposition, &domain, &text));
    CHECK(result == MAILPROOF_RESULT_PASS && disposition == MAILPROOF_DISPOSITION_NONE);
    CHECK(same(domain, "example.com") && same(text, "aligned: SPF example.com, DKIM example.com"));
    OK(mailproof_check_arc(check, &result, NULL, &text));
    CHECK(result == MAILPROOF_RESULT_NONE && text.data == NULL);
    OK(mailproof_check_auth_results(check, &text));
    CHECK(begins(text, "mx.example.org; spf=pass"));
    CHECK(mailproof_check_smtp_reply(check, &code, NULL, NULL) == MAILPROOF_ABSENT && code == 0);
}

#endif
