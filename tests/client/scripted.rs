//! An issuer in memory: a transport whose answers a test scripts.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use http::{Request, Response};
use tower_bearer::{
    client::{ClientCredentials, TokenClient, TokenClientBuilder},
    secret::Secret,
    transport::{Transport, TransportError, TransportFuture},
};

use crate::support::{ManualClock, Reply};

type Script = Box<dyn Fn(usize, &Request<Bytes>) -> Reply + Send>;

/// Answers by a function of the number of the request, the first being 1. Each answer takes one
/// turn of the scheduler, so that callers meet while a request is in flight.
#[derive(Clone)]
pub(super) struct ScriptedIssuer(Arc<Shared>);

struct Shared {
    script: Mutex<Script>,
    requests: AtomicUsize,
    received: Mutex<Vec<Request<Bytes>>>,
}

impl ScriptedIssuer {
    pub(super) fn new(script: impl Fn(usize) -> Reply + Send + 'static) -> Self {
        Self::by(move |number, _| script(number))
    }

    /// Answers by the request.
    pub(super) fn reading(script: impl Fn(&Request<Bytes>) -> Reply + Send + 'static) -> Self {
        Self::by(move |_, request| script(request))
    }

    fn by(script: impl Fn(usize, &Request<Bytes>) -> Reply + Send + 'static) -> Self {
        let (requests, received) = (0.into(), Mutex::default());
        Self(Arc::new(Shared { script: Mutex::new(Box::new(script)), requests, received }))
    }

    /// Grants tokens named `token-1`, `token-2` and so on.
    pub(super) fn granting() -> Self {
        Self::new(|number| super::granted(&format!("token-{number}")))
    }

    pub(super) fn always(&self, reply: Reply) {
        *self.0.script.lock().unwrap() = Box::new(move |_, _| reply.clone());
    }

    pub(super) fn count(&self) -> usize {
        self.0.requests.load(Ordering::SeqCst)
    }

    pub(super) fn received(&self) -> Vec<Request<Bytes>> {
        self.0.received.lock().unwrap().clone()
    }

    /// The bodies of the requests so far.
    pub(super) fn bodies(&self) -> Vec<String> {
        let body = |request: Request<Bytes>| String::from_utf8(request.body().to_vec()).unwrap();
        self.received().into_iter().map(body).collect()
    }

    pub(super) fn builder(&self, clock: &ManualClock) -> TokenClientBuilder {
        let credentials = ClientCredentials::new("gift-deliveries", Secret::new("s3cret"));
        TokenClient::builder("https://issuer.example/token".parse().unwrap(), credentials)
            .transport(self.clone())
            .clock(clock.clone())
    }

    pub(super) fn client(&self, clock: &ManualClock) -> TokenClient {
        self.builder(clock).build().unwrap()
    }
}

impl Transport for ScriptedIssuer {
    fn send(&self, request: Request<Bytes>, _: usize) -> TransportFuture<'_> {
        Box::pin(async move {
            let number = self.0.requests.fetch_add(1, Ordering::SeqCst) + 1;
            let reply = self.0.script.lock().unwrap()(number, &request);
            self.0.received.lock().unwrap().push(request);
            tokio::task::yield_now().await;
            match reply {
                Reply::Answer(status, fields, body) => {
                    let mut answer = Response::builder().status(status);
                    for (name, value) in fields {
                        answer = answer.header(name, value);
                    }
                    Ok(answer.body(body.into()).unwrap())
                }
                Reply::Hang => std::future::pending().await,
                Reply::Drip => loop {
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                },
                _ => Err(TransportError::new("the connection was closed")),
            }
        })
    }
}

impl std::fmt::Debug for ScriptedIssuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ScriptedIssuer")
    }
}
