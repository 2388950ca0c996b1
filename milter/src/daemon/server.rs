//! Listening, reloading, stopping.

use super::connection::Connection;
use super::page;
use super::privileges::{NoPrivileges, become_user};
use super::service::{Service, Unusable};
use super::shared::Shared;
use super::sockets::{self, NoSocket, Socket};
use crate::config::{Config, MalformedConfig};
use sd_notify::NotifyState;
use std::io;
use std::net::TcpListener as BlockingTcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, watch};

/// How long messages under way are waited for when the daemon stops.
const GRACE: Duration = Duration::from_secs(30);
/// How long nothing is accepted after the system could not.
const PAUSE: Duration = Duration::from_millis(100);
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

    /// Reads the configuration, opens the sockets, and gives up privileges.
    ///
    /// # Errors
    /// [`NoDaemon`] says why it cannot.
    pub fn open(path: &Path) -> Result<Self, NoDaemon> {
        let service = service(path, None)?;
        let config = &service.config;
        let open = |listen| Socket::open(listen, config.socket_mode.0);
        let sockets = config.listen.iter().map(open).collect::<Result<_, _>>()?;
        let figures = config.metrics.listen.map(sockets::figures).transpose()?;
        if let Some(user) = &config.user {
            become_user(user, config.group.as_deref())?;
        }
        Ok(Self { path: path.to_owned(), sockets, figures, shared: Arc::new(Shared::new(service)) })
    }

    /// Serves until a signal says to stop.
    ///
    /// # Errors
    /// [`NoDaemon`], when the system does not let it run.
    pub fn run(self) -> Result<(), NoDaemon> {
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
        // Before anybody is served: until then a signal ends the process.
        let mut reload = signal(SignalKind::hangup())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let (stop, stopping) = watch::channel(false);
        let most = shared.service().config.limits.connections;
        let places = Arc::new(Semaphore::new(most));
        let mut removed = Vec::new();
        for socket in sockets {
            let (shared, places, stopping) = (Arc::clone(&shared), Arc::clone(&places), stopping.clone());
            match socket {
                Socket::Tcp(socket) => {
                    let listener = TcpListener::from_std(socket)?;
                    tokio::spawn(accept_tcp(listener, shared, places, stopping));
                }
                Socket::Unix(socket, path) => {
                    let listener = UnixListener::from_std(socket)?;
                    tokio::spawn(accept_unix(listener, shared, places, stopping));
                    removed.push(path);
                }
            }
        }
        if let Some(listener) = figures {
            tokio::spawn(page::serve(TcpListener::from_std(listener)?, Arc::clone(&shared)));
        }
        let _ = sd_notify::notify(&[NotifyState::Ready]);
        tracing::info!(keys = shared.service().keys.len(), "ready");
        loop {
            tokio::select! {
                _ = reload.recv() => read_again(&path, &shared),
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
            }
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

async fn accept_tcp(
    listener: TcpListener,
    shared: Arc<Shared>,
    places: Arc<Semaphore>,
    mut stopping: watch::Receiver<bool>,
) {
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.wait_for(|stop| *stop) => return,
        };
        match accepted {
            Ok((stream, _)) => {
                let _ = stream.set_nodelay(true);
                tokio::spawn(converse(stream, Arc::clone(&shared), stopping.clone(), place));
            }
            Err(error) => pause(&error).await,
        }
    }
}

async fn accept_unix(
    listener: UnixListener,
    shared: Arc<Shared>,
    places: Arc<Semaphore>,
    mut stopping: watch::Receiver<bool>,
) {
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.wait_for(|stop| *stop) => return,
        };
        match accepted {
            Ok((stream, _)) => {
                tokio::spawn(converse(stream, Arc::clone(&shared), stopping.clone(), place));
            }
            Err(error) => pause(&error).await,
        }
    }
}

/// Too many files are open, or the like.
async fn pause(error: &io::Error) {
    tracing::error!(%error, "no connection can be accepted");
    tokio::time::sleep(PAUSE).await;
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    shared: Arc<Shared>,
    mut stopping: watch::Receiver<bool>,
    _place: tokio::sync::OwnedSemaphorePermit,
) {
    let open = Open::new(shared);
    let outcome = Connection::new(stream, Arc::clone(&open.0)).serve(&mut stopping).await;
    if let Err(why) = outcome {
        open.0.figures.fault(why.word());
        tracing::warn!(%why, "connection closed");
    }
}

/// A connection that is counted as open as long as this lives.
struct Open(Arc<Shared>);

impl Open {
    fn new(shared: Arc<Shared>) -> Self {
        shared.figures.connections.inc();
        shared.figures.open_connections.inc();
        Self(shared)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.figures.open_connections.dec();
    }
}
