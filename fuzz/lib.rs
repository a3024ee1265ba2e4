//! What the targets have in common.

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{Request, Response};
use tower_bearer::{
    Audience, Issuer,
    algorithm::Algorithm,
    key::{KeySet, SigningKey, public_jwk_set},
    time::{Clock, UnixTime},
    transport::{Transport, TransportFuture},
    verify::Verifier,
};

pub const ISSUER: &str = "https://issuer.example";
pub const AUDIENCE: &str = "urn:api:announcements";
pub const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

pub static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(Algorithm::EdDSA).unwrap());
pub static KEYS: LazyLock<KeySet> =
    LazyLock::new(|| KeySet::parse(public_jwk_set([&*KEY]).as_bytes()).unwrap());
pub static VERIFIER: LazyLock<Verifier> =
    LazyLock::new(|| Verifier::new(issuer(), Audience::new(AUDIENCE).unwrap()));

pub fn issuer() -> Issuer {
    Issuer::new(ISSUER).unwrap()
}

/// A token of this header and payload, whatever they are, with a good signature.
pub fn sign(header: &[u8], payload: &[u8]) -> String {
    let parts = [URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload)];
    let signed = parts.join(".");
    let signature = KEY.sign(signed.as_bytes()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[derive(Debug)]
pub struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> UnixTime {
        NOW
    }
}

/// Answers everything with the same bytes.
#[derive(Debug)]
pub struct Answers(pub u16, pub Bytes);

impl Transport for Answers {
    fn send(&self, _: Request<Bytes>, _: usize) -> TransportFuture<'_> {
        let answer = Response::builder().status(self.0).header("content-type", "application/json");
        let answer = answer.body(self.1.clone()).unwrap();
        Box::pin(async { Ok(answer) })
    }
}

/// Runs a future to its end.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.unwrap().block_on(future)
}
