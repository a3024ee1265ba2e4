use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tower_bearer::key::{SigningKey, public_jwk_set};

/// A way to fail.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    Close,
    Hang,
    Drip,
    Status(u16),
    RetryAfter,
    Body(&'static str),
    Redirect,
}

pub(crate) const FAULTS: [Fault; 9] = [
    Fault::Close,
    Fault::RetryAfter,
    Fault::Hang,
    Fault::Status(500),
    Fault::Body(r#"{"keys":[]}"#),
    Fault::Drip,
    Fault::Body("<html>"),
    Fault::Status(404),
    Fault::Redirect,
];

#[derive(Debug, Default)]
struct Scene {
    document: String,
    fault: Option<Fault>,
    fetches: u64,
}

/// Publishes keys, or fails in a chosen way.
pub(crate) struct KeyServer {
    scene: Arc<Mutex<Scene>>,
    address: SocketAddr,
}

impl KeyServer {
    pub(crate) async fn start<'k>(keys: impl IntoIterator<Item = &'k SigningKey>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let document = public_jwk_set(keys);
        let scene = Arc::new(Mutex::new(Scene { document, ..Scene::default() }));
        let shared = scene.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, shared.clone()));
            }
        });
        Self { scene, address }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/jwks", self.address)
    }

    pub(crate) fn publish(&self, keys: &[SigningKey]) {
        self.scene.lock().expect("a lock").document = public_jwk_set(keys);
    }

    pub(crate) fn set_fault(&self, fault: Option<Fault>) {
        self.scene.lock().expect("a lock").fault = fault;
    }

    pub(crate) fn is_down(&self) -> bool {
        self.scene.lock().expect("a lock").fault.is_some()
    }

    pub(crate) fn fetches(&self) -> u64 {
        self.scene.lock().expect("a lock").fetches
    }
}

async fn answer(mut stream: TcpStream, scene: Arc<Mutex<Scene>>) {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        if !matches!(stream.read_buf(&mut request).await, Ok(1..)) {
            return;
        }
    }
    let (fault, document) = {
        let mut scene = scene.lock().expect("a lock");
        scene.fetches += 1;
        (scene.fault, scene.document.clone())
    };
    let whole = |status: &str, fields: &str, body: &str| {
        let length = body.len();
        format!(
            "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-type: application/json\r\n\
             {fields}content-length: {length}\r\n\r\n{body}"
        )
    };
    let text = match fault {
        None => whole("200 OK", "", &document),
        Some(Fault::Close) => return,
        Some(Fault::Hang) => {
            tokio::time::sleep(Duration::from_secs(30)).await;
            return;
        }
        Some(Fault::Drip) => {
            for byte in whole("200 OK", "", &document).bytes() {
                if stream.write_all(&[byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            return;
        }
        Some(Fault::Status(status)) => whole(&format!("{status} No"), "", ""),
        Some(Fault::RetryAfter) => whole("429 No", "retry-after: 315360000\r\n", ""),
        Some(Fault::Body(body)) => whole("200 OK", "", body),
        Some(Fault::Redirect) => whole("302 Found", "location: https://issuer.example/\r\n", ""),
    };
    let _ = stream.write_all(text.as_bytes()).await;
}
