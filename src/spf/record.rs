//! A published policy as a value (RFC 7208 §4.6, §5, §6). Every type prints what it was parsed from, in canonical
//! form: names in lower case, one space between terms, no `+`.

use super::dotted::Dotted;
use super::macros::{DomainSpec, MacroString};
use super::malformed::MalformedRecord;
use super::parse;
use crate::cidr::{v4_within, v6_within};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A record whose syntax holds from beginning to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    terms: Box<[Term]>,
    /// Which term is the `redirect=` that counts.
    redirect: Option<usize>,
}

/// A directive or a modifier (RFC 7208 §4.6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// A mechanism with its qualifier.
    Directive(Directive),
    /// `name=value`.
    Modifier(Modifier),
}

/// A mechanism, and the result it gives when it matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// The result when it matches.
    pub qualifier: Qualifier,
    /// What must match.
    pub mechanism: Mechanism,
}

/// The result of a directive that matches (RFC 7208 §4.6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Qualifier {
    /// `+`, which may be left out.
    Pass,
    /// `-`
    Fail,
    /// `~`
    Softfail,
    /// `?`
    Neutral,
}

/// What a client is compared with (RFC 7208 §5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// The addresses of a name (§5.3).
    A {
        /// The name; `None` for the domain of the record.
        target: Option<DomainSpec>,
        /// How much of an address must be equal.
        prefixes: Prefixes,
    },
    /// Everybody (§5.1).
    All,
    /// Whether a name has an A record (§5.7).
    Exists(DomainSpec),
    /// Whether another domain's record gives `pass` (§5.2).
    Include(DomainSpec),
    /// An IPv4 network (§5.6).
    Ip4 {
        /// The address in the network, host bits as written.
        network: Ipv4Addr,
        /// 0 to 32; `None` means 32.
        prefix: Option<u8>,
    },
    /// An IPv6 network (§5.6).
    Ip6 {
        /// The address in the network, host bits as written.
        network: Ipv6Addr,
        /// 0 to 128; `None` means 128.
        prefix: Option<u8>,
    },
    /// The addresses of the mail exchanges of a name (§5.4).
    Mx {
        /// The name; `None` for the domain of the record.
        target: Option<DomainSpec>,
        /// How much of an address must be equal.
        prefixes: Prefixes,
    },
    /// Whether the client's own name is within a domain (§5.5).
    Ptr(Option<DomainSpec>),
}

/// `dual-cidr-length` (RFC 7208 §5.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prefixes {
    /// Bits of an IPv4 address, 0 to 32; `None` means 32.
    pub v4: Option<u8>,
    /// Bits of an IPv6 address, 0 to 128; `None` means 128.
    pub v6: Option<u8>,
}

/// `name=value` (RFC 7208 §6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Modifier {
    /// `exp=`: where the explanation of a `fail` stands (§6.2).
    Explanation(DomainSpec),
    /// `redirect=`: whose record decides when no mechanism matches (§6.1).
    Redirect(DomainSpec),
    /// A modifier that RFC 7208 does not define, such as `ra=` of RFC 6652.
    Unknown {
        /// The name as written.
        name: Box<str>,
        /// The value.
        value: MacroString,
    },
}

impl Record {
    /// Reads a record from `v=spf1` to its end; the whole of it is judged (RFC 7208 §4.6).
    ///
    /// # Errors
    /// [`MalformedRecord`] says what is wrong, in which term and at which offset.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, MalformedRecord> {
        let terms = parse::record(text.as_ref())?;
        let is_all =
            |term: &Term| matches!(term, Term::Directive(Directive { mechanism: Mechanism::All, .. }));
        let is_redirect = |term: &Term| matches!(term, Term::Modifier(Modifier::Redirect(_)));
        // RFC 7208 §6.1: redirect is ignored if there is an "all" anywhere in the record.
        let redirect = terms.iter().position(is_redirect).filter(|_| !terms.iter().any(is_all));
        Ok(Self { terms: terms.into(), redirect })
    }

    /// Every term in the order written.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Every directive in the order written.
    pub fn directives(&self) -> impl Iterator<Item = &Directive> {
        self.terms.iter().filter_map(|term| match term {
            Term::Directive(directive) => Some(directive),
            Term::Modifier(_) => None,
        })
    }

    /// Every modifier in the order written.
    pub fn modifiers(&self) -> impl Iterator<Item = &Modifier> {
        self.terms.iter().filter_map(|term| match term {
            Term::Directive(_) => None,
            Term::Modifier(modifier) => Some(modifier),
        })
    }

    /// The value of `exp=`.
    pub fn explanation(&self) -> Option<&DomainSpec> {
        self.modifiers().find_map(|modifier| match modifier {
            Modifier::Explanation(target) => Some(target),
            Modifier::Redirect(_) | Modifier::Unknown { .. } => None,
        })
    }

    /// The value of `redirect=`; `None` also when the record has an `all`, which makes it void.
    pub fn redirect(&self) -> Option<&DomainSpec> {
        match self.terms.get(self.redirect?)? {
            Term::Modifier(Modifier::Redirect(target)) => Some(target),
            Term::Directive(_) | Term::Modifier(_) => None,
        }
    }

    /// The value of the first modifier of this name that RFC 7208 does not define.
    pub fn unknown_modifier(&self, wanted: &str) -> Option<&MacroString> {
        self.modifiers().find_map(|modifier| match modifier {
            Modifier::Unknown { name, value } if name.eq_ignore_ascii_case(wanted) => Some(value),
            Modifier::Explanation(_) | Modifier::Redirect(_) | Modifier::Unknown { .. } => None,
        })
    }
}

impl std::str::FromStr for Record {
    type Err = MalformedRecord;

    fn from_str(text: &str) -> Result<Self, MalformedRecord> {
        Self::parse(text)
    }
}

impl Mechanism {
    /// Whether evaluating it asks DNS, and so counts as one of the ten terms (RFC 7208 §4.6.4).
    pub const fn asks(&self) -> bool {
        match self {
            Self::A { .. } | Self::Exists(_) | Self::Include(_) | Self::Mx { .. } | Self::Ptr(_) => true,
            Self::All | Self::Ip4 { .. } | Self::Ip6 { .. } => false,
        }
    }

    /// Whether this is a network that does not hold the address.
    pub(super) fn excludes(&self, ip: IpAddr) -> bool {
        match (self, ip) {
            (Self::Ip4 { network, prefix }, IpAddr::V4(ip)) => !v4_within(ip, *network, prefix.unwrap_or(32)),
            (Self::Ip6 { network, prefix }, IpAddr::V6(ip)) => {
                !v6_within(ip, *network, prefix.unwrap_or(128))
            }
            // RFC 7208 §5: an address is only compared with one of its own family.
            (Self::Ip4 { .. }, IpAddr::V6(_)) | (Self::Ip6 { .. }, IpAddr::V4(_)) => true,
            (
                Self::A { .. }
                | Self::All
                | Self::Exists(_)
                | Self::Include(_)
                | Self::Mx { .. }
                | Self::Ptr(_),
                _,
            ) => false,
        }
    }

    /// The domain-spec, where there is one.
    pub const fn target(&self) -> Option<&DomainSpec> {
        match self {
            Self::A { target, .. } | Self::Mx { target, .. } | Self::Ptr(target) => target.as_ref(),
            Self::Exists(target) | Self::Include(target) => Some(target),
            Self::All | Self::Ip4 { .. } | Self::Ip6 { .. } => None,
        }
    }
}

impl Prefixes {
    /// Bits of an IPv4 address that must be equal.
    pub fn v4_bits(self) -> u8 {
        self.v4.unwrap_or(32)
    }

    /// Bits of an IPv6 address that must be equal.
    pub fn v6_bits(self) -> u8 {
        self.v6.unwrap_or(128)
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("v=spf1")?;
        self.terms.iter().try_for_each(|term| write!(f, " {term}"))
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directive(directive) => directive.fmt(f),
            Self::Modifier(modifier) => modifier.fmt(f),
        }
    }
}

impl fmt::Display for Directive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.qualifier {
            Qualifier::Pass => "",
            Qualifier::Fail => "-",
            Qualifier::Softfail => "~",
            Qualifier::Neutral => "?",
        })?;
        self.mechanism.fmt(f)
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::A { target, prefixes } => write_hosts(f, "a", target.as_ref(), *prefixes),
            Self::All => f.write_str("all"),
            Self::Exists(target) => write!(f, "exists:{target}"),
            Self::Include(target) => write!(f, "include:{target}"),
            Self::Ip4 { network, prefix } => {
                f.write_str("ip4:")?;
                f.write_str(Dotted::new(*network).as_str())?;
                write_prefix(f, "/", *prefix)
            }
            Self::Ip6 { network, prefix } => {
                write!(f, "ip6:{network}")?;
                write_prefix(f, "/", *prefix)
            }
            Self::Mx { target, prefixes } => write_hosts(f, "mx", target.as_ref(), *prefixes),
            Self::Ptr(target) => write_hosts(f, "ptr", target.as_ref(), Prefixes::default()),
        }
    }
}

fn write_hosts(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    target: Option<&DomainSpec>,
    prefixes: Prefixes,
) -> fmt::Result {
    f.write_str(name)?;
    if let Some(target) = target {
        write!(f, ":{target}")?;
    }
    write_prefix(f, "/", prefixes.v4)?;
    write_prefix(f, "//", prefixes.v6)
}

fn write_prefix(f: &mut fmt::Formatter<'_>, slashes: &str, prefix: Option<u8>) -> fmt::Result {
    prefix.map_or(Ok(()), |prefix| write!(f, "{slashes}{prefix}"))
}

impl fmt::Display for Modifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Explanation(target) => write!(f, "exp={target}"),
            Self::Redirect(target) => write!(f, "redirect={target}"),
            Self::Unknown { name, value } => write!(f, "{name}={value}"),
        }
    }
}
