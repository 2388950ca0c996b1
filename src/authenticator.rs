//! The settings of a receiver, and the two ways in: a whole message, or one in pieces.

use crate::arc;
use crate::dkim;
use crate::dmarc;
use crate::inspection::{Inspection, Plan};
use crate::message::Message;
use crate::name::Name;
use crate::session::Session;
use crate::spf;
use std::net::IpAddr;

/// A receiver: its name and what it asks of mail. One serves all messages and threads.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Authenticator {
    /// The name under which results are written (RFC 8601 §2.5).
    pub authserv_id: String,
    /// What an SPF check may cost.
    pub spf: spf::Limits,
    /// What is asked of signatures, and spent on them.
    pub dkim: dkim::Policy,
    /// What is asked of ARC chains, and spent on them. ARC is legacy.
    pub arc: arc::Policy,
    /// Who is believed, by the domain of its ARC-Seal, when it says that a message passed before it was forwarded:
    /// [`arc::local_policy`]. The default is nobody, and ARC then changes nothing.
    pub trusted_sealers: Vec<Name>,
    /// Whether signatures of others that are made for the author domain are looked for there (ATPS, RFC 6541). It costs a
    /// question for each of them, after the signatures are judged, and changes no other verdict: DMARC does not know it. The
    /// default is false: it is an experiment of 2012 that hardly anybody publishes records for.
    pub atps: bool,
    /// How DMARC is evaluated; by default the organizational domain is looked for at once.
    pub dmarc: dmarc::Settings,
    /// Whether the name of the client is looked for and confirmed (RFC 8601 §3). It needs the address, costs a question and
    /// one for each name, two rounds that run beside the others, and changes no other verdict. The default is true.
    pub iprev: bool,
}

/// What is known of the SMTP session in which a message arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connection {
    /// The address of the client at the border of the receiver's network (RFC 7208 §2.5: SPF is judged at ingress
    /// only). Without one SPF and iprev are left out.
    pub ip: Option<IpAddr>,
    /// The argument of HELO or EHLO; empty when unknown.
    pub helo: Vec<u8>,
    /// The reverse-path of MAIL FROM, without angle brackets; empty for a bounce.
    pub mail_from: Vec<u8>,
    /// When the message arrived, in Unix seconds: what `x=` and `t=` of signatures are compared with.
    pub received_at: u64,
}

impl Connection {
    /// A session with a client at `ip`, which said `HELO helo` and `MAIL FROM:<mail_from>`.
    pub fn new(ip: IpAddr, helo: impl Into<Vec<u8>>, mail_from: impl Into<Vec<u8>>) -> Self {
        Self { ip: Some(ip), helo: helo.into(), mail_from: mail_from.into(), received_at: 0 }
    }

    /// No session: a message from a file, of which nobody knows where it came from. SPF and iprev are left out.
    pub fn unknown() -> Self {
        Self::default()
    }

    /// The same at a time in Unix seconds.
    #[must_use]
    pub fn at(mut self, received_at: u64) -> Self {
        self.received_at = received_at;
        self
    }
}

impl Authenticator {
    /// A receiver with the default settings, whose results are written under `authserv_id`.
    pub fn new(authserv_id: impl Into<String>) -> Self {
        Self {
            authserv_id: authserv_id.into(),
            spf: spf::Limits::default(),
            dkim: dkim::Policy::default(),
            arc: arc::Policy::default(),
            trusted_sealers: Vec::new(),
            atps: false,
            dmarc: dmarc::Settings { walk_ahead: true, ..dmarc::Settings::default() },
            iprev: true,
        }
    }

    /// Judges a whole message.
    pub fn check(&self, message: &Message<'_>, connection: Connection) -> Inspection {
        let mut inspection = Inspection::begin(self.plan(connection), &message.headers);
        let _ = inspection.body(message.body);
        inspection.finish()
    }

    /// Begins to judge a message that arrives in pieces.
    pub fn session(&self, connection: Connection) -> Session {
        Session::new(self.plan(connection))
    }

    /// What is asked of SPF for a connection: of its HELO name and of its reverse-path. For who wants a
    /// [trace](spf::Check::trace) of what a report tells.
    pub fn spf_requests(&self, connection: &Connection) -> [Option<spf::Request>; 2] {
        let Connection { ip, helo, mail_from, received_at } = connection;
        let receiver = Name::parse(&self.authserv_id).ok();
        let request = |request: spf::Request| spf::Request {
            receiver: receiver.clone(),
            now: *received_at,
            limits: self.spf.clone(),
            ..request
        };
        [
            ip.filter(|_| !helo.is_empty()).map(|ip| request(spf::Request::helo(ip, helo.clone()))),
            ip.map(|ip| request(spf::Request::mail_from(ip, helo.clone(), mail_from.clone()))),
        ]
    }

    fn plan(&self, connection: Connection) -> Plan {
        let [helo, mail_from] = self.spf_requests(&connection);
        let Connection { ip, received_at, .. } = connection;
        Plan {
            authserv_id: self.authserv_id.clone(),
            remote_ip: ip,
            helo,
            mail_from,
            dkim: self.dkim.clone(),
            arc: self.arc.clone(),
            trusted_sealers: self.trusted_sealers.clone(),
            atps: self.atps,
            dmarc: self.dmarc,
            iprev: ip.filter(|_| self.iprev),
            now: received_at,
        }
    }
}
