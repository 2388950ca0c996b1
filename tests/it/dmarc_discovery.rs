//! Where policies are looked for and which one applies: RFC 9989 §4.10, RFC 7489 §6.6.3.

use crate::dmarc_world::{World, name, passed, txt};
use mailproof::dmarc::{self, Absence, Finding, NoPolicy, NotDmarc, Policy, Stray};
use mailproof::dns::{Answer, Details, Freshness, Outcome, Records, Txt};
use mailproof::{Evaluation, Step};
use std::sync::Arc;
use std::time::Duration;

const REJECT: &str = "v=DMARC1; p=reject";

/// What is asked on the way to the policy of `author`.
fn questions(world: &World, author: &str) -> Vec<String> {
    world.asked();
    world.discover(author);
    world.asked()
}

fn names(labels: &[&str]) -> Vec<String> {
    labels.iter().map(|label| format!("_dmarc.{label}")).collect()
}

/// The record's domain, the organizational domain, and the policy for `author`.
fn found(world: &World, author: &str) -> Option<(String, Option<String>, Policy)> {
    let discovered = world.discover(author);
    match discovered.finding {
        Finding::Applies(applicable) => Some((
            applicable.published.domain.to_string(),
            discovered.organizational_domain.map(|name| name.to_string()),
            applicable.policy.unwrap(),
        )),
        Finding::None(_) => None,
        Finding::Temperror(trouble) => panic!("{trouble}"),
    }
}

fn applies(world: &World, author: &str, record: &str, organization: &str, policy: Policy) {
    let expected = Some((record.to_owned(), Some(organization.to_owned()), policy));
    assert_eq!(found(world, author), expected, "{author}");
}

#[test]
fn the_walk_asks_what_the_rfc_asks() {
    let world = World::new(&[]);
    let long = "a.b.c.d.e.f.g.h.i.j.mail.example.com";
    assert_eq!(
        questions(&world, long),
        names(&[
            long,
            "g.h.i.j.mail.example.com",
            "h.i.j.mail.example.com",
            "i.j.mail.example.com",
            "j.mail.example.com",
            "mail.example.com",
            "example.com",
            "com",
        ])
    );
    let nine = questions(&world, "a.b.c.d.e.f.g.example.com");
    assert_eq!(nine[..2], names(&["a.b.c.d.e.f.g.example.com", "c.d.e.f.g.example.com"]));
    assert_eq!(nine.len(), 8);
    let eight = questions(&world, "a.b.c.d.e.f.example.com");
    assert_eq!(eight[..2], names(&["a.b.c.d.e.f.example.com", "b.c.d.e.f.example.com"]));
    assert_eq!(eight.len(), 8);
    let seven = questions(&world, "b.c.d.e.f.example.com");
    assert_eq!(seven[..2], names(&["b.c.d.e.f.example.com", "c.d.e.f.example.com"]));
    assert_eq!(seven.len(), 7);
    assert_eq!(questions(&world, "localhost"), names(&["localhost"]));
}

#[test]
fn a_record_of_the_author_domain_ends_the_search() {
    let world = World::new(&[
        ("_dmarc.mail.example.com", "v=DMARC1; p=none"),
        ("_dmarc.example.com", "v=DMARC1; p=reject; sp=reject"),
    ]);
    assert_eq!(questions(&world, "mail.example.com"), names(&["mail.example.com"]));
    // Its own p, never sp or np, and never the parent's sp.
    assert_eq!(found(&world, "mail.example.com"), Some(("mail.example.com".into(), None, Policy::None)));
    let own = World::new(&[("_dmarc.example.com", "v=DMARC1; p=none; sp=reject; np=reject")]);
    assert_eq!(found(&own, "example.com").unwrap().2, Policy::None);
    assert_eq!(questions(&own, "example.com"), names(&["example.com"]));
}

#[test]
fn psd_ends_the_walk() {
    let world = World::new(&[
        ("_dmarc.b.example.com", "v=DMARC1; p=reject; psd=n"),
        ("_dmarc.example.com", "v=DMARC1; p=none"),
    ]);
    assert_eq!(questions(&world, "a.b.example.com"), names(&["a.b.example.com", "b.example.com"]));
    applies(&world, "a.b.example.com", "b.example.com", "b.example.com", Policy::Reject);
    let suffix = World::new(&[
        ("_dmarc.b.example.com", "v=DMARC1; p=reject; psd=y"),
        ("_dmarc.example.com", "v=DMARC1; p=none"),
    ]);
    assert_eq!(questions(&suffix, "a.b.example.com"), names(&["a.b.example.com", "b.example.com"]));
    applies(&suffix, "a.b.example.com", "b.example.com", "a.b.example.com", Policy::Reject);
}

#[test]
fn the_organizational_domain_is_selected_by_rule() {
    let two =
        World::new(&[("_dmarc.mail.example.com", REJECT), ("_dmarc.example.com", "v=DMARC1; p=quarantine")]);
    applies(&two, "a.mail.example.com", "example.com", "example.com", Policy::Quarantine);
    let tld = World::new(&[("_dmarc.com", "v=DMARC1; p=reject; psd=y")]);
    applies(&tld, "example.com", "com", "example.com", Policy::Reject);
    applies(&tld, "a.mail.example.com", "com", "example.com", Policy::Reject);
    // psd=y at the very domain where the walk starts: rule 3.
    applies(&tld, "com", "com", "com", Policy::Reject);
    let own = World::new(&[("_dmarc.bank.example", "v=DMARC1; p=reject; psd=y")]);
    applies(&own, "bank.example", "bank.example", "bank.example", Policy::Reject);
    // psd=y at the parent: the walk notionally starts at the author domain.
    applies(&own, "a.bank.example", "bank.example", "a.bank.example", Policy::Reject);
}

#[test]
fn the_nearest_record_is_not_the_one_that_applies() {
    let world = World::new(&[
        ("_dmarc.b.example.com", REJECT),
        ("_dmarc.example.com", "v=DMARC1; p=none; sp=quarantine"),
    ]);
    applies(&world, "a.b.example.com", "example.com", "example.com", Policy::Quarantine);
}

#[test]
fn the_organization_hides_its_public_suffix() {
    let world = World::new(&[
        ("_dmarc.bank.example", "v=DMARC1; p=reject; psd=y; rua=mailto:a@bank.example"),
        ("_dmarc.giant.bank.example", "v=DMARC1; p=none"),
        ("_dmarc.deep.mega.bank.example", "v=DMARC1; p=none"),
    ]);
    applies(&world, "mail.giant.bank.example", "giant.bank.example", "giant.bank.example", Policy::None);
    // mega.bank.example is the organizational domain but has no record; one below it is passed over.
    applies(&world, "a.deep.mega.bank.example", "bank.example", "mega.bank.example", Policy::Reject);
}

#[test]
fn a_top_level_record_without_psd_makes_no_organization() {
    let mut world = World::new(&[("_dmarc.com", REJECT), ("_dmarc.mail.example.com", REJECT)]);
    applies(&world, "a.mail.example.com", "com", "example.com", Policy::Reject);
    world.settings.refuse_tld_organization = false;
    applies(&world, "a.mail.example.com", "com", "com", Policy::Reject);
    let declared = World::new(&[("_dmarc.brand", "v=DMARC1; p=reject; psd=n")]);
    applies(&declared, "mail.example.brand", "brand", "brand", Policy::Reject);
}

#[test]
fn several_records_are_none_and_the_walk_goes_on() {
    let world = World::new(&[
        ("_dmarc.mail.example.com", "v=DMARC1; p=reject; psd=n"),
        ("_dmarc.mail.example.com", "v=DMARC1; p=none"),
        ("_dmarc.mail.example.com", "v=spf1 -all"),
        ("_dmarc.example.com", "v=DMARC1; p=quarantine"),
    ]);
    applies(&world, "mail.example.com", "example.com", "example.com", Policy::Quarantine);
    let visits = world.discover("mail.example.com").visits;
    assert_eq!(visits[0].listing, Err(Absence::Several { count: 2 }));
    // RFC 7489 §6.6.3 step 5 ends the search instead.
    assert_eq!(found(&world.by_list(), "mail.example.com"), None);
}

#[test]
fn stray_records_beside_the_one_do_not_count() {
    let world = World::new(&[
        ("_dmarc.example.com", "v=spf1 -all"),
        ("_dmarc.example.com", REJECT),
        ("_dmarc.example.com", "v=dmarc1; p=none"),
    ]);
    assert_eq!(found(&world, "example.com").unwrap().2, Policy::Reject);
}

#[test]
fn subdomain_policies() {
    use Policy::{None, Quarantine, Reject};
    for (record, existing, absent) in [
        ("v=DMARC1; p=reject", Reject, Reject),
        ("v=DMARC1; p=reject; sp=none", None, None),
        ("v=DMARC1; p=none; np=reject", None, Reject),
        ("v=DMARC1; p=none; sp=quarantine; np=reject", Quarantine, Reject),
        ("v=DMARC1; p=reject; sp=none; np=quarantine", None, Quarantine),
        ("v=DMARC1; p=reject; t=y", Quarantine, Quarantine),
        ("v=DMARC1; p=none; sp=quarantine; np=reject; t=y", None, Quarantine),
        ("v=DMARC1; p=reject; pct=0", Reject, Reject),
    ] {
        let world = World::new(&[("_dmarc.example.com", record), ("a.here.example.com", "x")]);
        assert_eq!(found(&world, "a.here.example.com").unwrap().2, existing, "{record}");
        // An empty non-terminal has no record of its own and exists.
        assert_eq!(found(&world, "here.example.com").unwrap().2, existing, "{record}");
        assert_eq!(found(&world, "ghost.example.com").unwrap().2, absent, "{record}");
        assert_eq!(found(&world.by_list(), "ghost.example.com").unwrap().2, absent, "{record}");
    }
}

#[test]
fn existence_is_asked_of_the_author_domain_and_only_when_it_matters() {
    let asks = |record, author: &str| {
        questions(&World::new(&[("_dmarc.example.com", record)]), author).contains(&author.to_owned())
    };
    assert!(asks("v=DMARC1; p=none; np=reject", "a.example.com"));
    assert!(!asks("v=DMARC1; p=none; np=reject", "example.com"));
    assert!(!asks("v=DMARC1; p=none; sp=reject", "a.example.com"));
    assert!(!asks("v=DMARC1; p=none; sp=reject; np=reject", "a.example.com"));
}

#[test]
fn an_alias_exists_even_when_its_target_does_not() {
    let world = World::new(&[("_dmarc.example.com", "v=DMARC1; p=none; np=reject")])
        .alias("a.example.com", "gone.example.net");
    assert_eq!(found(&world, "a.example.com").unwrap().2, Policy::None);
}

#[test]
fn an_existence_that_cannot_be_told_leaves_only_the_policy_open() {
    let world = World::new(&[("_dmarc.example.com", "v=DMARC1; p=none; np=reject")]).failing("a.example.com");
    let Finding::Applies(applicable) = world.discover("a.example.com").finding else { panic!() };
    assert_eq!(applicable.policy.unwrap_err().to_string(), "a.example.com TXT: SERVFAIL");
    assert_eq!(world.check("a.example.com", &passed(Some("example.com"), &[])).outcome, dmarc::Outcome::Pass);
    let verdict = world.check("a.example.com", &passed(None, &[]));
    assert_eq!((verdict.outcome.word(), verdict.policy), ("temperror", None));
    assert_eq!(verdict.reason(), "a.example.com TXT: SERVFAIL");
}

#[test]
fn a_record_without_a_valid_policy_needs_somebody_to_tell() {
    for (record, policy) in [
        ("v=DMARC1; rua=mailto:a@example.com", Some(Policy::None)),
        ("v=DMARC1; p=bogus; rua=mailto:a@example.com", Some(Policy::None)),
        ("v=DMARC1; p=reject; sp=rejct; rua=mailto:a@example.com", Some(Policy::None)),
        ("v=DMARC1; p=reject; np=; rua=nonsense, https://example.com/", Some(Policy::None)),
        ("v=DMARC1; p=reject; p=none; rua=mailto:a@example.com", Some(Policy::None)),
        ("v=DMARC1", None),
        ("v=DMARC1; p=bogus; rua=nonsense", None),
        ("v=DMARC1; p=reject; sp=rejct", None),
        ("v=DMARC1; p=reject; np=rejct", None),
        ("v=DMARC1; p=reject; ruf=mailto:a@example.com; sp=", None),
    ] {
        let world = World::new(&[("_dmarc.example.com", record)]);
        for author in ["example.com", "a.example.com"] {
            assert_eq!(found(&world, author).map(|found| found.2), policy, "{record}");
        }
    }
    let world = World::new(&[("_dmarc.example.com", "v=DMARC1; p=rejct")]);
    let verdict = world.check("a.example.com", &passed(None, &["example.com"]));
    assert_eq!(verdict.outcome, dmarc::Outcome::None(NoPolicy::NotStated { domain: name("example.com") }));
    assert_eq!(verdict.reason(), "the record at _dmarc.example.com states no valid policy and no rua");
}

#[test]
fn a_record_with_bad_policies_still_shapes_the_walk() {
    let world = World::new(&[
        ("_dmarc.b.example.com", "v=DMARC1; p=bogus; psd=n; rua=mailto:a@example.com"),
        ("_dmarc.example.com", REJECT),
    ]);
    applies(&world, "a.b.example.com", "b.example.com", "b.example.com", Policy::None);
}

#[test]
fn no_record_is_explained_name_by_name() {
    let world = World::new(&[("_dmarc.b.example.com", "v=spf1 -all"), ("x._dmarc.example.com", "x")])
        .alias("_dmarc.a.b.example.com", "gone.example.net");
    let verdict = world.check("a.b.example.com", &passed(None, &[]));
    assert_eq!(verdict.outcome.word(), "none");
    assert_eq!(
        verdict.reason(),
        "no DMARC record at _dmarc.a.b.example.com (CNAME to gone.example.net: NXDOMAIN), \
         nor at _dmarc.b.example.com (its TXT record is an SPF record), \
         nor at _dmarc.example.com (no TXT record), nor at _dmarc.com (NXDOMAIN)"
    );
    assert_eq!((verdict.policy, verdict.disposition), (None, Policy::None));
}

#[test]
fn an_alias_is_followed() {
    let world = World::new(&[("dmarc.provider.example", REJECT)])
        .alias("_dmarc.example.com", "dmarc.provider.example");
    assert_eq!(found(&world, "example.com").unwrap().2, Policy::Reject);
}

#[test]
fn a_name_too_long_for_dmarc_has_no_record_of_its_own() {
    let label = "x".repeat(60);
    let long = format!("{label}.{label}.{label}.{label}.abc");
    let world = World::new(&[]);
    assert_eq!(questions(&world, &long).len(), 4);
    let visits = world.discover(&long).visits;
    assert_eq!(visits[0].listing, Err(Absence::NameTooLong));
}

#[test]
fn strings_are_joined_and_dnssec_is_told() {
    let mut world = World::new(&[]);
    let record = Txt::new(["v=DMARC1; p=rej", "ect; sp=none"]);
    let outcome = Outcome::Found(Records::Txt(vec![record]));
    let answer = Answer::with_details(
        outcome,
        Duration::from_secs(9),
        Details { authentic: true, ..Details::default() },
    );
    let mut discover = dmarc::discover(name("example.com"), &world.settings);
    let Step::Ask(open) = discover.step(&()) else { panic!() };
    discover.answer(open[0].clone(), answer.clone());
    let Step::Done(discovered) = discover.step(&()) else { panic!() };
    let Finding::Applies(applicable) = discovered.finding else { panic!() };
    assert_eq!(&*applicable.published.text, b"v=DMARC1; p=reject; sp=none");
    assert_eq!(applicable.published.record.to_string(), "v=DMARC1; p=reject; sp=none");
    assert!(applicable.published.authentic);
    // Another reader of the same answer sees the same parsed record, not a second one.
    let mut again = dmarc::discover(name("example.com"), &world.settings);
    let _ = again.step(&());
    again.answer(open[0].clone(), answer.aged(Duration::ZERO, Freshness::Fresh));
    let Step::Done(again) = again.step(&()) else { panic!() };
    let Finding::Applies(other) = again.finding else { panic!() };
    assert!(Arc::ptr_eq(&applicable.published.record, &other.published.record));
    txt(&mut world.zone, "_dmarc.example.com", &["v=DMARC1; p=none"]);
    assert_eq!(found(&world, "example.com").unwrap().2, Policy::None);
}

#[test]
fn strays_are_told_by_what_comes_closest() {
    let world =
        World::new(&[("_dmarc.example.com", "v=spf1 -all"), ("_dmarc.example.com", "v=DMARC1\\; p=reject")]);
    let visits = world.discover("example.com").visits;
    assert_eq!(visits[0].listing, Err(Absence::Stray(Stray { count: 2, reason: NotDmarc::Escaped })));
}

#[test]
fn a_failed_answer_is_never_no_record() {
    let records = [("_dmarc.example.com", "v=DMARC1; p=reject")];
    for failing in ["_dmarc.a.b.example.com", "_dmarc.b.example.com", "_dmarc.com"] {
        let world = World::new(&records).failing(failing);
        let verdict = world.check("a.b.example.com", &passed(Some("a.b.example.com"), &["example.com"]));
        assert_eq!(verdict.outcome.word(), "temperror", "{failing}");
        assert_eq!(verdict.reason(), format!("{failing} TXT: SERVFAIL"));
        assert_eq!((verdict.policy, verdict.disposition), (None, Policy::None));
    }
    // Above psd=n nothing is asked.
    let ended = World::new(&[("_dmarc.example.com", "v=DMARC1; p=reject; psd=n")]).failing("_dmarc.com");
    assert_eq!(ended.check("a.b.example.com", &passed(None, &[])).outcome, dmarc::Outcome::Fail);
}

#[test]
fn by_the_list_only_two_names_are_asked() {
    let world = World::new(&[("_dmarc.b.example.co.uk", REJECT)]).by_list();
    assert_eq!(questions(&world, "a.b.example.co.uk"), names(&["a.b.example.co.uk", "example.co.uk"]));
    assert_eq!(questions(&world, "example.co.uk"), names(&["example.co.uk"]));
    assert_eq!(questions(&world, "b.example.co.uk"), names(&["b.example.co.uk"]));
    // A public suffix is its own organizational domain, and so is a name under no listed suffix.
    assert_eq!(questions(&world, "co.uk"), names(&["co.uk"]));
    assert_eq!(questions(&world, "a.b.unlisted-tld"), names(&["a.b.unlisted-tld", "b.unlisted-tld"]));
    assert_eq!(questions(&world, "localhost"), names(&["localhost"]));
    let failing = World::new(&[]).by_list().failing("_dmarc.example.co.uk");
    assert_eq!(
        failing.check("a.example.co.uk", &passed(None, &[])).reason(),
        "_dmarc.example.co.uk TXT: SERVFAIL"
    );
}
