//! One generation of settings: what a configuration becomes when it is put to work.

use super::dns::{Dns, NoDns};
use crate::config::Config;
use crate::signing::{BrokenTable, SigningTable};
use mailproof::Authenticator;
use mailproof::authres::Strip;
use std::sync::Arc;

/// Everything that a message is judged or signed with.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) config: Config,
    pub(crate) authenticator: Authenticator,
    pub(crate) strip: Strip,
    pub(crate) keys: SigningTable,
    pub(crate) dns: Arc<Dns>,
}

/// Why a configuration cannot be put to work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// There is no DNS.
    #[error("dns: {0}")]
    Dns(#[from] NoDns),
    /// The signing table is broken.
    #[error("sign: {0}")]
    Sign(#[from] BrokenTable),
}

impl Service {
    /// What a configuration says; what the settings before know of DNS is kept where they ask the same servers.
    pub(crate) fn new(config: Config, before: Option<&Self>) -> Result<Self, Unusable> {
        let kept = before.filter(|before| config.dns.zone.is_none() && before.config.dns == config.dns);
        let choice = &config.strip;
        let mut strip = Strip::new(choice.own.iter().chain([&config.authserv_id]));
        if let Some(admitted) = &choice.admit_only {
            strip = strip.admit_only(admitted);
        }
        if choice.all {
            strip = strip.all();
        }
        if choice.received_spf {
            strip = strip.received_spf();
        }
        Ok(Self {
            authenticator: Authenticator::new(config.authserv_id.as_str()),
            strip,
            keys: SigningTable::open(&config.sign)?,
            dns: match kept {
                Some(before) => Arc::clone(&before.dns),
                None => Arc::new(Dns::open(&config.dns)?),
            },
            config,
        })
    }
}
