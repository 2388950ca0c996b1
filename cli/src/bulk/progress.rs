//! The progress bar.

use super::tally::{Tally, cache_percent, grouped, per_second};
use crate::terminal;
use mailproof::dns::Statistics;
use std::collections::VecDeque;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Over how long the rate is measured.
const RECENT: Duration = Duration::from_secs(10);

/// Columns of the bar.
const BAR: u64 = 20;

/// A column in eighths, from the right.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// Goes to the first column and clears the line. The cursor stands behind the text, never in the last column: what the terminal
/// echoes, such as ^C, is cleared with it.
const CLEAR: &str = "\r\u{1b}[K";

/// A line with a bar on standard error, where that is a terminal.
pub(super) struct Progress {
    is_shown: bool,
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
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let is_shown = is_wanted && !is_dumb && !terminal::manner().quiet && std::io::stderr().is_terminal();
        Self { is_shown, octets, recent: VecDeque::new() }
    }

    /// Draws it anew.
    pub(super) fn show(&mut self, standing: &Standing<'_>) {
        if !self.is_shown {
            return;
        }
        let width =
            terminal_size::terminal_size_of(std::io::stderr()).map_or(80, |(width, _)| usize::from(width.0));
        let line = self.line(standing, Instant::now(), width);
        terminal::tell(&format!("{CLEAR}{}", terminal::drawn(&line, terminal::manner().ascii)));
    }

    /// The line at this time, on a terminal of so many columns.
    fn line(&mut self, standing: &Standing<'_>, now: Instant, width: usize) -> String {
        let items = standing.tally.items;
        while self.recent.len() > 1
            && self.recent.front().is_some_and(|(then, ..)| now.duration_since(*then) > RECENT)
        {
            self.recent.pop_front();
        }
        let (then, items_then, octets_then) =
            self.recent.front().copied().unwrap_or((now, items, standing.octets));
        self.recent.push_back((now, items, standing.octets));
        let took = now.duration_since(then);
        let rate = per_second(items.saturating_sub(items_then), took);
        let octet_rate = per_second(standing.octets.saturating_sub(octets_then), took);
        let mut told = format!(" {} items", grouped(standing.earlier + items));
        if let Some(octets) = self.octets.filter(|octets| *octets > 0) {
            let percent = standing.octets.saturating_mul(100) / octets;
            told.push_str(&format!("  {}  {percent:>3}%", bar(standing.octets, octets)));
        }
        told.push_str(&format!("  {}/s", grouped(rate)));
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
            told.push_str(&format!(
                "  to retry {}",
                grouped(u64::try_from(standing.retrying).unwrap_or(u64::MAX))
            ));
        }
        told.chars().take(width.saturating_sub(1)).collect()
    }

    /// Says something above the bar, which comes back with the next drawing.
    pub(super) fn complain(&self, text: &str) {
        self.end();
        terminal::complain(text);
    }

    /// Takes it away.
    pub(super) fn end(&self) {
        if self.is_shown {
            terminal::tell(CLEAR);
        }
    }
}

fn bar(done: u64, all: u64) -> String {
    let eighths = done.min(all).saturating_mul(BAR * 8) / all.max(1);
    let full = usize::try_from(eighths / 8).unwrap_or_default();
    let part =
        usize::try_from(eighths % 8).ok().and_then(|part| EIGHTHS.get(part)).copied().unwrap_or_default();
    let width = usize::try_from(BAR).unwrap_or_default();
    format!("{:<width$}", "█".repeat(full) + part)
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
    fn bars_are_as_wide_however_full() {
        assert_eq!(bar(0, 160), " ".repeat(20));
        assert_eq!(bar(12, 160), format!("█▌{}", " ".repeat(18)));
        assert_eq!(bar(160, 160), "█".repeat(20));
        assert!([0, 1, 79, 159, 160].iter().all(|done| bar(*done, 160).chars().count() == 20));
    }

    /// The line after so many seconds, on a terminal of so many columns, of a run through 1 MB.
    fn drawn_after(progress: &mut Progress, start: Instant, seconds: u64, width: usize) -> String {
        let mut tally = Tally::default();
        (tally.items, tally.undecided) = (4912 * seconds, 39 * seconds);
        let mut dns = Statistics::default();
        (dns.hits, dns.misses) = (710, 290);
        let standing = Standing {
            tally: &tally,
            octets: 50_000 * seconds,
            earlier: 1000,
            retrying: usize::try_from(seconds).unwrap() * 100,
            dns: Some(dns),
        };
        progress.line(&standing, start + Duration::from_secs(seconds), width)
    }

    #[test]
    fn the_line_tells_how_far_it_is_how_fast_and_for_how_long() {
        let start = Instant::now();
        let mut progress = Progress { is_shown: true, octets: Some(1_000_000), recent: VecDeque::new() };
        assert_eq!(
            drawn_after(&mut progress, start, 0, 200),
            format!(" 1,000 items  {}    0%  0/s  cache 71%  temperror 0.0%", " ".repeat(20))
        );
        assert_eq!(
            drawn_after(&mut progress, start, 4, 200),
            format!(
                " 20,648 items  ████{}   20%  4,912/s  ETA 16 s  cache 71%  temperror 0.7%  to retry 400",
                " ".repeat(16)
            )
        );
        let done = drawn_after(&mut progress, start, 20, 200);
        assert!(done.contains("████████████████████  100%  4,912/s  ETA 0 s"), "{done}");
        assert_eq!(terminal::drawn(&done, true).chars().filter(|mark| *mark == '#').count(), 20);
        // The last column stays free: behind it a terminal would begin another line.
        assert_eq!(drawn_after(&mut progress, start, 21, 40).chars().count(), 39);
        // Nobody knows how much a stream holds.
        let mut stream = Progress { is_shown: true, octets: None, recent: VecDeque::new() };
        assert_eq!(
            drawn_after(&mut stream, start, 4, 200),
            " 20,648 items  0/s  cache 71%  temperror 0.7%  to retry 400"
        );
    }

    #[test]
    fn times_are_short() {
        assert_eq!([59, 60, 3599, 3660].map(duration), ["59 s", "1:00 min", "59:59 min", "1:01 h"]);
    }
}
