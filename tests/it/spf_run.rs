//! How the SPF tests ask: a zone in JSON that knows everything, and one step.

use mailproof::dns::Zone;
use mailproof::spf::{self, Request, Verdict};
use mailproof::{Evaluation, Step};

/// The client of every test that does not name another.
pub(crate) const CLIENT: &str = "192.0.2.1";

pub(crate) fn zone(json: &str) -> Zone {
    Zone::from_json(json).unwrap()
}

/// The verdict on a request.
pub(crate) fn run(zone: &Zone, request: Request) -> Verdict {
    match spf::check(request).step(zone) {
        Step::Done(verdict) => verdict,
        Step::Ask(open) => panic!("a zone knows everything, also {open:?}"),
    }
}

/// A MAIL FROM request of `ip`, which says that it is `mail.example.net`.
pub(crate) fn from(ip: &str, reverse_path: &str) -> Request {
    Request::mail_from(ip.parse().unwrap(), "mail.example.net", reverse_path)
}

/// The result for `jane@example.com` sent by `ip`, where example.com publishes `record` beside what `others` says (the
/// inside of a JSON object).
pub(crate) fn published(record: &str, others: &str, ip: &str) -> Verdict {
    let mut names = serde_json::from_str::<serde_json::Value>(&format!("{{{others}}}")).unwrap();
    let records = &mut names["example.com"];
    if records.is_null() {
        *records = serde_json::json!({});
    }
    records["TXT"] = serde_json::json!([record]);
    run(&Zone::from_json_value(&names).unwrap(), from(ip, "jane@example.com"))
}

/// The word of [`published`] for the usual client.
pub(crate) fn word(record: &str, others: &str) -> &'static str {
    published(record, others, CLIENT).outcome.word()
}

/// Domains the verdict asked for, in order: `"TXT example.com"`.
pub(crate) fn questions(zone: &Zone, request: Request) -> Vec<String> {
    let mut check = spf::check(request);
    let _ = check.step(zone);
    check.facts().iter().map(|(question, _)| format!("{} {}", question.kind, question.name)).collect()
}
