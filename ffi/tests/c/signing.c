/* What is signed verifies, in pieces as whole; what cannot be signed says why; and header edits. */
#include "world.h"

/* The key of RFC 8032 section 7.1, test 1. */
static const char PEM[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";
static const char SIGNED_ZONE[] =
    "{\"one._domainkey.example.com\": {\"TXT\": [\"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"]},"
    " \"two._domainkey.example.com\": {\"TXT\": [\"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"]}}";
static const char PLAIN[] = "From: Joe <joe@example.com>\r\nSubject: Dinner\r\n\r\nAre you hungry\r\nyet?\r\n";

#define KEY(pem) (const uint8_t *)(pem), sizeof(pem) - 1

static mailproof_signer *signer_new(void) {
    mailproof_signer *signer = NULL;
    OK(mailproof_signer_new(TEXT("example.com"), TEXT("one"), KEY(PEM), &signer));
    OK(mailproof_signer_add_key(signer, TEXT("two"), KEY(PEM)));
    return signer;
}

static mailproof_signing *begin(const mailproof_signer *signer) {
    mailproof_signing *signing = NULL;
    OK(mailproof_signing_new(signer, THEN, &signing));
    return signing;
}

static void expect_signed(mailproof_signing *signing) {
    char sent[8192];
    size_t len = 0, i;
    mailproof_str selector, field, value;
    mailproof_context *context = context_new();
    mailproof_check *check;
    mailproof_result result;
    OK(mailproof_signing_finish(signing));
    OK(mailproof_signing_finish(signing));
    for (i = 0; mailproof_signing_signature(signing, i, &selector, &field, &value) == MAILPROOF_OK; i++) {
        CHECK(same(selector, i ? "two" : "one") && begins(field, "DKIM-Signature: v=1; a=ed25519-sha256;"));
        CHECK(begins(value, "v=1;") && value.len == field.len - strlen("DKIM-Signature: \r\n"));
        memcpy(sent + len, field.data, field.len);
        len += field.len;
    }
    CHECK(i == 2);
    memcpy(sent + len, PLAIN, sizeof PLAIN - 1);
    len += sizeof PLAIN - 1;
    mailproof_signing_free(signing);
    OK(mailproof_context_use_zone_json(context, TEXT(SIGNED_ZONE)));
    OK(mailproof_check_new_dkim(context, &check));
    OK(mailproof_check_set_time(check, THEN));
    OK(mailproof_check_message(check, (const uint8_t *)sent, len));
    OK(mailproof_check_finish(check));
    CHECK(mailproof_check_dkim_count(check) == 2);
    for (i = 0; i < 2; i++) {
        OK(mailproof_check_dkim(check, i, &result, NULL, NULL, NULL));
        CHECK(result == MAILPROOF_RESULT_PASS);
    }
    mailproof_check_free(check);
    mailproof_context_free(context);
}

static void signs(void) {
    mailproof_signer *signer = signer_new();
    mailproof_signing *signing;
    size_t size, at;
    for (size = 1; size < sizeof PLAIN; size++) {
        signing = begin(signer);
        for (at = 0; at < sizeof PLAIN - 1; at += size)
            OK(mailproof_signing_feed(signing, (const uint8_t *)PLAIN + at,
                                      sizeof PLAIN - 1 - at < size ? sizeof PLAIN - 1 - at : size));
        expect_signed(signing);
    }
    signing = begin(signer);
    /* A message may be finished without its signer. */
    mailproof_signer_free(signer);
    CHECK(mailproof_signing_body(signing, NULL, 0) == MAILPROOF_STATE);
    OK(mailproof_signing_header(signing, TEXT("From"), TEXT(" Joe <joe@example.com>")));
    CHECK(mailproof_signing_feed(signing, (const uint8_t *)"x", 1) == MAILPROOF_STATE);
    OK(mailproof_signing_header(signing, TEXT("Subject"), TEXT(" Dinner")));
    CHECK(mailproof_signing_finish(signing) == MAILPROOF_STATE);
    CHECK(mailproof_signing_signature(signing, 0, NULL, NULL, NULL) == MAILPROOF_STATE);
    OK(mailproof_signing_eoh(signing));
    CHECK(mailproof_signing_eoh(signing) == MAILPROOF_STATE);
    OK(mailproof_signing_body(signing, (const uint8_t *)"Are you hungry\r", 15));
    OK(mailproof_signing_body(signing, (const uint8_t *)"\nyet?\r\n", 7));
    expect_signed(signing);
}

static void refuses(void) {
    mailproof_signer *signer = NULL;
    mailproof_signing *signing = NULL;
    mailproof_str why;
    mailproof_signer_free(NULL);
    mailproof_signing_free(NULL);
    CHECK(mailproof_signer_new(TEXT("example.com"), TEXT("one"), KEY("nonsense"), &signer) == MAILPROOF_KEY && !signer);
    OK(mailproof_last_error(&why));
    CHECK(why.len > 0);
    CHECK(mailproof_signer_new(TEXT("example.com"), TEXT("one"), NULL, 0, &signer) == MAILPROOF_KEY);
    CHECK(mailproof_signer_new(TEXT("example.com"), TEXT("one"), NULL, 9, &signer) == MAILPROOF_NULL);
    CHECK(mailproof_signer_new(TEXT("com"), TEXT("one"), KEY(PEM), &signer) == MAILPROOF_INVALID);
    CHECK(mailproof_signer_new("exa\0mple.com", 12, TEXT("one"), KEY(PEM), &signer) == MAILPROOF_INVALID);
    CHECK(mailproof_signer_new(TEXT("example.com"), TEXT("a b"), KEY(PEM), &signer) == MAILPROOF_INVALID);
    CHECK(mailproof_signer_new(TEXT("example.com"), TEXT("one"), KEY(PEM), NULL) == MAILPROOF_NULL);
    CHECK(mailproof_signer_add_key(NULL, TEXT("one"), KEY(PEM)) == MAILPROOF_NULL);
    CHECK(mailproof_signer_set_number(NULL, 1, 1) == MAILPROOF_NULL);
    CHECK(mailproof_signer_set_text(NULL, 1, TEXT("x")) == MAILPROOF_NULL);
    CHECK(mailproof_signing_new(NULL, THEN, &signing) == MAILPROOF_NULL);
    CHECK(mailproof_signing_header(NULL, NULL, 0, NULL, 0) == MAILPROOF_NULL);
    CHECK(mailproof_signing_eoh(NULL) == MAILPROOF_NULL);
    CHECK(mailproof_signing_body(NULL, NULL, 0) == MAILPROOF_NULL);
    CHECK(mailproof_signing_feed(NULL, NULL, 0) == MAILPROOF_NULL);
    CHECK(mailproof_signing_finish(NULL) == MAILPROOF_NULL);
    CHECK(mailproof_signing_signature(NULL, 0, NULL, NULL, NULL) == MAILPROOF_NULL);
    signer = signer_new();
    CHECK(mailproof_signer_add_key(signer, TEXT("one"), KEY(PEM)) == MAILPROOF_INVALID);
    CHECK(mailproof_signer_set_number(signer, 99, 1) == MAILPROOF_INVALID);
    CHECK(mailproof_signer_set_number(signer, MAILPROOF_SIGNING_NUMBER_TIMESTAMP, 2) == MAILPROOF_INVALID);
    OK(mailproof_signer_set_number(signer, MAILPROOF_SIGNING_NUMBER_EXPIRES_AFTER, 86400));
    CHECK(mailproof_signer_set_text(signer, 99, TEXT("x")) == MAILPROOF_INVALID);
    CHECK(mailproof_signer_set_text(signer, MAILPROOF_SIGNING_TEXT_IDENTITY, TEXT("joe@other.example")) == MAILPROOF_INVALID);
    OK(mailproof_signer_set_text(signer, MAILPROOF_SIGNING_TEXT_IDENTITY, TEXT("joe@example.com")));
    CHECK(mailproof_signer_set_text(signer, MAILPROOF_SIGNING_TEXT_SIGNED, TEXT("Received")) == MAILPROOF_INVALID);
    CHECK(mailproof_signing_new(signer, -1, &signing) == MAILPROOF_INVALID);
    signing = begin(signer);
    CHECK(mailproof_signer_set_number(signer, MAILPROOF_SIGNING_NUMBER_TIMESTAMP, 0) == MAILPROOF_STATE);
    OK(mailproof_signing_feed(signing, (const uint8_t *)"From: a@example.com\r\nFrom: b@example.com\r\n", 42));
    CHECK(mailproof_signing_feed(signing, (const uint8_t *)"\r\nx", 3) == MAILPROOF_MALFORMED);
    CHECK(mailproof_signing_finish(signing) == MAILPROOF_MALFORMED);
    CHECK(mailproof_signing_signature(signing, 0, NULL, NULL, NULL) == MAILPROOF_MALFORMED);
    OK(mailproof_last_error(&why));
    CHECK(same(why, "there are 2 From fields, not one"));
    mailproof_signing_free(signing);
    mailproof_signer_free(signer);
}

static void edits(void) {
    static const char FORGED[] =
        "Received: x\r\nAuthentication-Results: (c) \"MX.example.org\"; dmarc=pass\r\n"
        "Authentication-Results: other.example; none\r\nAUTHENTICATION-RESULTS: mx.example.org.; spf=pass\r\n"
        "From: joe@example.com\r\n\r\nhi\r\n";
    mailproof_context *context = zone_context();
    int way;
    for (way = 0; way < 2; way++) {
        mailproof_check *check = check_new(context);
        mailproof_edit_kind kind;
        mailproof_str name, value, milter_value;
        size_t index, position;
        CHECK(mailproof_check_edit_count(check) == 0);
        CHECK(mailproof_check_edit(check, 0, NULL, NULL, NULL, NULL, NULL, NULL) == MAILPROOF_STATE);
        if (way)
            OK(mailproof_check_message(check, (const uint8_t *)FORGED, sizeof FORGED - 1));
        else
            OK(mailproof_check_feed(check, (const uint8_t *)FORGED, sizeof FORGED - 1, NULL));
        OK(mailproof_check_finish(check));
        CHECK(mailproof_check_edit_count(check) == 3);
        OK(mailproof_check_edit(check, 0, &kind, &name, &index, &position, &value, &milter_value));
        CHECK(kind == MAILPROOF_EDIT_KIND_DELETE && same(name, "AUTHENTICATION-RESULTS") && index == 3 && position == 3);
        OK(mailproof_check_edit(check, 1, &kind, &name, &index, &position, NULL, NULL));
        CHECK(kind == MAILPROOF_EDIT_KIND_DELETE && index == 1 && position == 1);
        OK(mailproof_check_edit(check, 2, &kind, &name, &index, &position, &value, &milter_value));
        CHECK(kind == MAILPROOF_EDIT_KIND_INSERT && same(name, "Authentication-Results") && position == 0);
        CHECK(begins(value, " mx.example.org;\r\n ") && begins(milter_value, "mx.example.org;\n "));
        CHECK(memchr(milter_value.data, '\r', milter_value.len) == NULL);
        CHECK(mailproof_check_edit(check, 3, NULL, NULL, NULL, NULL, NULL, NULL) == MAILPROOF_ABSENT);
        mailproof_check_free(check);
    }
    mailproof_context_free(context);
}

static void iprev(void) {
    mailproof_context *context = context_new();
    mailproof_check *check;
    mailproof_result result;
    mailproof_str name;
    OK(mailproof_context_set_number(context, MAILPROOF_NUMBER_IPREV, 1));
    OK(mailproof_context_use_zone_json(
        context, TEXT("{\"25.2.0.192.in-addr.arpa\": {\"PTR\": [\"out.example.com\"]}, \"out.example.com\": {\"A\": [\"192.0.2.25\"]}}")));
    check = check_new(context);
    OK(mailproof_check_message(check, (const uint8_t *)PLAIN, sizeof PLAIN - 1));
    OK(mailproof_check_finish(check));
    OK(mailproof_check_iprev(check, &result, &name, NULL));
    CHECK(result == MAILPROOF_RESULT_PASS && same(name, "out.example.com"));
    CHECK(mailproof_check_iprev(NULL, &result, &name, NULL) == MAILPROOF_NULL);
    mailproof_check_free(check);
    mailproof_context_free(context);
}

int main(void) {
    signs();
    refuses();
    edits();
    iprev();
    return 0;
}
