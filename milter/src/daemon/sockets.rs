//! Sockets, bound before anything else is done.

use super::privileges::Account;
use crate::config::Listen;
use nix::sys::stat::{Mode, umask};
use std::fs;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// A socket on which MTAs connect.
#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener, PathBuf),
}

/// Why a socket cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {why}")]
pub struct NoSocket {
    place: String,
    why: io::Error,
}

impl Socket {
    /// Unix sockets get these permissions, and belong to this account.
    pub(crate) fn open(listen: &Listen, mode: u32, owner: Option<&Account>) -> Result<Self, NoSocket> {
        let opened = match listen {
            Listen::Tcp(address) => tcp(*address).map(Self::Tcp),
            Listen::Unix(path) => unix(path, mode, owner).map(|socket| Self::Unix(socket, path.clone())),
        };
        opened.map_err(|why| NoSocket { place: listen.to_string(), why })
    }
}

/// The socket for figures.
pub(crate) fn figures(address: SocketAddr) -> Result<TcpListener, NoSocket> {
    tcp(address).map_err(|why| NoSocket { place: address.to_string(), why })
}

fn tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = TcpListener::bind(address)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn unix(path: &Path, mode: u32, owner: Option<&Account>) -> io::Result<UnixListener> {
    remove_stale(path)?;
    // Nobody else may connect before the permissions are those that were asked for.
    let before = umask(Mode::S_IXUSR | Mode::S_IRWXG | Mode::S_IRWXO);
    let bound = UnixListener::bind(path);
    umask(before);
    let socket = bound?;
    if let Some(owner) = owner {
        owner.own(path)?;
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// A socket on which nobody listens any more is in the way; anything else is left.
fn remove_stale(path: &Path) -> io::Result<()> {
    let is_socket = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata.file_type().is_socket(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if !is_socket {
        return Err(io::Error::new(ErrorKind::AlreadyExists, "there is a file that is no socket"));
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => fs::remove_file(path),
        _ => Err(io::Error::new(ErrorKind::AddrInUse, "somebody listens there")),
    }
}
