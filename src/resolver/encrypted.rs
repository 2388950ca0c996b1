//! One query to one server over TLS or HTTPS.
//!
//! Each query has a connection of its own; the TLS sessions are resumed.

use super::{Certificates, NoServers, Protocol, Server};
use hickory_proto::op::{DnsRequest, DnsResponse};
use hickory_resolver::net::NetError;
use hickory_resolver::net::h2::HttpsClientStream;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::tls::tls_exchange;
use hickory_resolver::net::xfer::{DnsHandle, DnsRequestSender, FirstAnswer};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use std::time::Duration;

/// What TLS needs, made once: whom to trust, and the sessions to resume.
pub(super) fn configuration(certificates: &Certificates) -> Result<Arc<ClientConfig>, NoServers> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let configuration = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| NoServers::Certificates(error.to_string()))?
        .with_root_certificates(roots(certificates)?)
        .with_no_client_auth();
    Ok(Arc::new(configuration))
}

fn roots(certificates: &Certificates) -> Result<RootCertStore, NoServers> {
    let mut roots = RootCertStore::empty();
    let refusal = match certificates {
        Certificates::Given(given) => {
            let (_, ignored) =
                roots.add_parsable_certificates(given.iter().map(|der| CertificateDer::from(der.as_slice())));
            format!("{ignored} of those given cannot be read")
        }
        Certificates::System => {
            let system = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(system.certs);
            let error = system.errors.first().map(ToString::to_string);
            error.unwrap_or_else(|| "the system has none".to_owned())
        }
    };
    if roots.is_empty() { Err(NoServers::Certificates(refusal)) } else { Ok(roots) }
}

/// Sends `request` over a connection of its own; the caller limits the time.
pub(super) async fn send(
    server: &Server,
    tls: Arc<ClientConfig>,
    request: DnsRequest,
    timeout: Duration,
) -> Result<DnsResponse, NetError> {
    // The connection ends with this provider.
    let provider = TokioRuntimeProvider::new();
    match &server.protocol {
        Protocol::Tls { name } => {
            let certified = match name {
                Some(name) => ServerName::try_from(name.to_string()).map_err(|_| NetError::NoConnections)?,
                None => ServerName::from(server.address.ip()),
            };
            let tls = ClientConfig::clone(&tls);
            let connection =
                tls_exchange(server.address, certified, tls, timeout, None, provider.clone()).await?;
            connection.send(request).first_answer().await
        }
        Protocol::Https { name, path } => {
            let certified =
                name.as_ref().map_or_else(|| server.address.ip().to_string(), ToString::to_string);
            let mut connection = HttpsClientStream::builder(tls, provider)
                .build(server.address, certified.into(), path.as_str().into())
                .await?;
            connection.send_message(request).first_answer().await
        }
        Protocol::Tcp | Protocol::Udp => Err(NetError::NoConnections),
    }
}
