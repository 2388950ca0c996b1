//! One query to one server, over whatever it is asked over.

#[cfg(feature = "encrypted-dns")]
use super::encrypted;
use super::{NoServers, Options, Protocol, Server, SourcePorts};
use crate::dns::{Failure, Transport};
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
#[cfg(feature = "encrypted-dns")]
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{Interest, ReadBuf};
use tokio::net::UdpSocket;

/// What it takes to send queries.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    source_ports: SourcePorts,
    timeout: Duration,
    /// Only where a server needs it.
    #[cfg(feature = "encrypted-dns")]
    tls: Option<Arc<rustls::ClientConfig>>,
}

impl Sender {
    /// For `servers`.
    pub(super) fn new(options: &Options, servers: &[Server]) -> Result<Self, NoServers> {
        let encrypted =
            servers.iter().map(|server| server.protocol.transport()).find(|transport| match transport {
                Transport::Https | Transport::Tls => true,
                Transport::Tcp | Transport::Udp => false,
            });
        #[cfg(not(feature = "encrypted-dns"))]
        if let Some(transport) = encrypted {
            return Err(NoServers::NotBuilt(transport));
        }
        Ok(Self {
            source_ports: options.source_ports,
            timeout: options.timeout,
            #[cfg(feature = "encrypted-dns")]
            tls: encrypted.map(|_| encrypted::configuration(&options.certificates)).transpose()?,
        })
    }

    /// Sends `query` over `transport`, and waits for the reply.
    pub(super) async fn send(
        &self,
        server: &Server,
        transport: Transport,
        query: Message,
    ) -> Result<DnsResponse, Failure> {
        let request = DnsRequest::new(query, DnsRequestOptions::default());
        let reply = async {
            match transport {
                Transport::Udp => self.over_udp(server.address, request).await,
                Transport::Tcp => self.over_tcp(server.address, request).await,
                #[cfg(feature = "encrypted-dns")]
                Transport::Https | Transport::Tls => match &self.tls {
                    Some(tls) => encrypted::send(server, Arc::clone(tls), request, self.timeout).await,
                    None => Err(NetError::NoConnections),
                },
                #[cfg(not(feature = "encrypted-dns"))]
                Transport::Https | Transport::Tls => Err(NetError::NoConnections),
            }
        };
        match tokio::time::timeout(self.timeout, reply).await {
            Ok(reply) => reply.map_err(|error| failure(&error)),
            Err(_) => Err(Failure::Timeout),
        }
    }

    /// From a socket and port of its own, with a random id; the reply has this id, this question and comes from where
    /// it was sent (RFC 5452 §9.1).
    async fn over_udp(&self, server: SocketAddr, request: DnsRequest) -> Result<DnsResponse, NetError> {
        let provider = ConnectedUdp { tokio: TokioRuntimeProvider::new(), source_ports: self.source_ports };
        let mut stream = UdpClientStream::builder(server, provider)
            .with_timeout(Some(self.timeout))
            .with_max_retries(0)
            .with_os_port_selection(true)
            .build();
        stream.send_message(request).first_answer().await
    }

    /// Over a connection of its own (RFC 7766).
    async fn over_tcp(&self, server: SocketAddr, request: DnsRequest) -> Result<DnsResponse, NetError> {
        // The connection ends with this provider.
        let provider = TokioRuntimeProvider::new();
        let connection =
            TcpClientStream::exchange(server, None, self.timeout, None, provider.clone()).await?;
        connection.send(request).first_answer().await
    }
}

impl Protocol {
    /// What a question goes over first.
    pub(super) const fn transport(&self) -> Transport {
        match self {
            Self::Https { .. } => Transport::Https,
            Self::Tcp => Transport::Tcp,
            Self::Tls { .. } => Transport::Tls,
            Self::Udp => Transport::Udp,
        }
    }
}

fn failure(error: &NetError) -> Failure {
    match error {
        NetError::Timeout => Failure::Timeout,
        NetError::Busy | NetError::Io(_) | NetError::NoConnections => Failure::Unreachable,
        // A handshake that fails, and a connection that breaks.
        #[cfg(feature = "encrypted-dns")]
        NetError::RustlsError(_) | NetError::H2(_) => Failure::Unreachable,
        _ => Failure::Malformed,
    }
}

/// Tokio's sockets, those of UDP at a source port of ours and connected to their server: the kernel drops what comes
/// from elsewhere, and reports that nobody listens there.
#[derive(Clone)]
struct ConnectedUdp {
    tokio: TokioRuntimeProvider,
    source_ports: SourcePorts,
}

type Connecting<S> = Pin<Box<dyn Future<Output = io::Result<S>> + Send>>;

impl RuntimeProvider for ConnectedUdp {
    type Handle = <TokioRuntimeProvider as RuntimeProvider>::Handle;
    type Timer = TokioTime;
    type Udp = ConnectedSocket;
    type Tcp = <TokioRuntimeProvider as RuntimeProvider>::Tcp;

    fn create_handle(&self) -> Self::Handle {
        self.tokio.create_handle()
    }

    fn connect_tcp(
        &self,
        server: SocketAddr,
        local: Option<SocketAddr>,
        timeout: Option<Duration>,
    ) -> Connecting<Self::Tcp> {
        self.tokio.connect_tcp(server, local, timeout)
    }

    fn bind_udp(&self, _: SocketAddr, server: SocketAddr) -> Connecting<Self::Udp> {
        let source_ports = self.source_ports;
        Box::pin(async move {
            let socket = source_ports.bind(server).await?;
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
