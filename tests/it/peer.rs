//! mail-auth, an implementation that shares no code with this one: it signs, and verifies with a full cache, so that
//! it never asks DNS.

use mail_auth::common::cache::NoCache;
use mail_auth::common::crypto::{Ed25519Key, RsaKey, Sha256, SigningKey};
use mail_auth::common::headers::HeaderWriter;
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::DomainKey;
use mail_auth::dkim::{Canonicalization, DkimSigner};
use mail_auth::dmarc::Dmarc;
use mail_auth::hickory_resolver::config::{ResolverConfig, ResolverOpts};
use mail_auth::hickory_resolver::proto::op::ResponseCode;
use mail_auth::spf::Spf;
use mail_auth::{
    AuthenticatedMessage, DkimOutput, DkimResult, DnsError, Error, MX, MessageAuthenticator, Parameters,
    RecordSet, ResolverCache, Txt,
};
use rustls_pki_types::PrivatePkcs8KeyDer;
use std::borrow::Borrow;
use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

const ED25519: &[u8] = include_bytes!("../data/keys/ed25519.pk8");
const RSA_2048: &[u8] = include_bytes!("../data/keys/rsa2048.pk8");
const RSA_2048_PUBLIC: &[u8] = include_bytes!("../data/keys/rsa2048.spki");

/// A key of the test data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Ed25519,
    Rsa2048,
}

/// `true` for relaxed, `false` for simple.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Relaxed {
    pub(crate) header: bool,
    pub(crate) body: bool,
}

/// What is said in `d=` and `s=`.
pub(crate) const DOMAIN: &str = "example.com";
pub(crate) const SELECTOR: &str = "sel";

impl Key {
    /// The key record.
    pub(crate) fn record(self) -> String {
        match self {
            Self::Ed25519 => {
                let key = Ed25519Key::from_pkcs8_maybe_unchecked_der(ED25519).unwrap();
                format!("v=DKIM1; k=ed25519; p={}", base64(&key.public_key()))
            }
            Self::Rsa2048 => format!("v=DKIM1; k=rsa; p={}", base64(RSA_2048_PUBLIC)),
        }
    }

    /// `message` with a signature over the fields `names` above it.
    pub(crate) fn sign(self, message: &[u8], names: &[&str], relaxed: Relaxed) -> Vec<u8> {
        let field = match self {
            Self::Ed25519 => {
                field(Ed25519Key::from_pkcs8_maybe_unchecked_der(ED25519).unwrap(), message, names, relaxed)
            }
            Self::Rsa2048 => {
                let key = RsaKey::<Sha256>::from_key_der(PrivatePkcs8KeyDer::from(RSA_2048).into());
                field(key.unwrap(), message, names, relaxed)
            }
        };
        [field.as_bytes(), message].concat()
    }
}

fn field<K: SigningKey>(key: K, message: &[u8], names: &[&str], relaxed: Relaxed) -> String {
    let canonicalization =
        |relaxed| if relaxed { Canonicalization::Relaxed } else { Canonicalization::Simple };
    DkimSigner::from_key(key)
        .domain(DOMAIN)
        .selector(SELECTOR)
        .headers(names.iter().copied())
        .header_canonicalization(canonicalization(relaxed.header))
        .body_canonicalization(canonicalization(relaxed.body))
        .sign(message)
        .unwrap()
        .to_header()
}

fn base64(octets: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(octets)
}

/// mail-auth and all the DNS it knows; what it does not know does not exist.
pub(crate) struct Peer {
    pub(crate) authenticator: MessageAuthenticator,
    records: Records,
}

pub(crate) struct Records {
    known: HashMap<Box<str>, Txt>,
    nothing: Txt,
}

impl Peer {
    pub(crate) fn new() -> Self {
        let authenticator =
            MessageAuthenticator::new(ResolverConfig::default(), ResolverOpts::default()).unwrap();
        let nothing = Txt::Error(Error::Dns(DnsError::RecordNotFound(ResponseCode::NXDomain)));
        Self { authenticator, records: Records { known: HashMap::new(), nothing } }
    }

    /// Adds a TXT record, parsed as the cache of mail-auth wants it.
    pub(crate) fn with(mut self, name: &str, record: &str) -> Self {
        let octets = record.as_bytes();
        let record = match record {
            _ if record.starts_with("v=spf1") => Spf::parse(octets).unwrap().into(),
            _ if record.starts_with("v=DMARC1") => Dmarc::parse(octets).unwrap().into(),
            _ => Txt::from(DomainKey::parse(octets).unwrap()),
        };
        self.records.known.insert(format!("{name}.").into(), record);
        self
    }

    pub(crate) fn dkim<'x>(&'x self, message: &'x AuthenticatedMessage<'x>) -> Vec<DkimOutput<'x>> {
        ready(self.authenticator.verify_dkim(self.parameters(message)))
    }

    /// Whether every signature of a message verifies, and there is one.
    pub(crate) fn verifies(&self, raw: &[u8]) -> bool {
        let Some(message) = AuthenticatedMessage::parse(raw) else {
            return false;
        };
        let results = self.dkim(&message);
        !results.is_empty() && results.iter().all(|output| *output.result() == DkimResult::Pass)
    }

    pub(crate) fn parameters<'x, P>(&'x self, request: P) -> Cached<'x, P> {
        Parameters::new(request).with_txt_cache(&self.records)
    }
}

pub(crate) type Cached<'x, P> = Parameters<
    'x,
    P,
    Records,
    NoCache<Box<str>, RecordSet<MX>>,
    NoCache<Box<str>, RecordSet<Ipv4Addr>>,
    NoCache<Box<str>, RecordSet<Ipv6Addr>>,
    NoCache<IpAddr, RecordSet<Box<str>>>,
>;

impl ResolverCache<Box<str>, Txt> for Records {
    fn get<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        Some(self.known.get(name).unwrap_or(&self.nothing).clone())
    }

    fn remove<Q>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _: Box<str>, _: Txt, _: Instant) {}
}

/// The value of a future that waits for nothing.
pub(crate) fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("asks DNS although everything is known"),
    }
}
