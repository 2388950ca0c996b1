//! The classes of disagreements about DKIM.

use crate::dkim_facts::Facts;
use crate::judge::{Class, Right};

pub type Holds = fn(&Facts<'_>) -> bool;

macro_rules! class {
    ($id:literal, [$($peer:literal),*], $right:ident, $holds:expr, $why:literal) => {
        Class { id: $id, peers: &[$($peer),*], right: Right::$right, why: $why, holds: $holds }
    };
}

pub const CLASSES: &[Class<Holds>] = &[
    class!(
        "unlisted",
        ["mail-auth", "Mail::DKIM"],
        Either,
        |f| f.is("fail", "unlisted")
            || f.lists_fewer() && f.ours.matches("pass").count() == f.theirs.matches("pass").count(),
        "a signature that cannot be read is left out of the list, ours lists it as failed: RFC 6376 §6.1 has it ignored, RFC 8601 §2.7.1 has a word for it"
    ),
    class!(
        "space-before-colon-unreadable",
        ["dkimpy", "libopendkim"],
        Ours,
        |f| f.theirs == "unreadable" && f.case.has_spaced_name(),
        "a field with white space before its colon spoils the whole message; RFC 6376 §3.4.2 deletes that white space, RFC 5322 §4.5 has such fields"
    ),
    class!(
        "line-without-colon-unreadable",
        ["mail-auth", "dkimpy", "libopendkim"],
        Either,
        |f| f.theirs == "unreadable" && (f.case.has_line_without_colon() || f.case.has_lone_line_end()),
        "a line of the header section that is no field spoils the whole message; RFC 6376 §3.8 assumes a well-formed message and leaves other ones open"
    ),
    class!(
        "one-bad-signature-spoils-all",
        ["libopendkim"],
        Ours,
        |f| f.theirs == "unreadable" && f.ours.contains("fail"),
        "a DKIM-Signature field that breaks the grammar is a syntax error of the message; RFC 6376 §6.1: an unreadable signature is ignored, the others are still tried"
    ),
    class!(
        "servfail-is-permanent",
        ["mail-auth", "dkimpy", "Mail::DKIM", "libopendkim"],
        Ours,
        |f| f.is("temperror", "fail"),
        "a key query that fails for now is reported as a bad or missing key; RFC 6376 §6.1.2 step 2: TEMPFAIL"
    ),
    class!(
        "raises",
        ["dkimpy"],
        Ours,
        |f| f.is("fail", "raise"),
        "a Python exception that is none of dkimpy's own, where RFC 6376 §6.1 has PERMFAIL; nobody passes"
    ),
    class!(
        "no-ed25519",
        ["Mail::DKIM"],
        Ours,
        |f| (f.is("pass", "fail") || f.lists_fewer() && !f.theirs.contains("pass")) && f.case.has("ed25519"),
        "Ed25519 is not known to this version; RFC 8463 §3: verifiers MUST implement it"
    ),
    class!(
        "domain-of-one-label",
        ["mail-auth", "dkimpy", "Mail::DKIM", "libopendkim"],
        Ours,
        |f| f.lenient("tag d= is no domain name"),
        "d= with a final dot or a single label; RFC 6376 §3.5: domain-name is sub-domain 1*(. sub-domain) as in RFC 5321 §4.1.2"
    ),
    class!(
        "names-grammar",
        ["mail-auth", "dkimpy", "Mail::DKIM", "libopendkim"],
        Ours,
        |f| f.lenient("tag h= is no list of field names"),
        "h= with an empty element, or with a space inside a name; RFC 6376 §3.5: hdr-name *( [FWS] : [FWS] hdr-name )"
    ),
    class!(
        "key-version",
        ["mail-auth", "dkimpy", "Mail::DKIM", "libopendkim"],
        Ours,
        |f| f.lenient("v= is not DKIM1 in the first place")
            || f.is("fail", "pass")
                && f.case.has_several_keys()
                && (f.case.has("key-version-other")
                    || f.case.has("key-version-late")
                    || f.case.has("key-version-case")),
        "a key with v= late or of another version; RFC 6376 §3.6.1: MUST be the first tag, records with another value MUST be discarded"
    ),
    class!(
        "length-beyond-body",
        ["mail-auth", "dkimpy", "Mail::DKIM"],
        Ours,
        |f| f.lenient("the body is shorter"),
        "l= larger than the body; RFC 6376 §3.5: MUST NOT be larger than the number of octets in the canonicalized body"
    ),
    class!(
        "algorithm-unknown",
        ["mail-auth", "Mail::DKIM", "libopendkim"],
        Ours,
        |f| f.lenient("unknown signature algorithm"),
        "a= in other letters; RFC 6376 §3.2: values are case-sensitive unless the tag says otherwise, and a= does not"
    ),
    class!(
        "canonicalization-unknown",
        ["mail-auth", "Mail::DKIM", "libopendkim"],
        Ours,
        |f| f.lenient("unknown canonicalization"),
        "c= in other letters; RFC 6376 §3.2: values are case-sensitive unless the tag says otherwise, and c= does not"
    ),
    class!(
        "query-method",
        ["mail-auth"],
        Ours,
        |f| f.lenient("unknown query method"),
        "q= without dns/txt; RFC 6376 §3.5: a verifier MUST support dns/txt and ignores methods it does not know, so that none is left"
    ),
    class!(
        "not-base64",
        ["mail-auth", "dkimpy", "Mail::DKIM", "libopendkim"],
        Ours,
        |f| f.lenient("is not base64"),
        "octets outside the alphabet, or one = too many, are skipped in b=, bh= or p=; RFC 6376 §2.10 and RFC 2045 §6.8 without the license to skip: base64string is ALPHADIGITPS and FWS"
    ),
    class!(
        "duplicate-tag",
        ["mail-auth", "Mail::DKIM", "libopendkim"],
        Ours,
        |f| f.lenient("occurs twice") || f.is("fail", "pass") && f.case.has("tag-doubled"),
        "a tag that occurs twice; RFC 6376 §3.2: the whole tag list is invalid"
    ),
    class!(
        "key-type-case",
        ["mail-auth", "libopendkim"],
        Ours,
        |f| f.lenient("unknown key type"),
        "k= in other letters; RFC 6376 §3.2: case-sensitive, §3.6.1: unrecognized key types MUST be ignored"
    ),
    class!(
        "from-not-signed",
        ["mail-auth", "dkimpy", "Mail::DKIM"],
        Ours,
        |f| f.lenient("From field not signed"),
        "h= without From; RFC 6376 §5.4, §6.1.1: MUST be PERMFAIL"
    ),
    class!(
        "key-hashes",
        ["mail-auth", "dkimpy"],
        Ours,
        |f| f.lenient("does not permit sha256"),
        "h= of the key without sha256; RFC 6376 §6.1.2 step 6: PERMFAIL (inappropriate hash algorithm)"
    ),
    class!(
        "key-service",
        ["mail-auth"],
        Ours,
        |f| f.lenient("not for email"),
        "s= of the key without email or *; RFC 6376 §3.6.1: such records MUST be ignored"
    ),
    class!(
        "missing-tag",
        ["mail-auth", "Mail::DKIM"],
        Ours,
        |f| f.lenient("missing required tag"),
        "a required tag is missing; RFC 6376 §6.1.1: PERMFAIL (signature missing required tag)"
    ),
    class!(
        "number",
        ["mail-auth", "Mail::DKIM"],
        Ours,
        |f| f.lenient("is no number"),
        "l=, t= or x= that is no number is passed over; RFC 6376 §3.5: 1*DIGIT, §6.1.1: PERMFAIL on a syntax error"
    ),
    class!(
        "key-kind",
        ["mail-auth", "libopendkim", "dkimpy"],
        Ours,
        |f| f.lenient("p= is no"),
        "k= does not fit p= and is passed over; RFC 6376 §3.6.1: p= is read as k= says, RFC 8463 §4.2"
    ),
    class!(
        "empty-element",
        ["mail-auth", "Mail::DKIM"],
        Ours,
        |f| f.lenient("an empty element") || f.is("fail", "pass") && f.case.has("key-empty-tag"),
        "two semicolons in a row; RFC 6376 §3.2: tag-spec *( ; tag-spec ), never empty"
    ),
    class!(
        "algorithm-of-the-key",
        ["dkimpy"],
        Ours,
        |f| f.lenient("not for this signature"),
        "a= names one algorithm, the key is for the other, and the key decides; RFC 6376 §6.1.2 step 7: PERMFAIL (inappropriate key algorithm)"
    ),
    class!(
        "expires-before-made",
        ["Mail::DKIM"],
        Ours,
        |f| f.lenient("expires before"),
        "x= not later than t=; RFC 6376 §3.5: MUST be greater"
    ),
    class!(
        "version",
        ["mail-auth"],
        Ours,
        |f| f.lenient("incompatible version"),
        "v= is not 1; RFC 6376 §6.1.1: PERMFAIL (incompatible version)"
    ),
    class!(
        "empty-value",
        ["mail-auth", "Mail::DKIM", "dkimpy", "libopendkim"],
        Ours,
        |f| f.lenient("is empty"),
        "a tag that must have a value has none; RFC 6376 §3.5"
    ),
    class!(
        "length-refused",
        ["mail-auth"],
        Either,
        |f| f.strict("l-short")
            || f.strict("l-exact")
            || f.strict("l-zero")
            || f.strict("l-twice")
            || f.theirs == "unlisted" && f.case.has_length(),
        "l= is refused by default; RFC 6376 §8.2: a verifier may, by policy (ours: Policy::reject_partial_body)"
    ),
    class!(
        "lone-line-ends",
        ["mail-auth", "dkimpy", "Mail::DKIM", "libopendkim"],
        Ours,
        |f| (f.is("pass", "fail")
            || f.is("fail", "pass")
            || f.is("pass", "unlisted")
            || f.ours.split(',').count() != f.theirs.split(',').count())
            && f.case.has_lone_line_end(),
        "a lone CR or LF is read as a line end, dropped or counted as white space; RFC 6376 §3.4: only CRLF ends a line, RFC 5322 §2.3 forbids lone ones, so that they are content like any other"
    ),
    class!(
        "signature-in-h",
        ["mail-auth", "dkimpy", "Mail::DKIM", "libopendkim"],
        Ours,
        |f| f.strict("h-dkim-signature"),
        "h= names DKIM-Signature and the field under verification is taken for it; RFC 6376 §3.5: the field being verified is not among them"
    ),
    class!(
        "several-keys",
        ["mail-auth", "dkimpy", "Mail::DKIM", "libopendkim"],
        Either,
        |f| (f.is("pass", "fail") || f.is("pass", "raise")) && f.case.has_several_keys(),
        "several TXT records at the selector; RFC 6376 §3.6.2.2: undefined; ours skips what is no key and tries each key (§6.1.2 step 4)"
    ),
    class!(
        "future",
        ["dkimpy", "libopendkim", "Mail::DKIM"],
        Either,
        |f| f.strict("t-future") || f.strict("t-huge") || f.strict("x-equals-t") && f.case.has("tag-missing"),
        "t= lies in the future; RFC 6376 §3.5: a verifier MAY ignore such signatures (ours: Policy::reject_future)"
    ),
    class!(
        "unpadded",
        ["dkimpy", "mail-auth", "Mail::DKIM", "libopendkim"],
        Either,
        |f| f.strict("b-unpadded")
            || f.strict("bh-unpadded")
            || f.strict("key-unpadded")
            || f.strict("key-mutated"),
        "base64 without its padding; RFC 6376 §2.10 refers to RFC 2045 §6.8, which pads, and no clause says what an unpadded value is; nothing is gained by refusing what verifies"
    ),
    class!(
        "key-asked-first",
        ["mail-auth"],
        Either,
        |f| f.is("fail", "temperror") && f.case.has("key-fails"),
        "a signature that can never hold, whose key cannot be had either: RFC 6376 §6.1 leaves the order of the checks open"
    ),
    class!(
        "no-signature-of-that-name",
        ["mail-auth", "Mail::DKIM", "libopendkim"],
        Ours,
        |f| f.ours.split(',').count() <= f.theirs.split(',').count()
            && f.theirs != "none"
            && (f.case.has_lone_line_end()
                || f.case.has("field-refolded") && f.case.has_line_without_colon())
            && (f.ours == "none" || f.theirs.contains(',')),
        "a LF or a fold within the name of the field: neither stands in a field name, and obs-optional has WSP before the colon, not FWS (RFC 5322 §2.2, §4.5), so that there is no DKIM-Signature field"
    ),
    class!(
        "upper-case-tag",
        ["mail-auth"],
        Ours,
        |f| f.case.has("upper-tag") && f.ours == "pass",
        "D= is taken for d=; RFC 6376 §3.2: tags are case-sensitive, unrecognized ones MUST be ignored"
    ),
    class!(
        "line-without-colon",
        ["mail-auth", "Mail::DKIM"],
        Either,
        |f| (f.is("pass", "fail") || f.lenient("signature did not verify"))
            && f.case.has_line_without_colon(),
        "a line that is no field; RFC 6376 §3.8 leaves such messages open; ours keeps it as a line that no signature can cover"
    ),
    class!(
        "space-before-colon",
        ["mail-auth", "dkimpy", "Mail::DKIM", "libopendkim"],
        Ours,
        |f| (f.is("pass", "fail") || f.lenient("signature did not verify")) && f.case.has_spaced_name(),
        "white space before the colon of a field is not deleted, or hides its name; RFC 6376 §3.4.2: it is deleted, §3.4.1: kept as it is; RFC 5322 §4.5 has such fields"
    ),
    class!(
        "b-tag-first",
        ["dkimpy"],
        Ours,
        |f| f.strict("b-first"),
        "b= as the first tag is not emptied before it is hashed; RFC 6376 §3.2: tags in any order, §3.7: without the value of b="
    ),
    class!(
        "white-around-b",
        ["dkimpy"],
        Ours,
        |f| f.strict("b-spaced")
            || f.strict("end-white")
            || f.strict("spaces-around-equals")
            || f.strict("fold-after-equals"),
        "white space around = or at the end of the field is not deleted or kept as RFC 6376 §3.7 says: the value of b= goes with its surrounding white space, all else stays"
    ),
    class!(
        "spaces-around-equals",
        ["libopendkim", "Mail::DKIM"],
        Ours,
        |f| f.strict("spaces-around-equals") || f.strict("fold-after-equals"),
        "white space before = of b=; RFC 6376 §3.2 permits it, §3.7 deletes the value and what surrounds it only"
    ),
    class!(
        "no-final-crlf",
        ["dkimpy", "Mail::DKIM", "libopendkim"],
        Ours,
        |f| f.strict("m:no-final-crlf")
            || f.lenient("body hash did not verify") && f.case.has("m:no-final-crlf"),
        "a body that does not end in CRLF; RFC 6376 §3.4.3, §3.4.4: a CRLF is added, and white space before it goes"
    ),
    class!(
        "service-list",
        ["dkimpy"],
        Ours,
        |f| f.strict("key-service-any"),
        "s=other:* is not read as a list; RFC 6376 §3.6.1: a colon-separated list, * matches all services"
    ),
    class!(
        "query-list",
        ["dkimpy"],
        Ours,
        |f| f.strict("q-list"),
        "q= with a method besides dns/txt; RFC 6376 §3.5: a colon-separated list, unknown methods are ignored"
    ),
    class!(
        "from-added",
        ["dkimpy"],
        Either,
        |f| f.strict("from-added") || f.strict("from-last") || f.strict("field-doubled"),
        "a From field added beside the signed one fails the signature, as if h= named From once more; RFC 6376 §8.15: such messages are malformed, a verifier can refuse them; ours leaves that to DMARC and says so there"
    ),
    class!(
        "hash-list",
        ["Mail::DKIM"],
        Ours,
        |f| f.strict("key-hash-unknown"),
        "white space within h= of the key; RFC 6376 §3.6.1: [FWS] : [FWS]"
    ),
    class!(
        "pkcs1",
        ["Mail::DKIM", "libopendkim", "mail-auth"],
        Ours,
        |f| f.strict("key-pkcs1"),
        "p= as RSAPublicKey without a wrapping; RFC 6376 §3.6.1 asks for exactly that (practice is SubjectPublicKeyInfo, erratum 3017)"
    ),
    class!(
        "strict-identity",
        ["dkimpy"],
        Ours,
        |f| f.lenient("the key demands that i= be in d= itself"),
        "t=s of the key is passed over; RFC 6376 §3.6.1: i= MUST NOT be a subdomain then"
    ),
    class!(
        "key-syntax",
        ["mail-auth", "libopendkim", "dkimpy", "Mail::DKIM"],
        Ours,
        |f| f.lenient("key syntax error"),
        "a key record that breaks the grammar of tag lists; RFC 6376 §3.2, §6.1.2 step 5: PERMFAIL (key syntax error)"
    ),
    class!(
        "short-key",
        ["mail-auth"],
        Ours,
        |f| f.lenient("too short"),
        "a key of less than 1024 bits; RFC 8301 §3.2: MUST NOT be considered valid"
    ),
    class!(
        "length-zero",
        ["Mail::DKIM"],
        Ours,
        |f| f.is("pass", "fail")
            && (f.case.raw.windows(3).any(|tag| tag == b"l=0")
                || f.strict("l-short") && (f.case.has("m:empty-body") || f.case.has("m:empty-tail"))),
        "l=0 is taken for none, l=1 of a simple body of empty lines (CRLF) for more than there is; RFC 6376 §3.5: a number of octets of the canonical body, 0 among them"
    ),
    class!(
        "semicolon-in-name",
        ["libopendkim"],
        Ours,
        |f| f.theirs == "unreadable"
            && (f.case.has_semicolon_in_name() || f.case.has_lone_line_end() && f.case.has_spaced_name()),
        "a field with a semicolon or a lone LF in its name spoils the message; RFC 5322 §2.2: all visible octets but the colon, RFC 6376 only cannot name it in h="
    ),
    class!(
        "key-not-recognized",
        ["mail-auth", "Mail::DKIM", "dkimpy", "libopendkim"],
        Ours,
        |f| f.lenient("the record at the selector is no key"),
        "a TXT record that breaks the grammar so that it is no key record; RFC 6376 §6.1.2 step 5, §3.6.1"
    ),
    class!(
        "final-white-space",
        ["dkimpy"],
        Ours,
        |f| f.lenient("signature did not verify") && f.case.has("field-trailing-space"),
        "white space added to the end of a simple DKIM-Signature field is stripped; RFC 6376 §3.4.1, §3.7: only the CRLF goes"
    ),
    class!(
        "same-selector",
        ["mail-auth"],
        Either,
        |f| f.is("fail", "pass") && f.case.has("s-domainkey") && f.reason.contains("base64")
            || f.is("pass", "temperror")
                && (f.case.has("d-twice") || f.case.has("tag-doubled"))
                && f.case.has("key-fails"),
        "several signatures, one of them unreadable and left out, so that its word stands at another: their list does not tell which signature a word is of"
    ),
];
