//! One query to one server, over UDP or TCP.

use crate::dns::Failure;
use hickory_proto::op::{DnsRequest, DnsRequestOptions, DnsResponse, Message};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::{DnsUdpSocket, RuntimeProvider, TokioRuntimeProvider, TokioTime};
use hickory_resolver::net::tcp::TcpClientStream;
use hickory_resolver::net::udp::UdpClientStream;
use hickory_resolver::net::xfer::{DnsHandle, DnsRequestSender, FirstAnswer};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{Interest, ReadBuf};
use tokio::net::UdpSocket;

/// Sends `query` from a socket and port of its own, with a random id, and waits for the reply that has this id, this
/// question and comes from where it was sent (RFC 5452 §9.1).
pub(super) async fn over_udp(
    server: SocketAddr,
    query: Message,
    timeout: Duration,
) -> Result<DnsResponse, Failure> {
    let mut stream = UdpClientStream::builder(server, ConnectedUdp::default())
        .with_timeout(Some(timeout))
        .with_max_retries(0)
        .build();
    stream.send_message(request(query)).first_answer().await.map_err(|error| failure(&error))
}

/// Sends `query` over a connection of its own (RFC 7766).
pub(super) async fn over_tcp(
    server: SocketAddr,
    query: Message,
    timeout: Duration,
) -> Result<DnsResponse, Failure> {
    // The connection ends with this provider.
    let provider = TokioRuntimeProvider::new();
    let exchange = async {
        let connection = TcpClientStream::exchange(server, None, timeout, None, provider.clone()).await?;
        connection.send(request(query)).first_answer().await
    };
    match tokio::time::timeout(timeout, exchange).await {
        Ok(reply) => reply.map_err(|error| failure(&error)),
        Err(_) => Err(Failure::Timeout),
    }
}

fn request(query: Message) -> DnsRequest {
    DnsRequest::new(query, DnsRequestOptions::default())
}

fn failure(error: &NetError) -> Failure {
    match error {
        NetError::Timeout => Failure::Timeout,
        NetError::Busy | NetError::Io(_) | NetError::NoConnections => Failure::Unreachable,
        _ => Failure::Malformed,
    }
}

/// Tokio's sockets, those of UDP connected to their server: the kernel drops what comes from elsewhere, and reports
/// that nobody listens there.
#[derive(Clone, Default)]
struct ConnectedUdp(TokioRuntimeProvider);

type Connecting<S> = Pin<Box<dyn Future<Output = io::Result<S>> + Send>>;

impl RuntimeProvider for ConnectedUdp {
    type Handle = <TokioRuntimeProvider as RuntimeProvider>::Handle;
    type Timer = TokioTime;
    type Udp = ConnectedSocket;
    type Tcp = <TokioRuntimeProvider as RuntimeProvider>::Tcp;

    fn create_handle(&self) -> Self::Handle {
        self.0.create_handle()
    }

    fn connect_tcp(
        &self,
        server: SocketAddr,
        local: Option<SocketAddr>,
        timeout: Option<Duration>,
    ) -> Connecting<Self::Tcp> {
        self.0.connect_tcp(server, local, timeout)
    }

    fn bind_udp(&self, local: SocketAddr, server: SocketAddr) -> Connecting<Self::Udp> {
        Box::pin(async move {
            let socket = UdpSocket::bind(local).await?;
            socket.connect(server).await?;
            Ok(ConnectedSocket { socket, server })
        })
    }
}

struct ConnectedSocket {
    socket: UdpSocket,
    server: SocketAddr,
}

impl ConnectedSocket {
    /// Waits for a datagram, or for the news that nobody listens. The latter makes a socket fail without making it
    /// readable, so both are waited for.
    async fn receive(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        loop {
            let ready = self.socket.ready(Interest::READABLE | Interest::ERROR).await?;
            if let Some(error) = self.socket.take_error()? {
                return Err(error);
            }
            match self.socket.try_recv(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                received => return received.map(|length| (length, self.server)),
            }
            if ready.is_error() {
                // Tells tokio that this error has been seen.
                let _ =
                    self.socket.try_io(Interest::ERROR, || Err::<(), _>(io::ErrorKind::WouldBlock.into()));
            }
        }
    }
}

impl DnsUdpSocket for ConnectedSocket {
    type Time = TokioTime;

    fn poll_recv_from(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        let mut buffer = ReadBuf::new(buffer);
        self.socket.poll_recv(cx, &mut buffer).map_ok(|()| (buffer.filled().len(), self.server))
    }

    fn recv_from<'a, 'b, 'c>(
        &'a self,
        buffer: &'b mut [u8],
    ) -> Pin<Box<dyn Future<Output = io::Result<(usize, SocketAddr)>> + Send + 'c>>
    where
        'a: 'c,
        'b: 'c,
    {
        Box::pin(self.receive(buffer))
    }

    fn poll_send_to(&self, cx: &mut Context<'_>, octets: &[u8], _: SocketAddr) -> Poll<io::Result<usize>> {
        self.socket.poll_send(cx, octets)
    }
}
