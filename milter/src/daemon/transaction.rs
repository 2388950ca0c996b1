//! One message under way.

use super::asking::Asking;
use super::client::{Client, Mode};
use super::received::client_of_relay;
use super::sealing::{SealingWork, goes_to};
use super::service::Service;
use crate::config;
use crate::protocol::{Agreement, Reply};
use mailproof::dkim::{Appetite, SignError, Signed, Signing};
use mailproof::edits::{HeaderEdit, removals};
use mailproof::message::{AuthorError, Headers, MalformedMessage, with_crlf};
use mailproof::{Connection, Evaluation, Inspection, Name, Report, Session, Step};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Recipients kept at most, for exemptions; a message with more is not exempt by recipient.
const RECIPIENTS: usize = 1000;

/// A message under way, of which the header section is kept and nothing of the body.
pub(crate) struct Transaction {
    pub(crate) service: Arc<Service>,
    pub(crate) mode: Mode,
    /// Whom the message came from; with a relay in front, its client.
    pub(crate) client: Client,
    /// MAIL FROM without its brackets.
    pub(crate) sender: Vec<u8>,
    pub(crate) recipients: Vec<Vec<u8>>,
    pub(crate) began: Instant,
    /// Forged fields that go, from the bottom up.
    pub(crate) removals: Vec<HeaderEdit>,
    pub(crate) work: Work,
}

/// How far the work on it has come.
pub(crate) enum Work {
    /// The header section, CRLF after each field.
    Header(Vec<u8>),
    Judging(Box<Judging>),
    Signing(Vec<Signing>),
    /// There is nothing to do.
    Idle(Idle),
}

/// Why there is nothing to do with a message.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Idle {
    #[error("it is no message: {0}")]
    Malformed(#[from] MalformedMessage),
    #[error("the header section is longer than {0} octets")]
    Overlong(usize),
    #[error("nobody signs for {0}")]
    NoKey(Name),
    #[error("nobody signs for it: {0}")]
    Author(#[from] AuthorError),
    #[error("it cannot be signed: {0}")]
    Sign(#[from] SignError),
    #[error("it cannot be signed: {0}")]
    Signer(#[from] crate::signing::UnusableSigner),
}

/// A message that is judged.
pub(crate) struct Judging {
    session: Session,
    pub(crate) asking: Asking,
    /// The identifier in List-Id.
    pub(crate) list: Option<String>,
    /// By whom the message is signed that goes on to others.
    pub(crate) signings: Vec<Signing>,
    pub(crate) sealing: Option<SealingWork>,
}

impl Transaction {
    pub(crate) fn new(service: Arc<Service>, mode: Mode, client: Client, sender: &[u8]) -> Self {
        let sender = sender.strip_prefix(b"<").unwrap_or(sender);
        let sender = sender.strip_suffix(b">").unwrap_or(sender);
        Self {
            service,
            mode,
            client,
            sender: sender.to_vec(),
            recipients: Vec::new(),
            began: Instant::now(),
            removals: Vec::new(),
            work: Work::Header(Vec::new()),
        }
    }

    pub(crate) fn recipient(&mut self, address: &[u8]) {
        let config = &self.service.config;
        let is_wanted = !config.exempt.is_empty() || config.seal.is_some() || config.forward.is_some();
        if is_wanted && self.recipients.len() <= RECIPIENTS {
            self.recipients.push(address.to_vec());
        }
        if self.recipients.len() > RECIPIENTS {
            // One that is no address: nobody is exempt for its sake.
            self.recipients.clear();
            self.recipients.resize(RECIPIENTS + 1, Vec::new());
        }
    }

    /// Takes a header field as the MTA tells it.
    pub(crate) fn header(&mut self, name: &[u8], value: &[u8], agreement: Option<Agreement>) {
        let Work::Header(section) = &mut self.work else {
            return;
        };
        let limit = self.service.config.limits.header_octets;
        if section.len() + name.len() + value.len() + 4 > limit {
            self.work = Work::Idle(Idle::Overlong(limit));
            return;
        }
        // Sendmail and Postfix tell folds as a bare LF.
        let value = with_crlf(value);
        if !is_one_field(name, &value) {
            self.work = Work::Idle(MalformedMessage::Field.into());
            return;
        }
        let has_leading_space = agreement.is_some_and(|agreement| agreement.has_leading_space());
        section.extend_from_slice(name);
        // Without that agreement the MTA kept one space for itself.
        section.extend_from_slice(if has_leading_space { b":" } else { b": " });
        section.extend_from_slice(&value);
        section.extend_from_slice(b"\r\n");
    }

    /// The header section has ended.
    pub(crate) fn end_of_header(&mut self) {
        let Work::Header(section) = &mut self.work else {
            return;
        };
        let section = std::mem::take(section);
        self.work = match Headers::parse(&section) {
            Ok(headers) => self.begin(&section, &headers).unwrap_or_else(Work::Idle),
            Err(error) => Work::Idle(error.into()),
        };
    }

    fn begin(&mut self, section: &[u8], headers: &Headers<'_>) -> Result<Work, Idle> {
        // RFC 8601 §5: from whoever is not one of us, or as good, nothing comes in under our name.
        let config = &self.service.config;
        if self.mode == Mode::Verify || !self.client.is_trusted(&config.ingress) {
            self.removals = removals(headers, &self.service.strip);
            self.removals.extend(forged_marks(headers, &config.policy.quarantine.field));
        }
        Ok(match self.mode {
            Mode::Verify => Work::Judging(Box::new(self.begin_judging(section, headers)?)),
            Mode::Sign => Work::Signing(self.begin_signing(headers)?),
        })
    }

    fn begin_judging(&mut self, section: &[u8], headers: &Headers<'_>) -> Result<Judging, Idle> {
        let config = &self.service.config;
        if self.client.ip.is_some_and(|ip| config.ingress.relays.contain(ip)) {
            // RFC 7208 §2.5: judged is who came to the border. Without a trace of that SPF is left out.
            self.client = client_of_relay(headers).unwrap_or_default();
        }
        let mut connection = Connection::unknown().at(unix_now());
        connection.ip = self.client.ip;
        connection.helo = self.client.helo.clone();
        connection.mail_from = self.sender.clone();
        let mut session = self.service.authenticator.session(connection);
        let _ = session.feed(section)?;
        session.end_of_header()?;
        let mut asking =
            Asking::new(Arc::clone(&self.service.dns), Duration::from_secs(config.dns.message_time));
        asking.ask(session.advance(asking.known()));
        let signings = self.begin_forwarding(headers).unwrap_or_else(|why| {
            tracing::warn!(%why, "not signed");
            Vec::new()
        });
        let sealing = SealingWork::begin(&self.service, &self.recipients, section);
        Ok(Judging { session, asking, list: list_of(headers), signings, sealing })
    }

    fn begin_forwarding(&self, headers: &Headers<'_>) -> Result<Vec<Signing>, Idle> {
        let Some(forward) = &self.service.config.forward else {
            return Ok(Vec::new());
        };
        if !goes_to(&forward.recipients, &self.recipients) {
            return Ok(Vec::new());
        }
        self.signings("", &forward.domain, headers)
    }

    fn begin_signing(&self, headers: &Headers<'_>) -> Result<Vec<Signing>, Idle> {
        let domain = headers.author()?.domain;
        let local_part =
            headers.named("From").next().map(|field| local_part(field.value())).unwrap_or_default();
        self.signings(&local_part, &domain, headers)
    }

    fn signings(&self, local_part: &str, domain: &Name, headers: &Headers<'_>) -> Result<Vec<Signing>, Idle> {
        let signers = self.service.keys.signers(local_part, domain)?;
        if signers.is_empty() {
            return Err(Idle::NoKey(domain.clone()));
        }
        let now = unix_now();
        Ok(signers.iter().map(|signer| signer.begin(headers, now)).collect::<Result<_, _>>()?)
    }

    /// Takes octets of the body; `Full` says that the rest does not matter.
    pub(crate) fn body(&mut self, octets: &[u8]) -> Appetite {
        self.end_of_header();
        match &mut self.work {
            Work::Judging(judging) => {
                let appetite = judging.session.body(octets).unwrap_or(Appetite::Full);
                judging.signings.iter_mut().for_each(|signing| signing.body(octets));
                judging.sealing.iter_mut().for_each(|sealing| sealing.body(octets));
                let is_hungry = judging.sealing.is_some() || !judging.signings.is_empty();
                if is_hungry { Appetite::Hungry } else { appetite }
            }
            Work::Signing(signings) => {
                signings.iter_mut().for_each(|signing| signing.body(octets));
                Appetite::Hungry
            }
            Work::Header(_) | Work::Idle(_) => Appetite::Full,
        }
    }
}

impl Judging {
    /// Waits for an answer while the body arrives, and asks what follows from it. Nothing is lost when it is given up.
    pub(crate) async fn wait(&mut self) {
        let (question, answer) = self.asking.answer().await;
        self.session.answer(question, answer);
        self.asking.ask(self.session.advance(self.asking.known()));
    }

    /// The body has ended.
    pub(crate) fn finish(self) -> Result<Waiting, MalformedMessage> {
        let Self { session, mut asking, .. } = self;
        asking.hurry();
        Ok(Waiting { inspection: session.finish()?, asking })
    }
}

/// A message that waits for DNS alone.
pub(crate) struct Waiting {
    inspection: Inspection,
    asking: Asking,
}

impl Waiting {
    /// Waits for the report. Nothing is lost when it is given up.
    pub(crate) async fn report(&mut self) -> Report {
        loop {
            match self.inspection.step(self.asking.known()) {
                Step::Done(report) => return report,
                Step::Ask(open) => self.asking.ask(&open),
            }
            let (question, answer) = self.asking.answer().await;
            self.inspection.answer(question, answer);
        }
    }
}

/// The signature fields, the topmost first.
pub(crate) fn sign(signings: Vec<Signing>) -> Result<Vec<String>, SignError> {
    let signed = signings.into_iter().map(Signing::finish).collect::<Result<Vec<Signed>, _>>()?;
    Ok(signed.iter().flat_map(Signed::fields).map(|field| field.as_str().to_owned()).collect())
}

/// Fields that are put on top, the topmost first, as edits.
pub(crate) fn on_top(fields: &[String]) -> impl Iterator<Item = HeaderEdit> {
    // Of several fields inserted on top the last stands topmost.
    fields.iter().rev().filter_map(|field| HeaderEdit::insert_field(field).ok())
}

/// An edit as the MTA is told.
pub(crate) fn reply(edit: &HeaderEdit, has_leading_space: bool) -> Option<Reply<'static>> {
    let value = edit.milter_value(has_leading_space).into();
    let number = |number: &usize| u32::try_from(*number).ok();
    Some(match edit {
        HeaderEdit::Delete { name, index, .. } | HeaderEdit::Change { name, index, .. } => {
            Reply::ChangeHeader(number(index)?, name.clone().into_bytes().into(), value)
        }
        HeaderEdit::Insert { position, name, .. } => {
            Reply::InsertHeader(number(position)?, name.clone().into_bytes().into(), value)
        }
        _ => return None,
    })
}

/// Fields that look like our own mark of quarantine, from the bottom up.
fn forged_marks(headers: &Headers<'_>, name: &str) -> Vec<HeaderEdit> {
    let marks = headers.iter().enumerate().filter(|(_, field)| field.is_named(name));
    let delete = |(before, (position, _)): (usize, (usize, _))| HeaderEdit::Delete {
        name: name.to_owned(),
        index: before + 1,
        position,
    };
    let mut edits: Vec<_> = marks.enumerate().map(delete).collect();
    edits.reverse();
    edits
}

/// RFC 2919 §3: `phrase <list-id>`.
fn list_of(headers: &Headers<'_>) -> Option<String> {
    let mut fields = headers.named("List-Id");
    let value = fields.next()?.value();
    if fields.next().is_some() {
        return None;
    }
    let (begin, end) = (memchr::memrchr(b'<', value)?, memchr::memrchr(b'>', value)?);
    Some(String::from_utf8_lossy(value.get(begin + 1..end)?).to_ascii_lowercase())
}

/// What stands before the `@` of the one address of a From field: only to choose a key by.
fn local_part(value: &[u8]) -> String {
    let address = match (memchr::memrchr(b'<', value), memchr::memrchr(b'>', value)) {
        (Some(begin), Some(end)) if begin < end => value.get(begin + 1..end).unwrap_or_default(),
        _ => value,
    };
    let at = memchr::memrchr(b'@', address).unwrap_or(0);
    String::from_utf8_lossy(address.get(..at).unwrap_or_default()).trim().to_owned()
}

/// Whether this is one field: a name of visible ASCII, and a value whose line ends are all folds.
fn is_one_field(name: &[u8], value: &[u8]) -> bool {
    let is_fold = |at: usize| matches!(value.get(at + 1), Some(b' ' | b'\t'));
    let name = name.trim_ascii_end();
    !name.is_empty()
        && name.iter().all(|octet| octet.is_ascii_graphic() && *octet != b':')
        && memchr::memchr_iter(b'\n', value).all(is_fold)
}

pub(crate) fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

impl Idle {
    /// What is done for this reason.
    pub(crate) const fn action(&self, config: &config::Config) -> config::Action {
        match self {
            Self::Malformed(MalformedMessage::Empty | MalformedMessage::NoHeader) => {
                config.policy.author.missing
            }
            Self::Malformed(_) | Self::Overlong(_) => config::Action::Reject,
            // Nobody can be said to have been meant to sign; trying again would not change that.
            Self::NoKey(_) | Self::Author(_) => config::Action::Accept,
            Self::Sign(_) | Self::Signer(_) => config.sign.on_error,
        }
    }
}
