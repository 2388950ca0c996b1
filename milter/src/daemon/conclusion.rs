//! What is said at the end of a message, and written down.

use super::client::Mode;
use super::judgement::Judgement;
use super::shared::Shared;
use super::text::text;
use super::transaction::{Idle, Transaction};
use crate::config::{Action, QuarantineMark};
use mailproof::Report;
use mailproof::authres::AuthResults;
use mailproof::edits::HeaderEdit;
use std::time::{Duration, Instant};

/// What is done with a message.
pub(crate) struct Conclusion {
    pub(crate) judgement: Judgement,
    /// What is changed if it is let in.
    pub(crate) edits: Vec<HeaderEdit>,
    pub(crate) report: Option<Report>,
}

impl Conclusion {
    /// Let in as it is changed.
    pub(crate) fn accept(reason: String, edits: Vec<HeaderEdit>) -> Self {
        let judgement = Judgement { action: Action::Accept, reason, reply: String::new(), is_trouble: false };
        Self { judgement, edits, report: None }
    }

    /// What becomes of a message with which there was nothing to do.
    pub(crate) fn idle(transaction: &mut Transaction, idle: &Idle) -> Self {
        let config = &transaction.service.config;
        let action = idle.action(config);
        let code = match (idle, action) {
            (Idle::Overlong(_), _) => "552 5.3.4",
            (_, Action::Tempfail) => "451 4.3.0",
            (Idle::Malformed(_), _) => "550 5.6.0",
            _ => "550 5.7.0",
        };
        // What is wrong with our keys is nobody else's business.
        let told = match idle {
            Idle::Malformed(_) | Idle::Overlong(_) | Idle::Author(_) => idle.to_string(),
            Idle::NoKey(_) | Idle::Sign(_) | Idle::Signer(_) => "the message cannot be signed".to_owned(),
        };
        let reply = format!("{code} {told}");
        let judgement = Judgement { action, reason: idle.to_string(), reply, is_trouble: false };
        let mut edits = std::mem::take(&mut transaction.removals);
        edits.extend(mark(&judgement, &config.policy.quarantine));
        if transaction.mode == Mode::Verify {
            // RFC 8601 §2.2: nothing was found out.
            let results = AuthResults::new(config.authserv_id.as_str());
            edits.extend(HeaderEdit::insert_field(&results.field()));
        }
        Self { judgement, edits, report: None }
    }

    /// Writes it down. `ended` is when the message had come in whole.
    pub(crate) fn record(&self, shared: &Shared, transaction: &Transaction, queue_id: &str, ended: Instant) {
        let time = ended.elapsed();
        let policy = &transaction.service.config.policy;
        let mode = match transaction.mode {
            Mode::Verify => "verify",
            Mode::Sign => "sign",
        };
        let action = self.judgement.action.word();
        shared.figures.message(mode, action, time);
        if self.judgement.action == Action::Tempfail {
            shared.figures.tempfail(if self.judgement.is_trouble { "dns" } else { mode });
        }
        if let Some(report) = &self.report {
            shared.figures.report(report);
        }
        let removed = self.edits.iter().filter(|edit| !matches!(edit, HeaderEdit::Insert { .. })).count();
        if self.judgement.action <= Action::Quarantine {
            shared.figures.removed(removed);
        }
        let client = transaction.client.ip.map_or_else(|| "local".to_owned(), |ip| ip.to_string());
        let found = self.report.as_ref().map(found).unwrap_or_default();
        tracing::info!(
            queue_id,
            mode,
            client = client.as_str(),
            helo = text(&transaction.client.helo).as_str(),
            from = text(&transaction.sender).as_str(),
            results = found.as_str(),
            action,
            reason = text(self.judgement.reason.as_bytes()).as_str(),
            removed,
            dry_run = policy.dry_run,
            questions = self.report.as_ref().map_or(0, |report| report.dns.questions),
            ms = millis(time),
            total_ms = millis(transaction.began.elapsed()),
            "message"
        );
    }
}

/// The field that says that a message is in quarantine, if it is.
pub(crate) fn mark(judgement: &Judgement, mark: &QuarantineMark) -> Option<HeaderEdit> {
    if judgement.action != Action::Quarantine {
        return None;
    }
    let value = format!(" {}", text(judgement.reason.as_bytes()));
    HeaderEdit::insert(mark.field.as_str(), value).ok()
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The results in a line.
fn found(report: &Report) -> String {
    let mut words = Vec::new();
    if let Some(verdict) = &report.mail_from {
        words.push(format!("spf={}", verdict.outcome.word()));
    }
    match report.dkim.as_slice() {
        [] => words.push("dkim=none".to_owned()),
        // More than a log line should name.
        verdicts => words.extend(verdicts.iter().take(5).map(|verdict| {
            let domain = verdict.domain.as_ref().map_or("?", mailproof::Name::as_str);
            format!("dkim={}({domain})", verdict.outcome.word())
        })),
    }
    let author = report.dmarc.author_domain.as_ref().map_or("?", mailproof::Name::as_str);
    words.push(format!("dmarc={}({author})", report.dmarc.outcome.word()));
    text(words.join(" ").as_bytes())
}
