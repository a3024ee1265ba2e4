//! An issuer in this process, with its token endpoint and its keys: a transport whose answers a test
//! scripts.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use http::{Request, Response};
use tower_bearer::{
    client::{ClientCredentials, TokenClient, TokenClientBuilder},
    jwks::RemoteJwks,
    key::public_jwk_set,
    secret::Secret,
    transport::{Transport, TransportError, TransportFuture},
};

use super::{ManualClock, Mint, Reply};

type Script = Box<dyn Fn(usize, &Request<Bytes>) -> Reply + Send>;

/// Answers by a function of the number of the request, the first being 1. Each answer takes one
/// turn of the scheduler, so that callers meet while a request is in flight.
#[derive(Clone)]
pub(crate) struct ScriptedIssuer(Arc<Shared>);

struct Shared {
    script: Mutex<Script>,
    requests: AtomicUsize,
    received: Mutex<Vec<Request<Bytes>>>,
}

impl ScriptedIssuer {
    pub(crate) fn new(script: impl Fn(usize) -> Reply + Send + 'static) -> Self {
        Self::by(move |number, _| script(number))
    }

    /// Answers by the request.
    pub(crate) fn reading(script: impl Fn(&Request<Bytes>) -> Reply + Send + 'static) -> Self {
        Self::by(move |_, request| script(request))
    }

    fn by(script: impl Fn(usize, &Request<Bytes>) -> Reply + Send + 'static) -> Self {
        let (requests, received) = (0.into(), Mutex::default());
        Self(Arc::new(Shared { script: Mutex::new(Box::new(script)), requests, received }))
    }

    /// Grants tokens named `token-1`, `token-2` and so on.
    pub(crate) fn granting() -> Self {
        Self::new(|number| Reply::token(&format!("token-{number}")))
    }

    /// Publishes the keys of these mints.
    pub(crate) fn publishing<'a>(mints: impl IntoIterator<Item = &'a Mint>) -> Self {
        let issuer = Self::new(|_| Reply::Close);
        issuer.publish(mints);
        issuer
    }

    /// Publishes these keys instead of others.
    pub(crate) fn publish<'a>(&self, mints: impl IntoIterator<Item = &'a Mint>) {
        self.always(Reply::json(public_jwk_set(mints.into_iter().map(Mint::key))));
    }

    pub(crate) fn always(&self, reply: Reply) {
        *self.0.script.lock().unwrap() = Box::new(move |_, _| reply.clone());
    }

    pub(crate) fn count(&self) -> usize {
        self.0.requests.load(Ordering::SeqCst)
    }

    pub(crate) fn received(&self) -> Vec<Request<Bytes>> {
        self.0.received.lock().unwrap().clone()
    }

    /// The bodies of the requests so far.
    pub(crate) fn bodies(&self) -> Vec<String> {
        let body = |request: Request<Bytes>| String::from_utf8(request.body().to_vec()).unwrap();
        self.received().into_iter().map(body).collect()
    }

    /// The keys that it publishes.
    pub(crate) fn keys(&self) -> RemoteJwks {
        RemoteJwks::new("https://issuer.example/jwks".parse().unwrap()).transport(self.clone())
    }

    pub(crate) fn builder(&self, clock: &ManualClock) -> TokenClientBuilder {
        let credentials = ClientCredentials::new("gift-deliveries", Secret::new("s3cret"));
        TokenClient::builder("https://issuer.example/token".parse().unwrap(), credentials)
            .transport(self.clone())
            .clock(clock.clone())
    }

    pub(crate) fn client(&self, clock: &ManualClock) -> TokenClient {
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
