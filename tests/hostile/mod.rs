//! Attacks over real sockets. Whatever comes: a clean answer, in bounded time, and no request to
//! an address that a token names.

mod http;
mod rows;

use std::{net::SocketAddr, time::Duration};

use axum::{Router, routing::any};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

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
