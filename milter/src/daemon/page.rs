//! `/metrics` and `/healthz`, on the loopback.

use super::shared::Shared;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// Readers at a time.
const READERS: usize = 16;
/// How long a reader may take.
const TIME: Duration = Duration::from_secs(10);

/// Serves the figures until the runtime ends.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let readers = Arc::new(Semaphore::new(READERS));
    loop {
        let Ok(permit) = Arc::clone(&readers).acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let _ = tokio::time::timeout(TIME, answer(stream, shared)).await;
            drop(permit);
        });
    }
}

async fn answer(stream: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(page(&request, &shared)) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).keep_alive(false).max_buf_size(16 << 10);
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}

fn page(request: &Request<Incoming>, shared: &Shared) -> Response<Full<Bytes>> {
    if *request.method() != Method::GET {
        return response(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "only GET\n".to_owned());
    }
    match request.uri().path() {
        "/healthz" => response(StatusCode::OK, "text/plain", "ok\n".to_owned()),
        "/metrics" => match shared.figures.text(&shared.service().dns) {
            Ok(text) => {
                response(StatusCode::OK, "application/openmetrics-text; version=1.0.0; charset=utf-8", text)
            }
            Err(_) => response(StatusCode::INTERNAL_SERVER_ERROR, "text/plain", "no figures\n".to_owned()),
        },
        _ => response(StatusCode::NOT_FOUND, "text/plain", "/metrics or /healthz\n".to_owned()),
    }
}

fn response(status: StatusCode, kind: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(kind));
    response
}
