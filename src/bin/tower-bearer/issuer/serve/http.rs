//! Serves an issuer over HTTP/1.1 until it is told to end.

use std::{sync::Arc, time::Duration};

use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, oneshot},
    task::JoinHandle,
};
use tower_bearer::issuer::TokenIssuer;

/// How long a client may take to send its headers, and how long one whole connection may take.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(300);
/// How long to wait after the system refused a connection, as when it has no file handles left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How many connections there may be at a time: each costs a file handle and some KiB.
const MAX_CONNECTIONS: usize = 1_000;
/// How long requests may take that have begun when the server is to end.
const LAST_ANSWERS: Duration = Duration::from_secs(10);

/// An issuer that is served.
#[derive(Debug)]
pub(super) struct Server {
    end: oneshot::Sender<()>,
    accepting: JoinHandle<()>,
}

impl Server {
    pub(super) fn start(listener: TcpListener, issuer: TokenIssuer) -> Self {
        let (end, ended) = oneshot::channel();
        let accepting = tokio::spawn(accept(listener, issuer, ended));
        Self { end, accepting }
    }

    /// Takes no more requests, and waits for the answers to those that have begun.
    pub(super) async fn end(self) {
        let Self { end, accepting } = self;
        let _ = end.send(());
        let _ = accepting.await;
    }
}

async fn accept(listener: TcpListener, issuer: TokenIssuer, mut ended: oneshot::Receiver<()>) {
    let connections = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let free = places.clone().acquire_owned();
        let next = async { (free.await, listener.accept().await) };
        let (place, stream) = tokio::select! {
            _ = &mut ended => break,
            next = next => next,
        };
        match stream {
            Ok((stream, _)) => {
                let connection = connections.watch(connection(stream, issuer.clone()));
                tokio::spawn(async move {
                    let ended = tokio::time::timeout(CONNECTION_TIMEOUT, connection).await;
                    if let Ok(Err(error)) = ended {
                        tracing::debug!(%error, "a connection ended early");
                    }
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(LAST_ANSWERS, connections.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
}

type Connection = http1::Connection<TokioIo<TcpStream>, TowerToHyperService<TokenIssuer>>;

fn connection(stream: TcpStream, issuer: TokenIssuer) -> Connection {
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(issuer))
}
