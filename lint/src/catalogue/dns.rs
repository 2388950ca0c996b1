//! The checks of DNS, MX and PTR.

use super::Severity::{Error, Info, Warning};
use super::{Check, Family};

const fn dns(
    number: u16,
    severity: super::Severity,
    title: &'static str,
    effect: &'static str,
    fix: &'static str,
    source: &'static str,
) -> Check {
    Check { family: Family::Dns, number, severity, title, effect, fix, source }
}

pub(super) const CHECKS: &[Check] = &[
    dns(1, Warning, "NXDOMAIN at _domainkey, though a selector exists below it", "resolvers that stop at NXDOMAIN see no key: permerror for DKIM there", "let the name server answer NOERROR for names that only have others below them", "RFC 8020 §2"),
    dns(2, Warning, "a wildcard TXT record", "it answers for _dmarc and for every DKIM selector, too", "publish records at the names that need them", "RFC 4592 §3.3"),
    dns(3, Error, "a CNAME record at the top of the domain", "it hides MX, TXT and everything else there, now and then or always", "publish address records, or what the DNS provider calls ALIAS", "RFC 1034 §3.6.2"),
    dns(4, Error, "a CNAME loop, or a long chain", "temperror or permerror, as resolvers stop at different lengths", "shorten it", "RFC 1034 §3.6.2"),
    dns(5, Warning, "name servers disagree", "the result depends on which server is asked", "let the secondaries fetch the zone again", "RFC 1034 §4.3.5"),
    dns(6, Error, "a name server that does not answer for the domain", "SERVFAIL or timeout at times, and so temperror", "mend the delegation or the server", "RFC 1912 §2.8"),
    dns(7, Warning, "an empty answer without its SOA record", "cannot be cached: it is asked again each time", "mend the name server or the panel", "RFC 2308 §2.2"),
    dns(8, Error, "DNSSEC does not validate", "SERVFAIL at validating resolvers: temperror for SPF, DKIM and DMARC", "sign the zone again, or remove the DS record", "RFC 4035 §5.5, RFC 8914 §4"),
    dns(9, Error, "a large answer, and no TCP", "temperror: the answer fits no UDP packet and cannot be fetched otherwise", "open port 53 for TCP, or shrink the TXT records", "RFC 7766 §5"),
    dns(10, Warning, "an answer of more than 1232 octets", "is truncated over UDP, and costs a second query over TCP", "remove TXT records that nobody needs", "RFC 6891 §6.2.5"),
    dns(11, Warning, "the name server refuses EDNS", "a second query each time; some resolvers give up", "upgrade the name server", "RFC 6891 §7"),
    dns(12, Info, "a long negative TTL", "a record that is published now is seen only when the TTL has passed", "lower the MINIMUM field of the SOA record before publishing", "RFC 2308 §5"),
    dns(13, Info, "an odd TTL of a key", "below a minute: load and more failures; above a day: keys change slowly", "set 300 to 3600 seconds", "RFC 6376 §6.1.2"),
    dns(14, Error, "a null MX mistyped", "mail is sent to a name that does not exist, and waits for days", "write \"0 .\"", "RFC 7505 §3"),
    dns(15, Error, "a null MX beside others", "undefined: some senders refuse, some deliver", "keep the null MX alone, or none", "RFC 7505 §3"),
    dns(16, Warning, "a null MX, but mail is sent", "receivers may refuse mail that cannot be answered", "remove the null MX, or say \"v=spf1 -all\"", "RFC 7505 §4.2"),
    dns(17, Error, "a mail exchange that is no host", "mail to this domain is not delivered through it", "name a host with address records", "RFC 5321 §5.1, RFC 2181 §10.3"),
    dns(18, Warning, "an address without a confirmed name", "large receivers refuse or doubt mail from it", "publish a PTR record whose name has that address", "RFC 8601 §3, RFC 1912 §2.1"),
    dns(19, Info, "NXDOMAIN without its SOA record", "cannot be cached: it is asked again each time", "mend the name server", "RFC 2308 §2.1"),
];
