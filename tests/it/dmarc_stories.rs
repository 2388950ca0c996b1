//! Stories from the field.

use crate::dmarc_world::{World, name, passed};
use mailproof::dmarc::Policy;

/// A wildcard TXT record with SPF text answers for `_dmarc` too.
#[test]
fn story_13_a_wildcard_with_spf_text_is_no_dmarc_record() {
    let world = World::new(&[("*.wurst.example", "v=spf1 include:_spf.wurst.example -all")]);
    let verdict = world.check("user.wurst.example", &passed(Some("user.wurst.example"), &[]));
    assert_eq!(verdict.outcome.word(), "none");
    assert_eq!(
        verdict.reason(),
        "no DMARC record at _dmarc.user.wurst.example (its TXT record is an SPF record), \
         nor at _dmarc.wurst.example (its TXT record is an SPF record), nor at _dmarc.example (NXDOMAIN)"
    );
    // The record beside the wildcard is found, and a wildcard makes every name exist.
    let record = ("_dmarc.wurst.example", "v=DMARC1; p=none; np=reject");
    let world = World::new(&[("*.wurst.example", "v=spf1 -all"), record]);
    let verdict = world.check("user.wurst.example", &passed(None, &[]));
    assert_eq!((verdict.outcome.word(), verdict.policy), ("fail", Some(Policy::None)));
}

/// Customer subdomains under one wildcard, one DKIM key and one DMARC record at the parent.
#[test]
fn story_14_customers_below_one_signer() {
    for (record, word) in [
        ("v=DMARC1; p=reject", "pass"),
        ("v=DMARC1; p=reject; adkim=s", "fail"),
        ("v=DMARC1; p=reject; aspf=s", "pass"),
    ] {
        let world = World::new(&[("_dmarc.wurst.example", record)]);
        for world in [World::new(&[("_dmarc.wurst.example", record)]).by_list(), world] {
            let verdict = world.check("user.wurst.example", &passed(None, &["wurst.example"]));
            assert_eq!(verdict.outcome.word(), word, "{record}");
            assert_eq!(verdict.organizational_domain, Some(name("wurst.example")));
            assert_eq!(verdict.record_domain, Some(name("wurst.example")));
        }
    }
}
