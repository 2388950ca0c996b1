//! The questions of one message, under way while its body arrives.

use super::dns::Dns;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use mailproof::dns::{Answer, Failure, Known, MESSAGE_QUESTIONS, Question, Resolver};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// What is asked for one message: [`MESSAGE_QUESTIONS`] at most, each of them once. Each has its time while the message
/// comes in, and all together have it once it has.
pub(crate) struct Asking {
    dns: Arc<Dns>,
    time: Duration,
    deadline: Option<Instant>,
    under_way: FuturesUnordered<BoxFuture<'static, (Question, Answer)>>,
    asked: HashSet<Question>,
}

impl Asking {
    pub(crate) fn new(dns: Arc<Dns>, time: Duration) -> Self {
        Self { dns, time, deadline: None, under_way: FuturesUnordered::new(), asked: HashSet::new() }
    }

    /// What can be told without waiting.
    pub(crate) fn known(&self) -> &dyn Known {
        self.dns.known()
    }

    /// The message has ended: somebody waits from now on.
    pub(crate) fn hurry(&mut self) {
        self.deadline = Some(Instant::now() + self.time);
    }

    /// Asks what was not asked before.
    pub(crate) fn ask(&mut self, open: &[Question]) {
        let deadline = self.deadline.unwrap_or_else(|| Instant::now() + self.time);
        for question in open {
            if !self.asked.insert(question.clone()) {
                continue;
            }
            let spent = u32::try_from(self.asked.len()).is_ok_and(|asked| asked > MESSAGE_QUESTIONS);
            let (dns, question) = (Arc::clone(&self.dns), question.clone());
            self.under_way.push(Box::pin(async move {
                let answer = if spent {
                    Answer::failed(Failure::Budget)
                } else {
                    let answer = tokio::time::timeout_at(deadline, dns.resolve(&question));
                    answer.await.unwrap_or_else(|_| Answer::failed(Failure::Budget))
                };
                (question, answer)
            }));
        }
    }

    /// The next answer; none comes when nothing is under way.
    pub(crate) async fn answer(&mut self) -> (Question, Answer) {
        match self.under_way.next().await {
            Some(answer) => answer,
            None => std::future::pending().await,
        }
    }
}
