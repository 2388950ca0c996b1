/* Many checks, and no more memory after them than after a few. */
#include "world.h"
#include <malloc.h>

static void check_once(const mailproof_context *context, int i) {
    mailproof_check *check = check_new(context);
    mailproof_str text;
    switch (i % 4) {
    case 0: /* to the end */
        OK(mailproof_check_message(check, (const uint8_t *)MESSAGE, sizeof MESSAGE - 1));
        OK(mailproof_check_finish(check));
        OK(mailproof_check_json(check, &text));
        OK(mailproof_check_auth_results(check, &text));
        break;
    case 1: /* given up in the middle */
        OK(mailproof_check_feed(check, (const uint8_t *)MESSAGE, 200, NULL));
        break;
    case 2: /* no message */
        CHECK(mailproof_check_message(check, (const uint8_t *)"", 0) == MAILPROOF_MALFORMED);
        break;
    default: /* out of order */
        CHECK(mailproof_check_eoh(check) == MAILPROOF_MALFORMED);
        CHECK(mailproof_check_finish(check) == MAILPROOF_MALFORMED);
    }
    mailproof_check_free(check);
}

int main(int argc, char **argv) {
    int count = argc > 1 ? atoi(argv[1]) : 100000;
    int warm = count < 100000 ? 2000 : 20000;
    int i;
    size_t before, after;
    mailproof_context *context = zone_context();
    for (i = 0; i < warm; i++)
        check_once(context, i);
    before = mallinfo2().uordblks;
    for (i = 0; i < count; i++)
        check_once(context, i);
    after = mallinfo2().uordblks;
    printf("%d checks: %zu octets before, %zu after\n", count, before, after);
    /* The allocator's own shelves fill in the beginning; a leak of one octet for each check would be seen. */
    CHECK(after <= before + (size_t)(count < 32768 ? 32768 : count / 4));
    mailproof_context_free(context);
    return 0;
}
