//! A deadline for a whole evaluation.

use crate::dns::{Answer, Failure, Known, Question, Resolver};
use std::time::Duration;
use tokio::time::Instant;

/// What an evaluation should be given at least: ‘Such a limit SHOULD allow at least 20 seconds’ (RFC 7208 §4.6.4).
pub const EVALUATION_TIME: Duration = Duration::from_secs(20);

/// A resolver whose time is limited: from the deadline on, every question, asked or still open, is answered
/// [`Failure::Budget`]. What the resolver knows without waiting it goes on telling. For tokio.
#[derive(Debug)]
pub struct Within<'a, R: ?Sized> {
    resolver: &'a R,
    deadline: Instant,
}

impl<'a, R: Resolver + ?Sized> Within<'a, R> {
    /// `resolver`, for one evaluation that may take `time` from now on.
    pub fn new(resolver: &'a R, time: Duration) -> Self {
        Self::until(resolver, deadline(time))
    }

    pub(super) const fn until(resolver: &'a R, deadline: Instant) -> Self {
        Self { resolver, deadline }
    }
}

/// `time` from now; a time too long for the clock is a day.
pub(super) fn deadline(time: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(time).unwrap_or_else(|| now + Duration::from_secs(86_400))
}

impl<R: Resolver + ?Sized> Resolver for Within<'_, R> {
    async fn resolve(&self, question: &Question) -> Answer {
        if Instant::now() >= self.deadline {
            // A layer around this one asks what it could have recalled.
            let known = self.resolver.known().recall(question);
            return known.unwrap_or_else(|| Answer::failed(Failure::Budget));
        }
        let answer = tokio::time::timeout_at(self.deadline, self.resolver.resolve(question));
        answer.await.unwrap_or_else(|_| Answer::failed(Failure::Budget))
    }

    fn known(&self) -> &dyn Known {
        self.resolver.known()
    }
}
