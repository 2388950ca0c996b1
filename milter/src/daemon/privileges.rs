//! Giving up privileges.

use nix::unistd::{Gid, Group, Uid, User, getuid, setgid, setgroups, setuid};
use std::io;
use std::path::Path;

/// Why privileges cannot be given up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoPrivileges {
    /// There is no such user.
    #[error("there is no user {0}")]
    User(String),
    /// There is no such group.
    #[error("there is no group {0}")]
    Group(String),
    /// The system refuses.
    #[error("cannot become {0}: {1}")]
    Refused(String, nix::Error),
    /// Root would still be possible.
    #[error("privileges could be taken back")]
    NotGone,
}

/// Who the daemon runs as.
#[derive(Debug)]
pub(crate) struct Account {
    name: String,
    uid: Uid,
    gid: Gid,
}

impl Account {
    pub(crate) fn find(user: &str, group: Option<&str>) -> Result<Self, NoPrivileges> {
        let account =
            User::from_name(user).ok().flatten().ok_or_else(|| NoPrivileges::User(user.to_owned()))?;
        let gid = match group {
            None => account.gid,
            Some(name) => match Group::from_name(name).ok().flatten() {
                Some(group) => group.gid,
                None => return Err(NoPrivileges::Group(name.to_owned())),
            },
        };
        Ok(Self { name: user.to_owned(), uid: account.uid, gid })
    }

    /// Whether the process is this user already, so that there is nothing to give up.
    fn is_ours(&self) -> bool {
        getuid() == self.uid && !self.uid.is_root()
    }

    /// Makes a file theirs, if we are somebody else.
    pub(crate) fn own(&self, path: &Path) -> io::Result<()> {
        if self.is_ours() {
            return Ok(());
        }
        std::os::unix::fs::chown(path, Some(self.uid.as_raw()), Some(self.gid.as_raw()))
    }

    /// Becomes this user, for good. It is an error only to be somebody else who may not.
    pub(crate) fn take_on(&self) -> Result<(), NoPrivileges> {
        if self.is_ours() {
            return Ok(());
        }
        let refused = |error| NoPrivileges::Refused(self.name.clone(), error);
        setgroups(&[self.gid]).map_err(refused)?;
        setgid(self.gid).map_err(refused)?;
        setuid(self.uid).map_err(refused)?;
        if !self.uid.is_root() && setuid(Uid::from_raw(0)).is_ok() {
            return Err(NoPrivileges::NotGone);
        }
        Ok(())
    }
}
