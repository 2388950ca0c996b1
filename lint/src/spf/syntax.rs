//! Why a word is no term, and what was meant; and terms that the grammar allows although nobody means them.

use super::{Word, is_term};
use crate::finding::{Finding, shown};
use crate::nearest::nearest;
use mailproof::spf::Flaw;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

const MECHANISMS: [&str; 8] = ["all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"];

/// Octets of a word that may be taken for two glued ones; every place in it is tried, so the work is bounded.
const GLUED_OCTETS: usize = 2 * 255;

/// What a glued term begins with.
const BEGINNINGS: [&[u8]; 14] = [
    b"ip4:",
    b"ip6:",
    b"include:",
    b"exists:",
    b"redirect=",
    b"a:",
    b"mx:",
    b"ptr:",
    b"-all",
    b"~all",
    b"?all",
    b"+all",
    b"+a",
    b"+mx",
];

/// A word in its parts, however wrong it is: `[qualifier] name [separator value]`.
struct Parts<'a> {
    qualifier: &'a [u8],
    name: &'a [u8],
    separator: Option<u8>,
    /// Behind the separator.
    value: &'a [u8],
    /// Where the value begins in the word.
    value_start: usize,
}

impl<'a> Parts<'a> {
    fn of(word: &'a [u8]) -> Self {
        let qualified = matches!(word.first(), Some(b'+' | b'-' | b'?' | b'~'));
        let (qualifier, rest) = word.split_at_checked(usize::from(qualified)).unwrap_or((b"", word));
        let is_name = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.');
        let end = rest.iter().position(|octet| !is_name(octet)).unwrap_or(rest.len());
        let (name, behind) = rest.split_at_checked(end).unwrap_or((rest, b""));
        let (separator, value) = match behind {
            [first, value @ ..] => (Some(*first), value),
            [] => (None, behind),
        };
        let value_start = word.len() - value.len();
        Self { qualifier, name, separator, value, value_start }
    }

    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    fn is_mechanism(&self) -> bool {
        MECHANISMS.iter().any(|name| self.is(name))
    }

    /// The word with another beginning.
    fn with(&self, name: &str, value: &[u8]) -> Vec<u8> {
        [self.qualifier, name.as_bytes(), b":", value].concat()
    }

    fn value_span(&self, word: &Word<'_>) -> Range<usize> {
        word.start + self.value_start..word.span().end
    }
}

/// Judges every word; `joints` is where one string ends and the next begins. Gives back the words that stand for
/// themselves: without those that belong to the one before them.
pub(super) fn judge<'a>(
    words: Vec<Word<'a>>,
    joints: &[usize],
    findings: &mut Vec<Finding>,
) -> Vec<Word<'a>> {
    let mut joined = false;
    let mut own = Vec::with_capacity(words.len());
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        if std::mem::take(&mut joined) {
            continue;
        }
        let next = words.peek();
        let finding = match &word.term {
            Ok(_) => odd(&word, joints),
            Err(error) => {
                let split = next.and_then(|next| split_value(&word, next));
                joined = split.is_some();
                Some(split.unwrap_or_else(|| broken(&word, error.flaw, joints)).breaking())
            }
        };
        findings.extend(finding);
        own.push(word);
    }
    own
}

/// `ip4: 192.0.2.1`: the value stands behind a space; or `- all`: all but the qualifier does.
fn split_value(word: &Word<'_>, next: &Word<'_>) -> Option<Finding> {
    let is_open = matches!(word.text.last(), Some(b':' | b'=')) && next.term.is_err();
    let is_qualifier = matches!(word.text, b"+" | b"-" | b"?" | b"~");
    let whole = [word.text, next.text].concat();
    ((is_open || is_qualifier) && is_term(&whole)).then(|| {
        let message = format!("a space behind \"{}\" ends the term", shown(word.text));
        Finding::spf(16, message)
            .at(word.start..next.span().end)
            .mended(word.span().end..next.start, *b"")
            .help(format!("write \"{}\"", shown(&whole)))
    })
}

fn finding(number: u16, word: &Word<'_>, message: &str) -> Finding {
    Finding::spf(number, message).at(word.span())
}

/// Mends a word, if what comes out is a term, or several.
fn replace(finding: Finding, word: &Word<'_>, by: &[u8]) -> Finding {
    let is_good = by.split(|octet| *octet == b' ').filter(|part| !part.is_empty()).all(is_term);
    let is_changed = by != word.text;
    if is_good && is_changed && !by.trim_ascii().is_empty() {
        finding.mended(word.span(), by)
    } else {
        finding
    }
}

/// What is wrong with a word that is no term.
fn broken(word: &Word<'_>, flaw: Flaw, joints: &[usize]) -> Finding {
    let parts = Parts::of(word.text);
    if let Some(strange) = strange_characters(word) {
        return strange;
    }
    if let Some(glued) = glued(word, joints).or_else(|| separated(word)) {
        return glued;
    }
    match flaw {
        Flaw::Network => network(word, &parts),
        Flaw::PrefixLength => prefix(word, &parts),
        Flaw::DomainMissing => {
            let message = format!("\"{}\" needs a domain behind it", shown(word.text));
            finding(19, word, &message)
        }
        Flaw::DomainEnd => domain(word, &parts),
        Flaw::Macro | Flaw::MacroLetter | Flaw::MacroParts => {
            let message = format!("\"{}\" holds a percent sign that begins no macro", shown(word.text));
            finding(39, word, &message)
        }
        Flaw::ExplanationMacro => {
            finding(40, word, "the macros c, r and t mean something in the text of an explanation only")
        }
        Flaw::Trailing => {
            let name = shown(parts.name);
            let message = format!("\"{}\" is more than \"{name}\" takes", shown(word.text));
            let trailing = finding(45, word, &message);
            if parts.is("all") {
                replace(trailing, word, &[parts.qualifier, b"all"].concat())
            } else {
                trailing
            }
        }
        Flaw::UnknownMechanism => unknown(word, &parts),
        Flaw::Character | Flaw::DuplicateModifier | Flaw::Version | _ => {
            finding(45, word, &format!("\"{}\" is no term", shown(word.text)))
        }
    }
}

/// What was pasted from a web page or a word processor.
fn strange_characters(word: &Word<'_>) -> Option<Finding> {
    let at = word.text.iter().position(|octet| !octet.is_ascii_graphic() || *octet == b'"')?;
    let text = String::from_utf8_lossy(word.text);
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{2010}'..='\u{2015}' | '\u{2212}' => plain.push('-'),
            '\u{a0}' | '\t' | '\r' | '\n' | '\u{2000}'..='\u{200a}' | '\u{3000}' => plain.push(' '),
            '\u{2018}'..='\u{201f}'
            | '"'
            | '\u{ab}'
            | '\u{bb}'
            | '\u{200b}'..='\u{200d}'
            | '\u{feff}'
            | '\u{ad}' => {}
            '\u{ff1a}' => plain.push(':'),
            other => plain.push(other),
        }
    }
    let end = word.text.iter().rposition(|octet| !octet.is_ascii_graphic() || *octet == b'"').unwrap_or(at);
    let message = format!("\"{}\" holds a character that records are not written in", shown(word.text));
    let found = Finding::spf(43, message).at(word.start + at..word.start + end + 1);
    Some(replace(found, word, plain.as_bytes()))
}

/// Two terms without a space between them: at the break between two strings, or anywhere.
fn glued(word: &Word<'_>, joints: &[usize]) -> Option<Finding> {
    if word.text.len() > GLUED_OCTETS {
        return None;
    }
    let at_joint = joints
        .iter()
        .filter_map(|joint| joint.checked_sub(word.start))
        .find(|at| halves(word.text, *at).is_some_and(|(left, right)| is_term(left) && is_term(right)));
    if let Some(at) = at_joint {
        let message = "two terms glued together where two strings meet";
        let at = word.start + at;
        return Some(Finding::spf(23, message).at(word.span()).mended(at..at, *b" "));
    }
    let lower = word.text.to_ascii_lowercase();
    let at = (1..lower.len()).find(|at| {
        let rest = lower.get(*at..).unwrap_or_default();
        BEGINNINGS.iter().any(|begin| rest.starts_with(begin))
            && halves(word.text, *at).is_some_and(|(left, right)| is_whole(left) && is_term(right))
    })?;
    let (left, _) = halves(word.text, at)?;
    let is_garbage = left.len() < 2;
    let number = if is_garbage || lower.ends_with(b"all") && word.text.len() < 8 { 45 } else { 23 };
    let at = word.start + at;
    Some(Finding::spf(number, "two terms glued together").at(word.span()).mended(at..at, *b" "))
}

fn halves(text: &[u8], at: usize) -> Option<(&[u8], &[u8])> {
    text.split_at_checked(at).filter(|(left, right)| !left.is_empty() && !right.is_empty())
}

/// A term that another one may follow by mistake: not a modifier or a bare letter, which are parts of other words.
fn is_whole(text: &[u8]) -> bool {
    is_term(text) && Parts::of(text).is_mechanism()
}

/// Commas and semicolons, where they are not part of a macro.
fn separated(word: &Word<'_>) -> Option<Finding> {
    let literal = literals(word.text);
    let is_separator = |octet: &u8| matches!(octet, b',' | b';');
    let at = literal.iter().position(is_separator)?;
    let plain: Vec<u8> = word
        .text
        .iter()
        .zip(&literal)
        .map(|(octet, shape)| if is_separator(shape) { b' ' } else { *octet })
        .collect();
    let message = format!("\"{}\" separates terms by something else than a space", shown(word.text));
    let at = word.start + at;
    Some(replace(Finding::spf(44, message).at(at..at + 1), word, plain.trim_ascii_end()))
}

/// The word, with every macro blanked.
fn literals(word: &[u8]) -> Vec<u8> {
    let mut inside = false;
    let mut before = 0;
    word.iter()
        .map(|octet| {
            inside |= before == b'%' && *octet == b'{';
            before = *octet;
            let shape = if inside { b'x' } else { *octet };
            inside &= *octet != b'}';
            shape
        })
        .collect()
}

/// A value of `ip4` or `ip6` that is no address.
fn network(word: &Word<'_>, parts: &Parts<'_>) -> Finding {
    let is_v4 = parts.is("ip4");
    if parts.separator != Some(b':') || parts.value.is_empty() {
        let message = format!("\"{}\" needs a colon and an address behind it", shown(parts.name));
        return finding(19, word, &message);
    }
    let (address, behind) = split_prefix(parts.value);
    let text = String::from_utf8_lossy(address);
    let value = shown(address);
    let at = |number, message: String| Finding::spf(number, message).at(parts.value_span(word));
    if is_v4 && text.parse::<Ipv6Addr>().is_ok() {
        return replace(at(12, format!("{value} is an IPv6 address")), word, &parts.with("ip6", parts.value));
    }
    if !is_v4 && text.parse::<Ipv4Addr>().is_ok() {
        return replace(at(13, format!("{value} is an IPv4 address")), word, &parts.with("ip4", parts.value));
    }
    if is_v4 && has_leading_zero(&text) {
        return at(15, format!("{value} has a zero in front of a number"));
    }
    if address.iter().any(|octet| octet.is_ascii_alphabetic()) && !address.contains(&b':') {
        let is_bare = behind.is_empty();
        let found = at(18, format!("{value} is a name"));
        return if is_bare { replace(found, word, &parts.with("a", address)) } else { found };
    }
    let family = if is_v4 { "IPv4" } else { "IPv6" };
    let found = at(11, format!("{value} is no {family} address"));
    let without_dot = address.strip_suffix(b".").unwrap_or(address);
    let whole = parts.with(if is_v4 { "ip4" } else { "ip6" }, &[without_dot, behind].concat());
    if without_dot.len() < address.len() { replace(found, word, &whole) } else { found }
}

fn has_leading_zero(text: &str) -> bool {
    let numbers: Vec<&str> = text.split('.').collect();
    let is_octet =
        |number: &&str| number.len() <= 4 && number.parse::<u16>().is_ok_and(|number| number < 256);
    numbers.len() == 4
        && numbers.iter().all(is_octet)
        && numbers.iter().any(|number| number.len() > 1 && number.starts_with('0'))
}

/// The value before its first slash, and from there on.
fn split_prefix(value: &[u8]) -> (&[u8], &[u8]) {
    let at = value.iter().position(|octet| *octet == b'/').unwrap_or(value.len());
    value.split_at_checked(at).unwrap_or((value, b""))
}

/// A prefix length that is none.
fn prefix(word: &Word<'_>, parts: &Parts<'_>) -> Finding {
    let Some(slash) = word.text.iter().position(|octet| *octet == b'/') else {
        return finding(14, word, "not a prefix length");
    };
    let digits = word.text.get(slash + 1..).unwrap_or_default();
    let text = String::from_utf8_lossy(digits);
    let message = format!("/{} is no prefix length", shown(digits));
    let found = Finding::spf(14, message).at(word.start + slash..word.span().end);
    let before = word.text.get(..slash).unwrap_or_default();
    // A netmask such as 255.255.255.192, of ones and then zeros.
    let mask = text.parse::<Ipv4Addr>().ok().map(Ipv4Addr::to_bits);
    if let Some(mask) = mask.filter(|mask| mask.leading_ones() + mask.trailing_zeros() == 32 && *mask != 0) {
        let by = format!("/{}", mask.leading_ones());
        return replace(found, word, &[before, by.as_bytes()].concat());
    }
    let number = text.trim_start_matches('0');
    let is_number = !number.is_empty() && number.bytes().all(|octet| octet.is_ascii_digit());
    if is_number && number.len() < text.len() && parts.is_mechanism() {
        return replace(found, word, &[before, b"/", number.as_bytes()].concat());
    }
    found
}

/// A domain that does not end as domains do.
fn domain(word: &Word<'_>, parts: &Parts<'_>) -> Finding {
    let (value, _) = split_prefix(parts.value);
    let text = String::from_utf8_lossy(value);
    let at = |number, message: String| Finding::spf(number, message).at(parts.value_span(word));
    let dotted = text.trim_end_matches('.');
    let is_numbers =
        dotted.contains('.') && dotted.bytes().all(|octet| octet.is_ascii_digit() || octet == b'.');
    if is_numbers || text.parse::<Ipv6Addr>().is_ok() {
        let name = if is_numbers { "ip4" } else { "ip6" };
        let found = at(17, format!("{} is an address, not a name", shown(value)));
        return replace(found, word, &parts.with(name, parts.value));
    }
    let found = at(20, format!("\"{}\" is no domain name with a top-level domain", shown(parts.value)));
    bare(parts.value).map_or(found.clone(), |bare| mend_target(found, word, parts, &bare))
}

/// The domain in a URL, or behind the sign of an address.
fn bare(value: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(value).ok()?;
    let lower = text.to_ascii_lowercase();
    if let Some(at) = lower.find("://") {
        let host = text.get(at + 3..)?.split(['/', '?', '#']).next()?;
        return Some(host.as_bytes().to_vec());
    }
    text.strip_prefix('@').map(|rest| rest.as_bytes().to_vec())
}

fn mend_target(finding: Finding, word: &Word<'_>, parts: &Parts<'_>, target: &[u8]) -> Finding {
    let head = word.text.get(..parts.value_start).unwrap_or_default();
    replace(finding, word, &[head, target].concat())
}

/// A name that no mechanism has.
fn unknown(word: &Word<'_>, parts: &Parts<'_>) -> Finding {
    let lower = word.text.to_ascii_lowercase();
    let core: Vec<u8> = lower.iter().copied().filter(|octet| octet.is_ascii_alphabetic()).collect();
    // `~all.`, `-all)`, `--all`: all, and something that is no letter or digit.
    let is_plain = |octet: &u8| !octet.is_ascii_digit();
    if core == b"all" && lower.iter().all(is_plain) {
        let found =
            finding(45, word, &format!("\"{}\" is \"all\" with something glued to it", shown(word.text)));
        let is_qualified = !parts.qualifier.is_empty();
        let by = [parts.qualifier, b"all"].concat();
        return if is_qualified { replace(found, word, &by) } else { found };
    }
    let (address, _) = split_prefix(word.text.get(parts.qualifier.len()..).unwrap_or_default());
    let text = String::from_utf8_lossy(address);
    let is_v4 = text.parse::<Ipv4Addr>().is_ok();
    if is_v4 || text.parse::<Ipv6Addr>().is_ok() {
        let name = if is_v4 { "ip4" } else { "ip6" };
        let message = format!("\"{}\" is an address without \"{name}:\"", shown(word.text));
        let value = word.text.get(parts.qualifier.len()..).unwrap_or_default();
        return replace(finding(10, word, &message), word, &parts.with(name, value));
    }
    let name_span = word.start + parts.qualifier.len()..word.start + parts.qualifier.len() + parts.name.len();
    let found = Finding::spf(10, format!("unknown mechanism \"{}\"", shown(parts.name)));
    let found = found.at(if parts.name.is_empty() { word.span() } else { name_span });
    let value_is_v4 = split_prefix(parts.value).0.parse_ascii::<Ipv4Addr>();
    let meant = match () {
        () if parts.is("ip") && value_is_v4 => Some("ip4"),
        () if parts.is("ip") => Some("ip6"),
        () => nearest(parts.name, &MECHANISMS),
    };
    let modifier = ["redirect", "exp"].into_iter().find(|modifier| parts.is(modifier));
    if let Some(modifier) = modifier.filter(|_| parts.separator == Some(b':')) {
        let by = [modifier.as_bytes(), b"=", parts.value].concat();
        return replace(found.help(format!("did you mean \"{modifier}=\"?")), word, &by);
    }
    let Some(meant) = meant else {
        let is_name = parts.separator.is_none() && parts.name.contains(&b'.');
        return if is_name {
            found.help("a name needs \"a:\" or \"include:\" in front of it")
        } else {
            found
        };
    };
    let behind = word.text.get(parts.qualifier.len() + parts.name.len()..).unwrap_or_default();
    let whole = [parts.qualifier, meant.as_bytes(), behind].concat();
    let found = found.help(format!("did you mean \"{meant}\"?"));
    replace(found, word, &whole)
}

trait ParseAscii {
    /// Whether the octets are the text of a `T`.
    fn parse_ascii<T: std::str::FromStr>(&self) -> bool;
}

impl ParseAscii for [u8] {
    fn parse_ascii<T: std::str::FromStr>(&self) -> bool {
        std::str::from_utf8(self).is_ok_and(|text| text.parse::<T>().is_ok())
    }
}

/// What the grammar allows although nobody means it.
fn odd(word: &Word<'_>, joints: &[usize]) -> Option<Finding> {
    let parts = Parts::of(word.text);
    if parts.separator == Some(b'=') && parts.is_mechanism() {
        let message =
            format!("\"{}\" is no mechanism but an unknown modifier, which is ignored", shown(word.text));
        return Some(replace(
            finding(19, word, &message),
            word,
            &parts.with(&String::from_utf8_lossy(parts.name), parts.value),
        ));
    }
    let is_target = ["include", "a", "mx", "ptr", "redirect", "exp"].iter().any(|name| parts.is(name));
    if !is_target {
        return None;
    }
    let literal = literals(parts.value);
    if literal.contains(&b':') && !literal.windows(3).any(|window| window == b"://") {
        return glued(word, joints).or_else(|| separated(word));
    }
    if literal.contains(&b'@') || literal.windows(3).any(|window| window == b"://") {
        let message = format!("\"{}\" is a URL or an address", shown(parts.value));
        let found = Finding::spf(20, message).at(parts.value_span(word));
        return Some(bare(parts.value).map_or(found.clone(), |bare| mend_target(found, word, &parts, &bare)));
    }
    separated(word)
}
