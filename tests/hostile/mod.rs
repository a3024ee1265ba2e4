//! Attacks over real sockets. Whatever comes: a clean answer, in bounded time, and no request to
//! an address that a token names.

#[path = "../../examples/shared/serve.rs"]
mod example_server;
mod http;
mod rows;
mod slow;

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use ::http::{Request, Response};
use axum::{Router, routing::any};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tower::{Layer as _, service_fn};
use tower_bearer::ResourceServer;

use crate::support::{ManualClock, Mint, NOW};

/// How long the server by hyper alone waits for a header.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

fn server(mint: &Mint) -> ResourceServer {
    ResourceServer::builder(Mint::issuer(), Mint::audience(), mint.keys())
        .clock(ManualClock::at(NOW))
        .build()
        .unwrap()
}

/// A service on a socket until it is dropped.
struct Served {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(app: Router) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    Served { address, task }
}

/// The same, by hyper alone, as who has no axum serves it.
async fn serve_bare(server: &ResourceServer) -> Served {
    let guarded = server.layer().layer(service_fn(async |_: Request<Incoming>| {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("in")))
    }));
    let service = TowerToHyperService::new(guarded);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                let mut builder = Builder::new(TokioExecutor::new());
                builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
                let _ = builder.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    Served { address, task }
}

fn app() -> Router {
    Router::new().route("/", any(async || "in"))
}

impl Served {
    /// Sends these bytes, and reads what comes until the other side is done.
    async fn send(&self, bytes: &[u8]) -> String {
        let talk = async {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            let (mut read, mut write) = stream.split();
            let mut answer = Vec::new();
            // It may answer before it has read everything.
            let (_, read) = tokio::join!(write.write_all(bytes), read.read_to_end(&mut answer));
            let _ = read;
            String::from_utf8_lossy(&answer).into_owned()
        };
        tokio::time::timeout(Duration::from_secs(10), talk).await.expect("no hang")
    }

    /// The statuses of all answers to these bytes.
    async fn statuses(&self, bytes: &[u8]) -> Vec<u16> {
        let answer = self.send(bytes).await;
        let lines = answer.lines().filter_map(|line| line.split_once("HTTP/1.1 "));
        lines.map(|(_, rest)| rest[..3].parse().unwrap()).collect()
    }

    /// The status of a GET with these fields; zero when there is no answer.
    async fn get(&self, fields: &[u8]) -> u16 {
        let mut bytes = b"GET / HTTP/1.1\r\nhost: api.example\r\nconnection: close\r\n".to_vec();
        bytes.extend(fields);
        bytes.extend(b"\r\n\r\n");
        self.statuses(&bytes).await.first().copied().unwrap_or_default()
    }
}
