//! The classes of disagreements about SPF.

use crate::judge::{Class, Right};
use crate::spf_facts::Facts;

pub type Holds = fn(&Facts<'_>) -> bool;

/// With macro letters in lower case.
fn lowered(text: &str) -> String {
    let mut parts = text.split("%{");
    let mut lowered = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (letter, rest) = part.split_at(part.len().min(1));
        lowered.push_str("%{");
        lowered.push_str(&letter.to_ascii_lowercase());
        lowered.push_str(rest);
    }
    lowered
}

/// With networks of mapped addresses as the IPv4 networks they hold.
fn unmapped(text: &str) -> String {
    text.replace("ip6:::ffff:192.0.2.0/120", "ip4:192.0.2.0/24").replace("ip6:::/0", "ip4:0.0.0.0/0")
}

macro_rules! class {
    ($id:literal, [$($peer:literal),*], $right:ident, $holds:expr, $why:literal) => {
        Class { id: $id, peers: &[$($peer),*], right: Right::$right, why: $why, holds: $holds }
    };
}

pub const CLASSES: &[Class<Holds>] = &[
    class!(
        "no-word-for-permerror",
        ["libspf2"],
        Ours,
        |f| f.word == "(invalid)" && f.our_word() == "permerror",
        "a policy that cannot be interpreted has no result word (SPF_RESULT_INVALID); RFC 7208 §2.6.7: permerror"
    ),
    class!(
        "no-word-for-temperror",
        ["libspf2"],
        Ours,
        |f| f.word == "(invalid)" && f.our_word() == "temperror",
        "a failed DNS query has no result word (SPF_RESULT_INVALID), or a broken term behind it is found first; RFC 7208 §2.6.6: temperror"
    ),
    class!(
        "no-void-limit",
        ["libspf2", "mail-auth", "pyspf"],
        Ours,
        |f| f.broken("void lookups") && f.word == f.under(|limits| limits.void_lookups = u32::MAX),
        "void lookups are not limited, or these are not counted; RFC 7208 §4.6.4: SHOULD limit them to two; ours without the limit gives their result"
    ),
    class!(
        "voids-within-terms",
        ["pyspf", "Mail::SPF"],
        Either,
        |f| f.detail.to_ascii_lowercase().contains("void") && f.asks_inside_terms(),
        "address queries within mx, ptr and %{p} that find nothing count against the void limit, each time they are asked; RFC 7208 §4.6.4 leaves open what a lookup is (ours counts terms: Limits::void_mx_hosts)"
    ),
    class!(
        "trivial-recursion",
        ["pyspf"],
        Ours,
        |f| f.detail.contains("trivial recursion"),
        "an include of the domain itself is permerror at once; RFC 7208 §4.6.4 knows the limit of 10 terms only, and what matches before it is reached decides"
    ),
    class!(
        "several-records",
        ["mail-auth"],
        Ours,
        |f| f.broken("SPF records"),
        "several SPF records, of which the first readable one is used; RFC 7208 §4.5: permerror"
    ),
    class!(
        "sender-final-dot",
        ["pyspf"],
        Either,
        |f| f.word == "none" && f.case.sender.ends_with('.'),
        "user@example.com. has no policy; RFC 5321 §4.1.2 has no final dot in a domain, RFC 7208 §4.3 takes what DNS can be asked for (ours drops the dot)"
    ),
    class!(
        "sender-quoted-at",
        ["pyspf"],
        Ours,
        |f| f.word == "none" && f.case.sender.contains('"'),
        "the sender is split at an @ within the quoted local part; RFC 5321 §4.1.2: the domain is behind the last one"
    ),
    class!(
        "sender-without-at",
        ["mail-auth"],
        Ours,
        |f| f.word == "none" && !f.case.sender.is_empty() && !f.case.sender.contains('@'),
        "a sender without local part has no policy; RFC 7208 §4.3: postmaster stands in for the local part"
    ),
    class!(
        "sender-macros",
        ["Mail::SPF", "libspf2", "mail-auth", "pyspf"],
        Ours,
        |f| (f.has_percent() || f.asks_reverse())
            && (!f.case.sender.contains('@')
                || f.case.sender.starts_with(['@', '%', '"'])
                || f.case.sender.ends_with('.')),
        "macros of a sender without local part lack postmaster@, those of a domain with a final dot keep it, a percent sign or quoted @ in the local part confuses them; RFC 7208 §4.3, §7.2"
    ),
    class!(
        "ptr-dns-error",
        ["pyspf", "Mail::SPF", "libspf2"],
        Ours,
        |f| f.word == "temperror" && f.asks_reverse() && f.has_failure(),
        "a DNS error during ptr or %{p} is temperror; RFC 7208 §5.5: a PTR error fails to match, a name whose address query fails is skipped"
    ),
    class!(
        "mx-order",
        ["pyspf", "Mail::SPF", "libspf2", "mail-auth"],
        Either,
        |f| (f.word == "temperror" || f.our_word() == "temperror") && f.says("mx") && f.has_failure(),
        "an exchange that cannot be resolved is met before or after the one that matches; RFC 7208 §5.4 gives no order (ours: by preference and name)"
    ),
    class!(
        "capital-r",
        ["Mail::SPF", "libspf2", "mail-auth", "pyspf"],
        Ours,
        |f| f.has_macro(|found| found
            .trim_start_matches(|c: char| c.is_ascii_alphabetic())
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .starts_with('R')
            || found.chars().nth(1) == Some('R')),
        "the transformer R in upper case is refused; RFC 7208 §7.1 writes it as a quoted string, which RFC 5234 §2.3 matches in either case"
    ),
    class!(
        "macro-syntax-late",
        ["pyspf", "Mail::SPF", "libspf2", "mail-auth"],
        Ours,
        |f| f.lenient("macro") || f.lenient("percent sign"),
        "a macro that breaks the grammar is found only when it is expanded, or not at all; RFC 7208 §4.6: syntax errors anywhere in the record are permerror"
    ),
    class!(
        "unknown-mechanism",
        ["mail-auth", "libspf2"],
        Ours,
        |f| f.lenient("unknown mechanism"),
        "a term that is neither a known mechanism nor a modifier is passed over; RFC 7208 §4.6.1: unrecognized mechanisms are permerror"
    ),
    class!(
        "domain-grammar",
        ["mail-auth", "libspf2", "pyspf"],
        Ours,
        |f| f.lenient("the domain does not end") || f.lenient("the domain is missing"),
        "a domain-spec that does not end in a dot and a top-level label, or is missing, is looked up or passed over; RFC 7208 §7.1: domain-end"
    ),
    class!(
        "prefix-grammar",
        ["mail-auth", "libspf2", "Mail::SPF", "pyspf"],
        Ours,
        |f| f.lenient("not a prefix length"),
        "a prefix length out of range, with a leading zero or empty; RFC 7208 §5.6: ip4-cidr-length, ip6-cidr-length"
    ),
    class!(
        "address-grammar",
        ["mail-auth", "libspf2", "Mail::SPF"],
        Ours,
        |f| f.lenient("not an address"),
        "something that is no address behind ip4: or ip6:; RFC 7208 §5.6"
    ),
    class!(
        "trailing-text",
        ["mail-auth", "Mail::SPF"],
        Ours,
        |f| f.lenient("more than this mechanism takes"),
        "text behind the end of a mechanism; RFC 7208 §5"
    ),
    class!(
        "character-set",
        ["mail-auth", "libspf2", "pyspf"],
        Ours,
        |f| f.lenient("a character that is not allowed"),
        "octets outside visible ASCII and space; RFC 7208 §4.5, §12"
    ),
    class!(
        "modifier-twice",
        ["libspf2"],
        Ours,
        |f| f.lenient("twice"),
        "redirect= or exp= twice; RFC 7208 §6: permerror"
    ),
    class!(
        "syntax-after-failure",
        ["mail-auth", "pyspf"],
        Ours,
        |f| f.broken("syntax error") && f.word == "temperror",
        "DNS is asked before the whole record was read, and fails; RFC 7208 §4.6: syntax first"
    ),
    class!(
        "escaped-names",
        ["pyspf", "Mail::SPF", "libspf2", "mail-auth"],
        Ours,
        |f| f.has_macro(|found| found.starts_with(|letter: char| letter.is_ascii_uppercase()))
            && f.word == f.with_texts(lowered),
        "a macro letter in upper case is not URL-escaped in a name; RFC 7208 §7.3: expanded as in lower case, then escaped; ours with lower case gives their result"
    ),
    class!(
        "mapped-network",
        ["Mail::SPF", "mail-auth"],
        Ours,
        |f| f.says("ip6:::")
            && (f.word == f.with_texts(unmapped)
                || f.case.ip.is_ipv4() && (f.detail.is_empty() || f.detail.contains("ip6:::"))),
        "an IPv4 client is compared with an ip6 network as if it were mapped; RFC 7208 §5: an address only matches a network of its own family; ours with ip4 gives their result"
    ),
    class!(
        "percent-in-names",
        ["pyspf", "Mail::SPF", "libspf2", "mail-auth"],
        Ours,
        |f| f.says("%%") || f.says("%_") || f.says("%-"),
        "%%, %_ or %- in a domain-spec are refused or looked up otherwise; RFC 7208 §7.1, §7.3: percent sign, space, %20"
    ),
    class!(
        "any-void-limit",
        ["libspf2", "mail-auth"],
        Ours,
        |f| f.lenient("void lookups"),
        "the void limit of RFC 7208 §4.6.4 is missing, and what follows it differs, too"
    ),
    class!(
        "null-mx",
        ["pyspf", "mail-auth"],
        Either,
        |f| f.has_many(11) && f.refuses() && f.case.has_null_mx(),
        "the null MX (RFC 7505) counts as one of ten exchanges; RFC 7208 §4.6.4 counts names that are queried, and nobody asks for its address"
    ),
    class!(
        "transformed-v",
        ["pyspf", "Mail::SPF"],
        Ours,
        |f| f.has_macro(|found| found.starts_with(['v', 'V']) && found.len() > 1),
        "transformers of %{v} are passed over; RFC 7208 §7.3: of every macro"
    ),
    class!(
        "numeric-target",
        ["pyspf"],
        Ours,
        |f| f.detail.contains("use FQDN") || f.has_percent() && f.detail.contains("Use the ip4 mechanism"),
        "an expanded name with an all-numeric last label is refused; RFC 7208 §7.1 puts the toplabel rule on the text of the record, §4.8 on lookups only that a name be well-formed"
    ),
    class!(
        "loopback-client",
        ["libspf2"],
        Ours,
        |f| matches!(f.case.ip, std::net::IpAddr::V4(ip) if ip.is_loopback()) && f.word == "pass",
        "clients of 127.0.0.0/8 pass whatever the policy; RFC 7208 §4.1 knows no such client"
    ),
    class!(
        "prefix-zero",
        ["libspf2"],
        Ours,
        |f| f.says("/0") && (f.refuses() || f.decided()),
        "a prefix length of 0 is refused; RFC 7208 §5.6: 0 to 32, 0 to 128"
    ),
    class!(
        "lookups-within-terms",
        ["libspf2", "mail-auth"],
        Either,
        |f| (f.word == "permerror")
            && f.asks_inside_terms()
            && (f.detail.contains("too many DNS") || f.detail.is_empty())
            || f.asks_reverse() && f.detail.is_empty() && f.has_many(2),
        "queries within ptr, mx and %{p} count against the limit of 10 terms; RFC 7208 §4.6.4: the PTR and MX names have a limit of 10 of their own"
    ),
    class!(
        "long-names",
        ["libspf2", "mail-auth", "Mail::SPF", "pyspf"],
        Ours,
        |f| f.has_odd_name()
            || f.case.sender.split('.').any(|label| label.len() > 63)
                && f.has_macro(|found| found.starts_with(['s', 'S'])),
        "a name with a label or a length beyond DNS ends the evaluation, or is cut otherwise; RFC 7208 §7.3: labels are dropped from the left, §4.8: a name that is none does not match"
    ),
    class!(
        "exists-asks-aaaa",
        ["mail-auth"],
        Ours,
        |f| f.case.ip.is_ipv6() && f.says("exists"),
        "exists is answered by AAAA records, too; RFC 7208 §5.7: an A query, even for an IPv6 client"
    ),
    class!(
        "include-within-include",
        ["mail-auth"],
        Ours,
        |f| f.has_nested_include(),
        "the result of an include or redirect within an included record decides for the outer one; RFC 7208 §5.2: only pass of the included record matches, all else but an error goes on"
    ),
    class!(
        "domain-after-include",
        ["mail-auth"],
        Ours,
        |f| f.says("include:") && f.has_macro(|found| found.starts_with(['d', 'D'])),
        "after an include %{d} is still the included domain; RFC 7208 §7.2: the domain of the record it stands in"
    ),
    class!(
        "empty-modifier",
        ["mail-auth"],
        Ours,
        |f| f.refuses() && f.says(" x="),
        "an unknown modifier without a value is refused; RFC 7208 §6: name = macro-string, which may be empty"
    ),
    class!(
        "modifier-like-mechanism",
        ["mail-auth"],
        Ours,
        |f| f.refuses()
            && f.texts().any(|text| text.split(' ').skip(1).any(|term| term
                .split_once('=')
                .is_some_and(|(name, _)| !matches!(name, "redirect" | "exp") && !name.contains([':', '/'])))),
        "unknown modifiers such as ip4= or exists= are refused; RFC 7208 §6: unknown modifiers, to be ignored"
    ),
    class!(
        "validated-name",
        ["mail-auth"],
        Ours,
        |f| f.has_macro(|found| found.starts_with(['p', 'P'])),
        "%{p} is the first name of the client, validated or not; RFC 7208 §7.3: a validated one, of the domain itself if there is one, or unknown"
    ),
    class!(
        "version-prefix",
        ["mail-auth"],
        Ours,
        |f| f.our_word() == "none" || f.broken("no SPF record"),
        "a TXT record that does not begin with v=spf1 and a space is judged as a policy; RFC 7208 §4.5: it is discarded"
    ),
    class!(
        "macro-expansion",
        ["libspf2", "mail-auth"],
        Ours,
        |f| f.has_macro(|found| found.len() > 1),
        "macros with digits, a transformer or delimiters are refused or expand to something else; RFC 7208 §7.1, §7.3"
    ),
    class!(
        "delimiters-and-plus",
        ["Mail::SPF"],
        Ours,
        |f| f.case.sender.contains('+') && f.has_macro(|found| found.starts_with(['l', 's', 'L', 'S']))
            || f.case.sender.contains('-') && f.has_macro(|found| found.ends_with('-')),
        "a local part with +, = or - is split or asked for otherwise, or not at all where nothing but a delimiter is named; RFC 7208 §7.3: at the delimiters named, joined with dots (§7.4: %{l-} is strong.bad)"
    ),
    class!(
        "modifier-case",
        ["pyspf"],
        Ours,
        |f| f.says("redirect=") && f.decided(),
        "a modifier name in mixed case is an unknown modifier; RFC 7208 §6, RFC 5234 §2.3: quoted strings match in either case"
    ),
    class!(
        "slash-in-modifier",
        ["mail-auth"],
        Ours,
        |f| f.refuses()
            && f.texts().any(|text| text.split(' ').any(|term| term.contains(['=', ':'])
                && term.split_once('/').is_some_and(|(_, end)| end.contains('.')))),
        "a slash within a domain-spec is refused; RFC 7208 §7.1: macro-literal is any visible character but the percent sign"
    ),
    class!(
        "modifier-name",
        ["libspf2", "mail-auth"],
        Ours,
        |f| f.refuses()
            && f.texts().any(|text| text
                .split(' ')
                .any(|term| term.split_once('=').is_some_and(|(name, _)| name.contains(['.', '-', '_'])))),
        "an unknown modifier with a dot, hyphen or underscore in its name is refused; RFC 7208 §12: name = ALPHA *( ALPHA / DIGIT / - / _ / . )"
    ),
    class!(
        "which-validated-name",
        ["pyspf", "Mail::SPF", "libspf2"],
        Either,
        |f| f.decided() && f.has_macro(|found| found.starts_with(['p', 'P'])),
        "of several validated names below the domain another one is taken for %{p}; RFC 7208 §7.3 names no order (ours: alphabetical)"
    ),
    class!(
        "terms-per-level",
        ["libspf2"],
        Ours,
        |f| f.lenient("terms that ask DNS"),
        "the limit of 10 terms holds for each included record anew; RFC 7208 §4.6.4: over the whole evaluation"
    ),
    class!(
        "unused-redirect-counts",
        ["Mail::SPF"],
        Ours,
        |f| f.decided() && f.says("redirect=") && f.detail.contains("DNS-interactive terms limit"),
        "redirect= counts as a term although a mechanism matched before; RFC 7208 §6.1: it is only used when none matches"
    ),
    class!(
        "mx-limit",
        ["libspf2", "Mail::SPF"],
        Ours,
        |f| f.lenient("mail exchanges"),
        "of more than ten exchanges the first ten are asked for; RFC 7208 §4.6.4: permerror"
    ),
    class!(
        "escaped-octets",
        ["Mail::SPF"],
        Ours,
        |f| f.says("\"") || f.says("\\") || f.says(";"),
        "a quote, backslash or semicolon in a domain-spec is looked up as an escape; RFC 7208 §7.1: macro-literal, which stands for itself"
    ),
    class!(
        "long-record",
        ["libspf2"],
        Ours,
        |f| f.refuses() && f.texts().any(|text| text.len() > 200),
        "a long target name is no policy; RFC 7208 §4.8, §7.3"
    ),
];
