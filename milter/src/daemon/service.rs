//! One generation of settings: what a configuration becomes when it is put to work.

use super::dns::{Dns, NoDns};
use crate::config::{self, Config};
use crate::signing::{BrokenTable, SigningTable};
use mailproof::arc::{InvalidSealer, Sealer, SealingOptions};
use mailproof::authres::Strip;
use mailproof::{Authenticator, SigningKey, UnusableKey};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Everything that a message is judged or signed with.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) config: Config,
    pub(crate) authenticator: Authenticator,
    pub(crate) strip: Strip,
    pub(crate) keys: SigningTable,
    pub(crate) dns: Arc<Dns>,
    pub(crate) sealer: Option<Sealer>,
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
    /// The signing table is broken.
    #[error("sign: {0}")]
    Sign(#[from] BrokenTable),
}

/// Why nothing can be sealed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnusableSealer {
    /// The key file cannot be read.
    #[error("{}: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: io::Error,
    },
    /// The file holds no key.
    #[error(transparent)]
    Key(#[from] UnusableKey),
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
        Ok(Self {
            authenticator: authenticator(&config),
            sealer: config.seal.as_ref().map(sealer).transpose()?,
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

fn authenticator(config: &Config) -> Authenticator {
    let mut authenticator = Authenticator::new(config.authserv_id.as_str());
    authenticator.iprev = config.checks.iprev;
    authenticator.atps = config.checks.atps;
    authenticator.trusted_sealers.clone_from(&config.checks.trusted_sealers);
    authenticator
}

fn sealer(seal: &config::Seal) -> Result<Sealer, UnusableSealer> {
    let octets =
        std::fs::read(&seal.file).map_err(|why| UnusableSealer::File { path: seal.file.clone(), why })?;
    let key = SigningKey::read(&octets)?;
    Ok(Sealer::new(&seal.domain, &seal.selector, key, SealingOptions::default())?)
}
