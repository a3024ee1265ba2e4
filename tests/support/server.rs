//! A loopback HTTP server that does what a test tells it, faults included.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
    sync::Notify,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

/// A request as it came, head and body.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) head: String,
    pub(crate) body: String,
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Status, fields and body.
    Answer(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// It waits until the server is released, and answers then.
    AnswerWhenReleased(Box<Self>),
    /// A body of blanks with status 200, one byte a second.
    Drip,
    /// It reads the request and never answers.
    Hang,
    /// It closes the connection.
    Close,
}

type Script = Box<dyn Fn(&Received) -> Reply + Send>;

struct Shared {
    script: Mutex<Script>,
    received: Mutex<Vec<Received>>,
    released: Notify,
}

/// A server on a port of its own until it is dropped.
pub(crate) struct Server {
    scheme: &'static str,
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Reply {
    pub(crate) fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::Answer(200, vec![("content-type", "application/json".to_owned())], body.into())
    }

    /// A token endpoint's good answer with a token of this name.
    pub(crate) fn token(name: &str) -> Self {
        Self::json(format!(
            "{{\"access_token\":\"{name}\",\"token_type\":\"Bearer\",\"expires_in\":3600}}"
        ))
    }

    pub(crate) fn status(status: u16) -> Self {
        Self::Answer(status, Vec::new(), Vec::new())
    }

    pub(crate) fn with(self, name: &'static str, value: impl Into<String>) -> Self {
        match self {
            Self::Answer(status, mut fields, body) => {
                fields.push((name, value.into()));
                Self::Answer(status, fields, body)
            }
            other => other,
        }
    }
}

impl Received {
    /// The value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (field, value) = line.split_once(':')?;
            field.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl Server {
    pub(crate) async fn start(script: impl Fn(&Received) -> Reply + Send + 'static) -> Self {
        Self::with(None, script).await
    }

    /// A server that speaks TLS with the certificate of the tests' own authority.
    pub(crate) async fn start_tls(script: impl Fn(&Received) -> Reply + Send + 'static) -> Self {
        Self::with(Some(super::tls::acceptor()), script).await
    }

    async fn with(
        tls: Option<TlsAcceptor>,
        script: impl Fn(&Received) -> Reply + Send + 'static,
    ) -> Self {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            script: Mutex::new(Box::new(script)),
            received: Mutex::default(),
            released: Notify::new(),
        });
        let task = tokio::spawn({
            let shared = shared.clone();
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let (tls, shared) = (tls.clone(), shared.clone());
                    tokio::spawn(async move {
                        match tls {
                            None => converse(stream, shared).await,
                            Some(tls) => {
                                if let Ok(stream) = tls.accept(stream).await {
                                    converse(stream, shared).await;
                                }
                            }
                        }
                    });
                }
            }
        });
        Self { scheme, address, shared, task }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Does something else from now on.
    pub(crate) fn follow(&self, script: impl Fn(&Received) -> Reply + Send + 'static) {
        *self.shared.script.lock().unwrap() = Box::new(script);
    }

    pub(crate) fn always(&self, reply: Reply) {
        self.follow(move |_| reply.clone());
    }

    /// Lets those answers go that wait for it.
    pub(crate) fn release(&self) {
        self.shared.released.notify_waiters();
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.shared.received.lock().unwrap().len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn converse(mut stream: impl AsyncRead + AsyncWrite + Unpin, shared: Arc<Shared>) {
    while let Ok(Some(request)) = read(&mut stream).await {
        let mut reply = shared.script.lock().unwrap()(&request);
        let released = shared.released.notified();
        tokio::pin!(released);
        released.as_mut().enable();
        shared.received.lock().unwrap().push(request);
        if let Reply::AnswerWhenReleased(later) = reply {
            released.await;
            reply = *later;
        }
        match reply {
            Reply::Answer(status, fields, body) => {
                let mut text = format!("HTTP/1.1 {status} -\r\ncontent-length: {}\r\n", body.len());
                for (name, value) in fields {
                    text.push_str(&format!("{name}: {value}\r\n"));
                }
                text.push_str("\r\n");
                let mut bytes = text.into_bytes();
                bytes.extend(body);
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Reply::Drip => {
                let head = "HTTP/1.1 200 -\r\ncontent-type: application/json\r\n\r\n";
                let mut sent = stream.write_all(head.as_bytes()).await;
                while sent.is_ok() {
                    sent = stream.write_all(b" ").await;
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                }
                return;
            }
            Reply::Hang => std::future::pending().await,
            Reply::Close | Reply::AnswerWhenReleased(_) => return,
        }
    }
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Received>> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let mut request = Received { head, body: String::new() };
            let length = request.field("content-length").map_or(0, |n| n.parse().unwrap());
            if bytes.len() >= end + 4 + length {
                let body = &bytes[end + 4..end + 4 + length];
                request.body = String::from_utf8_lossy(body).into_owned();
                return Ok(Some(request));
            }
        }
        let mut chunk = [0; 4_096];
        match stream.read(&mut chunk).await? {
            0 => return Ok(None),
            n => bytes.extend_from_slice(&chunk[..n]),
        }
    }
}

/// Waits until something has happened, at most five seconds.
pub(crate) async fn until(happened: impl Fn() -> bool) {
    let wait = async {
        while !happened() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), wait)
        .await
        .expect("it happens in time");
}
