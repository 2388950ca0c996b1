//! What is done with each item.

use super::domain;
use super::item::{Mail, MailSource, Sender, Subject};
use super::mbox::MESSAGE_OCTETS;
use super::outcome::{Outcome, Part};
use crate::input::wire_octets;
use mailproof::dns::Resolver;
use mailproof::eval::Evaluation;
use mailproof::message::Message;
use mailproof::{Authenticator, Connection, Name, Report, spf};
use std::borrow::Cow;
use std::net::IpAddr;
use tokio::sync::Semaphore;

/// What is done with an item.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// All that DNS says of a domain: its SPF record, DMARC policy, whether it has DKIM keys, and mail exchanges.
    Domain,
    /// The SPF record of a domain, with all it includes.
    SpfRecord,
    /// The DMARC policy for mail of a domain.
    Dmarc,
    /// All that is wrong with a domain, as audit finds it.
    Lint,
    /// Whether a client may send for a domain; needs an address.
    Spf,
    /// Whether a message is what it says it is.
    Check,
}

/// What is not said by the items.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// What is done, if not what suits each item.
    pub(super) action: Option<Action>,
    /// The client, for items that name none.
    pub(super) ip: Option<IpAddr>,
    pub(super) helo: String,
    /// The time of arrival, in Unix seconds.
    pub(super) time: u64,
}

impl Action {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::SpfRecord => "spf-record",
            Self::Dmarc => "dmarc",
            Self::Lint => "lint",
            Self::Spf => "spf",
            Self::Check => "check",
        }
    }
}

impl Plan {
    /// What is done with this: by default a message is checked, a client too, and of a domain everything is looked at.
    pub(super) fn action_for(&self, subject: &Subject) -> Action {
        self.action.unwrap_or(match subject {
            Subject::Mail(_) => Action::Check,
            Subject::Sender(Sender { ip: Some(_), .. }) => Action::Spf,
            Subject::Sender(_) if self.ip.is_some() => Action::Spf,
            Subject::Sender(_) => Action::Domain,
        })
    }

    /// Does it. `reading` bounds the files that are in memory at once, in KiB.
    pub(super) async fn perform<R: Resolver>(
        &self,
        subject: &Subject,
        resolver: &R,
        reading: &Semaphore,
    ) -> Outcome {
        let done = match (self.action_for(subject), subject) {
            (Action::Check, Subject::Mail(mail)) => self.check(mail, resolver, reading).await,
            (Action::Check, Subject::Sender(_)) => Err("no message to check".to_owned()),
            (_, Subject::Mail(_)) => Err("a message; it can only be checked".to_owned()),
            (Action::Spf, Subject::Sender(sender)) => self.spf(sender, resolver).await,
            (
                action @ (Action::Domain | Action::SpfRecord | Action::Dmarc | Action::Lint),
                Subject::Sender(sender),
            ) => match &sender.domain {
                Some(name) => Ok(about(action, name, resolver).await),
                None => Err("no domain".to_owned()),
            },
        };
        done.map_or_else(Outcome::Unreadable, Outcome::Seen)
    }

    async fn spf<R: Resolver>(&self, sender: &Sender, resolver: &R) -> Result<Vec<Part>, String> {
        let ip = sender
            .ip
            .or(self.ip)
            .ok_or_else(|| "no IP address, which SPF needs; --ip gives one to all".to_owned())?;
        let helo = self.helo_of(sender);
        // A bounce has no MAIL FROM, and its HELO name stands in (RFC 7208 §2.4).
        let mail_from = match (&sender.mail_from, &sender.domain) {
            (Some(address), _) => address.as_str(),
            (None, Some(domain)) if sender.helo.is_empty() => domain.as_str(),
            (None, _) => "",
        };
        let mut request = spf::Request::mail_from(ip, helo, mail_from);
        request.now = self.time;
        let verdict = spf::check(request).run(resolver).await;
        let is_temperror = matches!(verdict.outcome, spf::Outcome::Temperror(_));
        let counts = vec![("spf", verdict.outcome.word())];
        Ok(vec![Part { name: "spf", value: verdict.to_json(), counts, is_temperror }])
    }

    async fn check<R: Resolver>(
        &self,
        mail: &Mail,
        resolver: &R,
        reading: &Semaphore,
    ) -> Result<Vec<Part>, String> {
        let _share;
        let octets = match &mail.source {
            MailSource::Octets { octets, .. } => Cow::Borrowed(octets.as_slice()),
            MailSource::File(path) => {
                let facts = path.metadata().map_err(|why| why.to_string())?;
                let size = usize::try_from(facts.len()).unwrap_or(usize::MAX);
                if size > MESSAGE_OCTETS {
                    return Err("a message of more than 32 MiB".to_owned());
                }
                let kib = u32::try_from(size.div_ceil(1024)).unwrap_or(u32::MAX);
                _share = reading.acquire_many(kib).await.ok();
                Cow::Owned(std::fs::read(path).map_err(|why| why.to_string())?)
            }
        };
        let octets = wire_octets(octets.into_owned(), false);
        let message = Message::parse(&octets).map_err(|why| why.to_string())?;
        let sender = &mail.sender;
        let connection = match sender.ip.or(self.ip) {
            Some(ip) => {
                Connection::new(ip, self.helo_of(sender), sender.mail_from.as_deref().unwrap_or_default())
            }
            None => Connection::unknown(),
        };
        let report =
            Authenticator::new("localhost").check(&message, connection.at(self.time)).run(resolver).await;
        Ok(parts_of(&report))
    }

    fn helo_of<'a>(&'a self, sender: &'a Sender) -> &'a str {
        if sender.helo.is_empty() { &self.helo } else { &sender.helo }
    }
}

/// All that is asked is asked at once.
async fn about<R: Resolver>(action: Action, name: &Name, resolver: &R) -> Vec<Part> {
    match action {
        Action::SpfRecord => vec![domain::spf_record(name, resolver).await],
        Action::Dmarc => vec![domain::dmarc(name, resolver).await],
        Action::Lint => vec![domain::lint(name, resolver).await],
        Action::Domain | Action::Spf | Action::Check => {
            let (spf, dmarc, dkim, mx) = tokio::join!(
                domain::spf_record(name, resolver),
                domain::dmarc(name, resolver),
                domain::domainkey(name, resolver),
                domain::mx(name, resolver),
            );
            vec![spf, dmarc, dkim, mx]
        }
    }
}

/// The report, and for the summary what DMARC, SPF and DKIM say.
fn parts_of(report: &Report) -> Vec<Part> {
    let mut counts = vec![("dmarc", report.dmarc.outcome.word())];
    if let Some(verdict) = report.mail_from.as_ref().or(report.helo.as_ref()) {
        counts.push(("spf", verdict.outcome.word()));
    }
    let passed = report.dkim.iter().find(|verdict| verdict.outcome.is_pass());
    let dkim = passed.or(report.dkim.first()).map_or("none", |verdict| verdict.outcome.word());
    counts.push(("dkim", dkim));
    vec![Part { name: "report", value: report.to_json(), counts, is_temperror: is_undecided(report) }]
}

/// Whether another day may bring another result that matters: RFC 9989 decides by DMARC where there is a policy.
fn is_undecided(report: &Report) -> bool {
    match &report.dmarc.outcome {
        mailproof::dmarc::Outcome::Temperror(_) => true,
        mailproof::dmarc::Outcome::Pass | mailproof::dmarc::Outcome::Fail => false,
        mailproof::dmarc::Outcome::None(_) | mailproof::dmarc::Outcome::Permerror(_) => {
            let spf = [&report.helo, &report.mail_from].into_iter().flatten();
            spf.into_iter().any(|verdict| matches!(verdict.outcome, spf::Outcome::Temperror(_)))
                || report
                    .dkim
                    .iter()
                    .any(|verdict| matches!(verdict.outcome, mailproof::dkim::Outcome::Temperror(_)))
        }
    }
}
