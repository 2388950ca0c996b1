/* A message in pieces, cut anywhere, gives what the whole gives. */
#include "world.h"

static mailproof_context *context;
static mailproof_check *whole;

static void expect_whole(mailproof_check *check) {
    mailproof_str a, b;
    OK(mailproof_check_finish(check));
    expect_pass(check);
    OK(mailproof_check_json(whole, &a));
    OK(mailproof_check_json(check, &b));
    CHECK(a.len == b.len && memcmp(a.data, b.data, a.len) == 0);
    mailproof_check_free(check);
}

static void feed_in(size_t size) {
    mailproof_check *check = check_new(context);
    size_t at;
    for (at = 0; at < sizeof MESSAGE - 1; at += size) {
        size_t len = sizeof MESSAGE - 1 - at < size ? sizeof MESSAGE - 1 - at : size;
        bool hungry = false;
        OK(mailproof_check_feed(check, (const uint8_t *)MESSAGE + at, len, &hungry));
        CHECK(hungry);
    }
    expect_whole(check);
}

static void fields_in(size_t size) {
    mailproof_check *check = check_new(context);
    const char *at = MESSAGE;
    const char *body = strstr(MESSAGE, "\r\n\r\n") + 4;
    size_t len = strlen(body);
    while (at + 2 < body) {
        const char *colon = strchr(at, ':');
        const char *end = strstr(at, "\r\n");
        OK(mailproof_check_header(check, at, (size_t)(colon - at), colon + 1, (size_t)(end - colon - 1)));
        at = end + 2;
    }
    CHECK(mailproof_check_finish(check) == MAILPROOF_STATE);
    OK(mailproof_check_eoh(check));
    while (len > 0) {
        size_t part = len < size ? len : size;
        OK(mailproof_check_body(check, (const uint8_t *)body, part, NULL));
        body += part;
        len -= part;
    }
    expect_whole(check);
}

int main(void) {
    size_t size;
    mailproof_check *check;
    bool hungry = true;
    context = zone_context();
    whole = check_new(context);
    OK(mailproof_check_message(whole, (const uint8_t *)MESSAGE, sizeof MESSAGE - 1));
    OK(mailproof_check_finish(whole));
    for (size = 1; size < sizeof MESSAGE; size += size < 80 ? 1 : 37) {
        feed_in(size);
        fields_in(size);
    }
    /* As a file holds it, with bare line feeds. */
    {
        char text[sizeof MESSAGE];
        size_t i, len = 0;
        for (i = 0; MESSAGE[i]; i++)
            if (MESSAGE[i] != '\r')
                text[len++] = MESSAGE[i];
        check = check_new(context);
        OK(mailproof_check_text(check, (const uint8_t *)text, len));
        expect_whole(check);
    }
    /* A message whose signatures are all dead wants no body. */
    check = check_new(context);
    OK(mailproof_check_header(check, TEXT("From"), TEXT(" kitchen@example.com")));
    OK(mailproof_check_eoh(check));
    OK(mailproof_check_body(check, (const uint8_t *)"x\r\n", 3, &hungry));
    CHECK(!hungry);
    OK(mailproof_check_finish(check));
    mailproof_check_free(check);
    mailproof_check_free(whole);
    mailproof_context_free(context);
    return 0;
}
