//! The progress bar.

use super::tally::{Tally, cache_percent, grouped, per_second};
use crate::terminal;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use mailproof::dns::Statistics;
use std::collections::VecDeque;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Over how long the rate is measured.
const RECENT: Duration = Duration::from_secs(10);

/// How often the bar is drawn, in a second.
const DRAWN_PER_SECOND: u8 = 10;

/// A bar on standard error, where that is a terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    /// Octets of the inputs; `None` when nobody can tell.
    octets: Option<u64>,
    /// When so many items and octets of the input were done.
    recent: VecDeque<(Instant, u64, u64)>,
}

/// How far the run has come.
pub(super) struct Standing<'a> {
    pub(super) tally: &'a Tally,
    /// Octets of the input up to the last item that is done.
    pub(super) octets: u64,
    pub(super) earlier: u64,
    /// Items that wait to be tried again.
    pub(super) retrying: usize,
    pub(super) dns: Option<Statistics>,
}

impl Progress {
    /// `octets` is how much there is to read. `is_wanted` is false where results are written to the same terminal.
    pub(super) fn start(octets: Option<u64>, is_wanted: bool) -> Self {
        let is_shown = is_wanted && !terminal::manner().quiet && std::io::stderr().is_terminal();
        let target = if is_shown {
            ProgressDrawTarget::stderr_with_hz(DRAWN_PER_SECOND)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(octets, target);
        let template = if octets.is_some() { " {prefix}  {bar:20}  {percent:>3}%  {msg}" } else { " {prefix}  {msg}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            let blocks = if terminal::manner().ascii { "#=-" } else { "█▉▊▋▌▍▎▏ " };
            bar.set_style(style.progress_chars(blocks));
        }
        Self { bar, octets, recent: VecDeque::from([(Instant::now(), 0, 0)]) }
    }

    /// Draws it anew.
    pub(super) fn show(&mut self, standing: &Standing<'_>) {
        if self.bar.is_hidden() {
            return;
        }
        let now = Instant::now();
        let items = standing.tally.items;
        while self.recent.len() > 1 && self.recent.front().is_some_and(|(then, ..)| now.duration_since(*then) > RECENT) {
            self.recent.pop_front();
        }
        let (then, items_then, octets_then) = self.recent.front().copied().unwrap_or((now, items, standing.octets));
        self.recent.push_back((now, items, standing.octets));
        let took = now.duration_since(then);
        let rate = per_second(items.saturating_sub(items_then), took);
        let octet_rate = per_second(standing.octets.saturating_sub(octets_then), took);
        let mut told = format!("{}/s", grouped(rate));
        if let Some(left) = self.octets.map(|octets| octets.saturating_sub(standing.octets))
            && octet_rate > 0
        {
            told.push_str(&format!("  ETA {}", duration(left / octet_rate)));
        }
        if let Some(dns) = &standing.dns {
            told.push_str(&format!("  cache {:.0}%", cache_percent(dns)));
        }
        told.push_str(&format!("  temperror {:.1}%", standing.tally.undecided_percent()));
        if standing.retrying > 0 {
            told.push_str(&format!("  to retry {}", grouped(u64::try_from(standing.retrying).unwrap_or(u64::MAX))));
        }
        self.bar.set_prefix(format!("{} items", grouped(standing.earlier + items)));
        self.bar.set_position(standing.octets);
        self.bar.set_message(told);
    }

    /// Says something above the bar.
    pub(super) fn complain(&self, text: &str) {
        self.bar.suspend(|| terminal::complain(text));
    }

    /// Takes it away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// A time that is left, as people say it.
fn duration(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{}:{:02} min", seconds / 60, seconds % 60),
        _ => format!("{}:{:02} h", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        assert_eq!([59, 60, 3599, 3660].map(duration), ["59 s", "1:00 min", "59:59 min", "1:01 h"]);
    }
}
