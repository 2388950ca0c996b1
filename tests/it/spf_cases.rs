//! SPF cases of other projects, as JSON lines.

use mailproof::dns::Zone;
use mailproof::spf::{self, Request, Verdict};
use mailproof::{Evaluation, Name, Step};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Cases that contradict RFC 7208, or depend on what a case does not say.
const WRONG: &[(&str, &str)] = &[
    ("jspf/test-_2", DEFAULT_EXPLANATION),
    ("jspf/test-_11", DEFAULT_EXPLANATION),
    ("jspf/test-_15", DEFAULT_EXPLANATION),
    ("jspf/test-macrodata", "§7.3: %{r} is the name of the receiver, which the case does not give"),
    ("jspf-mailzone/mailzone-_18", MX_LIMIT),
    ("jspf-mailzone/mailzone-_19", MX_LIMIT),
    ("jspf-mailzone/mailzone-_23", MX_LIMIT),
    ("jspf-mailzone/mailzone-_26", MX_LIMIT),
    ("jspf-mailzone/mailzone-_30", MX_LIMIT),
    ("jspf-mailzone/mailzone-_35", MX_LIMIT),
];
const MX_LIMIT: &str =
    "§4.6.4: an mx must not query more than 10 address records; the match is behind the tenth";
const DEFAULT_EXPLANATION: &str =
    "§6.2: without exp the explanation is the default of an implementation, or empty";

/// RFC 7208 §4.3: a domain of one label has no policy, whatever its zone says. Suites whose example domain is "domain"
/// expect otherwise.
fn is_of_one_label(case: &Value) -> bool {
    let identity = [&case["mail_from"], &case["helo"]].map(|value| value.as_str().unwrap_or_default());
    let identity = identity.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    let expects_none = case["expected"]["spf"].as_array().unwrap().iter().any(|word| word == "none");
    !expects_none && !identity.rsplit('@').next().unwrap_or_default().contains('.')
}

#[test]
fn agrees_with_the_suites_of_other_projects() {
    let file = corpora().join("cases/spf.jsonl");
    let Ok(text) = std::fs::read_to_string(&file) else {
        eprintln!("skipped: no {}", file.display());
        return;
    };
    let mut disagreements = Vec::new();
    let mut count = 0;
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let id = case["id"].as_str().unwrap();
        count += 1;
        let excused = WRONG.iter().any(|(wrong, _)| *wrong == id) || is_of_one_label(&case);
        match (disagreement(&case), excused) {
            (Some(why), false) => disagreements.push(format!("{id}: {why}")),
            (None, true) => disagreements.push(format!("{id} agrees though it is listed as wrong")),
            (Some(_), true) | (None, false) => {}
        }
    }
    assert!(disagreements.is_empty(), "of {count} cases:\n{}", disagreements.join("\n"));
    eprintln!("{count} cases agree, or contradict RFC 7208");
}

fn corpora() -> PathBuf {
    match std::env::var_os("MAILPROOF_CORPORA") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"),
    }
}

fn disagreement(case: &Value) -> Option<String> {
    let verdict = verdict(case);
    let expected = case["expected"]["spf"].as_array().unwrap();
    if !expected.iter().any(|word| word == verdict.outcome.word()) {
        return Some(format!("{} ({}), not {expected:?}", verdict.outcome, verdict.reason()));
    }
    let explanation = case["expected"]["explanation"].as_str()?;
    let ours = verdict.explanation.as_deref().unwrap_or("DEFAULT");
    (ours != explanation).then(|| format!("explains {ours:?}, not {explanation:?}"))
}

fn verdict(case: &Value) -> Verdict {
    let text = |key: &str| case[key].as_str().unwrap_or_default();
    let ip = text("ip").parse().unwrap();
    let mut request = Request::mail_from(ip, text("helo"), text("mail_from"));
    request.now = case["now"].as_u64().unwrap_or_default();
    let Step::Done(verdict) = spf::check(request).step(&zone(&case["zone"])) else {
        panic!("a zone knows everything");
    };
    verdict
}

/// The zone, without the owners that no question can be asked about. An alias of the root leads to no data.
fn zone(value: &Value) -> Zone {
    let mut names = value.as_object().unwrap().clone();
    names.retain(|owner, _| Name::parse_with_spaces(owner).is_ok());
    for records in names.values_mut().filter_map(Value::as_object_mut) {
        records.retain(|mnemonic, target| mnemonic != "CNAME" || target != "");
    }
    Zone::from_json_value(&names.into()).unwrap()
}
