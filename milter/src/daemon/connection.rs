//! One connection with an MTA.

use super::client::Client;
use super::conclusion::{self, Conclusion};
use super::judgement::{self, Circumstances};
use super::shared::Shared;
use super::text::text;
use super::transaction::{self, Transaction, Work};
use crate::config::{Action, Limits};
use crate::protocol::{Actions, Conversation, Event, Reply, Stage, Steps, Violation, Wishes};
use mailproof::dkim::Appetite;
use mailproof::edits::HeaderEdit;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

/// How often an MTA that waits for the end of a message hears that it is being worked on.
const PROGRESS: Duration = Duration::from_secs(10);
/// Octets of an address or of a HELO name that are kept; RFC 5321 §4.5.3.1 allows 256.
const ADDRESS_OCTETS: usize = 1024;

/// Why a connection was closed by us, or broke.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Ended {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("a command did not come in whole in time")]
    SlowCommand,
    #[error("nothing was said for too long")]
    Silence,
    #[error("what was said was not taken in time")]
    SlowReader,
    #[error("it ended within a command")]
    Cut,
    #[error("protocol violation: {0}")]
    Violation(#[from] Violation),
}

impl Ended {
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Io(_) => "io",
            Self::SlowCommand => "slow_command",
            Self::Silence => "silence",
            Self::SlowReader => "slow_reader",
            Self::Cut => "cut",
            Self::Violation(_) => "violation",
        }
    }
}

/// A connection, and what was said on it.
pub(crate) struct Connection<S> {
    stream: S,
    shared: Arc<Shared>,
    conversation: Conversation,
    client: Client,
    transaction: Option<Transaction>,
    /// When the command that has not come in whole began, and how many had before.
    command_began: Option<(Instant, u64)>,
}

/// What is to be done next.
enum Next {
    Finish,
    Hear,
    Quit,
    Read,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    pub(crate) fn new(stream: S, shared: Arc<Shared>) -> Self {
        Self {
            stream,
            shared,
            conversation: Conversation::new(wishes()),
            client: Client::default(),
            transaction: None,
            command_began: None,
        }
    }

    /// Serves until the MTA ends it, breaks the protocol, or is too slow; or, between messages, until `stop` is true.
    pub(crate) async fn serve(&mut self, stop: &mut watch::Receiver<bool>) -> Result<(), Ended> {
        loop {
            match self.hear()? {
                Next::Hear => {}
                Next::Finish => self.finish().await?,
                Next::Quit => return Ok(()),
                Next::Read => {
                    self.flush().await?;
                    if !self.read(stop).await? {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Takes one event.
    fn hear(&mut self) -> Result<Next, Violation> {
        let agreement = self.conversation.agreement();
        let Some(event) = self.conversation.hear()? else {
            return Ok(Next::Read);
        };
        match event {
            Event::Abort => self.transaction = None,
            Event::Body(octets) => {
                let appetite =
                    self.transaction.as_mut().map_or(Appetite::Full, |message| message.body(octets));
                if matches!(appetite, Appetite::Full) {
                    self.conversation.answer(&Reply::Skip);
                }
            }
            Event::Connect(address) => self.client = Client::connect(&address),
            Event::EndOfHeader => {
                if let Some(message) = &mut self.transaction {
                    message.end_of_header();
                }
            }
            Event::EndOfMessage => return Ok(Next::Finish),
            Event::Header { name, value } => {
                if let Some(message) = &mut self.transaction {
                    message.header(name, value, agreement);
                }
            }
            Event::Helo(name) => {
                self.client.helo = kept(name).to_vec();
                self.transaction = None;
            }
            Event::Mail(sender) => {
                let sender = kept(sender).to_vec();
                let service = self.shared.service();
                let mode = self.client.mode(&service.config.ingress, self.conversation.macros());
                self.transaction = Some(Transaction::new(service, mode, self.client.clone(), &sender));
            }
            Event::NextConnection => {
                self.transaction = None;
                self.client = Client::default();
            }
            Event::Quit => return Ok(Next::Quit),
            Event::Recipient(address) => {
                if let Some(message) = &mut self.transaction {
                    message.recipient(kept(address));
                }
            }
            Event::Data | Event::Ready(_) | Event::Unknown(_) => {}
        }
        Ok(Next::Hear)
    }

    /// Reads once, while answers of DNS come in. False when the MTA closed, or we are to stop.
    async fn read(&mut self, stop: &mut watch::Receiver<bool>) -> Result<bool, Ended> {
        let limits = self.shared.service().config.limits.clone();
        let (deadline, late) = self.deadline(&limits);
        loop {
            let is_between = !self.conversation.is_within_message() && !self.conversation.is_within_frame();
            if is_between && *stop.borrow() {
                return Ok(false);
            }
            let judging = match &mut self.transaction {
                Some(Transaction { work: Work::Judging(judging), .. }) => Some(judging),
                _ => None,
            };
            let answers = async {
                match judging {
                    Some(judging) => judging.wait().await,
                    None => std::future::pending().await,
                }
            };
            let read = timeout_at(deadline, self.stream.read_buf(self.conversation.room()));
            tokio::select! {
                read = read => match read {
                    Err(_) => return Err(late),
                    Ok(Ok(0)) if self.conversation.is_within_frame() => return Err(Ended::Cut),
                    Ok(Ok(0)) => return Ok(false),
                    Ok(Ok(_)) => return Ok(true),
                    Ok(Err(error)) => return Err(error.into()),
                },
                () = answers => {}
                _ = stop.changed(), if is_between => {}
            }
        }
    }

    /// Until when octets must come, and what it is called when they do not.
    fn deadline(&mut self, limits: &Limits) -> (Instant, Ended) {
        let now = Instant::now();
        if self.conversation.is_within_frame() {
            let heard = self.conversation.commands();
            let (began, _) = match self.command_began {
                Some(began) if began.1 == heard => began,
                _ => (now, heard),
            };
            self.command_began = Some((began, heard));
            return (began + Duration::from_secs(limits.command), Ended::SlowCommand);
        }
        self.command_began = None;
        (now + Duration::from_secs(limits.idle), Ended::Silence)
    }

    async fn flush(&mut self) -> Result<(), Ended> {
        let time = Duration::from_secs(self.shared.service().config.limits.command);
        let outgoing = self.conversation.outgoing();
        if outgoing.is_empty() {
            return Ok(());
        }
        timeout(time, self.stream.write_all(outgoing)).await.map_err(|_| Ended::SlowReader)??;
        outgoing.clear();
        Ok(())
    }

    /// The end of a message: what is done with it is said and written down.
    async fn finish(&mut self) -> Result<(), Ended> {
        let ended = std::time::Instant::now();
        let Some(mut message) = self.transaction.take() else {
            return Ok(());
        };
        message.end_of_header();
        let conclusion = self.conclude(&mut message).await?;
        let queue_id = self.conversation.macros().value("i").map(text).unwrap_or_default();
        conclusion.record(&self.shared, &message, &queue_id, ended);
        self.say(&conclusion, &message);
        self.flush().await
    }

    async fn conclude(&mut self, message: &mut Transaction) -> Result<Conclusion, Ended> {
        let work = std::mem::replace(&mut message.work, Work::Header(Vec::new()));
        Ok(match work {
            Work::Header(_) => Conclusion::accept("nothing was said".to_owned(), Vec::new()),
            Work::Idle(idle) => Conclusion::idle(message, &idle),
            Work::Signing(signings) => match transaction::sign(signings) {
                Ok(fields) => {
                    let mut edits = std::mem::take(&mut message.removals);
                    edits.extend(transaction::on_top(&fields));
                    Conclusion::accept(format!("{} signatures", fields.len()), edits)
                }
                Err(error) => Conclusion::idle(message, &error.into()),
            },
            Work::Judging(mut judging) => {
                let signings = std::mem::take(&mut judging.signings);
                let list = judging.list.take();
                let sealing = judging.sealing.take();
                let mut waiting = match judging.finish() {
                    Ok(waiting) => waiting,
                    Err(error) => return Ok(Conclusion::idle(message, &error.into())),
                };
                let report = loop {
                    match timeout(PROGRESS, waiting.report()).await {
                        Ok(report) => break report,
                        Err(_) => {
                            self.conversation.answer(&Reply::Progress);
                            self.flush().await?;
                        }
                    }
                };
                let circumstances = Circumstances {
                    ip: message.client.ip,
                    sender: &message.sender,
                    recipients: &message.recipients,
                    list: list.as_deref(),
                };
                let config = &message.service.config;
                let judgement = judgement::judge(
                    &config.policy,
                    &config.exempt,
                    &report,
                    &circumstances,
                    &self.shared.troubles,
                );
                let mut edits = std::mem::take(&mut message.removals);
                edits.extend(conclusion::mark(&judgement, &config.policy.quarantine));
                // RFC 6376 §3.5: whoever signs answers for the message, so not for one that is marked.
                let signed = if judgement.action == Action::Accept { signings } else { Vec::new() };
                let signed = transaction::sign(signed).unwrap_or_else(|why| {
                    tracing::warn!(%why, "not signed");
                    Vec::new()
                });
                edits.extend(transaction::on_top(&signed));
                // RFC 8601 §4: on top of everything.
                edits.extend(HeaderEdit::insert_field(&report.auth_results_field()));
                // RFC 8617 §5.1: sealed is the message as it goes on.
                if let Some(sealing) = sealing {
                    match sealing.finish(&signed, &report, transaction::unix_now()) {
                        Ok(set) => edits.extend(set),
                        Err(why) => tracing::warn!(%why, "not sealed"),
                    }
                }
                Conclusion { judgement, edits, report: Some(report) }
            }
        })
    }

    fn say(&mut self, conclusion: &Conclusion, message: &Transaction) {
        let policy = &message.service.config.policy;
        let Conclusion { judgement, edits, .. } = conclusion;
        if policy.dry_run {
            self.conversation.answer(&Reply::Continue);
            return;
        }
        if judgement.action > Action::Quarantine {
            self.conversation.answer(&Reply::Say(line(&judgement.reply).into()));
            return;
        }
        let Some(agreement) = self.conversation.agreement() else {
            return;
        };
        for edit in edits {
            let needed = match edit {
                HeaderEdit::Insert { .. } => Actions::ADD_HEADERS,
                _ => Actions::CHANGE_HEADERS,
            };
            match transaction::reply(edit, agreement.has_leading_space()) {
                Some(reply) if agreement.actions.has(needed) => {
                    self.conversation.answer(&reply);
                }
                _ => tracing::error!("the MTA does not let header fields be changed"),
            }
        }
        let holds = policy.quarantine.hold && agreement.actions.has(Actions::QUARANTINE);
        if judgement.action == Action::Quarantine && holds {
            let reason = text(judgement.reason.as_bytes()).into_bytes();
            self.conversation.answer(&Reply::Quarantine(reason.into()));
        }
        self.conversation.answer(&Reply::Continue);
    }
}

/// What is asked of an MTA: as few round trips as it allows, and the macros that are used here.
fn wishes() -> Wishes {
    Wishes {
        actions: Actions::ADD_HEADERS | Actions::CHANGE_HEADERS | Actions::QUARANTINE | Actions::WANT_MACROS,
        steps: Steps::SKIP
            | Steps::LEADING_SPACE
            | Steps::NO_DATA
            | Steps::NO_UNKNOWN
            | Steps::UNANSWERED_CONNECT
            | Steps::UNANSWERED_HELO
            | Steps::UNANSWERED_MAIL
            | Steps::UNANSWERED_RECIPIENT
            | Steps::UNANSWERED_HEADER
            | Steps::UNANSWERED_END_OF_HEADER,
        macros: vec![
            (Stage::Connect, "j {daemon_name}"),
            (Stage::Helo, "j"),
            (Stage::Mail, "i {auth_type} {auth_authen}"),
            (Stage::Recipient, "i"),
            (Stage::EndOfHeader, "i"),
            (Stage::EndOfMessage, "i"),
        ],
    }
}

/// What is kept of an address: one that is longer than any is kept as none.
fn kept(address: &[u8]) -> &[u8] {
    if address.len() > ADDRESS_OCTETS { b"" } else { address }
}

/// A reply of one line, in visible ASCII and spaces.
fn line(reply: &str) -> Vec<u8> {
    let plain = |octet: u8| if matches!(octet, b' '..=b'~') { octet } else { b'?' };
    reply.bytes().map(plain).take(400).collect()
}
