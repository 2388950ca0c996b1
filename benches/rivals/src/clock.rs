//! Time that this process had of a core; what others took of it does not count.

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

pub struct Clock(Duration);

impl Clock {
    pub fn start() -> Self {
        Self(now())
    }

    pub fn elapsed(&self) -> Duration {
        now().saturating_sub(self.0)
    }
}

fn now() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap()
}
