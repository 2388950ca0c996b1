//! The run: items go in, results come out in their order, and those that DNS left undecided are tried again later.

use super::Unusable;
use super::action::Plan;
use super::answering::Answering;
use super::feed::Feed;
use super::item::Item;
use super::order::Order;
use super::outcome::{Outcome, Word};
use super::output::{Earlier, Output};
use super::progress::{Progress, Standing};
use super::tally::{Counted, Tally};
use mailproof::resolver::Within;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Octets of results that may wait for one before them; then nothing new is begun.
const WAITING_OCTETS: usize = 32 << 20;

/// Items that may wait to be tried again; then nothing new is begun.
const WAITING_ITEMS: usize = 10_000;

/// Octets of files that are in memory at once, in KiB.
const READ_KIB: usize = 64 << 10;

/// How long after the first try the second comes; each further one waits twice as long. A failure is kept in the cache for
/// as long (RFC 9520 §3.2), so none comes before.
const RETRY_AFTER: Duration = Duration::from_millis(1500);

/// How often results are handed on and the bar is drawn.
const TICK: Duration = Duration::from_millis(100);

/// Input lines that are complained of one by one.
const COMPLAINTS: u64 = 20;

/// What a run does.
pub(super) struct Run {
    pub(super) answering: Arc<Answering>,
    pub(super) plan: Arc<Plan>,
    pub(super) jobs: usize,
    pub(super) retries: u32,
    /// What all questions of an item together may take.
    pub(super) time: Duration,
    pub(super) output: Output,
    pub(super) progress: Progress,
}

/// How a run ended.
pub(super) struct Ended {
    pub(super) tally: Tally,
    /// Of those that an earlier run did: all, undecided, unreadable.
    pub(super) earlier: [u64; 3],
    pub(super) is_interrupted: bool,
    pub(super) took: Duration,
}

/// An item that was looked at.
struct Done {
    item: Item,
    outcome: Outcome,
    attempts: u32,
}

/// A result that waits for those before it.
struct Finished {
    line: String,
    counted: Counted,
    complaint: Option<String>,
    end: u64,
}

/// A run under way.
struct Queue {
    run: Run,
    reading: Arc<Semaphore>,
    under_way: JoinSet<Done>,
    /// Items to be tried again, by the time and then by their number, and how often they were tried.
    later: BTreeMap<(Instant, u64), (Item, u32)>,
    order: Order<Finished>,
    tally: Tally,
    /// Octets of the input up to the last result.
    octets: u64,
    earlier: [u64; 3],
}

impl Run {
    /// Runs to the end of `feed`, or until `interrupted`.
    pub(super) async fn perform(
        self,
        mut feed: Feed,
        mut earlier: Option<Earlier>,
        interrupted: impl Future<Output = ()>,
    ) -> Result<Ended, Unusable> {
        let begun = Instant::now();
        tokio::pin!(interrupted);
        let mut octets = 0;
        let mut first = None;
        let is_interrupted = tokio::select! {
            biased;
            () = &mut interrupted => true,
            skipped = skip(&mut feed, earlier.as_mut()) => {
                (first, octets) = skipped?;
                false
            }
        };
        let done = earlier
            .as_ref()
            .map_or([0; 3], |earlier| [earlier.done(), earlier.undecided, earlier.unreadable]);
        let mut queue = Queue {
            run: self,
            reading: Arc::new(Semaphore::new(READ_KIB)),
            under_way: JoinSet::new(),
            later: BTreeMap::new(),
            order: Order::from(done[0] + 1),
            tally: Tally::default(),
            octets,
            earlier: done,
        };
        if let Some(item) = first {
            queue.begin(item, 1);
        }
        let ended = if is_interrupted { Ok(true) } else { queue.work(feed, interrupted).await };
        queue.run.progress.end();
        // What is done is kept, however the run ended.
        queue.run.output.flush()?;
        Ok(Ended { tally: queue.tally, earlier: done, is_interrupted: ended?, took: begun.elapsed() })
    }
}

/// Passes over what an earlier run did; gives the first item that it did not, and how far the input was read.
async fn skip(feed: &mut Feed, earlier: Option<&mut Earlier>) -> Result<(Option<Item>, u64), Unusable> {
    let Some(earlier) = earlier else {
        return Ok((None, 0));
    };
    let mut octets = 0;
    while let Some(item) = feed.recv().await {
        let item = item?;
        if !earlier.holds(&item)? {
            return Ok((Some(item), octets));
        }
        octets = item.end;
    }
    earlier.end()?;
    Ok((None, octets))
}

impl Queue {
    /// Whether it was interrupted.
    async fn work(
        &mut self,
        mut feed: Feed,
        interrupted: impl Future<Output = ()>,
    ) -> Result<bool, Unusable> {
        tokio::pin!(interrupted);
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut is_fed = true;
        let mut broken = None;
        while is_fed || !self.under_way.is_empty() || !self.later.is_empty() {
            let has_seat = self.under_way.len() < self.run.jobs;
            let has_room = self.order.octets() < WAITING_OCTETS && self.later.len() < WAITING_ITEMS;
            let due = self.later.first_key_value().map(|((due, _), _)| *due);
            tokio::select! {
                biased;
                () = &mut interrupted => return Ok(true),
                _ = ticks.tick() => {
                    if !self.run.output.flush()? {
                        return Ok(false);
                    }
                    self.show();
                }
                Some(done) = self.under_way.join_next() => {
                    if !self.take(done)? {
                        return Ok(false);
                    }
                }
                () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)), if has_seat && due.is_some() => {
                    if let Some((_, (item, attempts))) = self.later.pop_first() {
                        self.tally.retries += 1;
                        self.begin(item, attempts + 1);
                    }
                }
                item = feed.recv(), if is_fed && has_seat && has_room => match item {
                    Some(Ok(item)) => self.begin(item, 1),
                    // What was begun is still ended.
                    Some(Err(unusable)) => (is_fed, broken) = (false, Some(unusable)),
                    None => is_fed = false,
                },
            }
        }
        broken.map_or(Ok(false), Err)
    }

    fn begin(&mut self, item: Item, attempts: u32) {
        let (answering, plan, reading, time) = (
            Arc::clone(&self.run.answering),
            Arc::clone(&self.run.plan),
            Arc::clone(&self.reading),
            self.run.time,
        );
        self.under_way.spawn(async move {
            let outcome = match &item.subject {
                Ok(subject) => plan.perform(subject, &Within::new(&*answering, time), &reading).await,
                Err(why) => Outcome::Unreadable(why.clone()),
            };
            Done { item, outcome, attempts }
        });
    }

    /// Takes what came of an item; false where nobody reads the results any more.
    fn take(&mut self, done: Result<Done, tokio::task::JoinError>) -> Result<bool, Unusable> {
        let Done { item, outcome, attempts } = match done {
            Ok(done) => done,
            // A defect: it is told as one.
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => return Ok(true),
            },
        };
        let word = outcome.word();
        let may_change = self.run.answering.may_change();
        if word == Word::Temperror && may_change && attempts <= self.run.retries {
            let wait = RETRY_AFTER.saturating_mul(1 << (attempts - 1).min(10));
            self.later.insert((Instant::now() + wait, item.number), (item, attempts));
            return Ok(true);
        }
        let action = item.subject.as_ref().ok().map(|subject| self.run.plan.action_for(subject));
        let complaint = match &outcome {
            Outcome::Unreadable(why) => Some(format!("{}: {why}", item.place)),
            Outcome::Seen(_) => None,
        };
        let finished = Finished {
            line: outcome.line(&item, action, attempts),
            counted: Counted::of(&outcome),
            complaint,
            end: item.end,
        };
        let octets = finished.line.len();
        self.order.push(item.number, finished, octets);
        while let Some(finished) = self.order.pop() {
            self.tally.add(&finished.counted);
            self.octets = finished.end;
            if let Some(complaint) = finished.complaint {
                self.complain(&complaint);
            }
            if !self.run.output.write(&finished.line)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn complain(&self, complaint: &str) {
        match self.tally.unreadable {
            0..=COMPLAINTS => self.run.progress.complain(complaint),
            count if count == COMPLAINTS + 1 => {
                self.run.progress.complain("further unreadable items are told in the results alone");
            }
            _ => {}
        }
    }

    fn show(&mut self) {
        let standing = Standing {
            tally: &self.tally,
            octets: self.octets,
            earlier: self.earlier[0],
            retrying: self.later.len(),
            dns: self.run.answering.statistics(),
        };
        self.run.progress.show(&standing);
    }
}
