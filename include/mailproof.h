// mailproof 0.1.0
//
// SPF, DKIM, DMARC and ARC for milters and MTAs. This file is written from ffi/src; do not edit it.
//
//   mailproof_context_new  ->  settings, DNS  ->  for each message:
//   mailproof_check_new  ->  connect, mail_from  ->  header*, eoh, body*  (or feed*, or message)  ->  finish  ->  results
//
//   mailproof_signer_new  ->  keys, choices  ->  for each message:
//   mailproof_signing_new  ->  header*, eoh, body*  (or feed*)  ->  finish  ->  signatures
//
// Conventions
//
// Status and verdict are two things. What a call came to is a mailproof_status: zero and above, go on; below zero, nothing
// was done, and mailproof_last_error says why. What was found is a mailproof_result. Numbers of both keep their meaning, are
// never used again, and grow: a program takes those it does not know for the nearest it does (below zero: failed).
//
// Handles are opaque. Each _new has its _free, for which NULL is fine; nothing of the library is freed any other way. A
// handle that was freed is gone: that alone cannot be told by a status.
//
// Inputs are a pointer and a length in octets. No final NUL is looked for, and a NUL inside is an octet like any other. NULL
// is fine where the length is 0. The library copies what it keeps.
//
// Outputs come last and are written only when the status is zero or above. One that is not wanted may be NULL, save where a
// new handle is put. A mailproof_str is lent: its owner keeps it, for as long as the function says.
//
// NULL where a handle is needed gives MAILPROOF_NULL; a call in the wrong order MAILPROOF_STATE; a number that is none of its
// kind MAILPROOF_INVALID. None of these breaks the handle.
//
// Threads: a mailproof_context, a mailproof_signer and a mailproof_sealer are shared by as many as like. A mailproof_check, a mailproof_signing
// and a mailproof_answer serve one thread at a time; a second one that comes meanwhile, or a callback that comes back to the
// check it serves, gets MAILPROOF_BUSY. Handles of one message and those of another have nothing to do with each other. The
// library installs no signal handler, changes no locale, and starts no thread save for its built-in resolver.
//
// DNS comes in one of four ways, chosen for the context: from outside, step by step (the default, for event loops: finish says
// MAILPROOF_NEED_DNS); by a function of the caller; by the built-in resolver; or from a zone in JSON, for tests.
//
// A defect of the library is caught at its border: the call gives MAILPROOF_PANIC, and so does every later one with that
// handle, which can still be freed. A line about it goes to standard error.

#ifndef MAILPROOF_H
#define MAILPROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The version of this header; mailproof_version tells that of the library.
#define MAILPROOF_VERSION "0.1.0"
#define MAILPROOF_VERSION_MAJOR 0
#define MAILPROOF_VERSION_MINOR 1
#define MAILPROOF_VERSION_PATCH 0
// The same as one number: major << 16 | minor << 8 | patch.
#define MAILPROOF_VERSION_NUMBER 256
// The binary interface this header is for; mailproof_abi tells that of the library.
#define MAILPROOF_ABI 0

// What a call came to. Zero and above: go on; below zero: nothing was done, mailproof_last_error says why. It is
// never a verdict. Numbers keep their meaning and are never used again; later versions may add some.
enum mailproof_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Done.
    MAILPROOF_OK = 0,
    // The check goes on once its open questions are answered.
    MAILPROOF_NEED_DNS = 1,
    // There is nothing of the kind asked for; outputs are empty.
    MAILPROOF_ABSENT = 2,
    // A pointer is NULL that must not be.
    MAILPROOF_NULL = -1,
    // An argument is outside what the function takes.
    MAILPROOF_INVALID = -2,
    // Not at this point: the order of calls is wrong, or the context is in use already.
    MAILPROOF_STATE = -3,
    // More octets than are taken.
    MAILPROOF_TOO_BIG = -4,
    // The private key cannot be used.
    MAILPROOF_KEY = -5,
    // No open question has this number; nothing changed.
    MAILPROOF_UNASKED = -6,
    // The octets are no message; the check is of no more use.
    MAILPROOF_MALFORMED = -7,
    // Another call works with this handle: from another thread, or around a callback.
    MAILPROOF_BUSY = -8,
    // The system refuses what is needed: a thread, or its DNS configuration.
    MAILPROOF_SYSTEM = -9,
    // Not part of this version or build.
    MAILPROOF_UNSUPPORTED = -10,
    // A defect of the library was caught; the handle is of no more use, others are not concerned.
    MAILPROOF_PANIC = -99,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum mailproof_status mailproof_status;
#else
typedef int32_t mailproof_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// A verdict, by the words of RFC 8601. Numbers keep their meaning; later versions may add some.
enum mailproof_result
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // There was nothing to judge.
    MAILPROOF_RESULT_NONE = 0,
    // It holds.
    MAILPROOF_RESULT_PASS = 1,
    // It does not hold.
    MAILPROOF_RESULT_FAIL = 2,
    // It probably does not hold (SPF).
    MAILPROOF_RESULT_SOFTFAIL = 3,
    // Nothing is said about it (SPF), or it cannot be read (DKIM).
    MAILPROOF_RESULT_NEUTRAL = 4,
    // It breaks a rule of this receiver (DKIM).
    MAILPROOF_RESULT_POLICY = 5,
    // DNS failed; later the verdict may be another.
    MAILPROOF_RESULT_TEMPERROR = 6,
    // It cannot be judged, now or later.
    MAILPROOF_RESULT_PERMERROR = 7,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum mailproof_result mailproof_result;
#else
typedef uint32_t mailproof_result;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What the domain owner asks to be done with a message that fails DMARC.
enum mailproof_disposition
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Nothing in particular.
    MAILPROOF_DISPOSITION_NONE = 0,
    // To treat it with suspicion.
    MAILPROOF_DISPOSITION_QUARANTINE = 1,
    // To reject it.
    MAILPROOF_DISPOSITION_REJECT = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum mailproof_disposition mailproof_disposition;
#else
typedef uint32_t mailproof_disposition;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// An edit of a header section.
enum mailproof_edit_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Take the field away. A milter calls smfi_chgheader with a value of NULL.
    MAILPROOF_EDIT_KIND_DELETE = 1,
    // Give the field another value. A milter calls smfi_chgheader.
    MAILPROOF_EDIT_KIND_CHANGE = 2,
    // Add the field. A milter calls smfi_insheader.
    MAILPROOF_EDIT_KIND_INSERT = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum mailproof_edit_kind mailproof_edit_kind;
#else
typedef uint32_t mailproof_edit_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Something the cache counts.
enum mailproof_cache_count
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Questions answered, with those of the three kinds that follow.
    MAILPROOF_CACHE_COUNT_HITS = 1,
    // Questions answered with no data or NXDOMAIN.
    MAILPROOF_CACHE_COUNT_NEGATIVE_HITS = 2,
    // Questions answered with a failure.
    MAILPROOF_CACHE_COUNT_FAILURE_HITS = 3,
    // Questions answered with an answer beyond its time.
    MAILPROOF_CACHE_COUNT_STALE = 4,
    // Questions that had to be asked.
    MAILPROOF_CACHE_COUNT_MISSES = 5,
    // Questions that waited for the answer to another's.
    MAILPROOF_CACHE_COUNT_COALESCED = 6,
    // Answers dropped before their time to make room.
    MAILPROOF_CACHE_COUNT_EVICTIONS = 7,
    // Answers too large to be kept.
    MAILPROOF_CACHE_COUNT_REFUSED = 8,
    // Answers held now.
    MAILPROOF_CACHE_COUNT_ENTRIES = 9,
    // Octets of memory held now.
    MAILPROOF_CACHE_COUNT_OCTETS = 10,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum mailproof_cache_count mailproof_cache_count;
#else
typedef uint32_t mailproof_cache_count;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Why a question has no answer. To be named where there is no raw reply to hand over.
enum mailproof_dns_failure
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // No reply in time.
    MAILPROOF_DNS_FAILURE_TIMEOUT = 1,
    // The server said SERVFAIL.
    MAILPROOF_DNS_FAILURE_SERVFAIL = 2,
    // The server said REFUSED.
    MAILPROOF_DNS_FAILURE_REFUSED = 3,
    // No server could be reached.
    MAILPROOF_DNS_FAILURE_UNREACHABLE = 4,
    // The reply was broken.
    MAILPROOF_DNS_FAILURE_MALFORMED = 5,
    // The caller's own limit of time or questions is reached; no server is to blame, and nothing is cached.
    MAILPROOF_DNS_FAILURE_BUDGET = 6,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum mailproof_dns_failure mailproof_dns_failure;
#else
typedef uint32_t mailproof_dns_failure;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// An identity that SPF checks.
enum mailproof_identity
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // The name of HELO or EHLO.
    MAILPROOF_IDENTITY_HELO = 1,
    // The reverse-path of MAIL FROM.
    MAILPROOF_IDENTITY_MAIL_FROM = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum mailproof_identity mailproof_identity;
#else
typedef uint32_t mailproof_identity;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// A setting that is a number. Switches are 0 and 1.
enum mailproof_number
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Answers the cache keeps at most. Default 262144; 0 keeps none.
    MAILPROOF_NUMBER_CACHE_ENTRIES = 1,
    // Octets of memory the cache takes at most. Default 67108864.
    MAILPROOF_NUMBER_CACHE_OCTETS = 2,
    // Seconds an answer is kept at most, whatever its TTL. Default 86400.
    MAILPROOF_NUMBER_CACHE_TTL_MAX = 3,
    // Seconds an answer beyond its TTL may still stand in when servers fail (RFC 8767). Default 0: never.
    MAILPROOF_NUMBER_CACHE_STALE = 4,
    // Milliseconds one server is waited for, by the built-in resolver. Default 3000.
    MAILPROOF_NUMBER_DNS_TIMEOUT = 16,
    // How often a silent server is asked in all, by the built-in resolver; 1 to 10. Default 2.
    MAILPROOF_NUMBER_DNS_ATTEMPTS = 17,
    // Milliseconds that all questions of one check may take, with the built-in resolver. Default 20000.
    MAILPROOF_NUMBER_DNS_TIME = 18,
    // Questions of one check at most; those beyond count as failed. Default 100.
    MAILPROOF_NUMBER_DNS_QUESTIONS = 19,
    // Whether the AD bit of replies is believed: only where the servers validate and nobody can tamper with the path to
    // them (RFC 6840 section 5.7). Default 0.
    MAILPROOF_NUMBER_DNS_TRUST_AD = 20,
    // Whether the built-in resolver asks in random case, which is harder to forge. Default 0.
    MAILPROOF_NUMBER_DNS_MIXED_CASE = 21,
    // Terms of an SPF policy that may ask DNS (RFC 7208 section 4.6.4); at most 100. Default 10.
    MAILPROOF_NUMBER_SPF_TERMS = 32,
    // Terms of an SPF policy whose query may find nothing. Default 2.
    MAILPROOF_NUMBER_SPF_VOID_LOOKUPS = 33,
    // Bits of an RSA key at least; 1024 (RFC 8301 section 3.2) to 8192. Default 1024.
    MAILPROOF_NUMBER_DKIM_MIN_RSA_BITS = 48,
    // Bits of an RSA key at most; 1024 to 8192. Default 4096 (RFC 8301 section 3.2).
    MAILPROOF_NUMBER_DKIM_MAX_RSA_BITS = 49,
    // Signatures evaluated at most. Default 10.
    MAILPROOF_NUMBER_DKIM_MAX_SIGNATURES = 50,
    // Seconds that the clocks of signers may differ. Default 300.
    MAILPROOF_NUMBER_DKIM_CLOCK_SKEW = 51,
    // Whether a signature that leaves a part of the body unsigned (l=) is refused. Default 0.
    MAILPROOF_NUMBER_DKIM_REJECT_PARTIAL_BODY = 52,
    // Whether a signature made in the future is refused. Default 0.
    MAILPROOF_NUMBER_DKIM_REJECT_FUTURE = 53,
    // How organizational domains are found: 0, by the tree walk of RFC 9989; 1, by the public suffix list (RFC 7489).
    // Default 0.
    MAILPROOF_NUMBER_DMARC_DISCOVERY = 64,
    // Identifiers whose organizational domain is walked for at most. Default 10.
    MAILPROOF_NUMBER_DMARC_WALKS = 65,
    // Whether the name of the client's address is looked for and confirmed (iprev, RFC 8601 section 3). Default 1.
    MAILPROOF_NUMBER_IPREV = 80,
    // Whether the edits take away every Authentication-Results field, not only forged ones. Default 0.
    MAILPROOF_NUMBER_STRIP_ALL = 96,
    // Whether the edits take away Received-SPF fields as well. Default 0.
    MAILPROOF_NUMBER_STRIP_RECEIVED_SPF = 97,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum mailproof_number mailproof_number;
#else
typedef uint32_t mailproof_number;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// A type of DNS record, by its number in DNS.
enum mailproof_rrtype
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint16_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // IPv4 address.
    MAILPROOF_RRTYPE_A = 1,
    // Name of an address.
    MAILPROOF_RRTYPE_PTR = 12,
    // Mail exchange.
    MAILPROOF_RRTYPE_MX = 15,
    // Text.
    MAILPROOF_RRTYPE_TXT = 16,
    // IPv6 address.
    MAILPROOF_RRTYPE_AAAA = 28,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum mailproof_rrtype mailproof_rrtype;
#else
typedef uint16_t mailproof_rrtype;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// A choice of a signer that is a number. Switches are 0 and 1.
enum mailproof_signing_number
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Seconds after which a signature expires (x=); 0, the default, stands for never.
    MAILPROOF_SIGNING_NUMBER_EXPIRES_AFTER = 1,
    // Whether the time of signing is told (t=). Default 1.
    MAILPROOF_SIGNING_NUMBER_TIMESTAMP = 2,
    // Whether the signed fields are copied into the signature (z=). Default 0.
    MAILPROOF_SIGNING_NUMBER_COPY_HEADER = 3,
    // Whether failures should be reported to the domain (r=y, RFC 6651). Default 0.
    MAILPROOF_SIGNING_NUMBER_REQUEST_REPORTS = 4,
    // Whether a lone CR or LF is signed as it stands; else such a message is refused. Default 0.
    MAILPROOF_SIGNING_NUMBER_ACCEPT_LONE_LINE_ENDS = 5,
    // Whether the header section must arrive as it was, octet for octet (simple canonicalization). Default 0.
    MAILPROOF_SIGNING_NUMBER_SIMPLE_HEADER = 6,
    // The same for the body. Default 0.
    MAILPROOF_SIGNING_NUMBER_SIMPLE_BODY = 7,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum mailproof_signing_number mailproof_signing_number;
#else
typedef uint32_t mailproof_signing_number;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// A choice of a signer that is a text.
enum mailproof_signing_text
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // On whose behalf the domain signs (i=): an address or @domain within the domain. Empty, the default: the domain.
    MAILPROOF_SIGNING_TEXT_IDENTITY = 1,
    // Names of fields, with spaces or commas between them, of which every one is signed and none may be added.
    MAILPROOF_SIGNING_TEXT_OVERSIGNED = 2,
    // Names of fields of which every one that is there is signed.
    MAILPROOF_SIGNING_TEXT_SIGNED = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum mailproof_signing_text mailproof_signing_text;
#else
typedef uint32_t mailproof_signing_text;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// The answer to one DNS question, under construction. It says one thing: some records, that there are none, that the
// name does not exist, that nothing is known, or what a raw reply says. A new one says nothing yet.
typedef struct mailproof_answer mailproof_answer;

// One message under check, or SPF alone. It serves one thread at a time; another that comes meanwhile is told
// MAILPROOF_BUSY.
typedef struct mailproof_check mailproof_check;

// The settings of a receiver, its source of DNS and its cache. One is made at start-up, set up, and shared by all
// threads; the first check made from it ends the setting up. Checks keep what they need of it, so it may be freed
// before them.
typedef struct mailproof_context mailproof_context;

// A domain that seals what it forwards (ARC, RFC 8617, which is being made historic), with its key. One is made at start-up,
// set up, and shared by all threads; the first message it is used for ends the setting up. The key is zeroed when it is freed
// and no message is being sealed.
typedef struct mailproof_sealer mailproof_sealer;

// A domain that signs, with its keys and the way it signs. One is made at start-up, set up, and shared by all threads;
// the first message that is signed ends the setting up. Keys are zeroed when it is freed and no message is being signed.
typedef struct mailproof_signer mailproof_signer;

// One message being signed. It serves one thread at a time; another that comes meanwhile is told MAILPROOF_BUSY.
typedef struct mailproof_signing mailproof_signing;

// Octets that the library lends: len of them at data, without a final NUL. data is NULL when there is nothing to
// tell, which is not the same as an empty text.
//
// They belong to the handle they came from, and are gone when it is freed or, where the function says so, earlier.
typedef struct {
    // The first octet, or NULL.
    const char *data;
    // How many there are.
    size_t len;
} mailproof_str;

// Tells the time in Unix seconds; a negative one counts as 0.
//
// It must return, must not call the library with a handle that is in use, and may be called by several threads at once.
//
// @param userdata  What was given with the function.
typedef int64_t (*mailproof_clock_fn)(void *userdata);

// Asks DNS for the caller's part, and puts what it learned into answer with the mailproof_answer_ functions. An answer
// that is left as it is counts as a server that cannot be reached.
//
// It is called inside mailproof_check_finish, by the thread that called that, and by several threads at once where
// several check. It must return: no longjmp, no exception. The check that asks cannot be used meanwhile, and no other that
// asks a lookup function be finished: it might wait for the very answer that is being looked for. Both get MAILPROOF_BUSY.
//
// @param userdata  What was given with the function.
// @param name      The name asked about, in A-labels, without a final dot; name_len octets, no final NUL.
// @param rrtype    The type of record asked for, a mailproof_rrtype.
// @param answer    Lent for the time of the call; not to be freed.
typedef void (*mailproof_lookup_fn)(void *userdata,
                                    const char *name,
                                    size_t name_len,
                                    uint16_t rrtype,
                                    mailproof_answer *answer);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// A few words for a status, for logs.
//
// @param status  A mailproof_status; a number that is none is told so.
// @return        Static text with a final NUL; never NULL.
// Any thread.
const char *mailproof_status_text(int32_t status);

// Says why the last call of this thread that failed did so: one line of text for a log, never an attacker's octets.
//
// A call that succeeds leaves it as it was, and so does this one.
//
// @param message  Out: the text; empty when no call failed. It is valid until the next call of this thread fails, or the thread
//                 ends.
// @return         MAILPROOF_OK; MAILPROOF_NULL when message is NULL.
// Any thread; each has its own.
mailproof_status mailproof_last_error(mailproof_str *message);

// The version of the library that is linked: MAILPROOF_VERSION is that of the header.
//
// @return  Static text with a final NUL, such as "0.1.0"; never NULL.
// Any thread.
const char *mailproof_version(void);

// The number of the binary interface of the library that is linked. A program that loads the library at run time compares
// it with MAILPROOF_ABI, and uses no other.
//
// @return  The number.
// Any thread.
uint32_t mailproof_abi(void);

// Whether the library that is linked can do something: spf, dkim-verify, dkim-sign, dmarc, arc, iprev, ed25519,
// rsa-sha256, resolver, encrypted-dns.
//
// @param name  The name of it; name_len octets.
// @return      Whether it can; false for a name that is not known.
// Any thread.
bool mailproof_has_feature(const char *name,
                           size_t name_len);

// The word of a verdict, as Authentication-Results writes it.
//
// @param result  A mailproof_result; a number that is none gives "unknown".
// @return        Static text with a final NUL; never NULL.
// Any thread.
const char *mailproof_result_word(uint32_t result);

// The word of a disposition, as a DMARC record writes it.
//
// @param disposition  A mailproof_disposition; a number that is none gives "unknown".
// @return             Static text with a final NUL; never NULL.
// Any thread.
const char *mailproof_disposition_word(uint32_t disposition);

// Makes a context with the default settings, whose checks are answered from outside (mailproof_context_use_steps).
//
// @param authserv_id  The name under which results are written (RFC 8601 section 2.5), most often that of the host; UTF-8
//                     without control characters, not empty; authserv_id_len octets.
// @param out          Out: the new context, to be freed with mailproof_context_free; NULL on failure.
// @return             MAILPROOF_OK; MAILPROOF_NULL; MAILPROOF_INVALID for what is no such name.
// Any thread.
mailproof_status mailproof_context_new(const char *authserv_id,
                                       size_t authserv_id_len,
                                       mailproof_context **out);

// Frees a context. Checks made from it may still be used.
//
// @param context  The context; NULL is fine.
// One thread, the last to use the context itself.
void mailproof_context_free(mailproof_context *context);

// Sets a number.
//
// @param context  The context; no check may have been made yet.
// @param setting  Which: a mailproof_number.
// @param value    The number.
// @return         MAILPROOF_OK; MAILPROOF_INVALID when the setting is unknown or the number out of its range;
//                 MAILPROOF_STATE once a check was made.
// Any thread.
mailproof_status mailproof_context_set_number(mailproof_context *context,
                                              uint32_t setting,
                                              uint64_t value);

// Tells a number that is set.
//
// @param context  The context.
// @param setting  Which: a mailproof_number.
// @param value    Out: the number.
// @return         MAILPROOF_OK; MAILPROOF_INVALID when the setting is unknown.
// Any thread.
mailproof_status mailproof_context_number(const mailproof_context *context,
                                          uint32_t setting,
                                          uint64_t *value);

// Sets where new checks take their time from, which x= and t= of signatures are compared with. The default is the
// clock of the system. The cache goes by a clock of its own.
//
// @param context   The context; no check may have been made yet.
// @param clock     The function; NULL stands for the clock of the system.
// @param userdata  Handed to it. It must outlive the context and every check made from it.
// @return          MAILPROOF_OK; MAILPROOF_STATE once a check was made.
// Any thread.
mailproof_status mailproof_context_set_clock(mailproof_context *context,
                                             mailproof_clock_fn clock,
                                             void *userdata);

// Lets checks wait for answers from outside, which is the default: they never block, ask nobody, and say
// MAILPROOF_NEED_DNS. See mailproof_check_question.
//
// @param context  The context; no check may have been made yet.
// @return         MAILPROOF_OK; MAILPROOF_STATE once a check was made.
// Any thread.
mailproof_status mailproof_context_use_steps(mailproof_context *context);

// Lets checks ask the recursive servers of the system's configuration, through the resolver built in.
// mailproof_check_finish then blocks until all is answered, or the time allowed is over.
//
// The first check starts one thread, which does not survive a fork: make that check afterwards.
//
// @param context  The context; no check may have been made yet.
// @return         MAILPROOF_OK; MAILPROOF_SYSTEM when the configuration names nobody; MAILPROOF_STATE once a check was
//                 made.
// Any thread.
mailproof_status mailproof_context_use_system_dns(mailproof_context *context);

// The same with recursive servers that are named.
//
// @param context  The context; no check may have been made yet.
// @param servers  IP addresses, each perhaps with a port, such as 192.0.2.53 or [2001:db8::53]:5353, in the order in which
//                 they are asked, with spaces or commas between them; servers_len octets. tcp:// in front asks over TCP
//                 alone; tls:// and https:// are known where mailproof_has_feature("encrypted-dns").
// @return         MAILPROOF_OK; MAILPROOF_INVALID for what is no such list; MAILPROOF_UNSUPPORTED; MAILPROOF_STATE once
//                 a check was made.
// Any thread.
mailproof_status mailproof_context_use_dns_servers(mailproof_context *context,
                                                   const char *servers,
                                                   size_t servers_len);

// Lets checks take DNS from a zone alone: for tests, demonstrations and offline checks. Nothing waits.
//
// @param context  The context; no check may have been made yet.
// @param json     The zone, such as {"example.com": {"TXT": ["v=spf1 -all"]}}, in UTF-8; json_len octets.
// @return         MAILPROOF_OK; MAILPROOF_INVALID for what is no zone; MAILPROOF_STATE once a check was made.
// Any thread.
mailproof_status mailproof_context_use_zone_json(mailproof_context *context,
                                                 const char *json,
                                                 size_t json_len);

// Lets checks ask DNS through a function: mailproof_check_finish calls it for each question that the cache cannot
// answer, one after the other. Of several threads that ask the same at once, one calls it and all have its answer.
//
// @param context   The context; no check may have been made yet.
// @param lookup    The function.
// @param userdata  Handed to it. It must outlive the context and every check made from it.
// @return          MAILPROOF_OK; MAILPROOF_NULL when lookup is; MAILPROOF_STATE once a check was made.
// Any thread.
mailproof_status mailproof_context_use_lookup(mailproof_context *context,
                                              mailproof_lookup_fn lookup,
                                              void *userdata);

// Tells what the cache counted since the first check was made.
//
// @param context  The context.
// @param which    What: a mailproof_cache_count.
// @param value    Out: the count; 0 before the first check.
// @return         MAILPROOF_OK; MAILPROOF_INVALID when nothing of this number is counted.
// Any thread, also while checks run.
mailproof_status mailproof_context_cache_count(const mailproof_context *context,
                                               uint32_t which,
                                               uint64_t *value);

// Lets the cache forget everything.
//
// @param context  The context.
// @return         MAILPROOF_OK.
// Any thread, also while checks run; what a check was told stays true for it.
mailproof_status mailproof_context_cache_flush(mailproof_context *context);

// Lets the cache forget every answer about a name and all names below it.
//
// @param context  The context.
// @param name     The domain name; name_len octets.
// @return         MAILPROOF_OK; MAILPROOF_INVALID when it is no domain name.
// Any thread, also while checks run; what a check was told stays true for it.
mailproof_status mailproof_context_cache_flush_name(mailproof_context *context,
                                                    const char *name,
                                                    size_t name_len);

// Begins to check a whole message: SPF, DKIM, DMARC.
//
// @param context  The context, which can be changed no more from now on.
// @param out      Out: the new check, to be freed with mailproof_check_free; NULL on failure.
// @return         MAILPROOF_OK; MAILPROOF_NULL; MAILPROOF_SYSTEM when the built-in resolver cannot start.
// Any thread.
mailproof_status mailproof_check_new(const mailproof_context *context,
                                     mailproof_check **out);

// Begins to check the DKIM signatures of a message, and nothing else. It is fed like a whole message, without
// mailproof_check_connect; what is told of SPF and DMARC is MAILPROOF_ABSENT.
//
// @param context  The context, which can be changed no more from now on.
// @param out      Out: the new check, to be freed with mailproof_check_free; NULL on failure.
// @return         As for mailproof_check_new.
// Any thread.
mailproof_status mailproof_check_new_dkim(const mailproof_context *context, mailproof_check **out);

// Checks SPF alone, which needs no message: mailproof_check_finish is next, and in the step-driven mode the first
// questions are known already.
//
// @param context    The context, which can be changed no more from now on.
// @param ip         The address of the client in network order; ip_len is 4 or 16.
// @param helo       The name of HELO or EHLO as received; empty when unknown; helo_len octets.
// @param mail_from  The reverse-path of MAIL FROM, with or without angle brackets; empty for a bounce; mail_from_len octets.
// @param out        Out: the new check, to be freed with mailproof_check_free; NULL on failure.
// @return           As for mailproof_check_new; MAILPROOF_INVALID when the address has another length.
// Any thread.
mailproof_status mailproof_check_new_spf(const mailproof_context *context,
                                         const uint8_t *ip,
                                         size_t ip_len,
                                         const char *helo,
                                         size_t helo_len,
                                         const char *mail_from,
                                         size_t mail_from_len,
                                         mailproof_check **out);

// Frees a check, whatever became of it. Everything it lent is gone. A lookup function does not free the check that asks: it
// would be left as it is, and be lost if it is not freed later.
//
// @param check  The check; NULL is fine.
// One thread at a time.
void mailproof_check_free(mailproof_check *check);

// Sets the time at which the message arrived, if that is not now.
//
// @param check      The check; before the message is told.
// @param unix_time  In Unix seconds.
// @return           MAILPROOF_OK; MAILPROOF_INVALID when it is negative; MAILPROOF_STATE.
// One thread at a time.
mailproof_status mailproof_check_set_time(mailproof_check *check, int64_t unix_time);

// Tells who connected. Without it, or for a message from a file, SPF is left out.
//
// @param check  The check; before everything else of the message.
// @param ip     The address of the client at the border of the own network, in network order; ip_len is 4 or 16.
// @param helo   The name of HELO or EHLO as received; empty when unknown; helo_len octets.
// @return       MAILPROOF_OK; MAILPROOF_INVALID when the address has another length; MAILPROOF_STATE.
// One thread at a time.
mailproof_status mailproof_check_connect(mailproof_check *check,
                                         const uint8_t *ip,
                                         size_t ip_len,
                                         const char *helo,
                                         size_t helo_len);

// Tells the sender of the envelope. Without it the message counts as a bounce.
//
// @param check         The check; after mailproof_check_connect, before the message.
// @param reverse_path  The reverse-path of MAIL FROM, with or without angle brackets; empty or <> for a bounce;
//                      reverse_path_len octets.
// @return              MAILPROOF_OK; MAILPROOF_STATE.
// One thread at a time.
mailproof_status mailproof_check_mail_from(mailproof_check *check,
                                           const char *reverse_path,
                                           size_t reverse_path_len);

// Tells one header field of the message. Fields come in their order, the topmost first.
//
// @param check  The check; after the connection and the sender, before mailproof_check_eoh.
// @param name   What stands before the colon; name_len octets.
// @param value  Everything between the colon and the CRLF that ends the field, the space after the colon and folds included;
//               value_len octets. A fold is CRLF and white space. The milter protocol tells folds as a bare LF and, unless
//               SMFIP_HDR_LEADSPC is set, leaves out the space: undo both.
// @return       MAILPROOF_OK; MAILPROOF_MALFORMED when this is not one field, or the header section became too long;
//               MAILPROOF_STATE.
// One thread at a time.
mailproof_status mailproof_check_header(mailproof_check *check,
                                        const char *name,
                                        size_t name_len,
                                        const char *value,
                                        size_t value_len);

// Says that the header section has ended. In the step-driven mode the first questions are known now, and may be answered
// while the body arrives.
//
// @param check  The check; after the last field, before the body. Not optional, even when there is no body.
// @return       MAILPROOF_OK; MAILPROOF_MALFORMED when there was no field; MAILPROOF_STATE.
// One thread at a time.
mailproof_status mailproof_check_eoh(mailproof_check *check);

// Tells the next octets of the body, cut anywhere. Lines end with CRLF.
//
// @param check   The check; after mailproof_check_eoh.
// @param chunk   The octets; len of them.
// @param hungry  Out: false when nothing needs the rest of the body, which may then be withheld (SMFIS_SKIP of a milter).
// @return        MAILPROOF_OK; MAILPROOF_STATE.
// One thread at a time.
mailproof_status mailproof_check_body(mailproof_check *check,
                                      const uint8_t *chunk,
                                      size_t len,
                                      bool *hungry);

// Tells the next octets of the message as it stands on the wire, header section and body, cut anywhere. It takes the place
// of mailproof_check_header, mailproof_check_eoh and mailproof_check_body; a message is told in one of the two ways.
//
// @param check   The check; after the connection and the sender.
// @param octets  The octets; len of them. Lines end with CRLF; there is no dot-stuffing.
// @param hungry  Out: false when nothing needs the rest of the message.
// @return        MAILPROOF_OK; MAILPROOF_MALFORMED when this can be no message any more; MAILPROOF_STATE.
// One thread at a time.
mailproof_status mailproof_check_feed(mailproof_check *check,
                                      const uint8_t *octets,
                                      size_t len,
                                      bool *hungry);

// Tells the whole message at once. mailproof_check_finish is next.
//
// @param check  The check; after the connection and the sender.
// @param raw    The message, header section and body; len octets. Lines end with CRLF; there is no dot-stuffing.
// @return       MAILPROOF_OK; MAILPROOF_MALFORMED when it is no message; MAILPROOF_STATE.
// One thread at a time.
mailproof_status mailproof_check_message(mailproof_check *check,
                                         const uint8_t *raw,
                                         size_t len);

// The same for a message as a file holds it: where a line ends with a bare LF, it counts as CRLF.
//
// @param check  The check; after the connection and the sender.
// @param text   The message; len octets.
// @return       As for mailproof_check_message.
// One thread at a time.
mailproof_status mailproof_check_text(mailproof_check *check, const uint8_t *text, size_t len);

// Says that the message has ended, and brings the check to its end: with the built-in resolver and with a lookup function
// it waits for DNS; in the step-driven mode it returns at once, to be called again after answers.
//
// @param check  The check.
// @return       MAILPROOF_OK: there are results; MAILPROOF_NEED_DNS: answer the open questions and call again;
//               MAILPROOF_MALFORMED; MAILPROOF_STATE.
// One thread at a time.
mailproof_status mailproof_check_finish(mailproof_check *check);

// Goes as far as it can without waiting: the questions that the answers so far lead to become known. Call it after answers,
// also while the body still arrives.
//
// @param check  The check.
// @return       MAILPROOF_NEED_DNS when questions are open; MAILPROOF_OK when none is, which does not say that the check
//               is done; MAILPROOF_MALFORMED.
// One thread at a time.
mailproof_status mailproof_check_step(mailproof_check *check);

// Counts the open questions.
//
// @param check  The check.
// @return       How many are open; 0 for NULL, for a check in use, and where the library asks DNS itself.
// One thread at a time.
size_t mailproof_check_question_count(const mailproof_check *check);

// Tells an open question. All may be asked at once and answered in any order.
//
// @param check   The check.
// @param index   Which, from 0; those that came up later stand behind. An answer moves those behind it forward.
// @param id      Out: its number, by which it is answered: above all that came before it in this check, never used again.
// @param name    Out: the name asked about, in A-labels, without a final dot; valid until the check is stepped, finished or
//                freed, or this question answered.
// @param type    Out: the type of record asked for, a mailproof_rrtype; class IN.
// @return        MAILPROOF_OK; MAILPROOF_ABSENT when no more are open.
// One thread at a time.
mailproof_status mailproof_check_question(const mailproof_check *check,
                                          size_t index,
                                          uint32_t *id,
                                          mailproof_str *name,
                                          uint16_t *type);

// Writes an open question as a DNS message, ready to be sent to a recursive server over UDP, or over TCP behind its length.
// It asks for recursion, and says by EDNS that replies of 1232 octets can be taken.
//
// @param check     The check.
// @param id        The number of the question.
// @param dns_id    The identifier for the DNS message; to be random (RFC 5452).
// @param buffer    Where to write; capacity octets of room. 512 are always enough.
// @param len       Out: octets of the message, also when they do not fit.
// @return          MAILPROOF_OK; MAILPROOF_TOO_BIG when it does not fit; MAILPROOF_UNASKED.
// One thread at a time.
mailproof_status mailproof_check_question_message(const mailproof_check *check,
                                                  uint32_t id,
                                                  uint16_t dns_id,
                                                  uint8_t *buffer,
                                                  size_t capacity,
                                                  size_t *len);

// Answers an open question with what an answer says. The check goes on with mailproof_check_step or
// mailproof_check_finish.
//
// @param check   The check.
// @param id      The number of the question.
// @param answer  The answer, which stays the caller's and may be used again.
// @return        MAILPROOF_OK; MAILPROOF_UNASKED when no such question is open; MAILPROOF_INVALID when a record is not of
//                the type asked for; MAILPROOF_STATE when the answer says nothing. In these cases nothing changed.
// One thread at a time.
mailproof_status mailproof_check_answer(mailproof_check *check,
                                        uint32_t id,
                                        const mailproof_answer *answer);

// Answers an open question with a DNS reply, as it came over UDP, or over TCP without the length before it. Whoever
// receives it sees to it that it comes from the server asked, under the identifier sent.
//
// What is broken, truncated, or about something else counts as a server that failed. To ask another server, or again over
// TCP when bit 0x02 of the third octet is set, do so before answering.
//
// @param check  The check.
// @param id     The number of the question.
// @param reply  The message; len octets.
// @return       MAILPROOF_OK; MAILPROOF_UNASKED, and nothing changed, when no such question is open.
// One thread at a time.
mailproof_status mailproof_check_answer_reply(mailproof_check *check,
                                              uint32_t id,
                                              const uint8_t *reply,
                                              size_t len);

// Answers an open question with the fact that there is no answer.
//
// @param check  The check.
// @param id     The number of the question.
// @param why    A mailproof_dns_failure.
// @return       MAILPROOF_OK; MAILPROOF_UNASKED, MAILPROOF_INVALID: nothing changed.
// One thread at a time.
mailproof_status mailproof_check_answer_failed(mailproof_check *check, uint32_t id, uint32_t why);

// Makes an answer that says nothing yet.
//
// @param out  Out: the new answer, to be freed with mailproof_answer_free; NULL on failure.
// @return     MAILPROOF_OK; MAILPROOF_NULL.
// Any thread.
mailproof_status mailproof_answer_new(mailproof_answer **out);

// Frees an answer of mailproof_answer_new; one lent to a lookup function is left as it is.
//
// @param answer  The answer; NULL is fine.
// One thread at a time.
void mailproof_answer_free(mailproof_answer *answer);

// Lets an answer say nothing again, so that it can be used once more.
//
// @param answer  The answer.
// @return        MAILPROOF_OK.
// One thread at a time.
mailproof_status mailproof_answer_clear(mailproof_answer *answer);

// Adds a TXT record.
//
// @param answer  The answer.
// @param data    Its strings joined with nothing between them; len octets.
// @return        MAILPROOF_OK; MAILPROOF_TOO_BIG when no DNS message could hold all; MAILPROOF_STATE when the answer says
//                something else.
// One thread at a time.
mailproof_status mailproof_answer_txt(mailproof_answer *answer,
                                      const uint8_t *data,
                                      size_t len);

// Adds an A or AAAA record.
//
// @param answer  The answer.
// @param ip      The address in network order; ip_len is 4 or 16.
// @return        MAILPROOF_OK; MAILPROOF_INVALID for another length; else as for mailproof_answer_txt.
// One thread at a time.
mailproof_status mailproof_answer_address(mailproof_answer *answer, const uint8_t *ip, size_t ip_len);

// Adds an MX record.
//
// @param answer      The answer.
// @param preference  Its preference.
// @param exchange    Its domain name; "." is the root; exchange_len octets.
// @return            MAILPROOF_OK; MAILPROOF_INVALID when that is no domain name; else as for mailproof_answer_txt.
// One thread at a time.
mailproof_status mailproof_answer_mx(mailproof_answer *answer,
                                     uint16_t preference,
                                     const char *exchange,
                                     size_t exchange_len);

// Adds a PTR record.
//
// @param answer    The answer.
// @param host      Its domain name; host_len octets.
// @return          As for mailproof_answer_mx.
// One thread at a time.
mailproof_status mailproof_answer_ptr(mailproof_answer *answer, const char *host, size_t host_len);

// Says that the name exists and has no record of the type asked for.
//
// @param answer  The answer.
// @return        MAILPROOF_OK; MAILPROOF_STATE when it says something else.
// One thread at a time.
mailproof_status mailproof_answer_nodata(mailproof_answer *answer);

// Says that the name does not exist (NXDOMAIN).
//
// @param answer  The answer.
// @return        MAILPROOF_OK; MAILPROOF_STATE when it says something else.
// One thread at a time.
mailproof_status mailproof_answer_nxdomain(mailproof_answer *answer);

// Says that nothing is known, and why.
//
// @param answer  The answer.
// @param why     A mailproof_dns_failure.
// @return        MAILPROOF_OK; MAILPROOF_INVALID for another number; MAILPROOF_STATE when it says something else.
// One thread at a time.
mailproof_status mailproof_answer_failed(mailproof_answer *answer,
                                         uint32_t why);

// Says what a DNS reply says, as it came over UDP, or over TCP without the length before it. The octets are copied, and
// judged once the answer is used: what is no reply to the question counts as MAILPROOF_DNS_FAILURE_MALFORMED.
//
// @param answer  The answer.
// @param reply   The message; len octets.
// @return        MAILPROOF_OK; MAILPROOF_TOO_BIG over 65535 octets; MAILPROOF_STATE when it says something else.
// One thread at a time.
mailproof_status mailproof_answer_reply(mailproof_answer *answer,
                                        const uint8_t *reply,
                                        size_t len);

// Sets how long records, or that there are none, may be kept. A raw reply says so itself.
//
// @param answer   The answer.
// @param seconds  The smallest TTL of all records, or the negative TTL (RFC 2308 section 5); more than a week counts as a
//                 week. The default is 0.
// @return         MAILPROOF_OK.
// One thread at a time.
mailproof_status mailproof_answer_set_ttl(mailproof_answer *answer,
                                          uint32_t seconds);

// Sets whether a validating resolver vouches for the answer (the AD bit). A raw reply says so itself, if it is believed.
//
// @param answer     The answer.
// @param authentic  Whether it does, 0 or 1; the default is 0.
// @return           MAILPROOF_OK; MAILPROOF_INVALID for another number.
// One thread at a time.
mailproof_status mailproof_answer_set_authentic(mailproof_answer *answer,
                                                uint8_t authentic);

// Tells the SPF verdict on one identity.
//
// @param check   The check; after mailproof_check_finish returned MAILPROOF_OK.
// @param which   Which: a mailproof_identity.
// @param result  Out: the verdict.
// @param domain  Out: the domain whose policy was sought, or what stood in its place, in visible ASCII.
// @param reason  Out: why, in a line for a postmaster: visible ASCII and spaces.
// @return        MAILPROOF_OK; MAILPROOF_ABSENT when the identity was not checked; MAILPROOF_INVALID; MAILPROOF_STATE.
// Texts are valid until the check is freed. One thread at a time.
mailproof_status mailproof_check_spf(const mailproof_check *check,
                                     uint32_t which,
                                     mailproof_result *result,
                                     mailproof_str *domain,
                                     mailproof_str *reason);

// Tells what else SPF found.
//
// @param check         The check; after mailproof_check_finish returned MAILPROOF_OK.
// @param which         Which: a mailproof_identity.
// @param explanation   Out: for MAILPROOF_RESULT_FAIL, what the domain owner says about it, in visible ASCII; it is text of
//                      a third party (RFC 7208 section 11.5.2). Absent when there is none.
// @param lookups       Out: terms that asked DNS.
// @param void_lookups  Out: terms whose query found nothing.
// @param reply_code    Out: the SMTP reply code of RFC 7372 for a server that acts on SPF alone, which is rarely wise: 550,
//                      451, or 0 where the verdict is no reason for either.
// @param reply_status  Out: the enhanced status code for it, such as 5.7.23; absent with code 0.
// @return              As for mailproof_check_spf.
// Texts are valid until the check is freed. One thread at a time.
mailproof_status mailproof_check_spf_details(const mailproof_check *check,
                                             uint32_t which,
                                             mailproof_str *explanation,
                                             uint32_t *lookups,
                                             uint32_t *void_lookups,
                                             uint16_t *reply_code,
                                             mailproof_str *reply_status);

// Counts the DKIM signatures on which there is a verdict.
//
// @param check  The check; after mailproof_check_finish returned MAILPROOF_OK.
// @return       How many; 0 for NULL, and before there are results.
// One thread at a time.
size_t mailproof_check_dkim_count(const mailproof_check *check);

// Tells the verdict on one DKIM signature. What a signature says of itself is told even when it does not hold: only with
// MAILPROOF_RESULT_PASS is it true.
//
// @param check     The check; after mailproof_check_finish returned MAILPROOF_OK.
// @param index     Which, from 0, as the fields stand in the message, the topmost first.
// @param result    Out: the verdict.
// @param domain    Out: d=, who takes responsibility; absent when it cannot be read.
// @param selector  Out: s=; absent when it cannot be read.
// @param reason    Out: why it did not pass; absent for a pass.
// @return          MAILPROOF_OK; MAILPROOF_ABSENT when there are no more; MAILPROOF_STATE.
// Texts are valid until the check is freed. One thread at a time.
mailproof_status mailproof_check_dkim(const mailproof_check *check,
                                      size_t index,
                                      mailproof_result *result,
                                      mailproof_str *domain,
                                      mailproof_str *selector,
                                      mailproof_str *reason);

// Tells what else is known of one DKIM signature.
//
// @param check            The check; after mailproof_check_finish returned MAILPROOF_OK.
// @param index            Which, from 0.
// @param field            Out: where the DKIM-Signature field stands; 0 is the topmost field of the message.
// @param identity         Out: i= as written, or @ and the domain: text of the sender, control characters replaced by ?.
// @param algorithm        Out: a=, such as rsa-sha256; absent when it is not known.
// @param key_bits         Out: the length of the key; 0 when it was not seen.
// @param testing          Out: whether the key says that its domain only tests DKIM.
// @param unsigned_octets  Out: octets of the body that anybody may have added (l=, RFC 6376 section 8.2).
// @return                 As for mailproof_check_dkim.
// Texts are valid until the check is freed. One thread at a time.
mailproof_status mailproof_check_dkim_details(const mailproof_check *check,
                                              size_t index,
                                              size_t *field,
                                              mailproof_str *identity,
                                              mailproof_str *algorithm,
                                              uint32_t *key_bits,
                                              bool *testing,
                                              uint64_t *unsigned_octets);

// Tells whether any DKIM signature passed, and the domain of the first that did.
//
// @param check   The check; after mailproof_check_finish returned MAILPROOF_OK.
// @param domain  Out: its d=.
// @return        MAILPROOF_OK; MAILPROOF_ABSENT when none passed; MAILPROOF_STATE.
// Texts are valid until the check is freed. One thread at a time.
mailproof_status mailproof_check_dkim_passed(const mailproof_check *check, mailproof_str *domain);

// Tells whether the author's domain stands behind the message.
//
// @param check          The check; after mailproof_check_finish returned MAILPROOF_OK.
// @param result         Out: the verdict.
// @param disposition    Out: what the domain owner asks to be done with this message: something other than
//                       MAILPROOF_DISPOSITION_NONE only when it fails, and no trusted sealer excuses it: see
//                       mailproof_check_dmarc_override. What is done is the receiver's decision.
// @param author_domain  Out: the domain of the author's address; absent when there is no such one domain.
// @param reason         Out: why, in a line for a postmaster.
// @return               MAILPROOF_OK; MAILPROOF_ABSENT for a check of SPF or DKIM alone; MAILPROOF_STATE.
// Texts are valid until the check is freed. One thread at a time.
mailproof_status mailproof_check_dmarc(const mailproof_check *check,
                                       mailproof_result *result,
                                       mailproof_disposition *disposition,
                                       mailproof_str *author_domain,
                                       mailproof_str *reason);

// Tells the policy that DMARC found, and what is aligned with the author's domain.
//
// @param check                  The check; after mailproof_check_finish returned MAILPROOF_OK.
// @param policy                 Out: what the domain owner asks for when mail of this author fails.
// @param record_domain          Out: the domain whose record applies, without _dmarc; absent when none does.
// @param organizational_domain  Out: that of the author's; absent where it was not needed.
// @param spf_aligned            Out: whether SPF authenticated an aligned domain.
// @param dkim_aligned           Out: whether DKIM did.
// @return                       As for mailproof_check_dmarc.
// Texts are valid until the check is freed. One thread at a time.
mailproof_status mailproof_check_dmarc_policy(const mailproof_check *check,
                                              mailproof_disposition *policy,
                                              mailproof_str *record_domain,
                                              mailproof_str *organizational_domain,
                                              bool *spf_aligned,
                                              bool *dkim_aligned);

// Tells why a message that fails DMARC is to be taken as authenticated all the same: a sealer named by
// mailproof_context_add_trusted_sealer says that it passed when it arrived there, and all who sealed since are trusted too.
// The result of DMARC stays; the disposition is MAILPROOF_DISPOSITION_NONE then, and there is no SMTP reply.
//
// @param check     The check; after mailproof_check_finish returned MAILPROOF_OK.
// @param instance  Out: the ARC set that says so.
// @param sealer    Out: the domain that sealed it.
// @param comment   Out: the comment of the reason local_policy in an aggregate report (RFC 8617 section 7.2.2).
// @return          MAILPROOF_OK; MAILPROOF_ABSENT when nothing overrides DMARC; MAILPROOF_STATE.
// Texts are valid until the check is freed. One thread at a time.
mailproof_status mailproof_check_dmarc_override(const mailproof_check *check,
                                                uint32_t *instance,
                                                mailproof_str *sealer,
                                                mailproof_str *comment);

// Believes a forwarder who says, by ARC, that a message passed before it was forwarded. By default nobody is believed, and
// ARC changes nothing. Whoever is named can make up any message that claims to have passed.
//
// @param context  The context; no check may have been made yet.
// @param domain   The domain of its ARC-Seal (d=), exactly; domain_len octets.
// @return         MAILPROOF_OK; MAILPROOF_INVALID when it is no domain name; MAILPROOF_STATE once a check was made.
// Any thread.
mailproof_status mailproof_context_add_trusted_sealer(mailproof_context *context,
                                                      const char *domain,
                                                      size_t domain_len);

// Tells whether the chain of those who forwarded the message holds (ARC, RFC 8617, which is being made historic). It says
// nothing about the message unless its sealers are trusted.
//
// @param check      The check; after mailproof_check_finish returned MAILPROOF_OK.
// @param result     Out: MAILPROOF_RESULT_NONE, MAILPROOF_RESULT_PASS or MAILPROOF_RESULT_FAIL.
// @param instances  Out: the highest instance found.
// @param reason     Out: why it fails; absent when it does not.
// @return           MAILPROOF_OK; MAILPROOF_ABSENT for a check of SPF or DKIM alone; MAILPROOF_STATE.
// Texts are valid until the check is freed. One thread at a time.
mailproof_status mailproof_check_arc(const mailproof_check *check,
                                     mailproof_result *result,
                                     uint32_t *instances,
                                     mailproof_str *reason);

// Tells whether the client's address has a name that points back to it (iprev, RFC 8601 section 3).
//
// @param check   The check; after mailproof_check_finish returned MAILPROOF_OK.
// @param result  Out: the verdict.
// @param name    Out: the confirmed name; absent when there is none.
// @param reason  Out: why, in a line for a postmaster.
// @return        MAILPROOF_OK; MAILPROOF_ABSENT when it was not looked for; MAILPROOF_STATE.
// Texts are valid until the check is freed. One thread at a time.
mailproof_status mailproof_check_iprev(const mailproof_check *check,
                                       mailproof_result *result,
                                       mailproof_str *name,
                                       mailproof_str *reason);

// Tells the value of the Authentication-Results field (RFC 8601) in one line: for milters and MTAs, which fold and name
// fields themselves.
//
// @param check  The check; after mailproof_check_finish returned MAILPROOF_OK.
// @param value  Out: what stands behind the colon, without the space after it.
// @return       MAILPROOF_OK; MAILPROOF_ABSENT for a check of SPF or DKIM alone; MAILPROOF_STATE.
// The text is valid until the check is freed. One thread at a time.
mailproof_status mailproof_check_auth_results(const mailproof_check *check,
                                              mailproof_str *value);

// Tells the whole Authentication-Results field, folded, with the CRLF that ends it: to be written above the message.
//
// @param check  The check; after mailproof_check_finish returned MAILPROOF_OK.
// @param field  Out: the field.
// @return       As for mailproof_check_auth_results.
// The text is valid until the check is freed. One thread at a time.
mailproof_status mailproof_check_auth_results_field(const mailproof_check *check,
                                                    mailproof_str *field);

// Tells the Received-SPF field (RFC 7208 section 9.1) on one identity: name and folded value, without the final CRLF.
//
// @param check  The check; after mailproof_check_finish returned MAILPROOF_OK.
// @param which  Which: a mailproof_identity.
// @param field  Out: the field.
// @return       MAILPROOF_OK; MAILPROOF_ABSENT when the identity was not checked; MAILPROOF_INVALID; MAILPROOF_STATE.
// The text is valid until the check is freed. One thread at a time.
mailproof_status mailproof_check_received_spf(const mailproof_check *check,
                                              uint32_t which,
                                              mailproof_str *field);

// Tells everything that was found, as JSON: schema mailproof.report/1 for a whole message; for SPF alone an object with
// nothing but its spf.
//
// @param check  The check; after mailproof_check_finish returned MAILPROOF_OK.
// @param json   Out: one object, in UTF-8.
// @return       MAILPROOF_OK; MAILPROOF_ABSENT for a check of DKIM alone; MAILPROOF_STATE.
// The text is valid until the check is freed. One thread at a time.
mailproof_status mailproof_check_json(const mailproof_check *check,
                                      mailproof_str *json);

// Tells what an SMTP server says that does what the domain owner asks for by DMARC: refuse what fails under a policy of
// reject, and defer what cannot be decided now and may be such. The codes are those of RFC 7372.
//
// @param check   The check; after mailproof_check_finish returned MAILPROOF_OK.
// @param code    Out: 550 or 451; 0 where mail is to be taken.
// @param status  Out: the enhanced status code, such as 5.7.26.
// @param text    Out: why, in one line of visible ASCII, without the codes. A milter doubles each % of it.
// @return        MAILPROOF_OK; MAILPROOF_ABSENT where mail is to be taken; MAILPROOF_STATE.
// Texts are valid until the check is freed. One thread at a time.
mailproof_status mailproof_check_smtp_reply(const mailproof_check *check,
                                            uint16_t *code,
                                            mailproof_str *status,
                                            mailproof_str *text);

// Tells how much DNS the check needed; what a cache could tell counts as well.
//
// @param check      The check; after mailproof_check_finish returned MAILPROOF_OK.
// @param questions  Out: different questions.
// @param rounds     Out: questions that had to be asked one after the other.
// @param stale      Out: questions that only a cache could answer, beyond the time of what it kept.
// @return           MAILPROOF_OK; MAILPROOF_ABSENT for a check of SPF or DKIM alone; MAILPROOF_STATE.
// One thread at a time.
mailproof_status mailproof_check_dns_use(const mailproof_check *check,
                                         size_t *questions,
                                         size_t *rounds,
                                         size_t *stale);

// Counts the edits that the header section needs: fields that claim to be this receiver's Authentication-Results, or of
// which it cannot be said that they do not, are taken away (RFC 8601 section 5), and its own is put on top; so is the seal of
// mailproof_check_seal.
//
// @param check  The check; after mailproof_check_finish returned MAILPROOF_OK.
// @return       How many; 0 for NULL, before there are results, and for a check of SPF or DKIM alone.
// One thread at a time.
size_t mailproof_check_edit_count(const mailproof_check *check);

// Tells an edit. They are carried out in their order: changes and deletions from the bottom of the header section up, so
// that none moves what the next one means, then insertions.
//
// @param check         The check; after mailproof_check_finish returned MAILPROOF_OK.
// @param number        Which, from 0.
// @param kind          Out: what to do.
// @param name          Out: the name of the field; empty for a line that is no field, which no milter knows of.
// @param index         Out: which one of that name, from 1, as milters count. Of an insertion, 1.
// @param position      Out: fields above it; for an insertion, once it is there.
// @param value         Out: the new value, everything behind the colon with its leading space, folds being CRLF and white
//                      space, without the final CRLF; empty for a deletion.
// @param milter_value  Out: the same as milters take it: without the leading space, folds being LF and white space.
// @return              MAILPROOF_OK; MAILPROOF_ABSENT when there are no more; MAILPROOF_STATE.
// Texts are valid until the check is freed. One thread at a time.
mailproof_status mailproof_check_edit(const mailproof_check *check,
                                      size_t number,
                                      mailproof_edit_kind *kind,
                                      mailproof_str *name,
                                      size_t *index,
                                      size_t *position,
                                      mailproof_str *value,
                                      mailproof_str *milter_value);

// Names another authserv-id under which a host or filter of the same receiver speaks: who forges it is stripped, too.
//
// @param context      The context; no check may have been made yet.
// @param authserv_id  The name; authserv_id_len octets.
// @return             MAILPROOF_OK; MAILPROOF_INVALID for what is not UTF-8; MAILPROOF_STATE once a check was made.
// Any thread.
mailproof_status mailproof_context_add_authserv_id(mailproof_context *context,
                                                   const char *authserv_id,
                                                   size_t authserv_id_len);

// Makes a signer with one key; more are added by mailproof_signer_add_key.
//
// @param domain    The signing domain (d=); domain_len octets.
// @param selector  The selector (s=) under which the public key is published; selector_len octets.
// @param key       The private key, RSA or Ed25519, as a file holds it: PEM (PKCS#8, PKCS#1), DER, or the 32 octets of an
//                  Ed25519 seed; key_len octets. The library keeps none of them.
// @param out       Out: the new signer, to be freed with mailproof_signer_free; NULL on failure.
// @return          MAILPROOF_OK; MAILPROOF_KEY when the key cannot be used: mailproof_last_error says what it is instead;
//                  MAILPROOF_INVALID for a domain or selector by which nobody could verify; MAILPROOF_NULL.
// Any thread.
mailproof_status mailproof_signer_new(const char *domain,
                                      size_t domain_len,
                                      const char *selector,
                                      size_t selector_len,
                                      const uint8_t *key,
                                      size_t key_len,
                                      mailproof_signer **out);

// Frees a signer. Messages being signed may still be finished.
//
// @param signer  The signer; NULL is fine.
// One thread, the last to use the signer itself.
void mailproof_signer_free(mailproof_signer *signer);

// Adds a key: each message then gets a signature of every key, from one pass over its body. RSA for everybody and Ed25519
// for those who know it is a good pair (RFC 8463 section 6).
//
// @param signer    The signer; no message may have been signed yet.
// @param selector  The selector of the key; selector_len octets.
// @param key       The private key, as for mailproof_signer_new; key_len octets.
// @return          As for mailproof_signer_new; MAILPROOF_STATE once a message was signed.
// Any thread.
mailproof_status mailproof_signer_add_key(mailproof_signer *signer,
                                          const char *selector,
                                          size_t selector_len,
                                          const uint8_t *key,
                                          size_t key_len);

// Sets a choice that is a number.
//
// @param signer  The signer; no message may have been signed yet.
// @param choice  Which: a mailproof_signing_number.
// @param value   The number.
// @return        MAILPROOF_OK; MAILPROOF_INVALID when the choice is unknown or the number out of its range;
//                MAILPROOF_STATE once a message was signed.
// Any thread.
mailproof_status mailproof_signer_set_number(mailproof_signer *signer,
                                             uint32_t choice,
                                             uint64_t value);

// Sets a choice that is a text.
//
// @param signer  The signer; no message may have been signed yet.
// @param choice  Which: a mailproof_signing_text.
// @param value   The text; value_len octets.
// @return        MAILPROOF_OK; MAILPROOF_INVALID when the choice is unknown or the text not fit for it;
//                MAILPROOF_STATE once a message was signed.
// Any thread.
mailproof_status mailproof_signer_set_text(mailproof_signer *signer,
                                           uint32_t choice,
                                           const char *value,
                                           size_t value_len);

// Begins to sign a message.
//
// @param signer     The signer, which can be changed no more from now on.
// @param unix_time  The time of signing, in Unix seconds.
// @param out        Out: the message, to be freed with mailproof_signing_free; NULL on failure.
// @return           MAILPROOF_OK; MAILPROOF_INVALID when the time is negative, or signer and options do not fit together.
// Any thread.
mailproof_status mailproof_signing_new(const mailproof_signer *signer,
                                       int64_t unix_time,
                                       mailproof_signing **out);

// Frees a message, signed or not. Everything it lent is gone.
//
// @param signing  The message; NULL is fine.
// One thread at a time.
void mailproof_signing_free(mailproof_signing *signing);

// Tells one header field as it will leave; the topmost comes first.
//
// @param signing  The message; before mailproof_signing_eoh.
// @param name     What stands before the colon; name_len octets.
// @param value    Everything behind the colon, as for mailproof_check_header; value_len octets.
// @return         MAILPROOF_OK; MAILPROOF_MALFORMED when this is not one field; MAILPROOF_STATE.
// One thread at a time.
mailproof_status mailproof_signing_header(mailproof_signing *signing,
                                          const char *name,
                                          size_t name_len,
                                          const char *value,
                                          size_t value_len);

// Says that the header section has ended.
//
// @param signing  The message; after the last field.
// @return         MAILPROOF_OK; MAILPROOF_MALFORMED when the header section is none that should be signed, such as one with
//                 two From fields; MAILPROOF_STATE.
// One thread at a time.
mailproof_status mailproof_signing_eoh(mailproof_signing *signing);

// Tells the next octets of the body, cut anywhere. Lines end with CRLF.
//
// @param signing  The message; after mailproof_signing_eoh.
// @param chunk    The octets; len of them.
// @return         MAILPROOF_OK; MAILPROOF_STATE.
// One thread at a time.
mailproof_status mailproof_signing_body(mailproof_signing *signing, const uint8_t *chunk, size_t len);

// Tells the next octets of the message, header section and body, cut anywhere, in place of fields and body apart.
//
// @param signing  The message.
// @param octets   The octets; len of them. Lines end with CRLF; there is no dot-stuffing.
// @return         MAILPROOF_OK; MAILPROOF_MALFORMED when it is none that should be signed; MAILPROOF_STATE.
// One thread at a time.
mailproof_status mailproof_signing_feed(mailproof_signing *signing,
                                        const uint8_t *octets,
                                        size_t len);

// Says that the message has ended, and signs it.
//
// @param signing  The message.
// @return         MAILPROOF_OK: there are signatures; MAILPROOF_MALFORMED when it is none that should be signed;
//                 MAILPROOF_KEY when a key did not sign; MAILPROOF_STATE.
// One thread at a time.
mailproof_status mailproof_signing_finish(mailproof_signing *signing);

// Tells a signature, to be put on top of the message.
//
// @param signing   The message; after mailproof_signing_finish returned MAILPROOF_OK.
// @param index     Which, from 0, in the order of the keys, which is the order in which they stand in the message.
// @param selector  Out: its selector.
// @param field     Out: the whole DKIM-Signature field, folded, with the CRLF that ends it.
// @param value     Out: what stands behind the name, the colon and one space, without the final CRLF. A milter inserts it
//                  with each CRLF as a bare LF.
// @return          MAILPROOF_OK; MAILPROOF_ABSENT when there are no more; MAILPROOF_STATE.
// Texts are valid until the message is freed. One thread at a time.
mailproof_status mailproof_signing_signature(const mailproof_signing *signing,
                                             size_t index,
                                             mailproof_str *selector,
                                             mailproof_str *field,
                                             mailproof_str *value);

// Makes a sealer.
//
// @param domain    The sealing domain (d=): what others put on their list of trusted sealers; domain_len octets.
// @param selector  The selector (s=) under which the public key is published; selector_len octets.
// @param key       The private key, RSA, as for mailproof_signer_new; key_len octets. Most validators of ARC know no other.
// @param out       Out: the new sealer, to be freed with mailproof_sealer_free; NULL on failure.
// @return          MAILPROOF_OK; MAILPROOF_KEY when the key cannot be used: mailproof_last_error says what it is instead;
//                  MAILPROOF_INVALID for a domain or selector by which nobody could verify; MAILPROOF_NULL.
// Any thread.
mailproof_status mailproof_sealer_new(const char *domain,
                                      size_t domain_len,
                                      const char *selector,
                                      size_t selector_len,
                                      const uint8_t *key,
                                      size_t key_len,
                                      mailproof_sealer **out);

// Frees a sealer. Checks it was given to may still be sealed.
//
// @param sealer  The sealer; NULL is fine.
// One thread, the last to use the sealer itself.
void mailproof_sealer_free(mailproof_sealer *sealer);

// Sets a choice that is a number.
//
// @param sealer  The sealer; no message may have been sealed yet.
// @param choice  Which: MAILPROOF_SIGNING_NUMBER_ACCEPT_LONE_LINE_ENDS, MAILPROOF_SIGNING_NUMBER_SIMPLE_HEADER or
//                MAILPROOF_SIGNING_NUMBER_SIMPLE_BODY.
// @param value   The number.
// @return        MAILPROOF_OK; MAILPROOF_INVALID when the choice is unknown or the number out of its range;
//                MAILPROOF_STATE once a message was sealed.
// Any thread.
mailproof_status mailproof_sealer_set_number(mailproof_sealer *sealer,
                                             uint32_t choice,
                                             uint64_t value);

// Sets a choice that is a text.
//
// @param sealer  The sealer; no message may have been sealed yet.
// @param choice  Which: MAILPROOF_SIGNING_TEXT_OVERSIGNED (default none) or MAILPROOF_SIGNING_TEXT_SIGNED (default all that
//                a signer signs, and DKIM-Signature).
// @param value   Names of fields, with spaces or commas between them; value_len octets.
// @return        MAILPROOF_OK; MAILPROOF_INVALID when the choice is unknown or the text not fit for it;
//                MAILPROOF_STATE once a message was sealed.
// Any thread.
mailproof_status mailproof_sealer_set_text(mailproof_sealer *sealer,
                                           uint32_t choice,
                                           const char *value,
                                           size_t value_len);

// Has a message prepared for a seal: the check then hashes the body for it, while it arrives.
//
// @param check   The check; of a whole message, before the message is told.
// @param sealer  The sealer, which can be changed no more from now on, and may be freed before the check.
// @return        MAILPROOF_OK; MAILPROOF_STATE.
// One thread at a time.
mailproof_status mailproof_check_use_sealer(mailproof_check *check, const mailproof_sealer *sealer);

// Seals a message that is forwarded as it came: three fields say what this check found (RFC 8617 section 5.1). They go on
// top of the message, and are among its edits from now on. What may change on the way out are fields that a seal does not
// cover, as Received, Return-Path and Authentication-Results.
//
// @param check      The check; after mailproof_check_finish returned MAILPROOF_OK, with a sealer of
//                   mailproof_check_use_sealer, and told the whole body, whatever hungry was before.
// @param unix_time  The time of sealing, in Unix seconds.
// @return           MAILPROOF_OK: there is a seal; MAILPROOF_ABSENT when there is nothing to say: the newest set says already
//                   that the chain is broken, or there are as many sets as may be; MAILPROOF_MALFORMED when the message is none
//                   that should be signed, such as one with a lone CR: the results of the check stay;
//                   MAILPROOF_KEY when the key did not sign; MAILPROOF_INVALID when the time is negative;
//                   MAILPROOF_STATE, also when there is a seal already.
// One thread at a time.
mailproof_status mailproof_check_seal(mailproof_check *check,
                                      int64_t unix_time);

// Seals a message that was changed after it came, as mailing lists do: with what was found about it as it came.
//
// @param check      The check of the message as it came; after mailproof_check_finish returned MAILPROOF_OK.
// @param sealer     The sealer, which can be changed no more from now on.
// @param raw        The message as it leaves, its own DKIM signature included, the ARC fields it came with unchanged;
//                   len octets. Lines end with CRLF; there is no dot-stuffing.
// @param unix_time  The time of sealing, in Unix seconds.
// @return           As for mailproof_check_seal; MAILPROOF_INVALID also when the ARC fields are not those that were checked.
// One thread at a time.
mailproof_status mailproof_check_seal_message(mailproof_check *check,
                                              const mailproof_sealer *sealer,
                                              const uint8_t *raw,
                                              size_t len,
                                              int64_t unix_time);

// Tells a field of the seal. They are told in the order in which they stand in the message: ARC-Seal, ARC-Message-Signature,
// ARC-Authentication-Results.
//
// @param check  The check; after mailproof_check_seal or mailproof_check_seal_message returned MAILPROOF_OK.
// @param index  Which, from 0.
// @param name   Out: the name of the field.
// @param field  Out: the whole field, folded, with the CRLF that ends it.
// @param value  Out: what stands behind the name, the colon and one space, without the final CRLF. A milter inserts it
//               with each CRLF as a bare LF.
// @return       MAILPROOF_OK; MAILPROOF_ABSENT when there are no more, or there is no seal.
// Texts are valid until the check is freed. One thread at a time.
mailproof_status mailproof_check_seal_field(const mailproof_check *check,
                                            size_t index,
                                            mailproof_str *name,
                                            mailproof_str *field,
                                            mailproof_str *value);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* MAILPROOF_H */
