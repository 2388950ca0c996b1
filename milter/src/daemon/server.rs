//! Listening, reloading, stopping.

use super::entrance::Entrance;
use super::logs::start_logs;
use super::page;
use super::privileges::{Account, NoPrivileges};
use super::service::{Service, Unusable};
use super::shared::Shared;
use super::signals::{self, Signals, Told};
use super::sockets::{self, NoSocket, Socket};
use crate::config::{Config, MalformedConfig};
use sd_notify::NotifyState;
use std::io;
use std::net::TcpListener as BlockingTcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Semaphore, watch};

/// How long messages under way are waited for when the daemon stops.
const GRACE: Duration = Duration::from_secs(30);
/// Threads at most unless told otherwise: two do for what one MTA brings.
const THREADS: usize = 4;

/// The daemon with its sockets open.
#[derive(Debug)]
pub struct Daemon {
    path: PathBuf,
    sockets: Vec<Socket>,
    figures: Option<BlockingTcpListener>,
    shared: Arc<Shared>,
}

/// Why there is no daemon.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoDaemon {
    /// The configuration cannot be read.
    #[error("{}: {why}", path.display())]
    File {
        /// Its file.
        path: PathBuf,
        /// Why not.
        why: io::Error,
    },
    /// The configuration is malformed.
    #[error("{}: {why}", path.display())]
    Config {
        /// Its file.
        path: PathBuf,
        /// What is wrong, and where.
        why: MalformedConfig,
    },
    /// The configuration cannot be put to work.
    #[error("{}: {why}", path.display())]
    Unusable {
        /// Its file.
        path: PathBuf,
        /// Why not.
        why: Unusable,
    },
    /// A socket cannot be opened.
    #[error(transparent)]
    Socket(#[from] NoSocket),
    /// Privileges cannot be given up.
    #[error(transparent)]
    Privileges(#[from] NoPrivileges),
    /// The system does not let it run.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Daemon {
    /// Reads the configuration of a file and tries it, without opening a socket.
    ///
    /// # Errors
    /// [`NoDaemon`] says what is wrong with it.
    pub fn check(path: &Path) -> Result<Config, NoDaemon> {
        service(path, None).map(|service| service.config)
    }

    /// Reads the configuration, opens the sockets, and gives up privileges. From here on signals are held back until
    /// [`Daemon::run`] hears them, in this thread.
    ///
    /// # Errors
    /// [`NoDaemon`] says why it cannot.
    pub fn open(path: &Path) -> Result<Self, NoDaemon> {
        signals::hold()?;
        let service = service(path, None)?;
        let config = &service.config;
        let find = |user: &String| Account::find(user, config.group.as_deref());
        let account = config.user.as_ref().map(find).transpose()?;
        let open = |listen| Socket::open(listen, config.socket_mode.0, account.as_ref());
        let sockets = config.listen.iter().map(open).collect::<Result<_, _>>()?;
        let figures = config.metrics.listen.map(sockets::figures).transpose()?;
        if let Some(account) = &account {
            account.take_on()?;
        }
        Ok(Self { path: path.to_owned(), sockets, figures, shared: Arc::new(Shared::new(service)) })
    }

    /// Serves until a signal says to stop.
    ///
    /// # Errors
    /// [`NoDaemon`], when the system does not let it run.
    pub fn run(self) -> Result<(), NoDaemon> {
        start_logs(&self.shared.service().config.log);
        if nix::unistd::geteuid().is_root() {
            tracing::warn!("this runs as root: name a user in the configuration");
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = self.shared.service().config.threads.unwrap_or(cores.min(THREADS));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("mailproof-milter")
            .enable_all()
            .build()?;
        runtime.block_on(self.serve())
    }

    async fn serve(self) -> Result<(), NoDaemon> {
        let Self { path, sockets, figures, shared } = self;
        let mut signals = Signals::listen()?;
        let (stop, stopping) = watch::channel(false);
        let most = shared.service().config.limits.connections;
        let places = Arc::new(Semaphore::new(most));
        let entrance = Entrance { shared: Arc::clone(&shared), places: Arc::clone(&places), stopping };
        let mut removed = Vec::new();
        for socket in sockets {
            match socket {
                Socket::Tcp(socket) => {
                    tokio::spawn(entrance.clone().serve(TcpListener::from_std(socket)?));
                }
                Socket::Unix(socket, path) => {
                    tokio::spawn(entrance.clone().serve(UnixListener::from_std(socket)?));
                    removed.push(path);
                }
            }
        }
        if let Some(listener) = figures {
            tokio::spawn(page::serve(TcpListener::from_std(listener)?, Arc::clone(&shared)));
        }
        let _ = sd_notify::notify(&[NotifyState::Ready]);
        tracing::info!(keys = shared.service().keys.len(), "ready");
        while signals.hear().await == Told::Reload {
            read_again(&path, &shared);
        }
        let _ = sd_notify::notify(&[NotifyState::Stopping]);
        tracing::info!("stopping");
        let _ = stop.send(true);
        for path in removed {
            let _ = std::fs::remove_file(path);
        }
        let all = u32::try_from(most).unwrap_or(u32::MAX);
        let _ = tokio::time::timeout(GRACE, places.acquire_many(all)).await;
        Ok(())
    }
}

/// Reads the configuration again; one that cannot be put to work changes nothing.
fn read_again(path: &Path, shared: &Shared) {
    let mut states = vec![NotifyState::Reloading];
    states.extend(NotifyState::monotonic_usec_now());
    let _ = sd_notify::notify(&states);
    let before = shared.service();
    match service(path, Some(&before)) {
        Ok(service) => {
            if service.config.needs_restart(&before.config) {
                tracing::warn!("what listens, and as whom, changes only with a restart");
            }
            let keys = service.keys.len();
            shared.replace(service);
            tracing::info!(keys, "reloaded");
            shared.figures.reload("done");
        }
        Err(why) => {
            tracing::error!(
                why = super::text::text(why.to_string().as_bytes()).as_str(),
                "not reloaded, the settings before stay"
            );
            shared.figures.reload("failed");
        }
    }
    let _ = sd_notify::notify(&[NotifyState::Ready]);
}

fn service(path: &Path, before: Option<&Service>) -> Result<Service, NoDaemon> {
    let text = std::fs::read_to_string(path).map_err(|why| NoDaemon::File { path: path.to_owned(), why })?;
    let config = Config::read(&text).map_err(|why| NoDaemon::Config { path: path.to_owned(), why })?;
    Service::new(config, before).map_err(|why| NoDaemon::Unusable { path: path.to_owned(), why })
}
