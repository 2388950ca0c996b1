//! The grammar of the DKIM-Signature field (RFC 6376 §3.5, §6.1.1).

use super::atps::Delegation;
use super::base64::{base64, decode};
use super::canon_header::Canonicalization;
use super::cause::{Malformed, Unusable};
use super::signature::{Scheme, Signature};
use super::verdict::{Algorithm, Outcome};
use crate::ascii::{is_fws, trim_fws};
use crate::crypto::DIGEST_OCTETS;
use crate::name::{MalformedName, NAME_OCTETS, Name};
use crate::tags::TagList;

/// Digits of a time after which it counts as infinite (RFC 6376 §3.5).
const TIME_DIGITS: usize = 12;
/// Digits of `l=` at most (RFC 6376 §3.5).
pub(crate) const LENGTH_DIGITS: usize = 76;

/// What a signature says of itself, as far as it can be read, even when it is of no use.
#[derive(Clone, Debug, Default)]
pub(super) struct Claims {
    pub(super) domain: Option<Name>,
    pub(super) selector: Option<Name>,
    pub(super) identity: Option<String>,
    pub(super) algorithm: Option<Algorithm>,
    /// The begin of `b=`, without white space.
    pub(super) signature: Option<String>,
    /// `atps=` and `atpsh=`.
    pub(super) delegation: Option<Delegation>,
    /// `r=y`.
    pub(super) wants_report: bool,
    pub(super) has_unknown_tags: bool,
}

/// A DKIM-Signature field of which only the tags were read.
pub(super) struct Draft<'a> {
    tags: TagList<'a>,
    domain: Option<Result<Name, Malformed>>,
    selector: Option<Result<Name, Malformed>>,
}

impl<'a> Draft<'a> {
    /// Reads the value of a field.
    pub(super) fn read(value: &'a [u8]) -> Result<Self, Malformed> {
        let tags = TagList::parse(value)?;
        let domain = tags.value("d").map(domain);
        let selector = tags.value("s").map(selector);
        Ok(Self { tags, domain, selector })
    }

    /// What the signature says of itself; of `b=` so many octets.
    pub(super) fn claims(&self, signature_octets: usize) -> Claims {
        claims(&self.tags, known(&self.domain), known(&self.selector), signature_octets)
    }

    /// The signature, if it could be verified.
    pub(super) fn signature(self) -> Result<Signature<'a>, Outcome> {
        signature(&self.tags, self.domain, self.selector)
    }
}

fn known(name: &Option<Result<Name, Malformed>>) -> Option<Name> {
    name.as_ref()?.as_ref().ok().cloned()
}

fn claims(
    tags: &TagList<'_>,
    domain: Option<Name>,
    selector: Option<Name>,
    signature_octets: usize,
) -> Claims {
    let identity = match tags.value("i") {
        Some(value) => Some(printable(value)),
        None => domain.as_ref().map(|domain| ["@", domain.as_str()].concat()),
    };
    let begin = |value| begin_of_signature(value, signature_octets);
    let signature = tags.value("b").map(begin).filter(|text| !text.is_empty());
    Claims {
        domain,
        selector,
        identity,
        algorithm: tags.value("a").and_then(algorithm),
        signature,
        delegation: tags.value("atps").and_then(|domain| Delegation::parse(domain, tags.value("atpsh"))),
        // RFC 6651 §3.1: "the only legal value is the single character "y"".
        wants_report: tags.value("r") == Some(b"y"),
        has_unknown_tags: tags.iter().any(|tag| !is_known_tag(tag.name)),
    }
}

/// The registry "DKIM Signature Tag Specifications": RFC 6376 §7.2, RFC 6541 §8.4, RFC 6651 §7.1.
fn is_known_tag(name: &str) -> bool {
    match name.as_bytes() {
        [letter] => b"vabcdhilqstxzr".contains(letter),
        name => matches!(name, b"bh" | b"atps" | b"atpsh"),
    }
}

fn signature<'a>(
    tags: &TagList<'a>,
    domain: Option<Result<Name, Malformed>>,
    selector: Option<Result<Name, Malformed>>,
) -> Result<Signature<'a>, Outcome> {
    let [version, algorithm_name, octets, body_hash, _, names, _] =
        required(tags, ["v", "a", "b", "bh", "d", "h", "s"])?;
    // RFC 6376 §6.1.1: an incompatible version.
    if version != b"1" {
        return Err(Malformed::Version.into());
    }
    let scheme = match algorithm(algorithm_name).ok_or(Malformed::Algorithm)? {
        Algorithm::Ed25519Sha256 => Scheme::Ed25519Sha256,
        Algorithm::RsaSha256 => Scheme::RsaSha256,
        // RFC 8301 §3.1: rsa-sha1 must not be verified.
        Algorithm::RsaSha1 => return Err(Unusable::Sha1.into()),
    };
    let octets = base64(octets).ok_or(Malformed::Base64 { tag: "b" })?;
    let body_hash = read_body_hash(body_hash)?;
    let (header_canon, body_canon) = canonicalization(optional(tags, "c")?)?;
    let domain = domain.ok_or(Unusable::MissingTag { tag: "d" })??;
    let selector = selector.ok_or(Unusable::MissingTag { tag: "s" })??;
    let key_name = key_name(&selector, &domain).ok_or(Malformed::Selector)?;
    query_method(optional(tags, "q")?)?;
    let name_count = count_field_names(names)?;
    let length = number(tags, "l", LENGTH_DIGITS)?;
    let timestamp = number(tags, "t", usize::MAX)?;
    let expiry = number(tags, "x", usize::MAX)?;
    let identity = optional(tags, "i")?.map_or(Ok(domain.clone()), identity_domain)?;
    // RFC 6376 §3.5: "The value of the "x=" tag MUST be greater than the value of the "t=" tag if both are present."
    if let (Some(timestamp), Some(expiry)) = (timestamp, expiry)
        && expiry <= timestamp
        && timestamp != u64::MAX
    {
        return Err(Malformed::ExpiresTooEarly.into());
    }
    // RFC 6376 §6.1.1: the domain of i= is d= or below it. Both are A-labels here (RFC 8616 §5).
    if !identity.is_within(&domain) {
        return Err(Unusable::IdentityOutside.into());
    }
    // RFC 6376 §5.4: "The From header field MUST be signed".
    if !list(names).any(|name| name.eq_ignore_ascii_case(b"from")) {
        return Err(Unusable::FromNotSigned.into());
    }
    Ok(Signature {
        scheme,
        octets,
        body_hash,
        header_canon,
        body_canon,
        key_name,
        is_identity_below: identity != domain,
        names,
        name_count,
        length,
        timestamp,
        expiry,
        cut: tags.tag("b").map(|tag| tag.span).unwrap_or_default(),
    })
}

pub(crate) fn required<'a, const N: usize>(
    tags: &TagList<'a>,
    wanted: [&'static str; N],
) -> Result<[&'a [u8]; N], Outcome> {
    let mut values = [&b""[..]; N];
    for (value, tag) in values.iter_mut().zip(wanted) {
        // RFC 6376 §6.1.1: a signature without a required tag.
        *value = tags.value(tag).ok_or(Unusable::MissingTag { tag })?;
        if value.is_empty() {
            return Err(Malformed::Empty { tag }.into());
        }
    }
    Ok(values)
}

/// RFC 6376 §3.2: an empty value is not an absent one; no tag read here may be empty.
pub(crate) fn optional<'a>(tags: &TagList<'a>, tag: &'static str) -> Result<Option<&'a [u8]>, Malformed> {
    match tags.value(tag) {
        Some([]) => Err(Malformed::Empty { tag }),
        value => Ok(value),
    }
}

pub(crate) fn algorithm(value: &[u8]) -> Option<Algorithm> {
    [Algorithm::Ed25519Sha256, Algorithm::RsaSha1, Algorithm::RsaSha256]
        .into_iter()
        .find(|algorithm| algorithm.as_str().as_bytes() == value)
}

/// RFC 6376 §3.5: one name is the header's, and the body's is `simple` then.
pub(crate) fn canonicalization(
    value: Option<&[u8]>,
) -> Result<(Canonicalization, Canonicalization), Malformed> {
    let Some(value) = value else {
        return Ok((Canonicalization::Simple, Canonicalization::Simple));
    };
    let mut names = value.splitn(2, |octet| *octet == b'/').map(trim_fws);
    let header = names.next().and_then(canon).ok_or(Malformed::Canonicalization)?;
    let body =
        names.next().map_or(Some(Canonicalization::Simple), canon).ok_or(Malformed::Canonicalization)?;
    Ok((header, body))
}

fn canon(name: &[u8]) -> Option<Canonicalization> {
    match name {
        b"relaxed" => Some(Canonicalization::Relaxed),
        b"simple" => Some(Canonicalization::Simple),
        _ => None,
    }
}

/// RFC 6376 §3.5: `sub-domain 1*("." sub-domain)`. Underscores and U-labels (RFC 8616 §5) are accepted too.
pub(crate) fn domain(value: &[u8]) -> Result<Name, Malformed> {
    if value.ends_with(b".") {
        return Err(Malformed::DomainShape);
    }
    let name = Name::parse(value).map_err(Malformed::Domain)?;
    if !is_host(&name) {
        return Err(Malformed::Domain(MalformedName::Character));
    }
    if name.label_count() < 2 {
        return Err(Malformed::DomainShape);
    }
    Ok(name)
}

/// RFC 6376 §3.1: `sub-domain *( "." sub-domain )`, and underscores, which are in use.
pub(crate) fn selector(value: &[u8]) -> Result<Name, Malformed> {
    if value.ends_with(b".") {
        return Err(Malformed::Selector);
    }
    Name::parse(value).ok().filter(is_host).ok_or(Malformed::Selector)
}

fn is_host(name: &Name) -> bool {
    name.as_str().bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_'))
}

/// RFC 6376 §3.5: unknown methods are passed over; one of them has to be known.
pub(crate) fn query_method(value: Option<&[u8]>) -> Result<(), Malformed> {
    let is_known = value.is_none_or(|value| list(value).any(|method| method == b"dns/txt"));
    if is_known { Ok(()) } else { Err(Malformed::QueryMethod) }
}

/// RFC 6376 §3.5: `hdr-name *( [FWS] ":" [FWS] hdr-name )`, none of them empty.
pub(crate) fn count_field_names(value: &[u8]) -> Result<usize, Malformed> {
    // Without branches, and in octets: the compiler judges many at once.
    let blanks = |part: &[u8]| part.iter().map(|octet| u8::from(!octet.is_ascii_graphic())).sum::<u8>();
    let blanks: usize = value.chunks(usize::from(u8::MAX)).map(|part| usize::from(blanks(part))).sum();
    let (mut count, mut named) = (0, 0);
    for name in list(value) {
        if name.is_empty() {
            return Err(Malformed::HeaderNames);
        }
        count += 1;
        named += name.len();
    }
    // Whatever else there is has to be white space around the names, and a colon between two.
    let around = value.len() + 1 - named - count;
    if blanks == around { Ok(count) } else { Err(Malformed::HeaderNames) }
}

/// A number of at most `max` digits; one that is too large to count with is as large as can be.
pub(crate) fn number(tags: &TagList<'_>, tag: &'static str, max: usize) -> Result<Option<u64>, Malformed> {
    let Some(value) = optional(tags, tag)? else {
        return Ok(None);
    };
    if value.len() > max || !value.iter().all(u8::is_ascii_digit) {
        return Err(Malformed::Number { tag });
    }
    // RFC 6376 §3.5: a time of more than 12 digits may be considered to be infinite.
    let is_infinite = max > LENGTH_DIGITS && value.len() > TIME_DIGITS;
    let digits = value.iter().map(|digit| u64::from(digit - b'0'));
    let number = digits.fold(0_u64, |number, digit| number.saturating_mul(10).saturating_add(digit));
    Ok(Some(if is_infinite { u64::MAX } else { number }))
}

/// The domain of `i=`: what follows the last at sign of the decoded identity (RFC 6376 §3.5).
pub(crate) fn identity_domain(value: &[u8]) -> Result<Name, Malformed> {
    let identity = quoted_printable(value).ok_or(Malformed::Identity)?;
    let at = identity.iter().rposition(|octet| *octet == b'@').ok_or(Malformed::Identity)?;
    Name::parse(identity.get(at + 1..).unwrap_or_default()).map_err(|_| Malformed::Identity)
}

/// RFC 6376 §2.11: white space is removed, then `=` and two upper-case hexadecimal digits are an octet.
pub(super) fn quoted_printable(value: &[u8]) -> Option<Vec<u8>> {
    let mut octets = value.iter().copied().filter(|octet| !is_fws(*octet));
    let mut decoded = Vec::with_capacity(value.len());
    while let Some(octet) = octets.next() {
        decoded.push(match octet {
            b'=' => hex_digit(octets.next()?)? << 4 | hex_digit(octets.next()?)?,
            octet => octet,
        });
    }
    Some(decoded)
}

const fn hex_digit(octet: u8) -> Option<u8> {
    match octet {
        b'0'..=b'9' => Some(octet - b'0'),
        b'A'..=b'F' => Some(octet - b'A' + 10),
        _ => None,
    }
}

/// `bh=`.
pub(crate) fn read_body_hash(value: &[u8]) -> Result<[u8; DIGEST_OCTETS], Malformed> {
    // A group of base64 has three octets at most, and no whole hash is larger.
    let mut octets = [0; DIGEST_OCTETS.next_multiple_of(3)];
    let hash = match decode(value, &mut octets) {
        Ok(hash) => hash.try_into(),
        // Too long, if it is base64 at all.
        Err(_) => base64(value).ok_or(Malformed::Base64 { tag: "bh" })?.as_slice().try_into(),
    };
    hash.map_err(|_| Malformed::BodyHashLength)
}

/// `s._domainkey.d` (RFC 6376 §3.6.2.1).
fn key_name(selector: &Name, domain: &Name) -> Option<Name> {
    let parts = [selector.as_str(), "._domainkey.", domain.as_str()];
    let mut octets = [0; 3 * NAME_OCTETS];
    let mut written = 0;
    for part in parts {
        octets.get_mut(written..)?.get_mut(..part.len())?.copy_from_slice(part.as_bytes());
        written += part.len();
    }
    Name::parse(octets.get(..written)?).ok()
}

/// The first octets of `b=`, without white space.
fn begin_of_signature(value: &[u8], most: usize) -> String {
    let begin = value.get(..most).unwrap_or(value);
    if let Ok(text) = std::str::from_utf8(begin)
        && is_printable(text)
    {
        return text.to_owned();
    }
    let dense = value.iter().copied().filter(|octet| !is_fws(*octet)).take(most);
    let mut octets = Vec::with_capacity(most);
    octets.extend(dense);
    match String::from_utf8(octets) {
        Ok(text) if is_printable(&text) => text,
        Ok(text) => printable(text.as_bytes()),
        Err(other) => printable(other.as_bytes()),
    }
}

/// The elements of a colon-separated list, without white space around them.
pub(crate) fn list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    // Names are short: to look for a colon octet by octet takes less than to begin a search.
    value.split(|octet| *octet == b':').map(trim_fws)
}

/// A value without white space, safe to show: control characters become question marks.
fn printable(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    if is_printable(&text) {
        return text.into_owned();
    }
    text.chars()
        .filter(|character| !matches!(character, ' ' | '\t' | '\r' | '\n'))
        .map(|character| if character.is_control() { '?' } else { character })
        .collect()
}

fn is_printable(text: &str) -> bool {
    text.bytes().all(|octet| octet.is_ascii_graphic())
}
