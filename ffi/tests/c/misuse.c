/* Everything that is wrong gives a status, and breaks nothing. */
#include "world.h"
#include <errno.h>

static const size_t HUGE_LEN = SIZE_MAX;

static void null_handles(void) {
    mailproof_result result;
    mailproof_str text = {NULL, 0};
    uint8_t octet = 0;
    uint64_t number;
    size_t len;
    mailproof_context_free(NULL);
    mailproof_check_free(NULL);
    mailproof_answer_free(NULL);
    CHECK(mailproof_context_new(TEXT("mx"), NULL) == MAILPROOF_NULL);
    CHECK(mailproof_context_set_number(NULL, 1, 1) == MAILPROOF_NULL);
    CHECK(mailproof_context_number(NULL, 1, &number) == MAILPROOF_NULL);
    CHECK(mailproof_context_set_clock(NULL, NULL, NULL) == MAILPROOF_NULL);
    CHECK(mailproof_context_use_steps(NULL) == MAILPROOF_NULL);
    CHECK(mailproof_context_use_system_dns(NULL) == MAILPROOF_NULL);
    CHECK(mailproof_context_use_dns_servers(NULL, TEXT("192.0.2.1")) == MAILPROOF_NULL);
    CHECK(mailproof_context_use_zone_json(NULL, TEXT("{}")) == MAILPROOF_NULL);
    CHECK(mailproof_context_use_lookup(NULL, NULL, NULL) == MAILPROOF_NULL);
    CHECK(mailproof_context_cache_count(NULL, 1, &number) == MAILPROOF_NULL);
    CHECK(mailproof_context_cache_flush(NULL) == MAILPROOF_NULL);
    CHECK(mailproof_context_cache_flush_name(NULL, TEXT("a.example")) == MAILPROOF_NULL);
    CHECK(mailproof_check_new(NULL, NULL) == MAILPROOF_NULL);
    CHECK(mailproof_check_new_dkim(NULL, NULL) == MAILPROOF_NULL);
    CHECK(mailproof_check_new_spf(NULL, NULL, 0, NULL, 0, NULL, 0, NULL) == MAILPROOF_NULL);
    CHECK(mailproof_check_set_time(NULL, 0) == MAILPROOF_NULL);
    CHECK(mailproof_check_connect(NULL, CLIENT, 4, NULL, 0) == MAILPROOF_NULL);
    CHECK(mailproof_check_mail_from(NULL, NULL, 0) == MAILPROOF_NULL);
    CHECK(mailproof_check_header(NULL, NULL, 0, NULL, 0) == MAILPROOF_NULL);
    CHECK(mailproof_check_eoh(NULL) == MAILPROOF_NULL);
    CHECK(mailproof_check_body(NULL, NULL, 0, NULL) == MAILPROOF_NULL);
    CHECK(mailproof_check_feed(NULL, NULL, 0, NULL) == MAILPROOF_NULL);
    CHECK(mailproof_check_message(NULL, NULL, 0) == MAILPROOF_NULL);
    CHECK(mailproof_check_text(NULL, NULL, 0) == MAILPROOF_NULL);
    CHECK(mailproof_check_finish(NULL) == MAILPROOF_NULL);
    CHECK(mailproof_check_step(NULL) == MAILPROOF_NULL);
    CHECK(mailproof_check_question_count(NULL) == 0);
    CHECK(mailproof_check_question(NULL, 0, NULL, NULL, NULL) == MAILPROOF_NULL);
    CHECK(mailproof_check_question_message(NULL, 1, 1, &octet, 1, &len) == MAILPROOF_NULL);
    CHECK(mailproof_check_answer(NULL, 1, NULL) == MAILPROOF_NULL);
    CHECK(mailproof_check_answer_reply(NULL, 1, NULL, 0) == MAILPROOF_NULL);
    CHECK(mailproof_check_answer_failed(NULL, 1, 1) == MAILPROOF_NULL);
    CHECK(mailproof_check_spf(NULL, 1, &result, &text, &text) == MAILPROOF_NULL);
    CHECK(mailproof_check_spf_details(NULL, 1, NULL, NULL, NULL, NULL, NULL) == MAILPROOF_NULL);
    CHECK(mailproof_check_dkim_count(NULL) == 0);
    CHECK(mailproof_check_dkim(NULL, 0, &result, NULL, NULL, NULL) == MAILPROOF_NULL);
    CHECK(mailproof_check_dkim_details(NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL) == MAILPROOF_NULL);
    CHECK(mailproof_check_dkim_passed(NULL, &text) == MAILPROOF_NULL);
    CHECK(mailproof_check_dmarc(NULL, &result, NULL, NULL, NULL) == MAILPROOF_NULL);
    CHECK(mailproof_check_dmarc_policy(NULL, NULL, NULL, NULL, NULL, NULL) == MAILPROOF_NULL);
    CHECK(mailproof_check_arc(NULL, &result, NULL, &text) == MAILPROOF_NULL);
    CHECK(mailproof_check_auth_results(NULL, &text) == MAILPROOF_NULL);
    CHECK(mailproof_check_auth_results_field(NULL, &text) == MAILPROOF_NULL);
    CHECK(mailproof_check_received_spf(NULL, 1, &text) == MAILPROOF_NULL);
    CHECK(mailproof_check_json(NULL, &text) == MAILPROOF_NULL);
    CHECK(mailproof_check_smtp_reply(NULL, NULL, NULL, NULL) == MAILPROOF_NULL);
    CHECK(mailproof_check_dns_use(NULL, NULL, NULL, NULL) == MAILPROOF_NULL);
    CHECK(mailproof_answer_new(NULL) == MAILPROOF_NULL);
    CHECK(mailproof_answer_clear(NULL) == MAILPROOF_NULL);
    CHECK(mailproof_answer_txt(NULL, &octet, 1) == MAILPROOF_NULL);
    CHECK(mailproof_answer_address(NULL, CLIENT, 4) == MAILPROOF_NULL);
    CHECK(mailproof_answer_mx(NULL, 1, TEXT("a.example")) == MAILPROOF_NULL);
    CHECK(mailproof_answer_ptr(NULL, TEXT("a.example")) == MAILPROOF_NULL);
    CHECK(mailproof_answer_nodata(NULL) == MAILPROOF_NULL);
    CHECK(mailproof_answer_nxdomain(NULL) == MAILPROOF_NULL);
    CHECK(mailproof_answer_failed(NULL, 1) == MAILPROOF_NULL);
    CHECK(mailproof_answer_reply(NULL, &octet, 1) == MAILPROOF_NULL);
    CHECK(mailproof_answer_set_ttl(NULL, 1) == MAILPROOF_NULL);
    CHECK(mailproof_answer_set_authentic(NULL, true) == MAILPROOF_NULL);
    CHECK(mailproof_last_error(NULL) == MAILPROOF_NULL);
    CHECK(!mailproof_has_feature(NULL, 5));
    OK(mailproof_last_error(&text));
    CHECK(text.len > 0);
}

static void contexts(void) {
    mailproof_context *context = (mailproof_context *)&HUGE_LEN;
    mailproof_check *check;
    uint64_t number = 0;
    CHECK(mailproof_context_new(NULL, 0, &context) == MAILPROOF_INVALID && context == NULL);
    CHECK(mailproof_context_new(NULL, 3, &context) == MAILPROOF_NULL);
    CHECK(mailproof_context_new("x", HUGE_LEN, &context) == MAILPROOF_TOO_BIG);
    CHECK(mailproof_context_new("mx\0example", 10, &context) == MAILPROOF_INVALID);
    CHECK(mailproof_context_new("mx\r\nX: y", 8, &context) == MAILPROOF_INVALID);
    CHECK(mailproof_context_new("\377\376", 2, &context) == MAILPROOF_INVALID && context == NULL);
    context = context_new();
    CHECK(mailproof_context_set_number(context, 0, 1) == MAILPROOF_INVALID);
    CHECK(mailproof_context_set_number(context, UINT32_MAX, 1) == MAILPROOF_INVALID);
    CHECK(mailproof_context_set_number(context, MAILPROOF_NUMBER_DKIM_MIN_RSA_BITS, 512) == MAILPROOF_INVALID);
    CHECK(mailproof_context_set_number(context, MAILPROOF_NUMBER_DNS_TRUST_AD, 2) == MAILPROOF_INVALID);
    OK(mailproof_context_set_number(context, MAILPROOF_NUMBER_DKIM_MIN_RSA_BITS, 2048));
    OK(mailproof_context_number(context, MAILPROOF_NUMBER_DKIM_MIN_RSA_BITS, &number));
    CHECK(number == 2048);
    OK(mailproof_context_number(context, MAILPROOF_NUMBER_SPF_TERMS, &number));
    CHECK(number == 10);
    CHECK(mailproof_context_number(context, 999, &number) == MAILPROOF_INVALID);
    CHECK(mailproof_context_use_zone_json(context, TEXT("{")) == MAILPROOF_INVALID);
    CHECK(mailproof_context_use_zone_json(context, "{}", HUGE_LEN) == MAILPROOF_TOO_BIG);
    CHECK(mailproof_context_use_zone_json(context, "{\0}", 3) == MAILPROOF_INVALID);
    CHECK(mailproof_context_use_lookup(context, NULL, NULL) == MAILPROOF_NULL);
    CHECK(mailproof_context_use_dns_servers(context, TEXT("")) == MAILPROOF_INVALID);
    CHECK(mailproof_context_use_dns_servers(context, TEXT("dns.example.com")) == MAILPROOF_INVALID);
    CHECK(mailproof_context_cache_count(context, 99, &number) == MAILPROOF_INVALID);
    CHECK(mailproof_context_cache_flush_name(context, TEXT("a..b")) == MAILPROOF_INVALID);
    OK(mailproof_context_cache_flush(context));
    OK(mailproof_check_new(context, &check));
    CHECK(mailproof_context_set_number(context, MAILPROOF_NUMBER_SPF_TERMS, 5) == MAILPROOF_STATE);
    CHECK(mailproof_context_use_steps(context) == MAILPROOF_STATE);
    CHECK(mailproof_context_use_zone_json(context, TEXT("{}")) == MAILPROOF_STATE);
    CHECK(mailproof_context_set_clock(context, NULL, NULL) == MAILPROOF_STATE);
    OK(mailproof_context_number(context, MAILPROOF_NUMBER_SPF_TERMS, &number));
    mailproof_check_free(check);
    mailproof_context_free(context);
}

static void order(void) {
    mailproof_context *context = zone_context();
    mailproof_check *check;
    mailproof_str text;
    bool hungry;
    OK(mailproof_check_new(context, &check));
    CHECK(mailproof_check_mail_from(check, TEXT("a@example.com")) == MAILPROOF_STATE);
    CHECK(mailproof_check_connect(check, CLIENT, 3, NULL, 0) == MAILPROOF_INVALID);
    CHECK(mailproof_check_connect(check, NULL, 4, NULL, 0) == MAILPROOF_NULL);
    CHECK(mailproof_check_connect(check, CLIENT, HUGE_LEN, NULL, 0) == MAILPROOF_TOO_BIG);
    CHECK(mailproof_check_connect(check, CLIENT, 4, NULL, 1) == MAILPROOF_NULL);
    CHECK(mailproof_check_set_time(check, -1) == MAILPROOF_INVALID);
    CHECK(mailproof_check_body(check, (const uint8_t *)"x", 1, &hungry) == MAILPROOF_STATE);
    CHECK(mailproof_check_finish(check) == MAILPROOF_STATE);
    CHECK(mailproof_check_json(check, &text) == MAILPROOF_STATE);
    CHECK(mailproof_check_dkim_count(check) == 0);
    OK(mailproof_check_connect(check, CLIENT, 4, TEXT("mail.example.com")));
    CHECK(mailproof_check_connect(check, CLIENT, 4, NULL, 0) == MAILPROOF_STATE);
    OK(mailproof_check_mail_from(check, TEXT("kitchen@example.com")));
    CHECK(mailproof_check_header(check, "From", HUGE_LEN, "x", 1) == MAILPROOF_TOO_BIG);
    CHECK(mailproof_check_header(check, "From", 4, NULL, 9) == MAILPROOF_NULL);
    OK(mailproof_check_header(check, TEXT("From"), TEXT(" kitchen@example.com")));
    CHECK(mailproof_check_feed(check, (const uint8_t *)"x", 1, &hungry) == MAILPROOF_STATE);
    CHECK(mailproof_check_message(check, (const uint8_t *)MESSAGE, 50) == MAILPROOF_STATE);
    CHECK(mailproof_check_set_time(check, 1) == MAILPROOF_STATE);
    CHECK(mailproof_check_mail_from(check, NULL, 0) == MAILPROOF_STATE);
    CHECK(mailproof_check_finish(check) == MAILPROOF_STATE);
    OK(mailproof_check_eoh(check));
    CHECK(mailproof_check_eoh(check) == MAILPROOF_STATE);
    CHECK(mailproof_check_header(check, TEXT("To"), TEXT(" x")) == MAILPROOF_STATE);
    OK(mailproof_check_body(check, NULL, 0, NULL));
    CHECK(mailproof_check_body(check, NULL, 5, &hungry) == MAILPROOF_NULL);
    CHECK(mailproof_check_body(check, (const uint8_t *)"x", HUGE_LEN, &hungry) == MAILPROOF_TOO_BIG);
    OK(mailproof_check_finish(check));
    CHECK(mailproof_check_body(check, (const uint8_t *)"x", 1, &hungry) == MAILPROOF_STATE);
    CHECK(mailproof_check_eoh(check) == MAILPROOF_STATE);
    OK(mailproof_check_step(check));
    CHECK(mailproof_check_spf(check, 0, NULL, NULL, NULL) == MAILPROOF_INVALID);
    CHECK(mailproof_check_spf(check, 3, NULL, NULL, NULL) == MAILPROOF_INVALID);
    OK(mailproof_check_spf(check, 2, NULL, NULL, NULL));
    CHECK(mailproof_check_dkim(check, 0, NULL, NULL, NULL, &text) == MAILPROOF_ABSENT && text.data == NULL);
    CHECK(mailproof_check_dkim(check, SIZE_MAX, NULL, NULL, NULL, NULL) == MAILPROOF_ABSENT);
    CHECK(mailproof_check_answer_failed(check, 1, 1) == MAILPROOF_UNASKED);
    mailproof_check_free(check);

    /* A check of SPF alone takes no message. */
    OK(mailproof_check_new_spf(context, CLIENT, 4, NULL, 0, NULL, 0, &check));
    CHECK(mailproof_check_eoh(check) == MAILPROOF_STATE);
    CHECK(mailproof_check_message(check, (const uint8_t *)MESSAGE, 50) == MAILPROOF_STATE);
    CHECK(mailproof_check_connect(check, CLIENT, 4, NULL, 0) == MAILPROOF_STATE);
    OK(mailproof_check_finish(check));
    CHECK(mailproof_check_spf(check, MAILPROOF_IDENTITY_HELO, NULL, NULL, NULL) == MAILPROOF_ABSENT);
    CHECK(mailproof_check_auth_results(check, &text) == MAILPROOF_ABSENT && text.data == NULL);
    mailproof_check_free(check);
    CHECK(mailproof_check_new_spf(context, CLIENT, 7, NULL, 0, NULL, 0, &check) == MAILPROOF_INVALID && check == NULL);
    mailproof_context_free(context);
}

static void malformed(void) {
    mailproof_context *context = zone_context();
    mailproof_check *check;
    mailproof_str text;
    bool hungry;
    /* A field that would smuggle in another. */
    check = check_new(context);
    CHECK(mailproof_check_header(check, TEXT("X"), TEXT("a\r\nFrom: b")) == MAILPROOF_MALFORMED);
    CHECK(mailproof_check_header(check, TEXT("From"), TEXT(" a@example.com")) == MAILPROOF_MALFORMED);
    CHECK(mailproof_check_eoh(check) == MAILPROOF_MALFORMED);
    CHECK(mailproof_check_step(check) == MAILPROOF_MALFORMED);
    CHECK(mailproof_check_finish(check) == MAILPROOF_MALFORMED);
    CHECK(mailproof_check_json(check, &text) == MAILPROOF_MALFORMED);
    OK(mailproof_last_error(&text));
    CHECK(same(text, "what was told as a header field is not one field"));
    mailproof_check_free(check);
    check = check_new(context);
    CHECK(mailproof_check_message(check, (const uint8_t *)"\r\nbody", 6) == MAILPROOF_MALFORMED);
    CHECK(mailproof_check_feed(check, (const uint8_t *)"a", 1, &hungry) == MAILPROOF_MALFORMED);
    mailproof_check_free(check);
    /* Octets of every kind are a message all the same, NUL among them. */
    check = check_new(context);
    OK(mailproof_check_message(check, (const uint8_t *)"From: a@exa\0mple.com\r\n\r\n\0\377", 26));
    OK(mailproof_check_finish(check));
    OK(mailproof_check_auth_results(check, &text));
    CHECK(memchr(text.data, 0, text.len) == NULL);
    mailproof_check_free(check);
    OK(mailproof_check_new(context, &check));
    OK(mailproof_check_connect(check, CLIENT, 4, "mail\0.exa\r\nmple.com", 19));
    OK(mailproof_check_mail_from(check, "a\0b\r\nX: y@example.com", 21));
    OK(mailproof_check_message(check, (const uint8_t *)MESSAGE, sizeof MESSAGE - 1));
    OK(mailproof_check_finish(check));
    OK(mailproof_check_received_spf(check, MAILPROOF_IDENTITY_MAIL_FROM, &text));
    CHECK(memchr(text.data, 0, text.len) == NULL);
    mailproof_check_free(check);
    mailproof_context_free(context);
}

static void answers(void) {
    mailproof_context *context = context_new();
    mailproof_check *check = check_new(context);
    mailproof_answer *answer;
    static uint8_t much[70000];
    uint8_t query[512], reply[1024];
    size_t len, open, i;
    uint32_t id;
    uint16_t type;
    mailproof_str name;
    OK(mailproof_check_message(check, (const uint8_t *)MESSAGE, sizeof MESSAGE - 1));
    open = mailproof_check_question_count(check);
    OK(mailproof_check_question(check, 0, &id, &name, &type));
    CHECK(type == MAILPROOF_RRTYPE_TXT);
    OK(mailproof_answer_new(&answer));
    CHECK(mailproof_check_answer(check, id, NULL) == MAILPROOF_NULL);
    CHECK(mailproof_check_answer(check, id, answer) == MAILPROOF_STATE);
    CHECK(mailproof_check_answer(check, 0, answer) == MAILPROOF_UNASKED);
    CHECK(mailproof_check_answer(check, UINT32_MAX, answer) == MAILPROOF_UNASKED);
    CHECK(mailproof_check_answer_failed(check, id, 0) == MAILPROOF_INVALID);
    CHECK(mailproof_check_answer_failed(check, id, 77) == MAILPROOF_INVALID);
    CHECK(mailproof_answer_failed(answer, 77) == MAILPROOF_INVALID);
    CHECK(mailproof_answer_address(answer, CLIENT, 5) == MAILPROOF_INVALID);
    CHECK(mailproof_answer_mx(answer, 10, "a..b", 4) == MAILPROOF_INVALID);
    CHECK(mailproof_answer_ptr(answer, "a\0b", 3) == MAILPROOF_INVALID);
    CHECK(mailproof_answer_txt(answer, much, sizeof much) == MAILPROOF_TOO_BIG);
    CHECK(mailproof_answer_reply(answer, much, sizeof much) == MAILPROOF_TOO_BIG);
    CHECK(mailproof_answer_reply(answer, much, HUGE_LEN) == MAILPROOF_TOO_BIG);
    CHECK(mailproof_answer_set_authentic(answer, 2) == MAILPROOF_INVALID);
    OK(mailproof_answer_set_authentic(answer, true));
    OK(mailproof_answer_clear(answer));
    OK(mailproof_answer_address(answer, CLIENT, 4));
    CHECK(mailproof_answer_nxdomain(answer) == MAILPROOF_STATE);
    CHECK(mailproof_answer_reply(answer, much, 4) == MAILPROOF_STATE);
    CHECK(mailproof_check_answer(check, id, answer) == MAILPROOF_INVALID);
    OK(mailproof_answer_clear(answer));
    for (i = 0; i < 10000 && mailproof_answer_txt(answer, much, 100) == MAILPROOF_OK; i++)
        continue;
    CHECK(i > 500 && i < 600);
    OK(mailproof_answer_clear(answer));
    OK(mailproof_answer_nodata(answer));
    CHECK(mailproof_answer_txt(answer, much, 1) == MAILPROOF_STATE);
    /* None of this answered anything. */
    CHECK(mailproof_check_question_count(check) == open);
    CHECK(mailproof_check_finish(check) == MAILPROOF_NEED_DNS);
    /* Garbage, a truncated reply, the reply to another question, and nothing at all. */
    OK(mailproof_check_question_message(check, id, 7, query, sizeof query, &len));
    len = reply_to(query, len, reply);
    reply[12 + 1] ^= 1;
    OK(mailproof_check_answer_reply(check, id, reply, len));
    OK(mailproof_check_question(check, 0, &id, &name, &type));
    OK(mailproof_check_answer_reply(check, id, NULL, 0));
    OK(mailproof_check_question(check, 0, &id, &name, &type));
    OK(mailproof_check_answer_reply(check, id, much, sizeof much));
    OK(mailproof_check_question(check, 0, &id, &name, &type));
    OK(mailproof_check_question_message(check, id, 7, query, sizeof query, &len));
    len = reply_to(query, len, reply);
    OK(mailproof_check_answer_reply(check, id, reply, len - 1));
    while (mailproof_check_finish(check) == MAILPROOF_NEED_DNS) {
        OK(mailproof_check_question(check, 0, &id, &name, &type));
        OK(mailproof_check_answer_failed(check, id, MAILPROOF_DNS_FAILURE_SERVFAIL));
    }
    {
        mailproof_result result;
        mailproof_str why;
        OK(mailproof_check_dkim(check, 0, &result, NULL, NULL, &why));
        CHECK(result == MAILPROOF_RESULT_TEMPERROR && why.len > 0);
        OK(mailproof_check_spf(check, MAILPROOF_IDENTITY_MAIL_FROM, &result, NULL, NULL));
        CHECK(result == MAILPROOF_RESULT_TEMPERROR);
    }
    mailproof_answer_free(answer);
    mailproof_check_free(check);
    mailproof_context_free(context);
}

static void words(void) {
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", MAILPROOF_VERSION_MAJOR, MAILPROOF_VERSION_MINOR, MAILPROOF_VERSION_PATCH);
    CHECK(strncmp(MAILPROOF_VERSION, version, strlen(version)) == 0);
    CHECK(strcmp(mailproof_version(), MAILPROOF_VERSION) == 0);
    CHECK(mailproof_abi() == MAILPROOF_ABI);
    CHECK(MAILPROOF_VERSION_NUMBER ==
          (MAILPROOF_VERSION_MAJOR << 16 | MAILPROOF_VERSION_MINOR << 8 | MAILPROOF_VERSION_PATCH));
    CHECK(strcmp(mailproof_status_text(MAILPROOF_NEED_DNS), "open questions need answers") == 0);
    CHECK(strcmp(mailproof_status_text((mailproof_status)12345), "unknown status") == 0);
    CHECK(strcmp(mailproof_result_word(MAILPROOF_RESULT_SOFTFAIL), "softfail") == 0);
    CHECK(strcmp(mailproof_result_word(4711), "unknown") == 0);
    CHECK(strcmp(mailproof_disposition_word(MAILPROOF_DISPOSITION_REJECT), "reject") == 0);
    CHECK(strcmp(mailproof_disposition_word(4711), "unknown") == 0);
    CHECK(mailproof_has_feature(TEXT("dmarc")) && !mailproof_has_feature(TEXT("teapot")));
    CHECK(!mailproof_has_feature("dmarc", SIZE_MAX));
}

struct both {
    mailproof_context *context;
    mailproof_check *check;
};

/* A lookup function that frees what it must not, and the context, which it may. */
static void lookup_frees(void *userdata, const char *name, size_t name_len, uint16_t rrtype, mailproof_answer *answer) {
    struct both *all = (struct both *)userdata;
    (void)name, (void)name_len, (void)rrtype;
    mailproof_check_free(all->check);
    mailproof_answer_free(answer);
    mailproof_context_free(all->context);
    all->context = NULL;
    OK(mailproof_answer_nxdomain(answer));
}

/* A lookup function that checks with the context that asks it; it would wait for itself. */
static int nested;
static void lookup_checks(void *userdata, const char *name, size_t name_len, uint16_t rrtype, mailproof_answer *answer) {
    mailproof_context *const *context = (mailproof_context *const *)userdata;
    mailproof_check *check = check_new(*context);
    OK(mailproof_check_message(check, (const uint8_t *)MESSAGE, sizeof MESSAGE - 1));
    CHECK(mailproof_check_finish(check) == MAILPROOF_BUSY);
    mailproof_check_free(check);
    nested++;
    tell(answer, name, name_len, rrtype);
}

static void nests(void) {
    mailproof_context *context = context_new();
    mailproof_check *check;
    OK(mailproof_context_use_lookup(context, lookup_checks, &context));
    check = check_new(context);
    OK(mailproof_check_message(check, (const uint8_t *)MESSAGE, sizeof MESSAGE - 1));
    OK(mailproof_check_finish(check));
    CHECK(nested > 0);
    expect_pass(check);
    mailproof_check_free(check);
    mailproof_context_free(context);
}

/* Asking for what is not there keeps nothing. */
static void absent(void) {
    mailproof_context *context = zone_context();
    mailproof_check *check = check_new(context);
    mailproof_str why;
    size_t i;
    OK(mailproof_check_message(check, (const uint8_t *)MESSAGE, sizeof MESSAGE - 1));
    OK(mailproof_check_finish(check));
    for (i = 1; i < 100000; i++)
        CHECK(mailproof_check_dkim(check, i, NULL, NULL, NULL, &why) == MAILPROOF_ABSENT && why.data == NULL);
    mailproof_check_free(check);
    mailproof_context_free(context);
}

static void callbacks(void) {
    struct both all;
    mailproof_str text;
    all.context = context_new();
    OK(mailproof_context_use_lookup(all.context, lookup_frees, &all));
    all.check = check_new(all.context);
    OK(mailproof_check_message(all.check, (const uint8_t *)MESSAGE, sizeof MESSAGE - 1));
    OK(mailproof_check_finish(all.check));
    OK(mailproof_check_auth_results(all.check, &text));
    CHECK(begins(text, "mx.example.org;"));
    mailproof_check_free(all.check);
}

/* Outputs need not be aligned, may be the same, and errno is left alone. */
static void outputs(void) {
    static char place[64];
    mailproof_context *context = zone_context();
    mailproof_check *check;
    mailproof_str text, copy;
    void *odd = place + 1;
    errno = 77;
    check = check_new(context);
    OK(mailproof_check_message(check, (const uint8_t *)MESSAGE, sizeof MESSAGE - 1));
    OK(mailproof_check_finish(check));
    OK(mailproof_check_spf(check, MAILPROOF_IDENTITY_MAIL_FROM, NULL, &text, &text));
    CHECK(begins(text, "a:out.example.com of "));
    OK(mailproof_check_json(check, odd == NULL ? NULL : (mailproof_str *)odd));
    memcpy(&text, odd, sizeof text);
    OK(mailproof_check_json(check, &copy));
    CHECK(text.data == copy.data && text.len == copy.len);
    OK(mailproof_check_dmarc(check, (mailproof_result *)odd, NULL, NULL, NULL));
    CHECK(mailproof_check_body(check, NULL, SIZE_MAX / 2, NULL) == MAILPROOF_NULL);
    CHECK(mailproof_check_message(check, (const uint8_t *)(uintptr_t)-16, 17) == MAILPROOF_TOO_BIG);
    CHECK(mailproof_context_use_zone_json(context, (const char *)(uintptr_t)-1, 2) == MAILPROOF_TOO_BIG);
    CHECK(errno == 77);
    mailproof_check_free(check);
    mailproof_context_free(context);
}

int main(void) {
    null_handles();
    contexts();
    order();
    callbacks();
    nests();
    absent();
    outputs();
    malformed();
    answers();
    words();
    return 0;
}
