//! What the name servers of a domain say, each asked alone.

use crate::finding::Finding;
use mailproof::Name;
use mailproof::dns::{Answer, Failure, Kind, Outcome, Question, Records};

/// What is asked of each name server of a domain.
pub fn questions(domain: &Name) -> Vec<Question> {
    let own = [Kind::Txt, Kind::Mx, Kind::A].map(|kind| Question::new(domain.clone(), kind));
    let dmarc = domain.child("_dmarc").ok().map(|name| Question::new(name, Kind::Txt));
    own.into_iter().chain(dmarc).collect()
}

/// Where name servers disagree, and which of them do not answer at all. Each stands with its answers to the same
/// questions, in the same order.
pub fn compare(domain: &Name, servers: &[(String, Vec<(Question, Answer)>)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (server, answers) in servers {
        let lame = answers.iter().find_map(|(question, answer)| match answer.outcome() {
            Outcome::Failed(Failure::Budget | Failure::Unrecorded) => None,
            Outcome::Failed(failure) => Some((question, failure)),
            Outcome::Found(_) | Outcome::NoData | Outcome::NxDomain => None,
        });
        if let Some((question, failure)) = lame {
            findings.push(Finding::dns(6, format!("{server}: {question}: {failure}")).of(domain));
        }
    }
    let Some((first_server, first)) = servers.first() else {
        return findings;
    };
    for (index, (question, told)) in first.iter().enumerate() {
        let other = servers.iter().skip(1).find_map(|(server, answers)| {
            let (_, answer) = answers.get(index)?;
            let both = !has_failed(told) && !has_failed(answer);
            (both && sorted(told.outcome()) != sorted(answer.outcome())).then_some(server)
        });
        if let Some(server) = other {
            let message = format!("{question}: {server} and {first_server} say different things");
            findings.push(Finding::dns(5, message).of(domain));
        }
    }
    findings
}

fn has_failed(answer: &Answer) -> bool {
    matches!(answer.outcome(), Outcome::Failed(_))
}

/// The records in an order of their own: servers rotate them.
fn sorted(outcome: &Outcome) -> (bool, Vec<String>) {
    let mut records: Vec<String> = match outcome {
        Outcome::Found(Records::A(found)) => found.iter().map(ToString::to_string).collect(),
        Outcome::Found(Records::Aaaa(found)) => found.iter().map(ToString::to_string).collect(),
        Outcome::Found(Records::Mx(found)) => {
            found.iter().map(|mx| format!("{} {}", mx.preference, mx.exchange)).collect()
        }
        Outcome::Found(Records::Ptr(found)) => found.iter().map(ToString::to_string).collect(),
        Outcome::Found(Records::Txt(found)) => {
            found.iter().map(|txt| String::from_utf8_lossy(txt.octets()).into_owned()).collect()
        }
        Outcome::Failed(_) | Outcome::NoData | Outcome::NxDomain => Vec::new(),
    };
    records.sort_unstable();
    (*outcome == Outcome::NxDomain, records)
}
