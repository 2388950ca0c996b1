//! What to do about an SPF verdict.

use mailproof::dns::Failure;
use mailproof::spf::{
    Absence, Mechanism, Outcome, Permerror, PolicyTrace, Problem, Temperror, Term, Trace, Verdict,
};

/// The next step for whoever wants another result, if there is one.
pub(super) fn next(verdict: &Verdict, trace: Option<&Trace>) -> Option<String> {
    let domain = verdict.domain_text();
    match &verdict.outcome {
        Outcome::Pass => None,
        Outcome::Fail | Outcome::Softfail | Outcome::Neutral(_) => unspoken_of(verdict),
        Outcome::None(Absence::Domain(_)) => None,
        Outcome::None(Absence::NxDomain) => Some(format!(
            "is {domain} the domain that was meant? It does not exist, and many receivers refuse mail from such a domain."
        )),
        Outcome::None(_) => Some(format!(
            "does {domain} send mail? Then publish at {domain} a TXT record \"v=spf1 ... -all\" that lists its hosts; if \
             it never does, \"v=spf1 -all\"."
        )),
        Outcome::Temperror(cause) => temporary(cause),
        Outcome::Permerror(cause) => Some(permanent(cause, domain, trace)),
    }
}

/// What can be done about a host that the record does not speak of.
fn unspoken_of(verdict: &Verdict) -> Option<String> {
    if verdict.matched.as_ref().is_some_and(|matched| matched.mechanism() != Some(&Mechanism::All)) {
        return None;
    }
    let domain = verdict.domain_text();
    let mechanism = if verdict.ip.is_ipv4() { "ip4" } else { "ip6" };
    Some(format!(
        "is this a host of {domain}? Then its record lacks {mechanism}:{}. Was the mail forwarded? Then SPF cannot pass; \
         see DKIM. All it lists: mailproof spf walk {domain}",
        verdict.ip
    ))
}

fn temporary(cause: &Temperror) -> Option<String> {
    (cause.failure != Failure::Budget && cause.failure != Failure::Unrecorded)
        .then(|| format!("ask again later; to look closer: mailproof dns {}", cause.question))
}

fn permanent(cause: &Permerror, domain: &str, trace: Option<&Trace>) -> String {
    let owner = cause.path.last().map_or(domain, |place| place.domain.as_str());
    match &cause.problem {
        Problem::LookupLimit { limit } => {
            let costs = trace.and_then(|trace| trace.policy.as_ref()).map(costs).unwrap_or_default();
            let costs = if costs.is_empty() { costs } else { format!(" They are: {costs}.") };
            format!(
                "take terms that ask DNS out of the record of {domain} until {limit} are left: senders matched before \
                 still pass, all others get this error.{costs} As networks: mailproof spf flatten {domain}. More: \
                 mailproof explain SPF-001"
            )
        }
        Problem::VoidLimit { .. } => {
            let empty = trace.and_then(|trace| trace.policy.as_ref()).map(void_terms).unwrap_or_default();
            format!("take out the terms that find nothing: {empty}. More: mailproof explain SPF-003")
        }
        Problem::Malformed { domain, .. } => format!(
            "mend the record of {domain}. All that is wrong with it: mailproof audit {domain}; before you publish it \
             anew: mailproof spf lint 'v=spf1 ...'"
        ),
        Problem::SeveralRecords { domain, .. } => {
            format!(
                "join the SPF records of {domain} in one, and delete the others. To try that: mailproof spf lint 'v=spf1 ...'"
            )
        }
        Problem::MxLimit { domain, .. } => {
            format!(
                "list the addresses of the mail exchanges of {domain} by ip4 and ip6 in place of mx. More: mailproof explain SPF-035"
            )
        }
        Problem::TargetWithoutRecord { absence: Absence::NxDomain, target } => format!(
            "take it out of the record of {owner}: {target} does not exist any more, and whoever registers it decides \
             who may send. More: mailproof explain SPF-022"
        ),
        Problem::TargetWithoutRecord { target, .. } => {
            format!("take it out of the record of {owner}, or ask the owner of {target} to publish a record.")
        }
        _ => format!("mend the record of {owner}. All that is wrong with it: mailproof audit {owner}"),
    }
}

/// Terms of the first record with the lookups each has cost.
fn costs(policy: &PolicyTrace) -> String {
    let told = policy.terms().filter(|(_, trace)| trace.lookup_number.is_some());
    told.map(|(term, trace)| format!("{} {}", shown(term), 1 + trace.policy.as_deref().map_or(0, below)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Terms below a policy that asked DNS.
fn below(policy: &PolicyTrace) -> usize {
    policy
        .terms
        .iter()
        .filter(|term| term.lookup_number.is_some())
        .map(|term| 1 + term.policy.as_deref().map_or(0, below))
        .sum()
}

/// The terms that found nothing themselves.
fn void_terms(policy: &PolicyTrace) -> String {
    let mut found = Vec::new();
    collect_void_terms(policy, &mut found);
    found.join(", ")
}

fn collect_void_terms(policy: &PolicyTrace, found: &mut Vec<String>) {
    for (term, trace) in policy.terms().filter(|(_, trace)| trace.void_lookups > 0) {
        match &trace.policy {
            Some(policy) => collect_void_terms(policy, found),
            None => found.push(format!("{} of {}", shown(term), policy.domain)),
        }
    }
}

fn shown(term: &Term) -> String {
    crate::terminal::cut(&term.to_string(), 60)
}
