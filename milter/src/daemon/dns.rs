//! Who answers the questions of all messages.

use crate::config;
use mailproof::dns::{Answer, CacheSettings, Known, Question, Resolver, Statistics, Zone};
use mailproof::resolver::{Cached, NoServers, Options, Servers, Stub};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// DNS: the network behind a cache, or a zone that is all there is.
#[derive(Debug)]
pub(crate) enum Dns {
    Network(Cached<Stub>),
    Zone(Zone),
}

/// Why there is no DNS.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoDns {
    /// There is nobody to ask.
    #[error(transparent)]
    Servers(#[from] NoServers),
    /// The cache cannot be made.
    #[error(transparent)]
    Cache(#[from] io::Error),
    /// The zone cannot be read.
    #[error("{}: {why}", path.display())]
    Zone {
        /// Its file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
}

impl Dns {
    pub(crate) fn open(config: &config::Dns) -> Result<Self, NoDns> {
        if let Some(path) = &config.zone {
            let broken = |why: String| NoDns::Zone { path: path.clone(), why };
            let text = std::fs::read_to_string(path).map_err(|error| broken(error.to_string()))?;
            let zone = Zone::from_json(&text).map_err(|error| broken(error.to_string()))?;
            return Ok(Self::Zone(zone));
        }
        let servers =
            if config.servers.is_empty() { Servers::System } else { Servers::Given(config.servers.clone()) };
        let options = Options {
            servers,
            timeout: Duration::from_secs(config.timeout),
            trust_ad: config.trust_ad,
            ..Options::default()
        };
        Ok(Self::Network(Cached::seeded(Stub::new(options)?, CacheSettings::default())?))
    }

    /// What the cache did; nothing where there is none.
    pub(crate) fn statistics(&self) -> Option<Statistics> {
        match self {
            Self::Network(cached) => Some(cached.cache().statistics()),
            Self::Zone(_) => None,
        }
    }
}

impl Resolver for Dns {
    async fn resolve(&self, question: &Question) -> Answer {
        match self {
            Self::Network(cached) => Resolver::resolve(cached, question).await,
            Self::Zone(zone) => zone.lookup(question),
        }
    }

    fn known(&self) -> &dyn Known {
        match self {
            Self::Network(cached) => Resolver::known(cached),
            Self::Zone(zone) => zone,
        }
    }
}
