//! What is known of signatures beside their verdicts: their keys as published, and what was done to the message since
//! those that fail were made.

use mailproof::KeyType;
use mailproof::dkim::diagnosis::{Diagnosis, diagnose};
use mailproof::dkim::{KeyRecord, Policy, Verdict, look_up_key};
use mailproof::dns::{self, Answer, Failure, Known, Question};
use mailproof::message::Message;
use serde_json::{Value, json};

/// Signatures looked into, at most.
const SIGNATURES: usize = 10;

/// What is known of one signature.
#[derive(Default)]
pub(crate) struct Background {
    /// What was found, of a signature that fails.
    pub(crate) diagnosis: Diagnosis,
    key: Option<Key>,
}

/// A key as published.
struct Key {
    question: Question,
    answer: Answer,
}

/// What is known of each signature, in the order of the verdicts; of those beyond the first few, nothing.
pub(crate) fn background(
    message: &Message<'_>,
    verdicts: &[Verdict],
    policy: &Policy,
    known: &dyn Known,
) -> Vec<Background> {
    let one = |(index, verdict): (usize, &Verdict)| {
        if index >= SIGNATURES {
            return Background::default();
        }
        Background { diagnosis: diagnose(message, verdict, policy, known), key: key(verdict, known) }
    };
    verdicts.iter().enumerate().map(one).collect()
}

fn key(verdict: &Verdict, known: &dyn Known) -> Option<Key> {
    let (selector, domain) = (verdict.selector.as_ref()?, verdict.domain.as_ref()?);
    let lookup = look_up_key(selector.as_str(), domain.as_str()).ok()?;
    let question = Question::new(lookup.name().clone(), dns::Kind::Txt);
    let answer = known.recall(&question)?;
    let is_asked = !matches!(answer.outcome(), dns::Outcome::Failed(Failure::Unrecorded));
    is_asked.then_some(Key { question, answer })
}

impl Background {
    /// The facts of the key.
    pub(crate) fn key_text(&self) -> Option<String> {
        let Key { question, answer } = self.key.as_ref()?;
        let mut parts = vec![question.name.to_string()];
        parts.extend(answer.aliases().iter().map(|alias| format!("alias of {alias}")));
        match answer.txt() {
            [] => parts.push(match answer.outcome() {
                dns::Outcome::NxDomain => "NXDOMAIN".to_owned(),
                dns::Outcome::Failed(failure) => failure.to_string(),
                _ => "no TXT record".to_owned(),
            }),
            records => {
                parts.extend(records.iter().map(|record| record_text(&KeyRecord::parse(record.octets()))))
            }
        }
        parts.push(format!("TTL {}", answer.ttl().as_secs()));
        Some(parts.join("; "))
    }

    /// What is known, beside the verdict in an element of a report's `dkim`.
    pub(crate) fn put_into(&self, verdict: &mut Value) {
        let Some(fields) = verdict.as_object_mut() else {
            return;
        };
        let Diagnosis { is_body_intact, .. } = self.diagnosis;
        let diagnosis = json!({ "body_intact": is_body_intact, "findings": self.diagnosis.sentences() });
        let is_found = self.diagnosis != Diagnosis::default();
        fields.insert("diagnosis".to_owned(), if is_found { diagnosis } else { Value::Null });
        fields.insert("key".to_owned(), self.key.as_ref().map_or(Value::Null, key_json));
    }
}

fn record_text<E: ToString>(record: &Result<KeyRecord, E>) -> String {
    let key = match record {
        Ok(key) => key,
        Err(flaw) => return flaw.to_string(),
    };
    let mut text = match key.key_type() {
        KeyType::Ed25519 => "Ed25519".to_owned(),
        other => format!("{} of {} bits", other.word().to_uppercase(), key.bits()),
    };
    let flags = [
        (key.is_testing(), "t=y: the domain only tests DKIM"),
        (key.is_strict(), "t=s: i= has to be in d= itself"),
        (!key.permits_sha256(), "h= does not permit SHA-256"),
        (!key.is_for_email(), "s= does not permit mail"),
    ];
    for (_, flag) in flags.into_iter().filter(|(is_set, _)| *is_set) {
        text.push_str(", ");
        text.push_str(flag);
    }
    text
}

fn key_json(key: &Key) -> Value {
    let records: Vec<_> = key
        .answer
        .txt()
        .iter()
        .map(|record| match KeyRecord::parse(record.octets()) {
            Ok(key) => json!({
                "type": key.key_type().word(),
                "bits": key.bits(),
                "testing": key.is_testing(),
                "strict": key.is_strict(),
            }),
            Err(flaw) => json!({ "flaw": flaw.to_string() }),
        })
        .collect();
    json!({ "name": key.question.name.as_str(), "ttl": key.answer.ttl().as_secs(), "records": records })
}
