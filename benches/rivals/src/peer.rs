//! mail-auth, with a full cache of parsed records, so that it never asks DNS.

use mail_auth::dkim::DomainKey;
use mail_auth::dmarc::DmarcRecord;
use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::dns::{DnssecStatus, TxtRecordParser};
use mail_auth::hickory_resolver::config::{ResolverConfig, ResolverOpts};
use mail_auth::hickory_resolver::proto::op::ResponseCode;
use mail_auth::spf::SpfRecord;
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{
    AuthenticatedMessage, DkimOutput, DkimResult, DmarcOutput, DnsCache, DnsError, Error,
    MessageAuthenticator, Mx, Negative, NoCache, Parameters, RecordSet, ResolverCache, SpfOutput, TxtRecord,
};
use std::borrow::Borrow;
use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

pub(crate) struct Peer {
    authenticator: MessageAuthenticator,
    known: Known,
    exchanges: HashMap<String, Vec<Mx>>,
}

struct Known {
    txt: Answers<TxtRecord>,
    mx: Answers<Result<RecordSet<Mx>, Negative>>,
    ipv4: Answers<Result<RecordSet<Ipv4Addr>, Negative>>,
    ipv6: Answers<Result<RecordSet<Ipv6Addr>, Negative>>,
}

struct Answers<T> {
    known: HashMap<Box<str>, T>,
    /// For every other name: it does not exist.
    nothing: T,
}

impl Peer {
    pub(crate) fn new() -> Self {
        let negative = Negative { code: ResponseCode::NXDomain };
        let nothing = TxtRecord::Error(Error::Dns(DnsError::RecordNotFound(ResponseCode::NXDomain)));
        Self {
            authenticator: MessageAuthenticator::new(ResolverConfig::default(), ResolverOpts::default())
                .unwrap(),
            known: Known {
                txt: Answers::new(nothing),
                mx: Answers::new(Err(negative)),
                ipv4: Answers::new(Err(negative)),
                ipv6: Answers::new(Err(negative)),
            },
            exchanges: HashMap::new(),
        }
    }

    pub(crate) fn add_txt(&mut self, name: &str, record: &str) {
        let octets = record.as_bytes();
        let record = match record {
            _ if record.starts_with("v=spf1") => SpfRecord::parse(octets).unwrap().into(),
            _ if record.starts_with("v=DMARC1") => DmarcRecord::parse(octets).unwrap().into(),
            _ => TxtRecord::from(DomainKey::parse(octets).unwrap()),
        };
        self.known.txt.add(name, record);
    }

    pub(crate) fn add_a(&mut self, name: &str, address: Ipv4Addr) {
        self.known.ipv4.add(name, Ok(records(vec![address])));
    }

    pub(crate) fn add_mx(&mut self, name: &str, preference: u16, exchange: &str) {
        let exchange = Mx { exchanges: [format!("{exchange}.").into()].into(), preference };
        self.exchanges.entry(name.to_owned()).or_default().push(exchange);
    }

    /// Makes answers of exchanges that came one by one.
    pub(crate) fn complete(&mut self) {
        for (name, exchanges) in self.exchanges.drain() {
            self.known.mx.add(&name, Ok(records(exchanges)));
        }
    }

    pub(crate) fn dkim<'x>(&'x self, message: &'x AuthenticatedMessage<'x>) -> Vec<DkimOutput<'x>> {
        ready(self.authenticator.verify_dkim(self.with_cache(message)))
    }

    /// How many signatures of a message pass; those with `l=` are judged, too, which its default refuses.
    pub(crate) fn passes(&self, raw: &[u8]) -> usize {
        let message = AuthenticatedMessage::parse_with_opts(raw, None, false).unwrap();
        self.dkim(&message).iter().filter(|output| *output.result() == DkimResult::Pass).count()
    }

    pub(crate) fn spf(&self, request: SpfParameters<'_>) -> SpfOutput {
        ready(self.authenticator.verify_spf(self.with_cache(request)))
    }

    pub(crate) fn dmarc(
        &self,
        message: &AuthenticatedMessage<'_>,
        dkim: &[DkimOutput<'_>],
        mail_from_domain: &str,
        spf: &SpfOutput,
    ) -> DmarcOutput {
        let request = DmarcParameters::new(message, dkim, mail_from_domain, spf);
        ready(self.authenticator.verify_dmarc(self.with_cache(request)))
    }

    fn with_cache<P>(&self, request: P) -> Parameters<'_, P, Known> {
        Parameters::new(request).with_cache(&self.known)
    }
}

fn records<T>(records: Vec<T>) -> RecordSet<T> {
    RecordSet { records: records.into(), dnssec_status: DnssecStatus::Indeterminate }
}

impl<T> Answers<T> {
    fn new(nothing: T) -> Self {
        Self { known: HashMap::new(), nothing }
    }

    fn add(&mut self, name: &str, answer: T) {
        self.known.insert(format!("{name}.").into(), answer);
    }
}

impl<T: Clone> ResolverCache<Box<str>, T> for Answers<T> {
    fn get<Q>(&self, name: &Q) -> Option<T>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        Some(self.known.get(name).unwrap_or(&self.nothing).clone())
    }

    fn remove<Q>(&self, _: &Q) -> Option<T>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _: Box<str>, _: T, _: Instant) {}
}

impl DnsCache for Known {
    type Txt = Answers<TxtRecord>;
    type Mx = Answers<Result<RecordSet<Mx>, Negative>>;
    type Ipv4 = Answers<Result<RecordSet<Ipv4Addr>, Negative>>;
    type Ipv6 = Answers<Result<RecordSet<Ipv6Addr>, Negative>>;
    type Ptr = NoCache;

    fn txt(&self) -> Option<&Self::Txt> {
        Some(&self.txt)
    }

    fn mx(&self) -> Option<&Self::Mx> {
        Some(&self.mx)
    }

    fn ipv4(&self) -> Option<&Self::Ipv4> {
        Some(&self.ipv4)
    }

    fn ipv6(&self) -> Option<&Self::Ipv6> {
        Some(&self.ipv6)
    }

    fn ptr(&self) -> Option<&NoCache> {
        None
    }
}

/// The value of a future that waits for nothing.
fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("asks DNS although everything is known"),
    }
}
