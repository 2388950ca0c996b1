//! The checks of DKIM.

use super::Severity::{Error, Info, Warning};
use super::{Check, Family};

const fn dkim(
    number: u16,
    severity: super::Severity,
    title: &'static str,
    effect: &'static str,
    fix: &'static str,
    source: &'static str,
) -> Check {
    Check { family: Family::Dkim, number, severity, title, effect, fix, source }
}

pub(super) const CHECKS: &[Check] = &[
    dkim(1, Error, "several key records at one selector", "undefined: verifiers try one, all or none of them, so that good mail fails at some", "keep one", "RFC 6376 §3.6.2.2"),
    dkim(2, Error, "an RSA key shorter than 1024 bits", "permerror or policy: verifiers must not accept it", "make a key of 2048 bits", "RFC 8301 §3.2"),
    dkim(3, Warning, "an RSA key shorter than 2048 bits", "pass at present; some receivers count it less", "make a key of 2048 bits", "RFC 8301 §3.2"),
    dkim(4, Info, "the key is revoked", "permerror for every signature that names this selector", "nothing, if that is meant", "RFC 6376 §3.6.1"),
    dkim(5, Error, "no p=", "permerror: there is no key", "add p= and the key", "RFC 6376 §3.6.1"),
    dkim(6, Error, "p= holds no key", "permerror for every signature", "paste the key again", "RFC 6376 §3.6.1"),
    dkim(7, Error, "control characters, or their escapes", "permerror for every signature", "paste the key again, as one line", "RFC 6376 §3.2"),
    dkim(8, Error, "escaped semicolons", "permerror for every signature: the backslash belongs to a master file, not to the record", "write ; without the backslash", "RFC 6376 §3.2, RFC 1035 §5.1"),
    dkim(9, Error, "quotation marks inside the record", "permerror for every signature", "remove them: the panel adds its own", "RFC 6376 §3.2, RFC 1035 §5.1"),
    dkim(10, Error, "v= is not DKIM1 in the first place", "permerror: the record is to be discarded", "begin with v=DKIM1", "RFC 6376 §3.6.1"),
    dkim(11, Error, "not a list of tags: a semicolon or an equals sign is missing or misplaced", "permerror: two tags are read as one, or none", "write tag=value, with a semicolon between tags", "RFC 6376 §3.2"),
    dkim(12, Info, "spaces inside the key", "none: they are to be ignored, though some verifiers stumble", "join the parts without spaces", "RFC 6376 §3.6.1"),
    dkim(13, Error, "the key is cut off", "permerror for every signature", "publish the whole key, in several strings of one TXT record", "RFC 6376 §3.6.2.2"),
    dkim(14, Error, "the private key is published", "whoever reads it can sign as this domain", "revoke the selector at once and make a new key", "RFC 6376 §8.3"),
    dkim(15, Error, "PEM armour around the key", "permerror for every signature", "keep the base64 lines between the armour alone, joined", "RFC 6376 §3.6.1"),
    dkim(16, Error, "an Ed25519 key that is not 32 octets", "permerror for every signature", "publish the 32 octets of the key without any wrapping", "RFC 8463 §4.2"),
    dkim(17, Warning, "Ed25519 keys alone", "neutral or permerror at the many verifiers that do not know Ed25519", "sign with an RSA key of 2048 bits beside it", "RFC 8463 §5"),
    dkim(18, Error, "an unknown type of key", "permerror for every signature", "write k=rsa or k=ed25519", "RFC 6376 §3.6.1"),
    dkim(19, Error, "SHA-256 is not permitted", "permerror for every signature: no other hash may be used", "remove h=", "RFC 6376 §3.6.1, RFC 8301 §3.1"),
    dkim(20, Warning, "the domain is testing DKIM (t=y)", "failures are treated as if the mail were unsigned, for ever", "remove the flag y when the tests are over", "RFC 6376 §3.6.1"),
    dkim(21, Warning, "the identity must be in d= itself (t=s)", "permerror for signatures whose i= is in a subdomain of d=", "remove the flag s, or let i= be in d= itself", "RFC 6376 §3.6.1"),
    dkim(22, Error, "the key is not for mail", "permerror for every signature", "remove s=", "RFC 6376 §3.6.1"),
    dkim(23, Warning, "g= is obsolete", "ignored; old verifiers read an empty g= as no address at all", "remove g=", "RFC 6376 §C.1"),
    dkim(24, Error, "an alias to a name that does not exist", "permerror for every signature; whoever registers the target can sign as this domain", "remove the CNAME record, or restore its target", "RFC 6376 §6.1.2"),
    dkim(25, Error, "a CNAME record beside others", "resolvers disagree: some see the key, some do not", "keep one of the two", "RFC 1034 §3.6.2"),
    dkim(26, Error, "the zone is appended twice", "permerror: the selector has no record where it is looked for", "enter the name without the zone, or with a dot at its end", "RFC 1035 §5.1"),
    dkim(27, Error, "domainkey without its underscore", "permerror: the selector has no record where it is looked for", "write _domainkey", "RFC 6376 §3.6.2.1"),
    dkim(28, Error, "another kind of record at a selector", "permerror: there is no key; a wildcard answers for every selector", "remove the wildcard TXT record, or publish the key", "RFC 6376 §3.6.1, RFC 4592 §3.3"),
    dkim(29, Error, "the published key is another one", "fail for every signature", "publish the key of the private key, or sign with the other one", "RFC 6376 §3.6.1"),
    dkim(30, Warning, "a key that others can use", "whoever has the key can sign as each of these domains", "make a key for each domain", "RFC 6376 §8.3"),
    dkim(31, Warning, "a part of the body is not signed (l=)", "pass, and anybody may append to the body", "sign without l=", "RFC 6376 §8.2"),
    dkim(32, Error, "From is not signed", "permerror", "sign From", "RFC 6376 §5.4"),
    dkim(33, Warning, "From is not oversigned", "pass, also with a second From field put in front", "name From once more in h= than it occurs", "RFC 6376 §8.15"),
    dkim(34, Error, "the times of the signature do not fit", "fail when expired, neutral when x= is not after t=", "set the clock of the signer, and let signatures live for days", "RFC 6376 §3.5"),
    dkim(35, Error, "i= is outside d=", "permerror", "write an identity of the signing domain, or leave i= out", "RFC 6376 §3.5"),
    dkim(36, Error, "a signature with SHA-1", "permerror or policy: verifiers must not accept it", "sign with rsa-sha256", "RFC 8301 §3.1"),
];
