//! One query for all who ask the same at the same time: futures.

use mailproof::Name;
use mailproof::dns::{Answer, Cache, Failure, Kind, Outcome, Question, Records, Resolver, Txt};
use mailproof::resolver::{Cached, Within};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

pub(crate) fn question(name: &str) -> Question {
    Question::new(Name::parse(name).unwrap(), Kind::Txt)
}

pub(crate) fn answer(text: &str, ttl: u64) -> Answer {
    Answer::new(Outcome::Found(Records::Txt(vec![Txt::new([text])])), Duration::from_secs(ttl))
}

/// Answers each question when it is let.
struct Gate {
    asked: AtomicUsize,
    dropped: AtomicUsize,
    open: Semaphore,
}

impl Gate {
    fn shut() -> Arc<Self> {
        Arc::new(Self { asked: AtomicUsize::new(0), dropped: AtomicUsize::new(0), open: Semaphore::new(0) })
    }
}

/// Counts a query that ended before its answer.
struct Query<'a>(&'a AtomicUsize);

impl Drop for Query<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

impl Resolver for Gate {
    async fn resolve(&self, _: &Question) -> Answer {
        self.asked.fetch_add(1, SeqCst);
        let query = Query(&self.dropped);
        self.open.acquire().await.unwrap().forget();
        std::mem::forget(query);
        answer("through the gate", 60)
    }
}

fn cached<R>(resolver: R) -> Cached<R> {
    Cached::new(resolver, Arc::new(Cache::default()))
}

/// Polls once; the future must not be ready.
async fn begin<F: Future<Output = Answer> + Unpin>(future: &mut F) {
    poll_fn(|context| {
        assert!(std::pin::Pin::new(&mut *future).poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_tasks_make_one_query() {
    /// Answers once all others wait.
    struct Patient(Arc<Cache>, AtomicUsize);
    impl Resolver for Patient {
        async fn resolve(&self, _: &Question) -> Answer {
            self.1.fetch_add(1, SeqCst);
            while self.0.statistics().coalesced < 63 {
                tokio::task::yield_now().await;
            }
            answer("for all", 0)
        }
    }
    let cache = Arc::new(Cache::default());
    let upstream = Arc::new(Patient(Arc::clone(&cache), AtomicUsize::new(0)));
    let resolver = Arc::new(Cached::new(Arc::clone(&upstream), Arc::clone(&cache)));
    let ask = || {
        let resolver = Arc::clone(&resolver);
        tokio::spawn(async move { resolver.resolve(&question("busy.example")).await })
    };
    for task in (0..64).map(|_| ask()).collect::<Vec<_>>() {
        assert_eq!(task.await.unwrap(), answer("for all", 0));
    }
    assert_eq!((upstream.1.load(SeqCst), cache.statistics().coalesced), (1, 63));
}

#[tokio::test]
async fn different_questions_do_not_wait_for_one_another() {
    let gate = Gate::shut();
    let resolver = cached(Arc::clone(&gate));
    let (one, two) = (question("one.example"), question("two.example"));
    let mut first = Box::pin(resolver.resolve(&one));
    let mut second = Box::pin(resolver.resolve(&two));
    begin(&mut first).await;
    begin(&mut second).await;
    assert_eq!((gate.asked.load(SeqCst), resolver.cache().statistics().coalesced), (2, 0));
}

#[tokio::test]
async fn whoever_gives_up_gives_up_alone() {
    for leader_leaves in [true, false] {
        let gate = Gate::shut();
        let resolver = cached(Arc::clone(&gate));
        let asked = question("one.example");
        let mut leader = Box::pin(resolver.resolve(&asked));
        begin(&mut leader).await;
        let mut follower = Box::pin(resolver.resolve(&asked));
        begin(&mut follower).await;
        let (gone, stays) = if leader_leaves { (leader, follower) } else { (follower, leader) };
        drop(gone);
        gate.open.add_permits(1);
        assert_eq!(stays.await, answer("through the gate", 60));
        assert_eq!((gate.asked.load(SeqCst), gate.dropped.load(SeqCst)), (1, 0));
    }
}

#[tokio::test]
async fn whoever_waits_alone_takes_the_query_along() {
    let gate = Gate::shut();
    let resolver = Arc::new(cached(Arc::clone(&gate)));
    let leading = Arc::clone(&resolver);
    let asked = question("one.example");
    let mut follower = Box::pin(resolver.resolve(&asked));
    // The leader polls in a runtime of its own, which ends with it.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async move {
            let asked = question("one.example");
            begin(&mut Box::pin(leading.resolve(&asked))).await;
        });
    })
    .join()
    .unwrap();
    // Nobody waited any more, so that query is gone.
    assert_eq!((gate.asked.load(SeqCst), gate.dropped.load(SeqCst)), (1, 1));
    begin(&mut follower).await;
    gate.open.add_permits(1);
    assert_eq!(follower.await, answer("through the gate", 60));
    assert_eq!(gate.asked.load(SeqCst), 2);
}

#[tokio::test]
async fn a_question_that_all_gave_up_is_asked_anew() {
    let gate = Gate::shut();
    let resolver = cached(Arc::clone(&gate));
    let asked = question("one.example");
    for round in 1..=3 {
        let mut first = Box::pin(resolver.resolve(&asked));
        let mut second = Box::pin(resolver.resolve(&asked));
        begin(&mut first).await;
        begin(&mut second).await;
        drop(first);
        drop(second);
        assert_eq!((gate.asked.load(SeqCst), gate.dropped.load(SeqCst)), (round, round));
    }
    gate.open.add_permits(1);
    assert_eq!(resolver.resolve(&asked).await, answer("through the gate", 60));
}

#[tokio::test(start_paused = true)]
async fn each_waiter_has_its_own_deadline() {
    struct Slow(AtomicUsize);
    impl Resolver for Slow {
        async fn resolve(&self, _: &Question) -> Answer {
            self.0.fetch_add(1, SeqCst);
            tokio::time::sleep(Duration::from_secs(5)).await;
            answer("late", 60)
        }
    }
    let resolver = cached(Slow(AtomicUsize::new(0)));
    let start = Instant::now();
    let hasty = Within::new(&resolver, Duration::from_secs(1));
    let patient = Within::new(&resolver, Duration::from_secs(10));
    let asked = question("one.example");
    let hasty = async { (hasty.resolve(&asked).await, start.elapsed().as_secs()) };
    let patient = async { (patient.resolve(&asked).await, start.elapsed().as_secs()) };
    let (first, second) = tokio::join!(hasty, patient);
    assert_eq!(first, (Answer::failed(Failure::Budget), 1));
    assert_eq!(second, (answer("late", 60), 5));
    assert_eq!(resolver.cache().statistics().coalesced, 1);
}

#[tokio::test]
async fn a_panic_reaches_nobody_who_can_be_answered() {
    struct Shaky(AtomicUsize);
    impl Resolver for Shaky {
        async fn resolve(&self, _: &Question) -> Answer {
            let first = self.0.fetch_add(1, SeqCst) == 0;
            tokio::task::yield_now().await;
            assert!(!first, "the first query meets a defect");
            answer("steady", 60)
        }
    }
    let resolver = cached(Shaky(AtomicUsize::new(0)));
    let asked = question("one.example");
    let (a, b, c) =
        tokio::join!(resolver.resolve(&asked), resolver.resolve(&asked), resolver.resolve(&asked));
    assert_eq!([a, b, c], [(); 3].map(|()| answer("steady", 60)));
}

#[test]
fn the_end_of_the_runtime_that_sent_the_query_hangs_nobody() {
    /// Waits by a timer of the runtime in which it is first polled.
    struct Timed(AtomicUsize);
    impl Resolver for Timed {
        async fn resolve(&self, _: &Question) -> Answer {
            let time = if self.0.fetch_add(1, SeqCst) == 0 { 3600 } else { 0 };
            tokio::time::sleep(Duration::from_secs(time)).await;
            answer("in time", 60)
        }
    }
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let resolver = Arc::new(cached(Timed(AtomicUsize::new(0))));
    let asked = question("one.example");
    let (first, second) = (runtime(), runtime());
    let mut leader = Box::pin(resolver.resolve(&asked));
    first.block_on(begin(&mut leader));
    let answer_of_second = second.block_on(async {
        let mut follower = Box::pin(resolver.resolve(&asked));
        begin(&mut follower).await;
        drop(leader);
        tokio::task::spawn_blocking(move || drop(first)).await.unwrap();
        pin!(follower).await
    });
    assert_eq!(answer_of_second, answer("in time", 60));
}

#[test]
fn a_runtime_that_nobody_drives_any_more_hangs_nobody() {
    /// Waits by a timer of the runtime in which it is first polled.
    struct Timed;
    impl Resolver for Timed {
        async fn resolve(&self, _: &Question) -> Answer {
            tokio::time::sleep(Duration::from_millis(50)).await;
            answer("in time", 60)
        }
    }
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let resolver = cached(Timed);
    let asked = question("one.example");
    let (idle, driven) = (runtime(), runtime());
    let mut leader = Box::pin(resolver.resolve(&asked));
    idle.block_on(begin(&mut leader));
    let told = driven.block_on(async {
        let mut follower = Box::pin(resolver.resolve(&asked));
        begin(&mut follower).await;
        drop(leader);
        tokio::time::timeout(Duration::from_secs(5), follower).await
    });
    assert_eq!(told.unwrap(), answer("in time", 60));
}
