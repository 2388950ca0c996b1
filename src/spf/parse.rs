//! The grammar of RFC 7208 §12: one function for each rule, in the order of the ABNF.

use super::macros::{Delimiters, DomainSpec, Letter, Macro, MacroString, Segment};
use super::malformed::{Flaw, MalformedRecord, shown};
use super::record::{Directive, Mechanism, Modifier, Prefixes, Qualifier, Term};
use crate::cursor::Cursor;

/// Where a rule failed, in octets from the beginning of what it read, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct At(usize, Flaw);

type Parsed<T> = Result<T, At>;

/// Octets of a term that may be taken for two glued ones: as many as two strings of a TXT record hold. Every joint in
/// it is tried, so the work is bounded however short the strings are.
const GLUED_OCTETS: usize = 2 * 255;

fn fail<T>(cursor: &Cursor<'_>, flaw: Flaw) -> Parsed<T> {
    Err(At(cursor.offset(), flaw))
}

/// RFC 7208 §4.5: the version section is exactly `v=spf1`, ended by a space or by the end of the record.
pub(super) fn begins_with_version(text: &[u8]) -> bool {
    let mut cursor = Cursor::new(text);
    cursor.eat_word(b"v=spf1") && matches!(cursor.peek(), None | Some(b' '))
}

/// `record = version terms *SP`
pub(super) fn record(text: &[u8]) -> Result<Vec<Term>, MalformedRecord> {
    if !begins_with_version(text) {
        return Err(malformed(0, text, At(0, Flaw::Version)));
    }
    // One allocation for the records of life; a text of nothing but spaces gets no more room than they do.
    let mut terms = Vec::with_capacity(memchr::memchr_iter(b' ', text).count().min(32));
    for (offset, text) in words(text).skip(1) {
        let parsed = term(text).and_then(|parsed| refuse_second(&terms, &parsed).map(|()| parsed));
        match parsed {
            Ok(parsed) => terms.push(parsed),
            Err(at) => return Err(malformed(offset, text, at)),
        }
    }
    Ok(terms)
}

impl MalformedRecord {
    /// Says so if the term of this error is two good terms glued at one of `joints`.
    pub(super) fn judge_joints(mut self, text: &[u8], joints: &[usize]) -> Self {
        let Some((start, word)) =
            words(text).find(|(start, word)| (*start..=start + word.len()).contains(&self.offset))
        else {
            return self;
        };
        if word.len() > GLUED_OCTETS {
            return self;
        }
        self.glued_at = joints.iter().copied().find(|joint| {
            let halves = joint.checked_sub(start).and_then(|at| word.split_at_checked(at));
            halves.is_some_and(|(left, right)| term(left).is_ok() && term(right).is_ok())
        });
        self
    }
}

/// The words between spaces with their offsets.
fn words(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    text.split(|octet| *octet == b' ')
        .scan(0, |next, word| {
            let offset = *next;
            *next += word.len() + 1;
            Some((offset, word))
        })
        .filter(|(_, word)| !word.is_empty())
}

fn malformed(offset: usize, term: &[u8], At(within, flaw): At) -> MalformedRecord {
    MalformedRecord { offset: offset + within, flaw, term: shown(term).into(), glued_at: None }
}

/// RFC 7208 §6: redirect and exp must not appear more than once each.
fn refuse_second(terms: &[Term], term: &Term) -> Parsed<()> {
    let same = |other: &Term| match (term, other) {
        (Term::Modifier(Modifier::Explanation(_)), Term::Modifier(Modifier::Explanation(_))) => true,
        (Term::Modifier(Modifier::Redirect(_)), Term::Modifier(Modifier::Redirect(_))) => true,
        (Term::Directive(_) | Term::Modifier(_), _) => false,
    };
    match term {
        Term::Modifier(Modifier::Explanation(_) | Modifier::Redirect(_)) if terms.iter().any(same) => {
            Err(At(0, Flaw::DuplicateModifier))
        }
        Term::Directive(_) | Term::Modifier(_) => Ok(()),
    }
}

/// `directive / modifier`
fn term(text: &[u8]) -> Parsed<Term> {
    // No rule takes a character that is not allowed, so it is sought only to name it.
    directive_or_modifier(text).map_err(|at| match text.iter().position(|octet| !octet.is_ascii_graphic()) {
        Some(offset) => At(offset, Flaw::Character),
        None => at,
    })
}

fn directive_or_modifier(text: &[u8]) -> Parsed<Term> {
    let mut cursor = Cursor::new(text);
    let begins_alphabetic = cursor.peek().is_some_and(|octet| octet.is_ascii_alphabetic());
    let name = take_name(&mut cursor);
    if begins_alphabetic && cursor.eat(b'=') {
        return modifier(name, &cursor).map(Term::Modifier);
    }
    directive(text).map(Term::Directive)
}

/// `name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." )`
fn take_name<'a>(cursor: &mut Cursor<'a>) -> &'a [u8] {
    cursor.take_while(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.'))
}

/// `directive = [ qualifier ] mechanism`
fn directive(text: &[u8]) -> Parsed<Directive> {
    let mut cursor = Cursor::new(text);
    let qualifier = qualifier(&mut cursor);
    let mechanism = mechanism(&mut cursor)?;
    Ok(Directive { qualifier, mechanism })
}

/// `qualifier = "+" / "-" / "?" / "~"`
fn qualifier(cursor: &mut Cursor<'_>) -> Qualifier {
    for (octet, qualifier) in [
        (b'-', Qualifier::Fail),
        (b'~', Qualifier::Softfail),
        (b'?', Qualifier::Neutral),
        (b'+', Qualifier::Pass),
    ] {
        if cursor.eat(octet) {
            return qualifier;
        }
    }
    Qualifier::Pass
}

/// `mechanism = ( all / include / a / mx / ptr / ip4 / ip6 / exists )`
fn mechanism(cursor: &mut Cursor<'_>) -> Parsed<Mechanism> {
    let start = *cursor;
    let name = take_name(cursor);
    let is = |word: &[u8]| name.eq_ignore_ascii_case(word);
    if is(b"ip4") {
        ip4(cursor)
    } else if is(b"ip6") {
        ip6(cursor)
    } else if is(b"include") {
        required_target(cursor).map(Mechanism::Include)
    } else if is(b"all") {
        at_end(cursor).map(|()| Mechanism::All)
    } else if is(b"a") {
        hosts(cursor).map(|(target, prefixes)| Mechanism::A { target, prefixes })
    } else if is(b"mx") {
        hosts(cursor).map(|(target, prefixes)| Mechanism::Mx { target, prefixes })
    } else if is(b"exists") {
        required_target(cursor).map(Mechanism::Exists)
    } else if is(b"ptr") {
        ptr(cursor).map(Mechanism::Ptr)
    } else {
        fail(&start, Flaw::UnknownMechanism)
    }
}

fn at_end(cursor: &Cursor<'_>) -> Parsed<()> {
    if cursor.is_at_end() { Ok(()) } else { fail(cursor, Flaw::Trailing) }
}

/// `":" domain-spec`, where it must stand.
fn required_target(cursor: &mut Cursor<'_>) -> Parsed<DomainSpec> {
    if !cursor.eat(b':') {
        return fail(cursor, if cursor.is_at_end() { Flaw::DomainMissing } else { Flaw::Trailing });
    }
    domain_spec(cursor.rest(), cursor.offset())
}

/// `[ ":" domain-spec ] [ dual-cidr-length ]`
fn hosts(cursor: &mut Cursor<'_>) -> Parsed<(Option<DomainSpec>, Prefixes)> {
    let offset = cursor.offset();
    let (before, prefixes) = split_prefixes(cursor.rest(), offset)?;
    match before {
        [] => Ok((None, prefixes)),
        [b':', spec @ ..] => Ok((Some(domain_spec(spec, offset + 1)?), prefixes)),
        [b'/', ..] => fail(cursor, Flaw::PrefixLength),
        _ => fail(cursor, Flaw::Trailing),
    }
}

/// `ptr = "ptr" [ ":" domain-spec ]`
fn ptr(cursor: &mut Cursor<'_>) -> Parsed<Option<DomainSpec>> {
    if cursor.is_at_end() {
        return Ok(None);
    }
    required_target(cursor).map(Some)
}

/// `ip4 = "ip4" ":" ip4-network [ ip4-cidr-length ]`
fn ip4(cursor: &mut Cursor<'_>) -> Parsed<Mechanism> {
    let (offset, network) = network(cursor)?;
    // `qnum` and the parser of the standard library agree: four decimal numbers without leading zeros.
    let network = parse_network(network).ok_or(At(offset, Flaw::Network))?;
    Ok(Mechanism::Ip4 { network, prefix: prefix(cursor, 32)? })
}

/// `ip6 = "ip6" ":" ip6-network [ ip6-cidr-length ]`
fn ip6(cursor: &mut Cursor<'_>) -> Parsed<Mechanism> {
    let (offset, network) = network(cursor)?;
    let network = parse_network(network).ok_or(At(offset, Flaw::Network))?;
    Ok(Mechanism::Ip6 { network, prefix: prefix(cursor, 128)? })
}

fn network<'a>(cursor: &mut Cursor<'a>) -> Parsed<(usize, &'a [u8])> {
    if !cursor.eat(b':') {
        return fail(cursor, Flaw::Network);
    }
    Ok((cursor.offset(), cursor.take_while(|octet| octet != b'/')))
}

fn parse_network<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// `ip4-cidr-length` or `ip6-cidr-length`, which end the term.
fn prefix(cursor: &mut Cursor<'_>, most: u8) -> Parsed<Option<u8>> {
    if !cursor.eat(b'/') {
        return at_end(cursor).map(|()| None);
    }
    prefix_number(cursor.rest(), most).map(Some).ok_or(At(cursor.offset(), Flaw::PrefixLength))
}

/// `"0" / %x31-39 0*2DIGIT`, within its range.
fn prefix_number(digits: &[u8], most: u8) -> Option<u8> {
    let has_leading_zero = matches!(digits, [b'0', _, ..]);
    if digits.is_empty() || has_leading_zero {
        return None;
    }
    let number = digits.iter().try_fold(0_u8, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| digit - b'0')?;
        number.checked_mul(10)?.checked_add(digit)
    })?;
    (number <= most).then_some(number)
}

/// `dual-cidr-length = [ ip4-cidr-length ] [ "/" ip6-cidr-length ]` at the end of `text`, and what stands before it.
/// It is read from the right: a domain-spec may hold slashes, but cannot end in one and digits.
fn split_prefixes(text: &[u8], offset: usize) -> Parsed<(&[u8], Prefixes)> {
    let mut prefixes = Prefixes::default();
    let (mut before, mut digits) = split_digits(text);
    if let Some(rest) = before.strip_suffix(b"//") {
        prefixes.v6 = Some(prefix_or_flaw(offset + before.len(), digits, 128)?);
        (before, digits) = split_digits(rest);
        if digits.is_empty() {
            return Ok((rest, prefixes));
        }
        let Some(rest) = before.strip_suffix(b"/") else {
            return Ok((rest, prefixes));
        };
        prefixes.v4 = Some(prefix_or_flaw(offset + before.len(), digits, 32)?);
        return Ok((rest, prefixes));
    }
    let Some(rest) = before.strip_suffix(b"/") else {
        return Ok((text, prefixes));
    };
    prefixes.v4 = Some(prefix_or_flaw(offset + before.len(), digits, 32)?);
    Ok((rest, prefixes))
}

fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let digits = text.iter().rev().take_while(|octet| octet.is_ascii_digit()).count();
    text.split_at_checked(text.len() - digits).unwrap_or((text, &[]))
}

fn prefix_or_flaw(offset: usize, digits: &[u8], most: u8) -> Parsed<u8> {
    prefix_number(digits, most).ok_or(At(offset, Flaw::PrefixLength))
}

/// `modifier = redirect / explanation / unknown-modifier`; the cursor stands behind the equals sign.
fn modifier(name: &[u8], cursor: &Cursor<'_>) -> Parsed<Modifier> {
    let (offset, value) = (cursor.offset(), cursor.rest());
    if name.eq_ignore_ascii_case(b"redirect") {
        return domain_spec(value, offset).map(Modifier::Redirect);
    }
    if name.eq_ignore_ascii_case(b"exp") {
        return domain_spec(value, offset).map(Modifier::Explanation);
    }
    let value = macro_string(value, offset, Within::UnknownModifier)?;
    Ok(Modifier::Unknown { name: String::from_utf8_lossy(name).into(), value })
}

/// `domain-spec = macro-string domain-end`
fn domain_spec(text: &[u8], offset: usize) -> Parsed<DomainSpec> {
    if text.is_empty() {
        return Err(At(offset, Flaw::DomainMissing));
    }
    let parsed = macro_string(text, offset, Within::DomainSpec)?;
    if !ends_as_domain(&parsed) {
        return Err(At(offset, Flaw::DomainEnd));
    }
    Ok(DomainSpec::new(parsed))
}

/// `domain-end = ( "." toplabel [ "." ] ) / macro-expand`
fn ends_as_domain(text: &MacroString) -> bool {
    match text.segments().last() {
        Some(Segment::Literal(literal)) => {
            let literal = literal.strip_suffix('.').unwrap_or(literal);
            literal.rsplit_once('.').is_some_and(|(_, label)| is_toplabel(label.as_bytes()))
        }
        Some(Segment::Macro(_) | Segment::Percent | Segment::Space | Segment::UrlSpace) => true,
        None => false,
    }
}

/// `toplabel = ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum )`
fn is_toplabel(label: &[u8]) -> bool {
    let (Some(first), Some(last)) = (label.first(), label.last()) else {
        return false;
    };
    first.is_ascii_alphanumeric()
        && last.is_ascii_alphanumeric()
        && label.iter().all(|octet| octet.is_ascii_alphanumeric() || *octet == b'-')
        && !label.iter().all(u8::is_ascii_digit)
}

/// Where a macro string stands: spaces and some letters are allowed in explanations only.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    DomainSpec,
    Explanation,
    UnknownModifier,
}

/// `explain-string = *( macro-string / SP )`
pub(super) fn explain_string(text: &[u8]) -> Option<MacroString> {
    macro_string(text, 0, Within::Explanation).ok()
}

/// `macro-string = *( macro-expand / macro-literal )`
fn macro_string(text: &[u8], offset: usize, within: Within) -> Parsed<MacroString> {
    let is_literal = |octet: u8| {
        octet != b'%' && (octet.is_ascii_graphic() || octet == b' ' && within == Within::Explanation)
    };
    let mut cursor = Cursor::new(text);
    let mut segments = Vec::new();
    while let Some(octet) = cursor.peek() {
        let start = offset + cursor.offset();
        if octet == b'%' {
            segments.push(macro_expand(&mut cursor, within).map_err(|flaw| At(start, flaw))?);
            continue;
        }
        let literal = cursor.take_while(is_literal);
        if literal.is_empty() {
            return Err(At(start, Flaw::Character));
        }
        segments.push(Segment::Literal(String::from_utf8_lossy(literal).into()));
    }
    Ok(MacroString::new(segments))
}

/// `macro-expand = ( "%{" macro-letter transformers *delimiter "}" ) / "%%" / "%_" / "%-"`
fn macro_expand(cursor: &mut Cursor<'_>, within: Within) -> Result<Segment, Flaw> {
    cursor.eat(b'%');
    match cursor.next() {
        Some(b'%') => Ok(Segment::Percent),
        Some(b'_') => Ok(Segment::Space),
        Some(b'-') => Ok(Segment::UrlSpace),
        Some(b'{') => braced(cursor, within).map(Segment::Macro),
        _ => Err(Flaw::Macro),
    }
}

fn braced(cursor: &mut Cursor<'_>, within: Within) -> Result<Macro, Flaw> {
    let octet = cursor.next().ok_or(Flaw::Macro)?;
    let letter = Letter::of(octet).ok_or(Flaw::MacroLetter)?;
    // RFC 7208 §7.2: c, r and t are allowed only in explanations. An unknown modifier is never expanded; by its
    // grammar it may hold any letter, and §6 wants it ignored.
    if letter.is_for_explanations() && within == Within::DomainSpec {
        return Err(Flaw::ExplanationMacro);
    }
    let parts = parts(cursor.take_while(|octet| octet.is_ascii_digit()))?;
    let reversed = cursor.eat_word(b"r");
    let delimiters =
        cursor.take_while(|octet| matches!(octet, b'.' | b'-' | b'+' | b',' | b'/' | b'_' | b'='));
    if !cursor.eat(b'}') {
        return Err(Flaw::Macro);
    }
    let escaped = octet.is_ascii_uppercase();
    Ok(Macro { letter, escaped, parts, reversed, delimiters: Delimiters::new(delimiters) })
}

/// RFC 7208 §7.3: the number must not be zero; more than there are parts means all of them.
fn parts(digits: &[u8]) -> Result<Option<u32>, Flaw> {
    if digits.is_empty() {
        return Ok(None);
    }
    let number = digits.iter().fold(0_u32, |number, digit| {
        number.saturating_mul(10).saturating_add(u32::from(digit.saturating_sub(b'0')))
    });
    if number == 0 { Err(Flaw::MacroParts) } else { Ok(Some(number)) }
}
