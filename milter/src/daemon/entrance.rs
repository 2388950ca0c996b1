//! Where MTAs come in, as many as there are places.

use super::connection::Connection;
use super::shared::Shared;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// How long nothing is accepted after the system could not.
const PAUSE: Duration = Duration::from_millis(100);

/// What every socket lets MTAs into.
#[derive(Clone, Debug)]
pub(crate) struct Entrance {
    pub(crate) shared: Arc<Shared>,
    /// The places that all sockets share.
    pub(crate) places: Arc<Semaphore>,
    pub(crate) stopping: watch::Receiver<bool>,
}

/// A socket on which somebody listens.
pub(crate) trait Listener {
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    fn next(&self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

impl Entrance {
    /// Serves who connects, until the daemon stops. One who comes when there is no place is kept waiting, and with him
    /// those behind him.
    pub(crate) async fn serve(mut self, listener: impl Listener) {
        loop {
            let stream = tokio::select! {
                stream = listener.next() => stream,
                _ = self.stopping.wait_for(|stop| *stop) => return,
            };
            match stream {
                Ok(stream) => {
                    let Some(place) = self.place().await else {
                        return;
                    };
                    tokio::spawn(converse(stream, Arc::clone(&self.shared), self.stopping.clone(), place));
                }
                // Too many files are open, or the like.
                Err(error) => {
                    tracing::error!(%error, "no connection can be accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// A place, once there is one; none when the daemon stops before.
    async fn place(&mut self) -> Option<OwnedSemaphorePermit> {
        let places = Arc::clone(&self.places);
        if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
            return Some(place);
        }
        tracing::warn!("limits.connections are open, and another waits");
        tokio::select! {
            place = places.acquire_owned() => place.ok(),
            _ = self.stopping.wait_for(|stop| *stop) => None,
        }
    }
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn next(&self) -> io::Result<TcpStream> {
        let (stream, _) = self.accept().await?;
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }
}

impl Listener for UnixListener {
    type Stream = UnixStream;

    async fn next(&self) -> io::Result<UnixStream> {
        self.accept().await.map(|(stream, _)| stream)
    }
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    shared: Arc<Shared>,
    mut stopping: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
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
