//! A stub resolver: recursive servers are asked, one after another.

use super::exchange::Sender;
use super::inquiry::Inquiry;
use super::{NoServers, Options, Server, Within};
use crate::dns::{Answer, Question, Resolver};
use std::time::Duration;

/// A stub resolver over UDP, TCP, TLS or HTTPS; for tokio.
///
/// Servers are asked in their order. One that refuses, fails or is silent is passed over for the next; if none has an
/// answer, the failure that tells most is reported: a response code rather than a broken reply, that rather than
/// silence. A chain of aliases that a server did not follow to its end is followed here, up to twelve hops.
///
/// It keeps nothing between questions, so it is cheap to make and has no connection to lose.
#[derive(Clone, Debug)]
pub struct Stub {
    pub(super) options: Options,
    servers: Vec<Server>,
    pub(super) sender: Sender,
}

impl Stub {
    /// A resolver that asks as `options` say.
    ///
    /// # Errors
    /// [`NoServers`] when there is nobody to ask.
    pub fn new(options: Options) -> Result<Self, NoServers> {
        let servers = options.servers.list()?;
        let sender = Sender::new(&options, &servers)?;
        Ok(Self { options, servers, sender })
    }

    /// A resolver that asks the servers of the system's configuration.
    ///
    /// # Errors
    /// [`NoServers`] when the configuration names none.
    pub fn system() -> Result<Self, NoServers> {
        Self::new(Options::default())
    }

    /// The servers, in the order in which they are asked.
    pub fn servers(&self) -> &[Server] {
        &self.servers
    }

    /// This resolver, for one evaluation that may take `time` from now on.
    pub fn within(&self, time: Duration) -> Within<'_, Self> {
        Within::new(self, time)
    }
}

impl Resolver for Stub {
    async fn resolve(&self, question: &Question) -> Answer {
        let mut inquiry = Inquiry::new(self);
        match inquiry.follow(question).await {
            Ok((outcome, way)) => way.answer(outcome, self.options.trust_ad, inquiry.notes),
            Err(failure) => inquiry.notes.failed(failure),
        }
    }
}
