//! mail-auth, in this process: all it asks is in its caches, and its own resolver is never reached.

use crate::zone::{Data, Zone};
use mail_auth::dkim::DomainKey;
use mail_auth::dns::TxtRecordParser;
use mail_auth::hickory_resolver::config::{ResolverConfig, ResolverOpts};
use mail_auth::hickory_resolver::proto::op::ResponseCode;
use mail_auth::spf::SpfRecord;
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{
    AuthenticatedMessage, DkimResult, DnsCache, DnsError, DnssecStatus, Error, MessageAuthenticator, Mx,
    Negative, Parameters, RecordSet, ResolverCache, TxtRecord,
};
use std::borrow::Borrow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

const NXDOMAIN: Negative = Negative { code: ResponseCode::NXDomain };

pub struct MailAuth(MessageAuthenticator);

impl MailAuth {
    pub fn new() -> Self {
        let authenticator = MessageAuthenticator::new(ResolverConfig::default(), ResolverOpts::default());
        Self(authenticator.expect("a resolver that is never asked"))
    }

    /// `None` when the case hangs on a failure that its caches have no way to tell.
    pub fn spf(&self, case: &crate::spf::Case) -> Option<String> {
        let facts = Facts::new(&case.zone);
        let word = guarded(|| {
            let request = match case.sender.is_empty() {
                true => SpfParameters::helo(case.ip, &case.helo, "mx.receiver.example"),
                false => SpfParameters::mail_from(case.ip, &case.helo, "mx.receiver.example", &case.sender),
            };
            ready(self.0.verify_spf(Parameters::new(request).with_cache(&facts))).result().to_string()
        });
        (!facts.beyond.get()).then_some(word)
    }

    pub fn dkim(&self, raw: &[u8], zone: &Zone) -> String {
        let facts = Facts::new(zone);
        guarded(|| {
            let Some(message) = AuthenticatedMessage::parse(raw) else {
                return String::from("unreadable");
            };
            let results = ready(self.0.verify_dkim(Parameters::new(&message).with_cache(&facts)));
            let words: Vec<String> = results
                .iter()
                .map(|output| {
                    let word = match output.result() {
                        DkimResult::Pass => "pass",
                        DkimResult::TempError(_) => "temperror",
                        _ => "fail",
                    };
                    // Which signature it is: some are left out.
                    format!("{word}@{}", output.signature().map_or("", |signature| signature.s.as_str()))
                })
                .collect();
            if words.is_empty() { String::from("none") } else { words.join(",") }
        })
    }
}

fn guarded(check: impl FnOnce() -> String) -> String {
    catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|_| String::from("crash"))
}

fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("asks DNS although everything is known"),
    }
}

/// The zone of a case in the shape of the caches.
struct Facts<'z> {
    zone: &'z Zone,
    /// Whether an address, MX or PTR question met a failure, for which these caches have no word.
    beyond: Cell<bool>,
}

impl<'z> Facts<'z> {
    fn new(zone: &'z Zone) -> Self {
        Self { zone, beyond: Cell::new(false) }
    }

    fn set<T>(
        &self,
        name: &str,
        mut of: impl FnMut(&Data) -> Option<T>,
    ) -> Option<Result<RecordSet<T>, Negative>> {
        let name = name.strip_suffix('.').unwrap_or(name);
        if self.zone.fails(name) {
            self.beyond.set(true);
        }
        let records: Vec<T> = self.zone.at(name).filter_map(&mut of).collect();
        Some(if records.is_empty() {
            Err(NXDOMAIN)
        } else {
            Ok(RecordSet { records: records.into(), dnssec_status: DnssecStatus::Insecure })
        })
    }
}

/// A key of a cache that is a name in fact.
fn text<Q: ?Sized + Hash>(name: &Q) -> String {
    /// Collects what a string writes into its hash.
    struct Octets(Vec<u8>);
    impl std::hash::Hasher for Octets {
        fn finish(&self) -> u64 {
            0
        }
        fn write(&mut self, octets: &[u8]) {
            self.0.extend_from_slice(octets);
        }
        fn write_u8(&mut self, _: u8) {}
    }
    let mut octets = Octets(Vec::new());
    name.hash(&mut octets);
    String::from_utf8_lossy(&octets.0).into_owned()
}

macro_rules! cache {
    ($value:ty, $facts:ident, $name:ident, $get:expr) => {
        impl ResolverCache<Box<str>, $value> for Facts<'_> {
            fn get<Q>(&self, name: &Q) -> Option<$value>
            where
                Box<str>: Borrow<Q>,
                Q: Hash + Eq + ?Sized,
            {
                let ($facts, $name) = (self, text(name));
                $get
            }
            fn remove<Q>(&self, _: &Q) -> Option<$value>
            where
                Box<str>: Borrow<Q>,
                Q: Hash + Eq + ?Sized,
            {
                None
            }
            fn insert(&self, _: Box<str>, _: $value, _: Instant) {}
        }
    };
}

cache!(
    Result<RecordSet<Ipv4Addr>, Negative>,
    facts,
    name,
    facts.set(&name, |data| match data {
        Data::A(ip) => Some(*ip),
        _ => None,
    })
);
cache!(
    Result<RecordSet<Ipv6Addr>, Negative>,
    facts,
    name,
    facts.set(&name, |data| match data {
        Data::Aaaa(ip) => Some(*ip),
        _ => None,
    })
);
cache!(Result<RecordSet<Mx>, Negative>, facts, name, {
    let mut groups: BTreeMap<u16, Vec<Box<str>>> = BTreeMap::new();
    let found = facts.set(&name, |data| match data {
        Data::Mx(preference, host) => Some((*preference, fqdn(host))),
        _ => None,
    })?;
    Some(found.map(|set| {
        for (preference, host) in set.records.iter() {
            groups.entry(*preference).or_default().push(host.clone());
        }
        let records =
            groups.into_iter().map(|(preference, hosts)| Mx { exchanges: hosts.into(), preference });
        RecordSet { records: records.collect(), dnssec_status: DnssecStatus::Insecure }
    }))
});
cache!(TxtRecord, facts, name, {
    let owner = name.strip_suffix('.').unwrap_or(&name);
    if facts.zone.fails(owner) {
        return Some(TxtRecord::Error(Error::Dns(DnsError::Resolver(String::new()))));
    }
    let records = facts.zone.at(owner).filter_map(|data| match data {
        Data::Txt(strings) => Some(strings.concat()),
        _ => None,
    });
    let records: Vec<Vec<u8>> = records.collect();
    Some(if records.is_empty() {
        TxtRecord::Error(NXDOMAIN.into())
    } else if owner.contains("_domainkey") {
        DomainKey::parse_records(&records).into()
    } else {
        SpfRecord::parse_records(&records).into()
    })
});

impl ResolverCache<IpAddr, Result<RecordSet<Box<str>>, Negative>> for Facts<'_> {
    fn get<Q>(&self, ip: &Q) -> Option<Result<RecordSet<Box<str>>, Negative>>
    where
        IpAddr: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let is_it = |ip_of: &str| {
            ip_of.ends_with(".arpa")
                && reverse(ip_of).is_some_and(|other| <IpAddr as Borrow<Q>>::borrow(&other) == ip)
        };
        let owner = self.zone.records.iter().map(|(owner, _)| owner).find(|owner| is_it(owner));
        self.set(owner.map_or("", String::as_str), |data| match data {
            Data::Ptr(host) => Some(fqdn(host)),
            _ => None,
        })
    }
    fn remove<Q>(&self, _: &Q) -> Option<Result<RecordSet<Box<str>>, Negative>>
    where
        IpAddr: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }
    fn insert(&self, _: IpAddr, _: Result<RecordSet<Box<str>>, Negative>, _: Instant) {}
}

impl<'z> DnsCache for Facts<'z> {
    type Txt = Self;
    type Mx = Self;
    type Ipv4 = Self;
    type Ipv6 = Self;
    type Ptr = Self;
    fn txt(&self) -> Option<&Self> {
        Some(self)
    }
    fn mx(&self) -> Option<&Self> {
        Some(self)
    }
    fn ipv4(&self) -> Option<&Self> {
        Some(self)
    }
    fn ipv6(&self) -> Option<&Self> {
        Some(self)
    }
    fn ptr(&self) -> Option<&Self> {
        Some(self)
    }
}

/// As hickory hands out names.
fn fqdn(host: &str) -> Box<str> {
    format!("{}.", host.trim_end_matches('.').to_ascii_lowercase()).into()
}

/// The address of a reverse name.
fn reverse(name: &str) -> Option<IpAddr> {
    if let Some(octets) = name.strip_suffix(".in-addr.arpa") {
        let octets: Vec<&str> = octets.rsplit('.').collect();
        return octets.join(".").parse().ok();
    }
    let nibbles: String = name.strip_suffix(".ip6.arpa")?.rsplit('.').collect();
    Some(IpAddr::from(u128::from_str_radix(&nibbles, 16).ok()?.to_be_bytes()))
}
