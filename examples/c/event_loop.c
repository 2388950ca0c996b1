/* The step-driven mode in an event loop: one thread, poll(), one UDP socket, and many checks at once. The library never
 * blocks and never opens a socket; here is all the DNS that a program needs to bring.
 *
 *   cc event_loop.c -o event_loop $(pkg-config --cflags --libs mailproof)
 *   ./event_loop SERVER[:PORT] IP HELO MAIL-FROM...
 *
 * checks SPF of each MAIL-FROM through the recursive server at the IPv4 address SERVER, all at the same time. A program in
 * earnest also sends again what is lost, asks over TCP what comes truncated, and varies its source port. */
#include <arpa/inet.h>
#include <mailproof.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CHECKS = 64, MAX_QUERIES = 1024, TIMEOUT_MS = 5000 };

/* A query under way: which question of which check it is. */
struct query {
    mailproof_check *check;
    uint32_t question;
    uint16_t dns_id;
    int64_t sent;
};

static struct query queries[MAX_QUERIES];
static int query_count;
static int server;

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint16_t random_id(void) {
    uint16_t id = 0;
    FILE *random = fopen("/dev/urandom", "rb");
    if (random == NULL || fread(&id, sizeof id, 1, random) != 1)
        abort();
    fclose(random);
    return id;
}

/* Sends what came up since `last`: numbers of questions only grow. */
static uint32_t send_new(mailproof_check *check, uint32_t last) {
    uint32_t id;
    size_t i, len;
    uint8_t message[512];
    for (i = 0; mailproof_check_question(check, i, &id, NULL, NULL) == MAILPROOF_OK; i++) {
        struct query query = {check, id, random_id(), now_ms()};
        if (id <= last)
            continue;
        last = id;
        if (query_count == MAX_QUERIES ||
            mailproof_check_question_message(check, id, query.dns_id, message, sizeof message, &len) < 0 ||
            send(server, message, len, 0) < 0) {
            mailproof_check_answer_failed(check, id, MAILPROOF_DNS_FAILURE_UNREACHABLE);
            return send_new(check, last);
        }
        queries[query_count++] = query;
    }
    return last;
}

/* Ends a query; gives its check. */
static mailproof_check *settle(int index, const uint8_t *reply, size_t len) {
    struct query query = queries[index];
    queries[index] = queries[--query_count];
    if (reply != NULL)
        mailproof_check_answer_reply(query.check, query.question, reply, len);
    else
        mailproof_check_answer_failed(query.check, query.question, MAILPROOF_DNS_FAILURE_TIMEOUT);
    return query.check;
}

/* Takes one reply, or gives up one query that is too old; gives the check that goes on, or NULL. */
static mailproof_check *wait_for_answer(void) {
    struct pollfd socket = {server, POLLIN, 0};
    uint8_t reply[4096];
    ssize_t len;
    int i;
    if (poll(&socket, 1, 100) > 0 && (len = recv(server, reply, sizeof reply, 0)) >= 12)
        for (i = 0; i < query_count; i++)
            if (queries[i].dns_id == (reply[0] << 8 | reply[1]))
                return settle(i, reply, (size_t)len);
    for (i = 0; i < query_count; i++)
        if (now_ms() - queries[i].sent > TIMEOUT_MS)
            return settle(i, NULL, 0);
    return NULL;
}

static void print(const mailproof_check *check, const char *sender) {
    mailproof_result result;
    mailproof_str reason;
    if (mailproof_check_spf(check, MAILPROOF_IDENTITY_MAIL_FROM, &result, NULL, &reason) == MAILPROOF_OK)
        printf("%-9s %s: %.*s\n", mailproof_result_word(result), sender, (int)reason.len, reason.data);
}

int main(int argc, char **argv) {
    mailproof_context *context = NULL;
    mailproof_check *checks[MAX_CHECKS];
    uint32_t last[MAX_CHECKS];
    struct sockaddr_in address;
    uint8_t ip[4];
    int count = argc - 4, open, i;
    char *port = argc > 1 ? strchr(argv[1], ':') : NULL;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)(port ? atoi(port + 1) : 53));
    if (port != NULL)
        *port = '\0';
    if (count < 1 || count > MAX_CHECKS || inet_pton(AF_INET, argv[1], &address.sin_addr) != 1 ||
        inet_pton(AF_INET, argv[2], ip) != 1) {
        fprintf(stderr, "usage: %s SERVER[:PORT] IP HELO MAIL-FROM...\n", argv[0]);
        return 2;
    }
    server = socket(AF_INET, SOCK_DGRAM, 0);
    if (server < 0 || connect(server, (struct sockaddr *)&address, sizeof address) < 0)
        return perror("socket"), 2;
    if (mailproof_context_new("localhost", strlen("localhost"), &context) < 0)
        return 2;

    for (i = 0; i < count; i++) {
        const char *sender = argv[4 + i];
        if (mailproof_check_new_spf(context, ip, 4, argv[3], strlen(argv[3]), sender, strlen(sender), &checks[i]) < 0)
            return 2;
        last[i] = send_new(checks[i], 0);
    }
    for (open = count; open > 0;) {
        mailproof_check *ready = query_count > 0 ? wait_for_answer() : NULL;
        for (i = 0; i < count; i++) {
            mailproof_status status;
            /* A check goes on after an answer, and when nothing is open any more. */
            if (checks[i] == NULL || (checks[i] != ready && mailproof_check_question_count(checks[i]) > 0))
                continue;
            status = mailproof_check_finish(checks[i]);
            if (status == MAILPROOF_NEED_DNS) {
                last[i] = send_new(checks[i], last[i]);
                continue;
            }
            if (status == MAILPROOF_OK)
                print(checks[i], argv[4 + i]);
            mailproof_check_free(checks[i]);
            checks[i] = NULL;
            open--;
        }
    }
    mailproof_context_free(context);
    close(server);
    return 0;
}
