//! Layers around a resolver: each does its part, and they go around one another in any order.

use super::authenticator::{MAIL, connection, zone};
use mailproof::dns::{
    Answer, Budget, Cache, Details, Failure, Kind, MalformedAssignment, Outcome, Override, Question,
    Recorder, Replay, Resolver, Zone, blocking,
};
use mailproof::message::Message;
use mailproof::resolver::{Blocking, Cached, EVALUATION_TIME, Within};
use mailproof::{Authenticator, Evaluation, Inspection, Name, Report};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;

fn inspect() -> Inspection {
    Authenticator::new("mx.example.org").check(&Message::parse(MAIL).unwrap(), connection())
}

fn question(name: &str, kind: Kind) -> Question {
    Question::new(Name::parse(name).unwrap(), kind)
}

/// A zone behind a network: nothing is known before it is asked.
struct Far {
    zone: Zone,
    queries: AtomicU32,
}

impl Far {
    fn new(zone: Zone) -> Self {
        Self { zone, queries: AtomicU32::new(0) }
    }

    fn tell(&self, question: &Question) -> Answer {
        self.queries.fetch_add(1, SeqCst);
        self.zone.lookup(question)
    }
}

impl Resolver for Far {
    async fn resolve(&self, question: &Question) -> Answer {
        tokio::task::yield_now().await;
        self.tell(question)
    }
}

impl blocking::Resolver for Far {
    fn resolve(&self, question: &Question) -> Answer {
        self.tell(question)
    }
}

fn far() -> Far {
    Far::new(zone())
}

fn cached<R>(resolver: R) -> Cached<R> {
    Cached::new(resolver, Arc::new(Cache::default()))
}

fn published() -> Zone {
    let mut zone = Zone::new();
    zone.assign("_dmarc.example.com=v=DMARC1; p=none").unwrap();
    zone
}

fn budget<R>(resolver: R) -> Budget<R> {
    Budget::new(resolver, 20)
}

fn published_over<R>(resolver: R) -> Override<R> {
    Override::new(published(), resolver)
}

#[track_caller]
fn says_none(report: &Report) {
    assert_eq!(report.dmarc.outcome.word(), "pass", "{}", report.auth_results());
    assert_eq!(report.dmarc.policy.unwrap().word(), "none");
    assert_eq!(
        (report.dns.questions, report.dns.rounds),
        (reference().dns.questions, reference().dns.rounds)
    );
}

fn reference() -> Report {
    inspect().run_blocking(&zone())
}

#[tokio::test]
async fn layers_go_around_one_another_in_any_order() {
    assert_eq!(reference().dmarc.policy.unwrap().word(), "reject");
    let recorder = Recorder::new(published_over(budget(cached(far()))));
    says_none(&inspect().run(&recorder).await);
    says_none(&inspect().run(&Replay::new(&recorder.recording())).await);
    says_none(&inspect().run(&published_over(Recorder::new(budget(cached(far()))))).await);
    says_none(&inspect().run(&budget(published_over(Recorder::new(cached(far()))))).await);
    says_none(&inspect().run(&cached(budget(published_over(Recorder::new(far()))))).await);
    says_none(&inspect().run(&cached(Recorder::new(published_over(budget(far()))))).await);
    says_none(&inspect().run(&cached(published_over(cached(far())))).await);
    let shared = cached(far());
    let limited = Within::new(&shared, EVALUATION_TIME);
    says_none(&inspect().run(&Recorder::new(published_over(budget(limited)))).await);
    says_none(&inspect().run(&Within::new(&published_over(&shared), EVALUATION_TIME)).await);
    says_none(&inspect().run(&Arc::new(published_over(Arc::new(shared)))).await);
}

#[test]
fn so_they_do_for_callers_that_wait() {
    let recorder = Recorder::new(published_over(budget(cached(far()))));
    says_none(&inspect().run_blocking(&recorder));
    says_none(&inspect().run_blocking(&Replay::new(&recorder.recording())));
    says_none(&inspect().run_blocking(&published_over(Recorder::new(budget(cached(far()))))));
    says_none(&inspect().run_blocking(&budget(published_over(Recorder::new(cached(far()))))));
    says_none(&inspect().run_blocking(&cached(budget(published_over(Recorder::new(far()))))));
    says_none(&inspect().run_blocking(&cached(Recorder::new(published_over(budget(far()))))));

    // Layers of futures below, layers of threads above.
    let blocking = Blocking::new(cached(far())).unwrap();
    says_none(&inspect().run_blocking(&Recorder::new(published_over(budget(&blocking)))));
    says_none(&inspect().run_blocking(&published_over(blocking.within(EVALUATION_TIME))));
    says_none(&inspect().run_blocking(&cached(published_over(blocking))));
    let recorder = Arc::new(Recorder::new(published_over(cached(far()))));
    says_none(&inspect().run_blocking(&Blocking::new(Arc::clone(&recorder)).unwrap()));
    assert_eq!(recorder.recording().answers().len(), reference().dns.questions);
}

#[test]
fn a_budget_ends_in_a_failure_that_says_so() {
    let upstream = far();
    let limited = Budget::new(&upstream, 3);
    let report = inspect().run_blocking(&limited);
    assert_eq!((upstream.queries.load(SeqCst), limited.left()), (3, 0));
    assert_eq!(report.dmarc.outcome.word(), "temperror");
    assert!(report.auth_results().to_string().contains("the budget of time or questions is spent"));

    let needed = u32::try_from(reference().dns.questions).unwrap();
    let limited = Budget::new(far(), needed);
    assert_eq!(inspect().run_blocking(&limited), reference());
    assert_eq!(limited.left(), 0);
}

#[tokio::test]
async fn what_a_cache_knows_costs_no_budget() {
    let shared = cached(far());
    let _ = inspect().run(&shared).await;
    assert_eq!(inspect().run(&Budget::new(&shared, 0)).await.to_json(), reference().to_json());
}

#[tokio::test]
async fn what_a_cache_knows_costs_nothing_behind_other_layers() {
    let shared = cached(far());
    let _ = inspect().run(&shared).await;
    let asked = question("example.com", Kind::Txt);
    let known = shared.resolve(&asked).await;
    let is_told = |answer: Answer| assert_eq!(answer.outcome(), known.outcome());
    let spent = || Budget::new(&shared, 0);
    is_told(Recorder::new(spent()).resolve(&asked).await);
    is_told(published_over(spent()).resolve(&asked).await);
    is_told(Recorder::new(Within::new(&shared, Duration::ZERO)).resolve(&asked).await);
}

#[test]
fn nor_does_it_for_callers_that_wait() {
    let shared = cached(far());
    let _ = inspect().run_blocking(&shared);
    let asked = question("example.com", Kind::Txt);
    let known = blocking::Resolver::resolve(&shared, &asked);
    let told = blocking::Resolver::resolve(&Recorder::new(Budget::new(&shared, 0)), &asked);
    assert_eq!(told.outcome(), known.outcome());
    let shared = Blocking::new(shared).unwrap();
    let told = blocking::Resolver::resolve(&Recorder::new(shared.within(Duration::ZERO)), &asked);
    assert_eq!(told.outcome(), known.outcome());
}

#[tokio::test]
async fn a_failure_of_one_evaluation_is_not_kept_for_others() {
    let cache = Arc::new(Cache::default());
    let poor = Cached::new(Budget::new(far(), 0), Arc::clone(&cache));
    assert_eq!(inspect().run(&poor).await.dmarc.outcome.word(), "temperror");
    let rich = Cached::new(far(), cache);
    assert_eq!(inspect().run(&rich).await.to_json(), reference().to_json());
}

#[tokio::test]
async fn what_is_known_below_a_cache_is_not_kept_in_it() {
    let cache = Arc::new(Cache::default());
    let trial = Cached::new(published_over(far()), Arc::clone(&cache));
    assert_eq!(inspect().run(&trial).await.dmarc.policy.unwrap().word(), "none");
    assert_eq!(inspect().run(&Cached::new(far(), cache)).await.to_json(), reference().to_json());
}

/// What the layer says, asked as a future and as a thread, alone and together.
fn over(overlay: &Zone, below: &Zone, name: &str, kind: Kind) -> Answer {
    let layer = Override::new(overlay.clone(), Far::new(below.clone()));
    let asked = question(name, kind);
    let other = question("other.example.net", Kind::A);
    let answer = blocking::Resolver::resolve(&layer, &asked);
    let together = blocking::Resolver::resolve_all(&layer, &[other.clone(), asked.clone(), other]);
    assert_eq!(together[1], answer);
    assert_eq!(together[0], together[2]);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(Resolver::resolve(&layer, &asked)), answer);
    answer
}

fn texts(answer: &Answer) -> Vec<String> {
    answer.txt().iter().map(|txt| String::from_utf8(txt.octets().to_vec()).unwrap()).collect()
}

fn aliases(answer: &Answer) -> Vec<&str> {
    answer.aliases().iter().map(Name::as_str).collect()
}

#[test]
fn an_override_speaks_for_its_name_and_kind_alone() {
    let below = Zone::from_json(
        r#"{"a.example": {"TXT": ["old"], "A": ["192.0.2.1"]}, "b.example": {"TXT": ["b"]}, "c.example": "SERVFAIL"}"#,
    )
    .unwrap();
    let overlay = Zone::from_json(
        r#"{"a.example": {"TXT": ["new"]}, "x.y.example": {"TXT": ["deep"]}, "c.example": {"TXT": ["c"]}, "b.example": "NXDOMAIN"}"#,
    )
    .unwrap();
    let ask = |name, kind| over(&overlay, &below, name, kind);
    assert_eq!(texts(&ask("a.example", Kind::Txt)), ["new"]);
    assert_eq!(ask("a.example", Kind::A), below.lookup(&question("a.example", Kind::A)));
    assert_eq!(*ask("b.example", Kind::Txt).outcome(), Outcome::NxDomain);
    assert_eq!(texts(&ask("c.example", Kind::Txt)), ["c"]);
    assert_eq!(*ask("c.example", Kind::A).outcome(), Outcome::Failed(Failure::Servfail));
    // What is published exists, and so does what is above it.
    assert_eq!(*ask("x.y.example", Kind::A).outcome(), Outcome::NoData);
    assert_eq!(*ask("y.example", Kind::A).outcome(), Outcome::NoData);
    assert!(ask("z.y.example", Kind::A).denies_name());
}

#[test]
fn aliases_lead_into_the_override_and_out_of_it() {
    let below = Zone::from_json(
        r#"{"in.example": {"CNAME": "mid.example"}, "mid.example": {"CNAME": "end.example"}, "end.example": {"TXT": ["end"]},
            "gone.example": {"CNAME": "nowhere.example"}, "back.example": {"CNAME": "out.example"}}"#,
    )
    .unwrap();
    let overlay = Zone::from_json(
        r#"{"mid.example": {"TXT": ["new"]}, "out.example": {"CNAME": "in.example"}, "far.example": {"CNAME": "end.example"},
            "sub.nowhere.example": {"TXT": ["x"]}, "loop.example": {"CNAME": "pool.example"}, "pool.example": {"CNAME": "loop.example"}}"#,
    )
    .unwrap();
    let ask = |name, kind| over(&overlay, &below, name, kind);
    let told = ask("in.example", Kind::Txt);
    assert_eq!((texts(&told), aliases(&told)), (vec!["new".to_owned()], vec!["mid.example"]));
    let told = ask("far.example", Kind::Txt);
    assert_eq!((texts(&told), aliases(&told)), (vec!["end".to_owned()], vec!["end.example"]));
    // Out, and in again.
    let told = ask("back.example", Kind::Txt);
    let way = vec!["out.example", "in.example", "mid.example"];
    assert_eq!((texts(&told), aliases(&told)), (vec!["new".to_owned()], way));
    // The alias's target exists, if only for what is below it.
    assert_eq!(*ask("gone.example", Kind::Txt).outcome(), Outcome::NoData);
    assert_eq!(*ask("loop.example", Kind::Txt).outcome(), Outcome::Failed(Failure::AliasLoop));
}

#[test]
fn a_loop_between_override_and_resolver_ends() {
    /// Says that the other name is meant.
    struct Mirror;
    impl blocking::Resolver for Mirror {
        fn resolve(&self, question: &Question) -> Answer {
            let target = question.name.child("x").unwrap();
            Answer::with_details(
                Outcome::NxDomain,
                Duration::ZERO,
                Details { aliases: vec![target], ..Details::default() },
            )
        }
    }
    let overlay = Zone::from_json(r#"{"x.a.example": {"CNAME": "a.example"}}"#).unwrap();
    let layer = Override::new(overlay, Mirror);
    let told = blocking::Resolver::resolve(&layer, &question("a.example", Kind::Txt));
    assert_eq!(*told.outcome(), Outcome::Failed(Failure::AliasLoop));

    // Names that never repeat, through a wildcard.
    let overlay =
        Zone::from_json(r#"{"*.b.example": {"CNAME": "c.example"}, "*.c.example": {"CNAME": "d.example"}}"#)
            .unwrap();
    let layer = Override::new(overlay, Mirror);
    let told = blocking::Resolver::resolve(&layer, &question("a.b.example", Kind::Txt));
    assert_eq!(*told.outcome(), Outcome::NxDomain);
    assert_eq!(aliases(&told), ["c.example", "x.c.example", "d.example", "x.d.example"]);
}

#[test]
fn an_assignment_is_a_name_and_a_text() {
    let mut zone = Zone::new();
    zone.assign("Example.COM=v=spf1 -all").unwrap();
    zone.assign("example.com.=second").unwrap();
    zone.assign("empty.example=").unwrap();
    zone.assign(&format!("long.example={}", "x".repeat(600))).unwrap();
    let texts = |name| texts(&zone.lookup(&question(name, Kind::Txt)));
    assert_eq!(texts("example.com"), ["v=spf1 -all", "second"]);
    assert_eq!(texts("empty.example"), [""]);
    assert_eq!(zone.lookup(&question("long.example", Kind::Txt)).txt()[0].joints(), [255, 510]);
    assert_eq!(zone.assign("example.com").unwrap_err(), MalformedAssignment::Equals);
    assert!(matches!(zone.assign("=x").unwrap_err(), MalformedAssignment::Name(_)));
    assert!(matches!(zone.assign("a..b=x").unwrap_err(), MalformedAssignment::Name(_)));
}
