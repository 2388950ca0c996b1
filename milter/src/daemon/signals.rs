//! Signals: held back from the first moment, heard once there is somebody to hear them.

use nix::sys::signal::{SigSet, Signal};
use std::io;
use tokio::signal::unix::{SignalKind, signal};

/// What the daemon is told by signals.
#[derive(Debug)]
pub(crate) struct Signals {
    reload: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

/// What a signal says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Reload,
    Stop,
}

/// Holds signals back, in this thread and in those it will start: until [`Signals::listen`] they would end the process.
pub(crate) fn hold() -> io::Result<()> {
    held().thread_block().map_err(io::Error::from)
}

impl Signals {
    /// Hears signals from now on, and those held back until now.
    pub(crate) fn listen() -> io::Result<Self> {
        let signals = Self {
            reload: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        };
        held().thread_unblock()?;
        Ok(signals)
    }

    /// Waits for the next one.
    pub(crate) async fn hear(&mut self) -> Told {
        tokio::select! {
            _ = self.reload.recv() => Told::Reload,
            _ = self.terminate.recv() => Told::Stop,
            _ = self.interrupt.recv() => Told::Stop,
        }
    }
}

fn held() -> SigSet {
    [Signal::SIGHUP, Signal::SIGTERM, Signal::SIGINT].into_iter().collect()
}
