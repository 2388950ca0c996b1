//! One key file, and whether it is still the one that was read.

use super::UnusableSigner;
use mailproof::{SigningKey, UnusableKey};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What changes when a file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileState {
    device: u64,
    inode: u64,
    octets: u64,
    modified: (i64, i64),
}

/// Reads a key, and the state its file is in. One to which others than owner and group have access is refused unless they
/// may.
pub(crate) fn read_key(path: &Path, allow_readable: bool) -> Result<(SigningKey, FileState), UnusableSigner> {
    // The state before the octets: a change between the two is seen the next time.
    let state = admit(path, allow_readable)?;
    let octets = fs::read(path).map_err(|why| UnusableSigner::File { path: path.to_owned(), why })?;
    let key = SigningKey::read(&octets).map_err(|why| UnusableSigner::Key { path: path.to_owned(), why })?;
    Ok((key, state))
}

fn admit(path: &Path, allow_readable: bool) -> Result<FileState, UnusableSigner> {
    let unreadable = |why| UnusableSigner::File { path: path.to_owned(), why };
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !allow_readable && metadata.mode() & 0o007 != 0 {
        return Err(UnusableSigner::Exposed { path: path.to_owned() });
    }
    let most = u64::try_from(SigningKey::MAX_OCTETS).unwrap_or(u64::MAX);
    if metadata.len() > most {
        return Err(UnusableSigner::Key { path: path.to_owned(), why: UnusableKey::TooLarge });
    }
    Ok(FileState::from(&metadata))
}

impl FileState {
    /// Whether a file is in this state.
    pub(crate) fn is_of(&self, path: &Path) -> bool {
        Self::of(path).is_ok_and(|now| now == *self)
    }

    fn of(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|metadata| Self::from(&metadata))
    }
}

impl From<&Metadata> for FileState {
    fn from(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            octets: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}
