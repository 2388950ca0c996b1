//! Files that hold a private key.

use crate::input::{Unreadable, shown};
use mailproof::SigningKey;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Reads a private key from a file, or from standard input for `-`. Says so when others may read the file as well.
pub(crate) fn read(path: &Path) -> Result<SigningKey, Unreadable> {
    let octets = octets(path).map_err(|why| Unreadable::File { path: shown(path), why })?;
    SigningKey::read(&octets).map_err(|why| Unreadable::Key { path: shown(path), why })
}

fn octets(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    // All the room at once: octets that are moved would stay behind where they were. One more than a key may have, so
    // that it is seen to be too large.
    let room = SigningKey::MAX_OCTETS + 1;
    let limit = u64::try_from(room).unwrap_or(u64::MAX);
    let mut octets = Zeroizing::new(Vec::with_capacity(room));
    if path.as_os_str() == "-" {
        io::stdin().take(limit).read_to_end(&mut octets)?;
    } else {
        let file = File::open(path)?;
        complain_of_readers(path, &file)?;
        file.take(limit).read_to_end(&mut octets)?;
    }
    Ok(octets)
}

#[cfg(unix)]
fn complain_of_readers(path: &Path, file: &File) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let metadata = file.metadata()?;
    if metadata.is_file() && metadata.mode() & 0o004 != 0 {
        crate::terminal::complain(&format!("note: {}: everybody may read this private key", shown(path)));
    }
    Ok(())
}

#[cfg(not(unix))]
fn complain_of_readers(_: &Path, _: &File) -> io::Result<()> {
    Ok(())
}

/// Writes a private key to a file that nobody else could read at any time. One that is there already is replaced
/// only on demand, and then as a whole. What is no file of its own, such as a link or a device, is left alone.
pub(super) fn write(path: &Path, pem: &str, replaces: bool) -> Result<(), Unreadable> {
    let written = refuse_what_is_no_file(path)
        .and_then(|()| if replaces { replace(path, pem) } else { create(path, pem) });
    written.map_err(|why| match why.kind() {
        io::ErrorKind::AlreadyExists => Unreadable::Exists(shown(path)),
        _ => Unreadable::File { path: shown(path), why },
    })
}

fn create(path: &Path, pem: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file.write_all(pem.as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a key is of no use to anybody.
        let _ = fs::remove_file(path);
    }
    written
}

fn refuse_what_is_no_file(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(io::Error::other("only a regular file is replaced"));
    }
    Ok(())
}

/// The new file takes the place of the old one at once, whatever the mode of that was.
fn replace(path: &Path, pem: &str) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".new-{}", std::process::id()));
    let beside = PathBuf::from(beside);
    // What an earlier run may have left.
    let _ = fs::remove_file(&beside);
    create(&beside, pem)?;
    let renamed = fs::rename(&beside, path);
    if renamed.is_err() {
        let _ = fs::remove_file(&beside);
    }
    renamed
}
