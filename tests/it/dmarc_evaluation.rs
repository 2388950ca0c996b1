//! From identifiers to a verdict: RFC 9989 §4.4, §4.10.2 and §5.3.

use crate::dmarc_world::{World, name, passed};
use mailproof::dmarc::{
    Aligned, Evidence, Mechanism, Outcome, Policy, Settings, Undecidable, Undecided, Verdict, discover,
};
use mailproof::message::{Author, AuthorError};
use proptest::prelude::*;

const REJECT: &str = "v=DMARC1; p=reject";
const STRICT: &str = "v=DMARC1; p=reject; adkim=s; aspf=s";

fn word(world: &World, author: &str, evidence: &Evidence) -> &'static str {
    world.check(author, evidence).outcome.word()
}

fn undecided(mechanism: Mechanism, domain: &str) -> Evidence {
    Evidence { undecided: vec![Undecided { mechanism, domain: name(domain) }], ..Evidence::default() }
}

fn flags(verdict: &Verdict) -> (&'static str, bool, bool) {
    (verdict.outcome.word(), verdict.spf_aligned, verdict.dkim_aligned)
}

#[test]
fn one_aligned_identifier_passes() {
    let world = World::new(&[("_dmarc.example.com", REJECT)]);
    let other = "other.example.net";
    for (spf, dkim, expected) in [
        (None, &[][..], ("fail", false, false)),
        (Some(other), &[other, other][..], ("fail", false, false)),
        (Some("example.com"), &[other][..], ("pass", true, false)),
        (Some("bounce.example.com"), &[][..], ("pass", true, false)),
        (Some(other), &[other, "example.com"][..], ("pass", false, true)),
        (None, &[other, "a.example.com", "b.example.com"][..], ("pass", false, true)),
        (Some("example.com"), &["a.example.com"][..], ("pass", true, true)),
        (Some("EXAMPLE.COM"), &["Example.com."][..], ("pass", true, true)),
        // Neither a sibling by spelling nor the top level above.
        (Some("badexample.com"), &["com", "example.com.evil.example"][..], ("fail", false, false)),
    ] {
        let verdict = world.check("news.example.com", &passed(spf, dkim));
        assert_eq!(flags(&verdict), expected, "{spf:?} {dkim:?}");
        let disposition = if expected.0 == "fail" { Policy::Reject } else { Policy::None };
        assert_eq!((verdict.policy, verdict.disposition), (Some(Policy::Reject), disposition));
    }
}

#[test]
fn strictness_is_told_for_each_mechanism() {
    for (record, spf, dkim) in [
        ("v=DMARC1; p=reject; aspf=s", false, true),
        ("v=DMARC1; p=reject; adkim=s", true, false),
        (STRICT, false, false),
        (REJECT, true, true),
    ] {
        let world = World::new(&[("_dmarc.example.com", record)]);
        let evidence = passed(Some("foo.example.com"), &["foo.example.com"]);
        let verdict = world.check("news.example.com", &evidence);
        assert_eq!((verdict.spf_aligned, verdict.dkim_aligned), (spf, dkim), "{record}");
        let same = world.check("foo.example.com", &evidence);
        assert_eq!((same.spf_aligned, same.dkim_aligned), (true, true), "{record}");
        let listed = World::new(&[("_dmarc.example.com", record)]).by_list();
        let listed = listed.check("news.example.com", &evidence);
        assert_eq!((listed.spf_aligned, listed.dkim_aligned), (spf, dkim), "{record}");
    }
}

#[test]
fn walks_are_made_only_where_they_decide() {
    let asked = |record: &str, author: &str, spf, dkim: &[&str]| {
        let world = World::new(&[("_dmarc.example.com", record)]);
        let discovered = world.discover(author);
        world.asked();
        let mut alignment = mailproof::dmarc::evaluate(discovered, passed(spf, dkim));
        let _ = mailproof::Evaluation::step(&mut alignment, &world);
        world.asked()
    };
    let none: [&str; 0] = [];
    // The same domain, or strict alignment: a comparison of names.
    assert_eq!(asked(REJECT, "example.com", Some("example.com"), &["example.com"]), none);
    assert_eq!(asked(REJECT, "example.com", None, &["a.example.com", "example.com"]), none);
    assert_eq!(asked(STRICT, "example.com", Some("a.example.com"), &["b.example.com"]), none);
    // Nothing to compare, or nothing that shares a top level.
    assert_eq!(asked(REJECT, "example.com", None, &[]), none);
    assert_eq!(asked(REJECT, "example.com", Some("a.example.net"), &["b.example.org"]), none);
    // Outside of the organizational domain: the author's own walk tells.
    assert_eq!(asked(REJECT, "example.com", Some("a.example2.com"), &["b.c.example3.com"]), ["_dmarc.com"]);
    // Inside: only the names that were not passed before, and each once.
    assert_eq!(
        asked(REJECT, "example.com", Some("b.example.com"), &["a.b.example.com"]),
        ["_dmarc.com", "_dmarc.b.example.com", "_dmarc.a.b.example.com"]
    );
    assert_eq!(
        asked(REJECT, "news.example.com", Some("mail.example.com"), &["mail.example.com", "x.example.com"]),
        ["_dmarc.mail.example.com"]
    );
    // No policy, no question.
    assert_eq!(asked("v=spf1 -all", "example.com", Some("a.example.com"), &["b.example.com"]), none);
}

#[test]
fn organizations_inside_an_organization_are_apart() {
    let world =
        World::new(&[("_dmarc.example.com", REJECT), ("_dmarc.dept.example.com", "v=DMARC1; p=none; psd=n")]);
    assert_eq!(word(&world, "example.com", &passed(Some("mail.dept.example.com"), &[])), "fail");
    assert_eq!(word(&world, "mail.dept.example.com", &passed(Some("example.com"), &[])), "fail");
    assert_eq!(word(&world, "mail.dept.example.com", &passed(None, &["x.dept.example.com"])), "pass");
    assert_eq!(word(&world, "a.example.com", &passed(Some("example.com"), &[])), "pass");
}

#[test]
fn tenants_of_a_public_suffix_are_apart() {
    // RFC 9989 appendix B.4.
    let world = World::new(&[
        ("_dmarc.bank.example", "v=DMARC1; p=reject; psd=y"),
        ("_dmarc.giant.bank.example", "v=DMARC1; p=reject"),
        ("_dmarc.mega.bank.example", "v=DMARC1; p=reject"),
    ]);
    assert_eq!(
        word(&world, "giant.bank.example", &passed(Some("mega.bank.example"), &["bank.example"])),
        "fail"
    );
    assert_eq!(word(&world, "giant.bank.example", &passed(Some("mail.giant.bank.example"), &[])), "pass");
    assert_eq!(word(&world, "mail.mega.bank.example", &passed(None, &["mail.mega.bank.example"])), "pass");
    // Without a record of their own, too.
    assert_eq!(word(&world, "a.one.bank.example", &passed(Some("two.bank.example"), &[])), "fail");
    assert_eq!(word(&world, "a.one.bank.example", &passed(Some("b.one.bank.example"), &[])), "pass");
}

#[test]
fn a_careless_top_level_aligns_nobody() {
    let mut world = World::new(&[("_dmarc.com", REJECT), ("_dmarc.victim.com", REJECT)]);
    assert_eq!(word(&world, "victim.com", &passed(Some("evil.com"), &["evil.com"])), "fail");
    assert_eq!(word(&world, "a.victim.com", &passed(Some("evil.com"), &["com"])), "fail");
    assert_eq!(word(&world, "victim.com", &passed(Some("a.victim.com"), &[])), "pass");
    world.settings.refuse_tld_organization = false;
    assert_eq!(word(&world, "victim.com", &passed(Some("evil.com"), &["evil.com"])), "pass");
}

#[test]
fn a_temporary_error_matters_only_where_it_could_have_passed() {
    let world = World::new(&[("_dmarc.example.com", REJECT)]);
    for mechanism in [Mechanism::Spf, Mechanism::Dkim] {
        let aligned = undecided(mechanism, "a.example.com");
        let verdict = world.check("example.com", &aligned);
        let cause = Undecidable::Undecided(aligned.undecided[0].clone());
        assert_eq!(verdict.outcome, Outcome::Temperror(cause));
        assert_eq!(
            verdict.reason(),
            format!("temporary error in {mechanism} of a.example.com, which would be aligned")
        );
        assert_eq!((verdict.policy, verdict.disposition), (Some(Policy::Reject), Policy::None));
        assert_eq!(word(&world, "example.com", &undecided(mechanism, "a.example.net")), "fail");
        let strict = World::new(&[("_dmarc.example.com", STRICT)]);
        assert_eq!(word(&strict, "example.com", &aligned), "fail");
        assert_eq!(word(&strict, "a.example.com", &aligned), "temperror");
        let both = Evidence { spf: Some(name("example.com")), ..aligned };
        assert_eq!(word(&world, "example.com", &both), "pass");
    }
}

#[test]
fn a_failed_walk_matters_only_where_it_decides() {
    // The walk of the author domain breaks off above its own record.
    let world = World::new(&[("_dmarc.example.com", REJECT)]).failing("_dmarc.com");
    assert_eq!(word(&world, "example.com", &passed(Some("example.com"), &[])), "pass");
    assert_eq!(word(&world, "example.com", &passed(Some("evil.net"), &["evil.org"])), "fail");
    // Whatever stands at _dmarc.com, both have the same organizational domain.
    assert_eq!(word(&world, "example.com", &passed(Some("a.b.example.com"), &[])), "pass");
    // Were it psd=n at _dmarc.com, these two would have.
    let verdict = world.check("example.com", &passed(Some("other.com"), &[]));
    assert_eq!(
        (verdict.outcome.word(), verdict.reason()),
        ("temperror", "_dmarc.com TXT: SERVFAIL".to_owned())
    );
    assert!(matches!(verdict.identifiers[0].aligned, Aligned::Undetermined(_)));
    let strict = World::new(&[("_dmarc.example.com", STRICT)]).failing("_dmarc.com");
    assert_eq!(word(&strict, "example.com", &passed(Some("other.com"), &[])), "fail");
    // Below the organizational domain psd=n could stand.
    let below = World::new(&[("_dmarc.example.com", REJECT)]).failing("_dmarc.b.example.com");
    assert_eq!(word(&below, "example.com", &passed(Some("a.b.example.com"), &[])), "temperror");
    assert_eq!(word(&below, "example.com", &passed(Some("a.b.example.com"), &["example.com"])), "pass");
    assert_eq!(word(&below, "example.com", &undecided(Mechanism::Spf, "a.b.example.com")), "temperror");
    let discovery = World::new(&[]).failing("_dmarc.example.com");
    assert_eq!(word(&discovery, "example.com", &passed(Some("example.com"), &["example.com"])), "temperror");
}

#[test]
fn walks_are_bounded() {
    let mut world =
        World::new(&[("_dmarc.example.com", REJECT), ("_dmarc.s.example.com", "v=DMARC1; psd=n")]);
    let many: Vec<_> = (0..50).map(|number| format!("s{number}.s.example.com")).collect();
    let mut signers: Vec<_> = many.iter().map(String::as_str).collect();
    let verdict = world.check("example.com", &passed(None, &signers));
    assert_eq!(verdict.outcome, Outcome::Fail);
    let skipped = verdict.identifiers.iter().filter(|identifier| identifier.aligned == Aligned::Skipped);
    assert_eq!(skipped.count(), 40);
    assert_eq!(
        verdict.reason(),
        "not aligned: DKIM s0.s.example.com, DKIM s1.s.example.com, DKIM s2.s.example.com and others"
    );
    // The author domain itself needs no walk, wherever it stands.
    signers.push("example.com");
    assert_eq!(word(&world, "example.com", &passed(None, &signers)), "pass");
    world.settings = Settings { walks: 0, ..world.settings };
    assert_eq!(word(&world, "example.com", &passed(Some("a.example.com"), &[])), "fail");
}

#[test]
fn the_verdict_names_what_it_compared() {
    let world = World::new(&[("_dmarc.example.com", "v=DMARC1; p=none; sp=reject")]);
    let verdict = world.check("news.example.com", &passed(Some("evil.net"), &["example.com"]));
    assert_eq!(verdict.author_domain, Some(name("news.example.com")));
    assert_eq!(verdict.organizational_domain, Some(name("example.com")));
    assert_eq!(verdict.record_domain, Some(name("example.com")));
    assert_eq!(verdict.record.as_ref().unwrap().to_string(), "v=DMARC1; p=none; sp=reject");
    let told: Vec<_> = verdict.identifiers.iter().map(|one| (one.mechanism, one.aligned.clone())).collect();
    assert_eq!(told, [(Mechanism::Spf, Aligned::No), (Mechanism::Dkim, Aligned::Organizational)]);
    assert_eq!(verdict.reason(), "aligned: DKIM example.com");
    assert_eq!(world.check("a.example.com", &passed(None, &[])).reason(), "no authenticated identifier");
    // RFC 9989 §4.10.2: the common domain is treated as the organizational domain.
    let common = world.check("example.com", &passed(Some("example.com"), &[]));
    assert_eq!(common.organizational_domain, Some(name("example.com")));
}

#[test]
fn the_organizational_domain_is_named_without_a_policy_too() {
    // RFC 9989 §4.10.2: without any record it is the domain where the walk started.
    let world = World::new(&[]);
    let verdict = world.check("a.example.com", &passed(None, &[]));
    assert_eq!(
        (verdict.outcome.word(), verdict.organizational_domain),
        ("none", Some(name("a.example.com")))
    );
    let listed = world.by_list().check("a.example.com", &passed(None, &[]));
    assert_eq!((listed.outcome.word(), listed.organizational_domain), ("none", Some(name("example.com"))));
    let silent = World::new(&[("_dmarc.example.com", "v=DMARC1; p=rejct")]);
    let verdict = silent.check("a.example.com", &passed(None, &[]));
    assert_eq!((verdict.outcome.word(), verdict.organizational_domain), ("none", Some(name("example.com"))));
}

#[test]
fn test_mode_lowers_the_policy_by_one() {
    for (record, policy) in [
        ("v=DMARC1; p=reject; t=y", Policy::Quarantine),
        ("v=DMARC1; p=quarantine; t=y", Policy::None),
        ("v=DMARC1; p=none; t=y", Policy::None),
        ("v=DMARC1; p=reject; t=n", Policy::Reject),
    ] {
        let world = World::new(&[("_dmarc.example.com", record)]);
        let verdict = world.check("example.com", &passed(None, &[]));
        assert_eq!(verdict.outcome, Outcome::Fail);
        assert_eq!((verdict.policy, verdict.disposition), (Some(policy), policy), "{record}");
    }
}

#[test]
fn existence_does_not_matter_where_test_mode_makes_policies_the_same() {
    let record = "v=DMARC1; p=reject; sp=none; np=quarantine; t=y";
    let world = World::new(&[("_dmarc.example.com", record)]).failing("a.example.com");
    let verdict = world.check("a.example.com", &passed(None, &[]));
    assert_eq!((verdict.outcome, verdict.policy), (Outcome::Fail, Some(Policy::None)));
}

#[test]
fn pct_counts_only_for_those_who_sample() {
    let world = World::new(&[("_dmarc.example.com", "v=DMARC1; p=reject; pct=25")]);
    let verdict = world.check("example.com", &passed(None, &[]));
    assert_eq!(verdict.disposition, Policy::Reject);
    assert_eq!(
        [0, 24, 25, 99].map(|draw| verdict.sampled(draw)),
        [Policy::Reject, Policy::Reject, Policy::Quarantine, Policy::Quarantine]
    );
    let whole = World::new(&[("_dmarc.example.com", "v=DMARC1; p=quarantine")]);
    assert_eq!(whole.check("example.com", &passed(None, &[])).sampled(99), Policy::Quarantine);
}

#[test]
fn a_message_without_one_author_domain_has_its_own_verdict() {
    let error = Author::parse(b"a@one.example, b@two.example").unwrap_err();
    let verdict = Verdict::unusable(error.clone());
    assert_eq!(verdict.outcome, Outcome::Permerror(error));
    assert_eq!(verdict.outcome.word(), "permerror");
    assert_eq!(
        verdict.reason(),
        "the From field holds addresses of several domains: one.example, two.example"
    );
    assert_eq!((verdict.author_domain, verdict.disposition), (None, Policy::None));
    assert_eq!(Verdict::unusable(AuthorError::Missing).reason(), "there is no From field");
}

#[test]
fn evaluations_may_cross_threads() {
    fn is_send<T: Send + Clone>(_: &T) {}
    let discover = discover(name("example.com"), &Settings::default());
    is_send(&discover);
    is_send(&mailproof::dmarc::check(name("example.com"), Evidence::default(), &Settings::default()));
}

/// Names, records and failures around one organization.
fn place() -> impl Strategy<Value = String> {
    proptest::sample::select(vec!["com", "x.com", "a.x.com", "b.x.com", "c.b.x.com", "y.com", "org"])
        .prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "v=DMARC1; p=reject",
        "v=DMARC1; p=none; np=reject",
        "v=DMARC1; p=reject; psd=y",
        "v=DMARC1; p=reject; psd=n; adkim=s",
        "v=DMARC1; p=quarantine; aspf=s; t=y",
        "v=DMARC1",
        "v=spf1 -all",
    ])
}

proptest! {
    /// `World::check` compares all ways to run; beyond that, a failing answer may make a verdict temperror, but may
    /// never turn pass into fail or fail into pass.
    #[test]
    fn a_failing_answer_never_turns_a_verdict(
        records in proptest::collection::vec((place(), text()), 0..5),
        author in place(), spf in proptest::option::of(place()), dkim in proptest::collection::vec(place(), 0..3),
        open in proptest::option::of(place()), broken in place(), is_listed in any::<bool>(),
    ) {
        let owners: Vec<_> = records.iter().map(|(place, text)| (format!("_dmarc.{place}"), *text)).collect();
        let owners: Vec<_> = owners.iter().map(|(owner, text)| (owner.as_str(), *text)).collect();
        let build = || if is_listed { World::new(&owners).by_list() } else { World::new(&owners) };
        let dkim: Vec<_> = dkim.iter().map(String::as_str).collect();
        let mut evidence = passed(spf.as_deref(), &dkim);
        evidence.undecided.extend(open.map(|open| Undecided { mechanism: Mechanism::Spf, domain: name(&open) }));
        let whole = build().check(&author, &evidence);
        let broken = build().failing(&format!("_dmarc.{broken}")).check(&author, &evidence);
        let words = (whole.outcome.word(), broken.outcome.word());
        prop_assert!(words.0 == words.1 || words.1 == "temperror", "{:?}", words);
        prop_assert!(broken.disposition <= whole.disposition);
    }
}
