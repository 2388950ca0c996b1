//! A report as JSON, schema `mailproof.report/1`: fields may be added, none is renamed.

use super::Report;
use crate::arc;
use crate::dkim;
use crate::dmarc;
use crate::iprev;
use crate::spf;
use serde_json::{Value, json};

impl Report {
    /// The report as JSON.
    pub fn to_json(&self) -> Value {
        let spf: Vec<_> =
            [&self.helo, &self.mail_from].into_iter().flatten().map(spf::Verdict::to_json).collect();
        let dkim: Vec<_> = self.dkim.iter().map(dkim::Verdict::to_json).collect();
        json!({
            "schema": "mailproof.report/1",
            "spf": spf,
            "dkim": dkim,
            "arc": arc_json(&self.arc),
            "atps": self.atps.as_ref().map(atps_json),
            "dmarc": dmarc_json(self),
            "iprev": iprev_json(self.iprev.as_ref()),
            "authentication_results": self.auth_results().to_string(),
            "dns": {
                "questions": self.dns.questions,
                "rounds": self.dns.rounds,
                "stale": self.dns.stale.iter().map(ToString::to_string).collect::<Vec<_>>(),
            },
        })
    }
}

impl spf::Verdict {
    /// The verdict as one element of the report's `spf`.
    pub fn to_json(&self) -> Value {
        json!({
            "identity": self.identity.word(),
            "domain": self.domain_text(),
            "result": self.outcome.word(),
            "reason": self.reason().to_string(),
            "matched": self.matched.as_ref().map(ToString::to_string),
            "explanation": self.explanation,
            "lookups": self.lookups,
            "void_lookups": self.void_lookups,
        })
    }
}

impl dkim::Verdict {
    /// The verdict as one element of the report's `dkim`.
    pub fn to_json(&self) -> Value {
        json!({
            "result": self.outcome.word(),
            "domain": self.domain.as_ref().map(ToString::to_string),
            "selector": self.selector.as_ref().map(ToString::to_string),
            "identity": self.identity,
            "algorithm": self.algorithm.map(dkim::Algorithm::as_str),
            "key_bits": self.key_bits,
            "reason": self.outcome.reason(),
            "unsigned_body_octets": self.unsigned_body_octets,
            "testing": self.testing,
        })
    }
}

/// As the reason of an aggregate report (RFC 8617 §7.2.2).
fn override_json(local_policy: &arc::Override) -> Value {
    json!({ "type": "local_policy", "comment": local_policy.comment })
}

fn arc_json(verdict: &arc::Verdict) -> Value {
    json!({
        "result": verdict.outcome.word(),
        "instances": verdict.instances,
        "oldest_pass": verdict.oldest_pass.unwrap_or_default(),
        "reason": verdict.outcome.reason(),
    })
}

fn atps_json(verdict: &dkim::atps::Verdict) -> Value {
    json!({
        "result": verdict.outcome.word(),
        "author_domain": verdict.author_domain.to_string(),
        "signer": verdict.signer.as_ref().map(ToString::to_string),
        "reason": verdict.outcome.reason(),
    })
}

fn dmarc_json(report: &Report) -> Value {
    let verdict = &report.dmarc;
    let name = |name: &Option<crate::name::Name>| name.as_ref().map(ToString::to_string);
    json!({
        "result": verdict.outcome.word(),
        "author_domain": name(&verdict.author_domain),
        "organizational_domain": name(&verdict.organizational_domain),
        "record_domain": name(&verdict.record_domain),
        "policy": verdict.policy.map(dmarc::Policy::word),
        "disposition": report.disposition().word(),
        "spf_aligned": verdict.spf_aligned,
        "dkim_aligned": verdict.dkim_aligned,
        "override": report.dmarc_override.as_ref().map(override_json),
        "reason": verdict.reason(),
    })
}

/// RFC 8601 §2.7.3 knows no `none`; here it says that nothing was checked.
fn iprev_json(verdict: Option<&iprev::Verdict>) -> Value {
    match verdict {
        Some(verdict) => json!({
            "result": verdict.outcome.word(),
            "name": verdict.name.as_ref().map(ToString::to_string),
            "reason": verdict.reason().to_string(),
        }),
        None => json!({ "result": "none", "name": null, "reason": null }),
    }
}
