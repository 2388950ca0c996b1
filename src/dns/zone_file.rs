//! A zone written as a master file (RFC 1035 §5).
//!
//! ```text
//! $ORIGIN example.com.
//! $TTL 1h
//! @               IN MX  10 mx
//!                 IN TXT "v=spf1 mx -all"
//! key._domainkey  IN TXT ( "v=DKIM1; k=rsa; "
//!                          "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GN" )
//! ```
//!
//! Records of types this crate never asks for let their owner exist and are else passed over, so a DNAME redirects
//! nothing. The octets of a string are those of the text in UTF-8.

use super::zone_entry::{Entries, Word};
use super::{Kind, Mx, Records, Txt, Zone};
use crate::name::{MalformedName, Name};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// TTL of records in a file that states none, not even in an SOA record.
const TTL: u32 = 3600;
/// Octets of one string of a TXT record at most (RFC 1035 §3.3).
const STRING_OCTETS: usize = 255;

/// Types that this crate never asks for.
const OTHER_TYPES: &str = "\
    AFSDB APL CAA CDNSKEY CDS CERT CSYNC DHCID DNAME DNSKEY DS EUI48 EUI64 HINFO HIP HTTPS IPSECKEY \
    KEY KX LOC MINFO NAPTR NID NS NSAP NSEC NSEC3 NSEC3PARAM OPENPGPKEY RP RRSIG SIG SMIMEA SOA SPF SRV \
    SSHFP SVCB TLSA URI WALLET WKS X25 ZONEMD";

/// Why a text is no master file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {defect}")]
pub struct MalformedZoneFile {
    /// The line on which the entry begins, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub defect: ZoneFileDefect,
}

/// What is wrong with an entry of a master file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ZoneFileDefect {
    /// A second CNAME record at one name.
    #[error("a second CNAME at this name")]
    Alias,
    /// A class other than IN.
    #[error("only class IN is read")]
    Class,
    /// Record data that are not of the type.
    #[error("the data must be {0}")]
    Data(&'static str),
    /// A directive other than `$ORIGIN` and `$TTL`, or one without its one argument. Nothing is included: a zone is
    /// one text.
    #[error("only $ORIGIN and $TTL with one argument are read")]
    Directive,
    /// `\` before the end of the text, or `\DDD` that is no octet.
    #[error("\\DDD needs three digits up to 255")]
    Escape,
    /// A text that is no domain name.
    #[error("no domain name: {0}")]
    Name(MalformedName),
    /// A name without a final dot, with no origin to add.
    #[error("a relative name without an origin")]
    Origin,
    /// An entry that begins with white space, with no owner before it.
    #[error("no owner")]
    Owner,
    /// A parenthesis without its counterpart.
    #[error("unbalanced parenthesis")]
    Parenthesis,
    /// A string without its closing quote.
    #[error("a quote is not closed")]
    Quote,
    /// A string of more than 255 octets.
    #[error("a string of more than 255 octets")]
    StringTooLong,
    /// No type, or one that does not exist.
    #[error("no known record type")]
    Type,
}

impl Zone {
    /// Reads a zone from a master file. `origin` is what relative names end with before a `$ORIGIN` says otherwise.
    ///
    /// A TTL that is not stated is that of `$TTL` (RFC 2308 §4), or the last one stated (RFC 1035 §5.1), or the
    /// MINIMUM field of the SOA record, or an hour.
    ///
    /// # Errors
    /// [`MalformedZoneFile`] says what is wrong, and where.
    pub fn from_master_file(text: &str, origin: Option<Name>) -> Result<Self, MalformedZoneFile> {
        let mut entries = Entries::new(text);
        let mut reader = Reader { origin, ..Reader::default() };
        reader
            .read(&mut entries)
            .map_err(|defect| MalformedZoneFile { line: entries.entry_line(), defect })?;
        Ok(reader.into_zone())
    }
}

#[derive(Default)]
struct Reader {
    zone: Zone,
    /// The record sets so far, with their smallest TTL (RFC 2181 §5.2).
    sets: BTreeMap<(Name, Kind), (Records, u32)>,
    aliases: BTreeMap<Name, (Name, u32)>,
    origin: Option<Name>,
    owner: Option<Name>,
    /// From `$TTL`.
    default_ttl: Option<u32>,
    last_ttl: Option<u32>,
    soa_minimum: Option<u32>,
}

impl Reader {
    fn read(&mut self, entries: &mut Entries<'_>) -> Result<(), ZoneFileDefect> {
        while let Some(entry) = entries.next()? {
            match entry.words.as_slice() {
                [first, rest @ ..] if first.is_plain() && first.octets.starts_with(b"$") => {
                    self.directive(&first.octets, rest)?;
                }
                words if entry.indented => self.record(words)?,
                [owner, rest @ ..] => {
                    self.owner = Some(self.name(owner)?);
                    self.record(rest)?;
                }
                [] => {}
            }
        }
        Ok(())
    }

    fn directive(&mut self, directive: &[u8], arguments: &[Word]) -> Result<(), ZoneFileDefect> {
        let [argument] = arguments else {
            return Err(ZoneFileDefect::Directive);
        };
        if directive.eq_ignore_ascii_case(b"$ORIGIN") {
            self.origin = Some(self.name(argument)?);
        } else if directive.eq_ignore_ascii_case(b"$TTL") {
            self.default_ttl = Some(ttl(&argument.octets).ok_or(ZoneFileDefect::Data("a TTL"))?);
        } else {
            return Err(ZoneFileDefect::Directive);
        }
        Ok(())
    }

    /// RFC 1035 §5.1: `[<TTL>] [<class>] <type> <RDATA>`, or with class and TTL the other way round.
    fn record(&mut self, mut words: &[Word]) -> Result<(), ZoneFileDefect> {
        let owner = self.owner.clone().ok_or(ZoneFileDefect::Owner)?;
        let mut stated = None;
        let (mnemonic, data) = loop {
            let [word, rest @ ..] = words else {
                return Err(ZoneFileDefect::Type);
            };
            if let Some(seconds) = ttl(&word.octets) {
                stated = Some(seconds);
            } else if !is_class(word)? {
                break (word.octets.to_ascii_uppercase(), rest);
            }
            words = rest;
        };
        self.last_ttl = stated.or(self.last_ttl);
        self.typed(owner, &mnemonic, data, stated)
    }

    fn typed(
        &mut self,
        owner: Name,
        mnemonic: &[u8],
        data: &[Word],
        stated: Option<u32>,
    ) -> Result<(), ZoneFileDefect> {
        if mnemonic == b"SOA" {
            self.soa_minimum = Some(soa_minimum(data)?);
        }
        let ttl = stated.or(self.default_ttl).or(self.last_ttl).or(self.soa_minimum).unwrap_or(TTL);
        if mnemonic == b"CNAME" {
            let target = self.only_name(data)?;
            return match self.aliases.insert(owner, (target, ttl)) {
                None => Ok(()),
                Some(_) => Err(ZoneFileDefect::Alias),
            };
        }
        match Kind::ALL.into_iter().find(|kind| kind.mnemonic().as_bytes() == mnemonic) {
            Some(kind) => {
                let records = self.records(kind, data)?;
                self.add(owner, records, ttl);
            }
            None if is_other_type(mnemonic) => self.zone.insert_name(owner),
            None => return Err(ZoneFileDefect::Type),
        }
        Ok(())
    }

    fn records(&self, kind: Kind, data: &[Word]) -> Result<Records, ZoneFileDefect> {
        Ok(match kind {
            Kind::A => Records::A(vec![only::<Ipv4Addr>(data, "an IPv4 address")?]),
            Kind::Aaaa => Records::Aaaa(vec![only::<Ipv6Addr>(data, "an IPv6 address")?]),
            Kind::Mx => {
                let [preference, exchange] = data else {
                    return Err(ZoneFileDefect::Data("a preference and an exchange"));
                };
                let preference = only(std::slice::from_ref(preference), "a preference and an exchange")?;
                Records::Mx(vec![Mx { preference, exchange: self.name(exchange)? }])
            }
            Kind::Ptr => Records::Ptr(vec![self.only_name(data)?]),
            Kind::Txt => Records::Txt(vec![txt(data)?]),
        })
    }

    fn only_name(&self, data: &[Word]) -> Result<Name, ZoneFileDefect> {
        match data {
            [name] => self.name(name),
            _ => Err(ZoneFileDefect::Data("one name")),
        }
    }

    fn name(&self, word: &Word) -> Result<Name, ZoneFileDefect> {
        if word.is(b".") {
            return Ok(Name::root());
        }
        if word.literal_dot {
            return Err(ZoneFileDefect::Name(MalformedName::Character));
        }
        if word.is(b"@") {
            return self.origin.clone().ok_or(ZoneFileDefect::Origin);
        }
        let mut text = word.octets.clone();
        if !text.ends_with(b".") {
            let origin = self.origin.as_ref().ok_or(ZoneFileDefect::Origin)?;
            text.push(b'.');
            text.extend_from_slice(origin.as_str().as_bytes());
        }
        Name::parse(text).map_err(ZoneFileDefect::Name)
    }

    fn add(&mut self, owner: Name, records: Records, ttl: u32) {
        match self.sets.entry((owner, records.kind())) {
            Entry::Occupied(mut set) => {
                let (present, least) = set.get_mut();
                join(present, records);
                *least = ttl.min(*least);
            }
            Entry::Vacant(place) => {
                place.insert((records, ttl));
            }
        }
    }

    fn into_zone(mut self) -> Zone {
        for ((owner, _), (records, ttl)) in self.sets {
            self.zone.insert(owner, records, Duration::from_secs(ttl.into()));
        }
        for (owner, (target, ttl)) in self.aliases {
            self.zone.insert_alias(owner, target, Duration::from_secs(ttl.into()));
        }
        self.zone
    }
}

/// Adds records of the same kind; a record is in a set once (RFC 2181 §5).
fn join(set: &mut Records, more: Records) {
    match (set, more) {
        (Records::A(set), Records::A(more)) => join_new(set, more),
        (Records::Aaaa(set), Records::Aaaa(more)) => join_new(set, more),
        (Records::Mx(set), Records::Mx(more)) => join_new(set, more),
        (Records::Ptr(set), Records::Ptr(more)) => join_new(set, more),
        (Records::Txt(set), Records::Txt(more)) => join_new(set, more),
        _ => {}
    }
}

fn join_new<T: PartialEq>(set: &mut Vec<T>, more: Vec<T>) {
    for record in more {
        if !set.contains(&record) {
            set.push(record);
        }
    }
}

fn txt(data: &[Word]) -> Result<Txt, ZoneFileDefect> {
    let [first, ..] = data else {
        return Err(ZoneFileDefect::Data("one or more strings"));
    };
    // RFC 3597 §5: `\#` begins data in hexadecimal.
    if first.escaped && !first.quoted && first.octets == b"#" {
        return Err(ZoneFileDefect::Data("one or more strings"));
    }
    if data.iter().any(|string| string.octets.len() > STRING_OCTETS) {
        return Err(ZoneFileDefect::StringTooLong);
    }
    Ok(Txt::new(data.iter().map(|string| &string.octets)))
}

/// The MINIMUM field, the last of seven (RFC 1035 §3.3.13).
fn soa_minimum(data: &[Word]) -> Result<u32, ZoneFileDefect> {
    let minimum = match data {
        [_, _, _, _, _, _, minimum] => ttl(&minimum.octets),
        _ => None,
    };
    minimum.ok_or(ZoneFileDefect::Data("the seven fields of SOA"))
}

fn only<T: std::str::FromStr>(data: &[Word], what: &'static str) -> Result<T, ZoneFileDefect> {
    let parsed = match data {
        [word] => std::str::from_utf8(&word.octets).ok().and_then(|text| text.parse().ok()),
        _ => None,
    };
    parsed.ok_or(ZoneFileDefect::Data(what))
}

/// Seconds, or the units of other readers: `1h30m`.
fn ttl(text: &[u8]) -> Option<u32> {
    let mut total = 0_u32;
    let mut number = None;
    for octet in text {
        if octet.is_ascii_digit() {
            let digit = u32::from(octet - b'0');
            number = Some(number.unwrap_or(0_u32).checked_mul(10)?.checked_add(digit)?);
            continue;
        }
        let unit = match octet.to_ascii_lowercase() {
            b's' => 1,
            b'm' => 60,
            b'h' => 3600,
            b'd' => 86_400,
            b'w' => 604_800,
            _ => return None,
        };
        total = total.checked_add(number.take()?.checked_mul(unit)?)?;
    }
    match number {
        Some(seconds) => total.checked_add(seconds),
        None if text.is_empty() => None,
        None => Some(total),
    }
}

fn is_class(word: &Word) -> Result<bool, ZoneFileDefect> {
    match word.octets.to_ascii_uppercase().as_slice() {
        b"IN" => Ok(true),
        b"CH" | b"CS" | b"HS" => Err(ZoneFileDefect::Class),
        _ => Ok(false),
    }
}

fn is_other_type(mnemonic: &[u8]) -> bool {
    // RFC 3597 §5: `TYPE` and a number is any type.
    match mnemonic.strip_prefix(b"TYPE") {
        Some(number) => !number.is_empty() && number.iter().all(u8::is_ascii_digit),
        None => OTHER_TYPES.split(' ').any(|other| other.as_bytes() == mnemonic),
    }
}
