//! Keys from files: read when first needed, read again when the file changes.

use super::file::{FileState, read_key};
use super::table::{ANY, BrokenTable, Entry, Table};
use crate::config::Sign;
use lru::LruCache;
use mailproof::dkim::{InvalidSigner, Signer, SigningOptions};
use mailproof::{Name, UnusableKey};
use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Signers kept at most; those not used for longest are read again when they are.
const SIGNERS: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// Who signs with which key, and the keys that were needed so far.
#[derive(Debug)]
pub struct SigningTable {
    table: Table,
    options: SigningOptions,
    allow_readable: bool,
    ready: Mutex<LruCache<String, Ready>>,
}

/// A signer, and the state its key files were read in.
#[derive(Clone, Debug)]
struct Ready {
    signer: Signer,
    files: Vec<(PathBuf, FileState)>,
}

/// Why mail of a domain cannot be signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnusableSigner {
    /// A key file cannot be read.
    #[error("{}: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: io::Error,
    },
    /// A key file that everybody can read, or write.
    #[error("{}: others than its owner and group have access to this key", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// A file holds no key.
    #[error("{}: {why}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        why: UnusableKey,
    },
    /// The keys and names make no signer.
    #[error("{domain}: {why}")]
    Signer {
        /// `d=`.
        domain: String,
        /// Why not.
        why: InvalidSigner,
    },
    /// The domain of the author cannot stand in a path.
    #[error("{0} cannot stand in the path of a key file")]
    Domain(Name),
}

impl SigningTable {
    /// Reads the table; key files are not looked at.
    ///
    /// # Errors
    /// [`BrokenTable`], when it is malformed.
    pub fn open(sign: &Sign) -> Result<Self, BrokenTable> {
        let mut options = SigningOptions::default();
        options.expires_after = sign.expires_after;
        options.accept_lone_line_ends = sign.accept_lone_line_ends;
        Ok(Self {
            table: Table::open(sign)?,
            options,
            allow_readable: sign.allow_readable_keys,
            ready: Mutex::new(LruCache::new(SIGNERS)),
        })
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there are keys for a domain as a whole.
    pub fn has(&self, domain: &Name) -> bool {
        !self.table.find("", domain).is_empty()
    }

    /// Who signs for an author, one signer for each `d=`; nobody if the author has no keys.
    ///
    /// # Errors
    /// [`UnusableSigner`], when a key that should be used cannot be.
    pub fn signers(&self, local_part: &str, domain: &Name) -> Result<Vec<Signer>, UnusableSigner> {
        let mut wanted: Vec<(String, Vec<&Entry>)> = Vec::new();
        for entry in self.table.find(local_part, domain) {
            let signing = expanded(&entry.domain, domain)?;
            match wanted.iter_mut().find(|(of, _)| *of == signing) {
                Some((_, entries)) => entries.push(entry),
                None => wanted.push((signing, vec![entry])),
            }
        }
        wanted.iter().map(|(signing, entries)| self.signer(signing, entries, domain)).collect()
    }

    /// The signer of these keys, which is made anew when a file has changed. If that fails, the one before goes on.
    fn signer(&self, signing: &str, entries: &[&Entry], author: &Name) -> Result<Signer, UnusableSigner> {
        let files = entries.iter().map(|entry| self.file(entry, author)).collect::<Result<Vec<_>, _>>()?;
        let key = entries.iter().zip(&files).fold(signing.to_owned(), |key, (entry, path)| {
            format!("{key}\0{}\0{}", entry.selector, path.display())
        });
        let before = self.ready.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(ready) = &before
            && ready.files.iter().all(|(path, state)| state.is_of(path))
        {
            return Ok(ready.signer.clone());
        }
        match (self.read(signing, entries, files), before) {
            (Ok(ready), _) => {
                let signer = ready.signer.clone();
                self.ready.lock().unwrap_or_else(PoisonError::into_inner).put(key, ready);
                Ok(signer)
            }
            (Err(why), Some(before)) => {
                tracing::warn!(%why, "a changed key cannot be used; the one before is");
                Ok(before.signer)
            }
            (Err(why), None) => Err(why),
        }
    }

    fn file(&self, entry: &Entry, author: &Name) -> Result<PathBuf, UnusableSigner> {
        match entry.file.to_str() {
            Some(path) if path.contains(ANY) => Ok(expanded(path, author)?.into()),
            _ => Ok(entry.file.to_path_buf()),
        }
    }

    fn read(&self, signing: &str, entries: &[&Entry], files: Vec<PathBuf>) -> Result<Ready, UnusableSigner> {
        let mut states = Vec::with_capacity(files.len());
        let mut keys = Vec::with_capacity(files.len());
        for (entry, path) in entries.iter().zip(files) {
            let (key, state) = read_key(&path, self.allow_readable)?;
            keys.push((entry.selector.as_ref(), key));
            states.push((path, state));
        }
        let signer = Signer::new(signing, keys, self.options.clone())
            .map_err(|why| UnusableSigner::Signer { domain: signing.to_owned(), why })?;
        Ok(Ready { signer, files: states })
    }
}

/// `text` with the domain of the author in place of [`ANY`]: letters, digits, hyphens, underscores and dots only, since it
/// may become part of a path.
fn expanded(text: &str, author: &Name) -> Result<String, UnusableSigner> {
    if !text.contains(ANY) {
        return Ok(text.to_owned());
    }
    let is_plain = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.');
    if author.as_str().is_empty() || !author.as_str().bytes().all(is_plain) {
        return Err(UnusableSigner::Domain(author.clone()));
    }
    Ok(text.replace(ANY, author.as_str()))
}
