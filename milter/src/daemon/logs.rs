//! Logs, to standard error.

use crate::config::{Log, LogFormat};
use std::io::{IsTerminal, stderr};
use tracing_subscriber::EnvFilter;

/// Begins to write logs; a second time changes nothing.
pub(super) fn start_logs(log: &Log) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(log.level.word()));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).with_target(false);
    // The journal has the time already.
    let has_time = std::env::var_os("JOURNAL_STREAM").is_none();
    let _ = match (log.format, has_time) {
        (LogFormat::Json, _) => logs.json().flatten_event(true).try_init(),
        (LogFormat::Text, true) => logs.with_ansi(stderr().is_terminal()).try_init(),
        (LogFormat::Text, false) => logs.with_ansi(false).without_time().try_init(),
    };
}
