//! The checks of DMARC.

use super::Severity::{Error, Info, Warning};
use super::{Check, Family};

const fn dmarc(
    number: u16,
    severity: super::Severity,
    title: &'static str,
    effect: &'static str,
    fix: &'static str,
    source: &'static str,
) -> Check {
    Check { family: Family::Dmarc, number, severity, title, effect, fix, source }
}

pub(super) const CHECKS: &[Check] = &[
    dmarc(1, Warning, "no DMARC record", "none: forged mail is treated as each receiver likes, and nobody reports it", "publish \"v=DMARC1; p=none; rua=mailto:…\" at _dmarc", "RFC 9989 §4.10.1"),
    dmarc(2, Error, "several DMARC records at one name", "as if there were none", "keep one", "RFC 9989 §4.10"),
    dmarc(3, Error, "a DMARC record at the domain itself", "none: receivers ask at _dmarc below it", "publish it at _dmarc", "RFC 9989 §4.10"),
    dmarc(4, Error, "the zone is appended twice", "none: receivers find no record at _dmarc", "enter the name without the zone, or with a dot at its end", "RFC 1035 §5.1"),
    dmarc(5, Error, "the version is not exactly DMARC1", "none: the record is to be ignored", "write v=DMARC1, in capitals", "RFC 9989 §4.8"),
    dmarc(6, Error, "v=DMARC1 is not in the first place", "none: the record is to be ignored", "begin with v=DMARC1, without anything before it", "RFC 9989 §4.8"),
    dmarc(7, Error, "not a policy", "p=none if rua is valid, else none: nothing is refused", "write none, quarantine or reject", "RFC 9989 §4.8, §4.10.1"),
    dmarc(8, Warning, "no p", "p=none by RFC 9989 if rua is valid, else no policy; by RFC 7489 no record", "add p=", "RFC 9989 §4.7, §4.10.1"),
    dmarc(9, Info, "p is not the second tag", "none by RFC 9989; readers of RFC 7489 may ignore the record", "put p= behind v=DMARC1", "RFC 7489 §6.3"),
    dmarc(10, Error, "no equals sign", "the tag is ignored", "write tag=value", "RFC 9989 §4.8"),
    dmarc(11, Error, "commas between tags", "the tags behind the comma are lost, and the value before it too", "write ; between tags", "RFC 9989 §4.8"),
    dmarc(12, Error, "an address without mailto:", "no report is sent to it", "write mailto: in front of it", "RFC 9989 §4.6"),
    dmarc(13, Error, "not an address that a report could go to", "no report is sent to it", "write mailto: and a full address", "RFC 9989 §4.6"),
    dmarc(14, Error, "semicolons between addresses", "no report is sent to those behind the first", "write , between addresses", "RFC 9989 §4.8"),
    dmarc(15, Error, "a tag without a value", "the tag is ignored", "give it a value, or remove it", "RFC 9989 §4.8"),
    dmarc(16, Warning, "no rua", "nobody reports who sends as this domain", "add rua=mailto: and an address", "RFC 9989 §4.7"),
    dmarc(17, Error, "reports cannot be delivered", "reports bounce", "name an address in a domain that takes mail", "RFC 9989 §4.6, RFC 7505 §3"),
    dmarc(18, Error, "the other domain has not agreed to reports", "no report is sent there", "let that domain publish \"v=DMARC1;\" at DOMAIN._report._dmarc", "RFC 9990 §4"),
    dmarc(19, Warning, "reports to something that is no mailbox", "most receivers send reports by mail alone", "write a mailto: address", "RFC 9989 §4.6"),
    dmarc(20, Info, "more than two addresses for reports", "receivers need not send to more than two", "keep two, and forward from there", "RFC 9989 §4.7"),
    dmarc(21, Info, "a size limit behind !", "ignored by RFC 9989", "remove it", "RFC 9989 §4.8"),
    dmarc(22, Warning, "a tag that RFC 9989 has removed", "ignored; readers of RFC 7489 still obey it", "remove it; t=y in place of pct below 100", "RFC 9989 appendix A.7"),
    dmarc(23, Warning, "pct=0 with a policy", "was a way to test the policy; now it is applied to all mail", "write t=y", "RFC 9989 appendix A.7"),
    dmarc(24, Info, "ri without rua, or rf without ruf", "none: there is nobody to report to", "remove it", "RFC 7489 §6.3"),
    dmarc(25, Warning, "not failure options", "the default: reports when all mechanisms fail", "write 0 or 1, d, s, with : between them", "RFC 9989 §4.7"),
    dmarc(26, Warning, "not a value of this tag", "the default", "write a value that the tag can have", "RFC 9989 §4.7, §4.8"),
    dmarc(27, Error, "a tag twice", "different values count as none; some readers take the first, some the last, some no record", "keep one", "RFC 9989 §4.8"),
    dmarc(28, Warning, "an unknown tag", "ignored", "write the tag that was meant, or remove it", "RFC 9989 §4.7"),
    dmarc(29, Warning, "subdomains are left open", "nothing is refused that is forged from a subdomain", "write sp=reject, or remove sp", "RFC 9989 §4.7"),
    dmarc(30, Info, "no np", "names that do not exist fall to sp or p", "add np=reject", "RFC 9989 §4.7"),
    dmarc(31, Error, "psd=y at a domain of its owner", "each domain below is an organization of its own: alignment across them ends", "remove psd, unless this is a public suffix", "RFC 9989 §4.7, §4.10.2"),
    dmarc(32, Error, "an SPF record at _dmarc", "none: there is no DMARC record; a wildcard answers for every name", "publish a DMARC record there", "RFC 9989 §4.10, RFC 4592 §3.3"),
    dmarc(33, Warning, "other TXT records at _dmarc", "ignored; some receivers stumble over them", "remove them", "RFC 9989 §4.10"),
    dmarc(34, Error, "escaped semicolons, or quotation marks", "none, or tags that are ignored", "write ; without the backslash, and no quotation marks", "RFC 9989 §4.8, RFC 1035 §5.1"),
    dmarc(35, Error, "a strict policy, and nothing that could pass", "the domain's own mail is refused", "mend SPF or publish DKIM keys first", "RFC 9989 §4.7"),
    dmarc(36, Warning, "the tree walk and the public suffix list disagree", "receivers of RFC 9989 and of RFC 7489 apply other policies, and align other names", "publish psd=n at the organizational domain", "RFC 9989 §4.10.2"),
];
