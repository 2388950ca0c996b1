/* ARC: what is forwarded is sealed, whole and in pieces; a trusted sealer excuses what fails DMARC. */
#include "world.h"

/* The RSA key of the tests, and how list.example publishes it. */
static const char RSA[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC5OTsM8cUpBOSm\n"
    "zh/1oXAE9IS9mwXQaog9Kv9nOzGNcOEJy8gTJ+qTHIIHIumxgE9Ym21M4439NsNa\n"
    "vjeC/cmnz2YISJ6NkzgX2ZVJNHQ2qGVoDA5wIMON89TEfrHfYWwOp7svf/tLJDs8\n"
    "A6png7jYeoLC5Ci1W/UaxbpCBiqLgWHaazs8WgBN+Tt7Otu1gUiG4o2NZKilXG+b\n"
    "M+cm78D4aXXeBnLuy6SEr8c5Wz9LM2jwiXmhKMcyv+h0hfBsm3pL3FSgybI2KXu1\n"
    "H1cCoeXLxgLFWpb9537q2lafiCdljC2hR/XMg7U7El+TmvHugNpdRMnBCD726VGr\n"
    "BUp/P79zAgMBAAECggEAItw9G2oTd+1mVWidBj9clGoq436eQQQT4SNLD3RKFrtE\n"
    "d3IFlWlhUk++vzYYcqJaDKywDRUU36/jY5xCWWKHhhBYPT3hrXakS4TVfoIjTzgx\n"
    "YbxHKV5ZP8nA5TyNIKQ20KlL5xw4wQMwLNLpyvK1IvUn0CNd8Ag/IMtPC2casceV\n"
    "ZWjcUe75bA5fZVLUTgTQ6QaSntKlw24iNWEG2lA7ZVvQYJxlhVOoDTGGuLsA0Sal\n"
    "g+wWi+y8KXTuTO0nLDS1bQRnD6hTrNAFM1SBTKxOqK+qvjP6MDZJwvG7XKI8yIRW\n"
    "Pt3dUEuWQmeqz7dip8Q8+UVfZS/mdfe3YOCdy7bndQKBgQDpvJZwQ2GOciELCS7g\n"
    "0b2lTT+chzsAS3dg4x0o0+LGTwFjNiLJ67L3ae1RHoFb9MJUzVg+iM7l+ZX+VDVx\n"
    "bKiWZbi38c4T2Yri/lsx8sGgkkN2r+To2zC5HGrBBcLUW9hFKcf0D7B3srEH6/Vd\n"
    "2qyhQ7EffXGCiGwtr7hBbX11jwKBgQDK3bQ2pG4bT4aNHzhZ4zYx9YpVaswSjUPX\n"
    "fYY5F6Nqee+bbnSBUwT414XZRr4rRUSTseu+k5OrcZLF1uUzvu/WJ5Ug9oRAObyu\n"
    "Ksf9+h9w7ItelOZhiT49YVv0UWWS587FC2V6eazSdXwJ+Nsw0ytuAPGuTLGsNudg\n"
    "jXTO8vcN3QKBgGNOIIxp1FT04F0T9brG4dANVe1m9wZVCc88LvNdsoeWoXxJT9aC\n"
    "MXM0qgNA9qze/IGTDN7kuSK0O6nmlR4vkCD17tkX/von/v4aGxzJisJx4f/XE2Zr\n"
    "WfQLwr9ndzNKIkSgT7e9wrfYT6aR9Zl+gsGxRNugLE3NMEjo01vY7Oi5AoGADgjk\n"
    "jNs3WuBXmK/OQDm96BrqpRosYCQxy1i9znlaLuWctA4iNUg/EdAnTG7efTPfmLA4\n"
    "dQjUsIm88774QGo3QYOfh5ZGdAMKkKoZB/Mj9bYHtlVq0tih27E+oVp4Qn+TCILP\n"
    "VHfSgwTpve7fizMwz/10uvBHYnix7TYcHK0mdmkCgYEAnedhD8+F2lAVg9pf8cMB\n"
    "ho7i4Ew2lU5bwdMhrNdPEHPTj8Xg2f1TC4g4c5E3MZhMRkD9+KPATZCBCjcCGuur\n"
    "RzrvfMKRmtFSDp9oAHBZu0u3mGHtQx2BtGnE/WCRInWR4ooAk5tOvE78gyC8w6bl\n"
    "u6slx/bNalVzBDR1dPFhEec=\n"
    "-----END PRIVATE KEY-----\n";
static const char RECORD[] =
    "v=DKIM1; k=rsa; p="
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAuTk7DPHFKQTkps4f9aFwBPSEvZsF0GqIPSr/ZzsxjXDhCcvIEyfqkxyCByLpsYBPWJttTOON/TbDWr43gv3Jp89mCEiejZM4F9mVSTR0NqhlaAwOcCDDjfPUxH6x32FsDqe7L3/7SyQ7PAOqZ4O42HqCwuQo"
    "tVv1GsW6QgYqi4Fh2ms7PFoATfk7ezrbtYFIhuKNjWSopVxvmzPnJu/A+Gl13gZy7sukhK/HOVs/SzNo8Il5oSjHMr/odIXwbJt6S9xUoMmyNil7tR9XAqHly8YCxVqW/ed+6tpWn4gnZYwtoUf1zIO1OxJfk5rx7oDaXUTJwQg+9ulRqwVKfz+/cwIDAQAB";

#define KEY(pem) (const uint8_t *)(pem), sizeof(pem) - 1

struct mail {
    char text[16384];
    size_t len;
};

static mailproof_sealer *sealer;

static void add(struct mail *mail, const char *text, size_t len) {
    CHECK(mail->len + len < sizeof mail->text);
    memcpy(mail->text + mail->len, text, len);
    mail->len += len;
}

/* The world, and the key of the list; `trusted` is believed, if there is one. */
static mailproof_context *context_with(const char *trusted) {
    static char zone[8192];
    mailproof_context *context = context_new();
    int len = (int)strlen(ZONE);
    while (ZONE[len - 1] != '}')
        len--;
    snprintf(zone, sizeof zone, "%.*s, \"arc._domainkey.list.example\": {\"TXT\": [\"%s\"]}}", len - 1, ZONE, RECORD);
    OK(mailproof_context_use_zone_json(context, TEXT(zone)));
    if (trusted)
        OK(mailproof_context_add_trusted_sealer(context, TEXT(trusted)));
    return context;
}

/* A seal, and the message below it. */
static struct mail sealed(const mailproof_check *check, const struct mail *below) {
    static const char *const NAMES[] = {"ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results"};
    struct mail mail = {{0}, 0};
    mailproof_str name, field, value;
    size_t i;
    for (i = 0; mailproof_check_seal_field(check, i, &name, &field, &value) == MAILPROOF_OK; i++) {
        CHECK(same(name, NAMES[i]) && begins(field, NAMES[i]) && begins(value, "i="));
        CHECK(field.len == name.len + 2 + value.len + 2 && memcmp(field.data + field.len - 2, "\r\n", 2) == 0);
        add(&mail, field.data, field.len);
    }
    CHECK(i == 3 && name.data == NULL && field.data == NULL && value.data == NULL);
    add(&mail, below->text, below->len);
    return mail;
}

static mailproof_check *check_of(const mailproof_context *context, const struct mail *mail) {
    mailproof_check *check = check_new(context);
    OK(mailproof_check_use_sealer(check, sealer));
    OK(mailproof_check_message(check, (const uint8_t *)mail->text, mail->len));
    OK(mailproof_check_finish(check));
    return check;
}

static void expect_chain(const mailproof_check *check, mailproof_result wanted, uint32_t sets) {
    mailproof_result result;
    uint32_t instances;
    mailproof_str why;
    OK(mailproof_check_arc(check, &result, &instances, &why));
    if (result != wanted || instances != sets)
        fprintf(stderr, "%d of %u: %.*s\n", (int)result, (unsigned)instances, (int)why.len, why.data ? why.data : "");
    CHECK(result == wanted && instances == sets);
}

/* Each receiver finds the chain so far good, and adds to it. */
static void chain(void) {
    mailproof_context *context = context_with(NULL);
    struct mail mail = {{0}, 0};
    uint32_t hop;
    add(&mail, MESSAGE, sizeof MESSAGE - 1);
    for (hop = 0; hop < 4; hop++) {
        mailproof_check *check = check_of(context, &mail);
        expect_chain(check, hop ? MAILPROOF_RESULT_PASS : MAILPROOF_RESULT_NONE, hop);
        CHECK(mailproof_check_seal_field(check, 0, NULL, NULL, NULL) == MAILPROOF_ABSENT);
        OK(mailproof_check_seal(check, THEN));
        CHECK(mailproof_check_seal(check, THEN) == MAILPROOF_STATE);
        mail = sealed(check, &mail);
        mailproof_check_free(check);
    }
    /* What is broken is sealed as broken, once. */
    memcpy(strstr(mail.text, "Bread"), "Stone", 5);
    for (hop = 4; hop < 6; hop++) {
        mailproof_check *check = check_of(context, &mail);
        expect_chain(check, MAILPROOF_RESULT_FAIL, hop);
        if (hop == 4) {
            OK(mailproof_check_seal(check, THEN));
            mail = sealed(check, &mail);
        } else {
            CHECK(mailproof_check_seal(check, THEN) == MAILPROOF_ABSENT);
            CHECK(mailproof_check_seal_field(check, 0, NULL, NULL, NULL) == MAILPROOF_ABSENT);
        }
        mailproof_check_free(check);
    }
    mailproof_context_free(context);
}

/* However a message arrives, its seal is the same. */
static void pieces(void) {
    mailproof_context *context = context_with(NULL);
    struct mail mail = {{0}, 0}, whole;
    mailproof_check *check;
    size_t size, at;
    add(&mail, MESSAGE, sizeof MESSAGE - 1);
    check = check_of(context, &mail);
    OK(mailproof_check_seal(check, THEN));
    whole = sealed(check, &mail);
    mailproof_check_free(check);
    for (size = 1; size < 2 * mail.len; size += size < 4 ? 1 : 41) {
        struct mail fed;
        check = check_new(context);
        OK(mailproof_check_use_sealer(check, sealer));
        for (at = 0; at < mail.len; at += size)
            OK(mailproof_check_feed(check, (const uint8_t *)mail.text + at, mail.len - at < size ? mail.len - at : size, NULL));
        OK(mailproof_check_finish(check));
        OK(mailproof_check_seal(check, THEN));
        fed = sealed(check, &mail);
        CHECK(fed.len == whole.len && memcmp(fed.text, whole.text, fed.len) == 0);
        mailproof_check_free(check);
    }
    /* By fields; here no signature wants the body, but the seal does. */
    {
        static const char PLAIN[] = "From: a@example.com\r\n\r\nhello  \r\nyou\r\n";
        struct mail plain = {{0}, 0}, a, b;
        bool hungry = false;
        add(&plain, PLAIN, sizeof PLAIN - 1);
        check = check_of(context, &plain);
        OK(mailproof_check_seal(check, THEN));
        a = sealed(check, &plain);
        mailproof_check_free(check);
        check = check_new(context);
        OK(mailproof_check_use_sealer(check, sealer));
        OK(mailproof_check_header(check, TEXT("From"), TEXT(" a@example.com")));
        OK(mailproof_check_eoh(check));
        OK(mailproof_check_body(check, (const uint8_t *)"hello  \r", 8, &hungry));
        CHECK(hungry);
        OK(mailproof_check_body(check, (const uint8_t *)"\nyou\r\n", 6, &hungry));
        CHECK(hungry);
        OK(mailproof_check_finish(check));
        OK(mailproof_check_seal(check, THEN));
        b = sealed(check, &plain);
        CHECK(a.len == b.len && memcmp(a.text, b.text, a.len) == 0);
        mailproof_check_free(check);
        check = check_of(context, &b);
        expect_chain(check, MAILPROOF_RESULT_PASS, 1);
        mailproof_check_free(check);
    }
    mailproof_context_free(context);
}

/* The seal stands above our own field; edits asked for before the seal stay where they are. */
static void edits(bool ask_before) {
    static const char *const NAMES[] = {"Authentication-Results", "ARC-Authentication-Results", "ARC-Message-Signature", "ARC-Seal"};
    mailproof_context *context = context_with(NULL);
    struct mail mail = {{0}, 0};
    mailproof_check *check;
    mailproof_str name, value, milter_value, early = {NULL, 0};
    mailproof_edit_kind kind;
    size_t index, position, i;
    add(&mail, MESSAGE, sizeof MESSAGE - 1);
    check = check_of(context, &mail);
    if (ask_before) {
        CHECK(mailproof_check_edit_count(check) == 1);
        OK(mailproof_check_edit(check, 0, NULL, NULL, NULL, NULL, &early, NULL));
    }
    OK(mailproof_check_seal(check, THEN));
    CHECK(mailproof_check_edit_count(check) == 4);
    for (i = 0; i < 4; i++) {
        OK(mailproof_check_edit(check, i, &kind, &name, &index, &position, &value, &milter_value));
        CHECK(kind == MAILPROOF_EDIT_KIND_INSERT && same(name, NAMES[i]) && index == 1 && position == 0);
        CHECK(memchr(milter_value.data, '\r', milter_value.len) == NULL && value.data[0] == ' ');
        if (ask_before && i == 0)
            CHECK(early.data == value.data && begins(early, " mx.example.org;"));
    }
    mailproof_check_free(check);
    mailproof_context_free(context);
}

/* A list changes what it forwards: signature and SPF fail then, and only its word is left. */
static void trusted(void) {
    static const uint8_t LIST[4] = {198, 51, 100, 7};
    static const char *const TRUSTED[] = {NULL, "other.example", "example", "LIST.example"};
    mailproof_context *context = context_with(NULL);
    struct mail mail = {{0}, 0}, changed;
    mailproof_check *check;
    size_t i;
    add(&mail, MESSAGE, sizeof MESSAGE - 1);
    check = check_of(context, &mail);
    changed = mail;
    add(&changed, "-- \r\nlist\r\n", 12);
    OK(mailproof_check_seal_message(check, sealer, (const uint8_t *)changed.text, changed.len, THEN));
    /* The edits are about the message as it came, of which this is no seal. */
    CHECK(mailproof_check_edit_count(check) == 1);
    changed = sealed(check, &changed);
    mailproof_check_free(check);
    mailproof_context_free(context);
    for (i = 0; i < 4; i++) {
        bool excused = i == 3;
        mailproof_result result;
        mailproof_disposition disposition, policy;
        mailproof_str domain, comment;
        uint32_t instance = 9;
        context = context_with(TRUSTED[i]);
        OK(mailproof_check_new(context, &check));
        OK(mailproof_check_set_time(check, THEN));
        OK(mailproof_check_connect(check, LIST, 4, TEXT("mail.example.com")));
        OK(mailproof_check_mail_from(check, TEXT("kitchen@example.com")));
        CHECK(mailproof_check_dmarc_override(check, &instance, &domain, &comment) == MAILPROOF_STATE);
        OK(mailproof_check_message(check, (const uint8_t *)changed.text, changed.len));
        OK(mailproof_check_finish(check));
        expect_chain(check, MAILPROOF_RESULT_PASS, 1);
        OK(mailproof_check_dmarc(check, &result, &disposition, NULL, NULL));
        OK(mailproof_check_dmarc_policy(check, &policy, NULL, NULL, NULL, NULL));
        CHECK(result == MAILPROOF_RESULT_FAIL && policy == MAILPROOF_DISPOSITION_REJECT);
        CHECK(disposition == (excused ? MAILPROOF_DISPOSITION_NONE : MAILPROOF_DISPOSITION_REJECT));
        CHECK(mailproof_check_smtp_reply(check, NULL, NULL, NULL) == (excused ? MAILPROOF_ABSENT : MAILPROOF_OK));
        CHECK(mailproof_check_dmarc_override(check, &instance, &domain, &comment) == (excused ? MAILPROOF_OK : MAILPROOF_ABSENT));
        CHECK(instance == (excused ? 1 : 0));
        if (excused)
            CHECK(same(domain, "list.example") && begins(comment, "arc=pass as[1].d=list.example"));
        else
            CHECK(domain.data == NULL && comment.data == NULL);
        mailproof_check_free(check);
        mailproof_context_free(context);
    }
}

static void misuse(void) {
    static const char LONE[] = "From: a@example.com\r\n\r\na\rb\r\n";
    mailproof_sealer *other = NULL;
    mailproof_context *context = context_with(NULL);
    struct mail mail = {{0}, 0};
    mailproof_check *check;
    mailproof_str text;
    static const char ED[] =
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
        "-----END PRIVATE KEY-----\n";
    mailproof_sealer_free(NULL);
    CHECK(mailproof_sealer_new(TEXT("list.example"), TEXT("arc"), KEY(ED), &other) == MAILPROOF_KEY && other == NULL);
    CHECK(mailproof_sealer_new(TEXT("list.example"), TEXT("arc"), KEY("none"), &other) == MAILPROOF_KEY);
    CHECK(mailproof_sealer_new(TEXT("example"), TEXT("arc"), KEY(RSA), &other) == MAILPROOF_INVALID);
    CHECK(mailproof_sealer_new(TEXT("list.example"), NULL, 4, KEY(RSA), &other) == MAILPROOF_NULL);
    CHECK(mailproof_sealer_new(TEXT("list.example"), TEXT("arc"), KEY(RSA), NULL) == MAILPROOF_NULL);
    CHECK(mailproof_sealer_set_number(NULL, 5, 1) == MAILPROOF_NULL);
    CHECK(mailproof_sealer_set_text(NULL, 3, TEXT("From")) == MAILPROOF_NULL);
    CHECK(mailproof_check_use_sealer(NULL, sealer) == MAILPROOF_NULL);
    CHECK(mailproof_check_seal(NULL, THEN) == MAILPROOF_NULL);
    CHECK(mailproof_check_seal_message(NULL, sealer, NULL, 0, THEN) == MAILPROOF_NULL);
    CHECK(mailproof_check_seal_field(NULL, 0, &text, &text, &text) == MAILPROOF_NULL);
    CHECK(mailproof_check_dmarc_override(NULL, NULL, NULL, NULL) == MAILPROOF_NULL);
    CHECK(mailproof_context_add_trusted_sealer(NULL, TEXT("list.example")) == MAILPROOF_NULL);
    CHECK(mailproof_context_add_trusted_sealer(context, TEXT("a..b")) == MAILPROOF_INVALID);
    CHECK(mailproof_context_add_trusted_sealer(context, NULL, 0) == MAILPROOF_INVALID);

    OK(mailproof_sealer_new(TEXT("list.example"), TEXT("arc"), KEY(RSA), &other));
    CHECK(mailproof_sealer_set_number(other, MAILPROOF_SIGNING_NUMBER_EXPIRES_AFTER, 1) == MAILPROOF_INVALID);
    CHECK(mailproof_sealer_set_number(other, MAILPROOF_SIGNING_NUMBER_SIMPLE_BODY, 2) == MAILPROOF_INVALID);
    CHECK(mailproof_sealer_set_text(other, MAILPROOF_SIGNING_TEXT_IDENTITY, TEXT("x")) == MAILPROOF_INVALID);
    CHECK(mailproof_sealer_set_text(other, MAILPROOF_SIGNING_TEXT_SIGNED, TEXT("ARC-Seal")) == MAILPROOF_INVALID);
    OK(mailproof_sealer_set_text(other, MAILPROOF_SIGNING_TEXT_SIGNED, TEXT("From, Subject")));
    OK(mailproof_sealer_set_number(other, MAILPROOF_SIGNING_NUMBER_ACCEPT_LONE_LINE_ENDS, 1));

    check = check_new(context);
    CHECK(mailproof_context_add_trusted_sealer(context, TEXT("list.example")) == MAILPROOF_STATE);
    CHECK(mailproof_check_use_sealer(check, NULL) == MAILPROOF_NULL);
    OK(mailproof_check_use_sealer(check, sealer));
    CHECK(mailproof_sealer_set_number(sealer, MAILPROOF_SIGNING_NUMBER_SIMPLE_BODY, 1) == MAILPROOF_STATE);
    CHECK(mailproof_check_seal(check, THEN) == MAILPROOF_STATE);
    CHECK(mailproof_check_seal_message(check, sealer, (const uint8_t *)LONE, sizeof LONE - 1, THEN) == MAILPROOF_STATE);
    OK(mailproof_check_feed(check, (const uint8_t *)LONE, 10, NULL));
    CHECK(mailproof_check_use_sealer(check, sealer) == MAILPROOF_STATE);
    OK(mailproof_check_feed(check, (const uint8_t *)LONE + 10, sizeof LONE - 11, NULL));
    OK(mailproof_check_finish(check));
    CHECK(mailproof_check_seal(check, -1) == MAILPROOF_INVALID);
    /* No seal, but results all the same. */
    CHECK(mailproof_check_seal(check, THEN) == MAILPROOF_MALFORMED);
    OK(mailproof_check_auth_results(check, &text));
    CHECK(mailproof_check_seal(check, THEN) == MAILPROOF_STATE);
    CHECK(mailproof_check_seal_message(check, NULL, NULL, 0, THEN) == MAILPROOF_NULL);
    CHECK(mailproof_check_seal_message(check, sealer, NULL, 0, THEN) == MAILPROOF_MALFORMED);
    CHECK(mailproof_check_seal_message(check, sealer, (const uint8_t *)LONE, SIZE_MAX, THEN) == MAILPROOF_TOO_BIG);
    CHECK(mailproof_check_seal_message(check, sealer, (const uint8_t *)LONE, sizeof LONE - 1, THEN) == MAILPROOF_MALFORMED);
    OK(mailproof_check_seal_message(check, other, (const uint8_t *)LONE, sizeof LONE - 1, THEN));
    add(&mail, LONE, sizeof LONE - 1);
    mail = sealed(check, &mail);
    mailproof_check_free(check);

    /* The results are about another chain. */
    check = check_of(context, &mail);
    CHECK(mailproof_check_seal_message(check, other, (const uint8_t *)MESSAGE, sizeof MESSAGE - 1, THEN) == MAILPROOF_INVALID);
    mailproof_check_free(check);
    /* Nobody told of a sealer; the sealer may go first. */
    check = check_new(context);
    OK(mailproof_check_message(check, (const uint8_t *)MESSAGE, sizeof MESSAGE - 1));
    OK(mailproof_check_finish(check));
    CHECK(mailproof_check_seal(check, THEN) == MAILPROOF_STATE);
    mailproof_check_free(check);
    check = check_new(context);
    OK(mailproof_check_use_sealer(check, other));
    mailproof_sealer_free(other);
    OK(mailproof_check_message(check, (const uint8_t *)MESSAGE, sizeof MESSAGE - 1));
    OK(mailproof_check_finish(check));
    OK(mailproof_check_seal(check, THEN));
    mailproof_check_free(check);
    OK(mailproof_check_new_dkim(context, &check));
    CHECK(mailproof_check_use_sealer(check, sealer) == MAILPROOF_STATE);
    OK(mailproof_check_message(check, (const uint8_t *)MESSAGE, sizeof MESSAGE - 1));
    OK(mailproof_check_finish(check));
    CHECK(mailproof_check_seal_message(check, sealer, (const uint8_t *)MESSAGE, sizeof MESSAGE - 1, THEN) == MAILPROOF_STATE);
    CHECK(mailproof_check_dmarc_override(check, NULL, NULL, NULL) == MAILPROOF_ABSENT);
    OK(mailproof_check_dkim(check, 0, NULL, NULL, NULL, NULL));
    mailproof_check_free(check);
    mailproof_context_free(context);
}

int main(void) {
    OK(mailproof_sealer_new(TEXT("list.example"), TEXT("arc"), KEY(RSA), &sealer));
    OK(mailproof_sealer_set_number(sealer, MAILPROOF_SIGNING_NUMBER_SIMPLE_BODY, 1));
    OK(mailproof_sealer_set_number(sealer, MAILPROOF_SIGNING_NUMBER_SIMPLE_BODY, 0));
    chain();
    pieces();
    edits(false);
    edits(true);
    trusted();
    misuse();
    mailproof_sealer_free(sealer);
    return 0;
}
