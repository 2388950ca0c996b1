//! One generation of settings: what a configuration becomes when it is put to work.

use super::dns::{Dns, NoDns};
use super::sealing::Seals;
use crate::config::Config;
use crate::signing::{BrokenTable, SigningTable, UnusableSigner};
use mailproof::arc::InvalidSealer;
use mailproof::authres::Strip;
use mailproof::{Authenticator, Name};
use std::sync::Arc;

/// Everything that a message is judged or signed with.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) config: Config,
    pub(crate) authenticator: Authenticator,
    pub(crate) strip: Strip,
    pub(crate) keys: SigningTable,
    pub(crate) dns: Arc<Dns>,
    pub(crate) seals: Option<Seals>,
}

/// Why a configuration cannot be put to work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// There is no DNS.
    #[error("dns: {0}")]
    Dns(#[from] NoDns),
    /// There is nobody to seal with.
    #[error("seal: {0}")]
    Seal(#[from] UnusableSealer),
    /// Forwarded mail is to be signed, and there are no keys for it.
    #[error("forward: there are no keys for {0} as a whole")]
    Forward(Name),
    /// The signing table is broken.
    #[error("sign: {0}")]
    Sign(#[from] BrokenTable),
}

/// Why nothing can be sealed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnusableSealer {
    /// There is no key.
    #[error(transparent)]
    Key(#[from] UnusableSigner),
    /// The key and the names make no sealer.
    #[error(transparent)]
    Sealer(#[from] InvalidSealer),
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
        let keys = SigningTable::open(&config.sign)?;
        if let Some(forward) = &config.forward
            && !keys.has(&forward.domain)
        {
            return Err(Unusable::Forward(forward.domain.clone()));
        }
        let seals = |seal| Seals::open(seal, config.sign.allow_readable_keys);
        Ok(Self {
            authenticator: authenticator(&config),
            seals: config.seal.as_ref().map(seals).transpose()?,
            strip,
            keys,
            dns: match kept {
                Some(before) => Arc::clone(&before.dns),
                None => Arc::new(Dns::open(&config.dns)?),
            },
            config,
        })
    }
}

fn authenticator(config: &Config) -> Authenticator {
    let mut authenticator = Authenticator::new(config.authserv_id.as_str());
    authenticator.iprev = config.checks.iprev;
    authenticator.atps = config.checks.atps;
    authenticator.trusted_sealers.clone_from(&config.checks.trusted_sealers);
    authenticator
}
