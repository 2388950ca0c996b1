/* Signs a message in a file: writes it to standard output with its DKIM-Signature on top.
 *
 *   cc sign_file.c -o sign_file $(pkg-config --cflags --libs mailproof)
 *   ./sign_file DOMAIN SELECTOR KEY.pem FILE >signed.eml
 *
 * Lines of the file end with LF or CRLF; what is written ends them with CRLF, as mail does. */
#include <mailproof.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int failed(const char *what, mailproof_status status) {
    mailproof_str why = {NULL, 0};
    mailproof_last_error(&why);
    fprintf(stderr, "%s: %s: %.*s\n", what, mailproof_status_text(status), (int)why.len, why.data ? why.data : "");
    return 2;
}

int main(int argc, char **argv) {
    mailproof_signer *signer = NULL;
    mailproof_signing *signing = NULL;
    mailproof_status status;
    mailproof_str field;
    uint8_t key[16384];
    size_t key_len, i;
    int octet, before = 0;
    FILE *file, *text;
    if (argc != 5) {
        fprintf(stderr, "usage: %s DOMAIN SELECTOR KEY.pem FILE\n", argv[0]);
        return 2;
    }
    if ((file = fopen(argv[3], "rb")) == NULL)
        return perror(argv[3]), 2;
    key_len = fread(key, 1, sizeof key, file);
    fclose(file);
    status = mailproof_signer_new(argv[1], strlen(argv[1]), argv[2], strlen(argv[2]), key, key_len, &signer);
    memset(key, 0, sizeof key);
    if (status < 0)
        return failed(argv[3], status);

    /* The message with CRLF, kept in a file of its own until the signature is known. */
    if ((file = fopen(argv[4], "rb")) == NULL || (text = tmpfile()) == NULL)
        return perror(argv[4]), 2;
    while ((octet = getc(file)) != EOF) {
        if (octet == '\n' && before != '\r')
            putc('\r', text);
        putc(octet, text);
        before = octet;
    }
    fclose(file);
    rewind(text);

    if ((status = mailproof_signing_new(signer, (int64_t)time(NULL), &signing)) < 0)
        return failed("signer", status);
    for (;;) {
        uint8_t chunk[16384];
        size_t len = fread(chunk, 1, sizeof chunk, text);
        if (len == 0)
            break;
        if ((status = mailproof_signing_feed(signing, chunk, len)) < 0)
            return failed(argv[4], status);
    }
    if ((status = mailproof_signing_finish(signing)) < 0)
        return failed(argv[4], status);

    for (i = 0; mailproof_signing_signature(signing, i, NULL, &field, NULL) == MAILPROOF_OK; i++)
        fwrite(field.data, 1, field.len, stdout);
    for (rewind(text); (octet = getc(text)) != EOF;)
        putchar(octet);
    fclose(text);
    mailproof_signing_free(signing);
    mailproof_signer_free(signer);
    return 0;
}
