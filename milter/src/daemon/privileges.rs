//! Giving up privileges.

use nix::unistd::{Gid, Group, Uid, User, getuid, setgid, setgroups, setuid};

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

/// Becomes a user, for good. It is an error only to be somebody else who may not.
pub(crate) fn become_user(user: &str, group: Option<&str>) -> Result<(), NoPrivileges> {
    let account = User::from_name(user).ok().flatten().ok_or_else(|| NoPrivileges::User(user.to_owned()))?;
    let gid = match group {
        None => account.gid,
        Some(name) => match Group::from_name(name).ok().flatten() {
            Some(group) => group.gid,
            None => return Err(NoPrivileges::Group(name.to_owned())),
        },
    };
    if getuid() == account.uid && !account.uid.is_root() {
        return Ok(());
    }
    let refused = |error| NoPrivileges::Refused(user.to_owned(), error);
    setgroups(&[gid]).map_err(refused)?;
    setgid(gid).map_err(refused)?;
    setuid(account.uid).map_err(refused)?;
    check_gone(account.uid, gid)
}

fn check_gone(uid: Uid, _: Gid) -> Result<(), NoPrivileges> {
    if !uid.is_root() && setuid(Uid::from_raw(0)).is_ok() { Err(NoPrivileges::NotGone) } else { Ok(()) }
}
