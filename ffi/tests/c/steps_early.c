/* Questions are known when the header section ends, and answered while the body arrives. */
#include "world.h"

int main(void) {
    mailproof_context *context = context_new();
    mailproof_check *check = check_new(context);
    uint32_t id, last = 0;
    mailproof_str name;
    uint16_t type;
    uint8_t buffer[512], small[8];
    size_t len = 0;
    const char *at = MESSAGE;
    const char *body = strstr(MESSAGE, "\r\n\r\n") + 4;
    OK(mailproof_check_step(check));
    while (at + 2 < body) {
        const char *colon = strchr(at, ':');
        const char *end = strstr(at, "\r\n");
        OK(mailproof_check_header(check, at, (size_t)(colon - at), colon + 1, (size_t)(end - colon - 1)));
        CHECK(mailproof_check_question_count(check) == 0);
        at = end + 2;
    }
    OK(mailproof_check_eoh(check));
    CHECK(mailproof_check_question_count(check) == 4);
    CHECK(mailproof_check_step(check) == MAILPROOF_NEED_DNS);
    CHECK(mailproof_check_question(check, 4, &id, &name, &type) == MAILPROOF_ABSENT && id == 0 && name.data == NULL);
    OK(mailproof_check_question(check, 0, &id, &name, &type));
    CHECK(mailproof_check_question_message(check, id, 1, small, sizeof small, &len) == MAILPROOF_TOO_BIG && len > 12);
    CHECK(mailproof_check_question_message(check, id, 1, NULL, 512, &len) == MAILPROOF_NULL);
    CHECK(mailproof_check_question_message(check, 99, 1, buffer, 512, &len) == MAILPROOF_UNASKED);
    while (mailproof_check_question_count(check) > 0 || mailproof_check_step(check) == MAILPROOF_NEED_DNS) {
        uint8_t reply[1024];
        OK(mailproof_check_question(check, 0, &id, &name, &type));
        CHECK(id > last);
        last = id;
        OK(mailproof_check_question_message(check, id, 1, buffer, sizeof buffer, &len));
        OK(mailproof_check_answer_reply(check, id, reply, reply_to(buffer, len, reply)));
    }
    OK(mailproof_check_body(check, (const uint8_t *)body, strlen(body), NULL));
    OK(mailproof_check_finish(check));
    OK(mailproof_check_finish(check));
    expect_pass(check);
    mailproof_check_free(check);

    /* A question too many is answered by the library itself. */
    mailproof_context_free(context);
    context = context_new();
    OK(mailproof_context_set_number(context, MAILPROOF_NUMBER_DNS_QUESTIONS, 0));
    check = check_new(context);
    OK(mailproof_check_message(check, (const uint8_t *)MESSAGE, sizeof MESSAGE - 1));
    CHECK(mailproof_check_question_count(check) == 0);
    OK(mailproof_check_finish(check));
    {
        mailproof_result result;
        mailproof_str text;
        uint16_t code;
        OK(mailproof_check_dmarc(check, &result, NULL, NULL, &text));
        CHECK(result == MAILPROOF_RESULT_TEMPERROR);
        OK(mailproof_check_smtp_reply(check, &code, &text, NULL));
        CHECK(code == 451 && same(text, "4.7.24"));
    }
    mailproof_check_free(check);
    mailproof_context_free(context);
    return 0;
}
