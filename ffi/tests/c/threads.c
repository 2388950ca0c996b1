/* Eight threads on one context; and two on one check, of which one is sent away. */
#include "world.h"
#include <pthread.h>

static mailproof_context *context;
static mailproof_check *contested;
static int rounds = 200;
static int busy;

static void lookup(void *userdata, const char *name, size_t name_len, uint16_t rrtype, mailproof_answer *answer) {
    (void)userdata;
    /* The check that asks is in use. */
    if (contested != NULL) {
        CHECK(mailproof_check_step(contested) == MAILPROOF_BUSY);
        CHECK(mailproof_check_question_count(contested) == 0);
        CHECK(mailproof_check_spf(contested, MAILPROOF_IDENTITY_HELO, NULL, NULL, NULL) == MAILPROOF_BUSY);
        busy++;
    }
    tell(answer, name, name_len, rrtype);
}

static void *work(void *unused) {
    int i;
    (void)unused;
    for (i = 0; i < rounds; i++) {
        mailproof_check *check = check_new(context);
        uint64_t count;
        OK(mailproof_check_message(check, (const uint8_t *)MESSAGE, sizeof MESSAGE - 1));
        OK(mailproof_check_finish(check));
        expect_pass(check);
        mailproof_check_free(check);
        OK(mailproof_context_cache_count(context, MAILPROOF_CACHE_COUNT_HITS, &count));
        if (i % 50 == 0)
            OK(mailproof_context_cache_flush(context));
    }
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t threads[8];
    int i;
    if (argc > 1)
        rounds = atoi(argv[1]);
    context = context_new();
    OK(mailproof_context_use_lookup(context, lookup, NULL));
    for (i = 0; i < 8; i++)
        CHECK(pthread_create(&threads[i], NULL, work, NULL) == 0);
    for (i = 0; i < 8; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    OK(mailproof_context_cache_flush(context));
    contested = check_new(context);
    OK(mailproof_check_message(contested, (const uint8_t *)MESSAGE, sizeof MESSAGE - 1));
    OK(mailproof_check_finish(contested));
    CHECK(busy == 6);
    expect_pass(contested);
    mailproof_check_free(contested);
    mailproof_context_free(context);
    return 0;
}
