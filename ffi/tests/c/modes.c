/* The same message, with DNS in each of the ways: the same findings. */
#include "world.h"

static mailproof_str json_of(const mailproof_check *check) {
    mailproof_str json;
    OK(mailproof_check_json(check, &json));
    CHECK(begins(json, "{\"schema\":\"mailproof.report/1\""));
    return json;
}

/* The findings, but for what DNS cost. */
static void expect_same(const mailproof_check *one, const mailproof_check *other) {
    mailproof_str a, b;
    OK(mailproof_check_auth_results_field(one, &a));
    OK(mailproof_check_auth_results_field(other, &b));
    CHECK(a.len == b.len && memcmp(a.data, b.data, a.len) == 0);
    CHECK(json_of(one).len == json_of(other).len);
}

static int calls;

static void lookup(void *userdata, const char *name, size_t name_len, uint16_t rrtype, mailproof_answer *answer) {
    CHECK(userdata == &calls);
    calls++;
    tell(answer, name, name_len, rrtype);
}

static void reply_lookup(void *userdata, const char *name, size_t name_len, uint16_t rrtype, mailproof_answer *answer) {
    mailproof_str unused = {name, name_len};
    (void)userdata, (void)rrtype, (void)unused;
    OK(mailproof_answer_reply(answer, (const uint8_t *)"garbage", 7));
}

static void lazy_lookup(void *userdata, const char *name, size_t name_len, uint16_t rrtype, mailproof_answer *answer) {
    (void)userdata, (void)name, (void)name_len, (void)rrtype, (void)answer;
}

static int64_t clock_then(void *userdata) {
    (void)userdata;
    return THEN;
}

enum way { RECORDS_ONE_BY_ONE, REPLIES, LAST_FIRST };

/* Answers until there are results; gives the rounds that took. */
static int step(mailproof_check *check, enum way way) {
    int rounds = 0;
    mailproof_status status;
    while ((status = mailproof_check_finish(check)) == MAILPROOF_NEED_DNS) {
        size_t left = mailproof_check_question_count(check);
        CHECK(left > 0 && rounds < 20);
        rounds++;
        while (left > 0) {
            uint32_t id;
            uint16_t type;
            mailproof_str name;
            OK(mailproof_check_question(check, way == LAST_FIRST ? left - 1 : 0, &id, &name, &type));
            CHECK(id > 0);
            if (way == REPLIES) {
                uint8_t query[512], reply[1024];
                size_t len;
                OK(mailproof_check_question_message(check, id, 4711, query, sizeof query, &len));
                OK(mailproof_check_answer_reply(check, id, reply, reply_to(query, len, reply)));
            } else {
                mailproof_answer *answer = NULL;
                OK(mailproof_answer_new(&answer));
                tell(answer, name.data, name.len, type);
                OK(mailproof_check_answer(check, id, answer));
                mailproof_answer_free(answer);
            }
            CHECK(mailproof_check_answer_failed(check, id, MAILPROOF_DNS_FAILURE_TIMEOUT) == MAILPROOF_UNASKED);
            left--;
            CHECK(mailproof_check_question_count(check) == left);
        }
    }
    CHECK(status == MAILPROOF_OK);
    return rounds;
}

static void whole(mailproof_check *check) {
    OK(mailproof_check_message(check, (const uint8_t *)MESSAGE, sizeof MESSAGE - 1));
}

int main(int argc, char **argv) {
    uint64_t count;
    int i;
    mailproof_result result;
    mailproof_str text;
    mailproof_check *zone, *check;
    mailproof_context *context = zone_context();
    zone = check_new(context);
    whole(zone);
    CHECK(mailproof_check_question_count(zone) == 0);
    OK(mailproof_check_finish(zone));
    expect_pass(zone);
    mailproof_context_free(context);

    context = context_new();
    OK(mailproof_context_use_lookup(context, lookup, &calls));
    OK(mailproof_context_set_clock(context, clock_then, NULL));
    for (i = 0; i < 2; i++) {
        check = check_new(context);
        whole(check);
        OK(mailproof_check_finish(check));
        expect_pass(check);
        expect_same(zone, check);
        mailproof_check_free(check);
        CHECK(calls == 6);
    }
    OK(mailproof_context_cache_count(context, MAILPROOF_CACHE_COUNT_MISSES, &count));
    CHECK(count == 6);
    OK(mailproof_context_cache_count(context, MAILPROOF_CACHE_COUNT_ENTRIES, &count));
    CHECK(count == 6);
    OK(mailproof_context_cache_flush_name(context, TEXT("out.example.com")));
    OK(mailproof_context_cache_count(context, MAILPROOF_CACHE_COUNT_ENTRIES, &count));
    CHECK(count == 5);
    OK(mailproof_context_cache_flush(context));
    OK(mailproof_context_cache_count(context, MAILPROOF_CACHE_COUNT_ENTRIES, &count));
    CHECK(count == 0);
    mailproof_context_free(context);

    for (i = 0; i < 2; i++) {
        context = context_new();
        OK(mailproof_context_use_lookup(context, i ? reply_lookup : lazy_lookup, NULL));
        check = check_new(context);
        whole(check);
        OK(mailproof_check_finish(check));
        OK(mailproof_check_spf(check, MAILPROOF_IDENTITY_MAIL_FROM, &result, NULL, &text));
        CHECK(result == MAILPROOF_RESULT_TEMPERROR);
        CHECK(same(text, i ? "example.com TXT: malformed reply" : "example.com TXT: no server reachable"));
        mailproof_check_free(check);
        mailproof_context_free(context);
    }

    for (i = RECORDS_ONE_BY_ONE; i <= LAST_FIRST; i++) {
        context = context_new();
        check = check_new(context);
        whole(check);
        CHECK(mailproof_check_question_count(check) == 4);
        CHECK(step(check, (enum way)i) == 2);
        expect_pass(check);
        expect_same(zone, check);
        mailproof_check_free(check);
        /* The second message finds all in the cache. */
        check = check_new(context);
        whole(check);
        CHECK(mailproof_check_question_count(check) == 0);
        OK(mailproof_check_finish(check));
        expect_pass(check);
        /* A check lives on without its context. */
        mailproof_context_free(context);
        expect_same(zone, check);
        mailproof_check_free(check);
    }

    /* SPF alone, and DKIM alone. */
    context = context_new();
    OK(mailproof_check_new_spf(context, CLIENT, 4, TEXT("mail.example.com"), TEXT("kitchen@example.com"), &check));
    CHECK(mailproof_check_question_count(check) == 2);
    CHECK(step(check, REPLIES) == 2);
    OK(mailproof_check_spf(check, MAILPROOF_IDENTITY_MAIL_FROM, &result, NULL, NULL));
    CHECK(result == MAILPROOF_RESULT_PASS);
    OK(mailproof_check_received_spf(check, MAILPROOF_IDENTITY_MAIL_FROM, &text));
    CHECK(begins(text, "Received-SPF: pass (mx.example.org: domain of example.com designates"));
    OK(mailproof_check_json(check, &text));
    CHECK(begins(text, "{\"spf\":[{\"identity\":\"helo\""));
    CHECK(mailproof_check_dmarc(check, &result, NULL, NULL, &text) == MAILPROOF_ABSENT && text.data == NULL);
    mailproof_check_free(check);

    OK(mailproof_check_new_dkim(context, &check));
    OK(mailproof_check_set_time(check, THEN));
    whole(check);
    CHECK(step(check, REPLIES) == 1);
    OK(mailproof_check_dkim_passed(check, &text));
    CHECK(same(text, "example.com"));
    CHECK(mailproof_check_spf(check, MAILPROOF_IDENTITY_HELO, &result, NULL, NULL) == MAILPROOF_ABSENT);
    mailproof_check_free(check);
    mailproof_context_free(context);

    /* The built-in resolver, where the caller runs a server for it. */
    if (argc > 1) {
        context = context_new();
        OK(mailproof_context_use_dns_servers(context, TEXT(argv[1])));
        check = check_new(context);
        whole(check);
        OK(mailproof_check_finish(check));
        expect_pass(check);
        expect_same(zone, check);
        mailproof_check_free(check);
        mailproof_context_free(context);
    }
    mailproof_check_free(zone);
    return 0;
}
