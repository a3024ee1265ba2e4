//! Remote keys, against a key server that does every fault.

mod answers;
mod attacks;
mod discovery;
mod emergencies;
mod events;
mod floods;
mod histories;
mod http_settings;
mod interruptions;
mod key_file;
mod laws;
mod outages;
mod plain_http;
mod races;
mod removals;
mod resolved;
mod rotations;
mod shared;
mod transports;
mod without_kid;

use std::time::Duration;

use axum::{Router, body::Body, routing::get};
use http::{Request, header};
use tower::ServiceExt;
use tower_bearer::{
    Issuer, ResourceServer,
    jwks::{Keys, KeysState, Readiness, RemoteJwks},
    key::{SigningKey, public_jwk_set},
};

use crate::support::{ManualClock, Mint, NOW, Reply, Server, until};

const MINUTE: Duration = Duration::from_secs(60);
/// Past the refresh-ahead point of a set of five minutes, before it is stale.
const DUE: Duration = Duration::from_secs(270);
const STALE: Duration = Duration::from_secs(301);

/// An API whose keys come from a server that a test commands.
struct Api {
    keys: Server,
    clock: ManualClock,
    server: ResourceServer,
    app: Router,
}

/// The answer to a request: its status and `Retry-After`.
type Outcome = (u16, Option<u64>);

const ADMITTED: Outcome = (200, None);
const REFUSED: Outcome = (401, None);

fn publish<'a>(mints: impl IntoIterator<Item = &'a Mint>) -> Reply {
    Reply::json(public_jwk_set(mints.into_iter().map(Mint::key)))
}

/// A key pair that nobody publishes, under a kid of its own.
fn stranger(mint: &Mint, kid: &str) -> Mint {
    Mint::with_key(&SigningKey::clone(mint.key()).with_kid(kid.to_owned()))
}

impl Api {
    /// The server begins with this reply.
    async fn start(reply: Reply) -> Self {
        Self::with(reply, |keys| keys).await
    }

    async fn with(reply: Reply, set: impl FnOnce(RemoteJwks) -> RemoteJwks) -> Self {
        let keys = Server::start(move |_| reply.clone()).await;
        let remote = set(RemoteJwks::new(keys.url("/jwks").parse().unwrap()));
        Self::of(keys, remote)
    }

    fn of(keys: Server, remote: impl Into<Keys>) -> Self {
        let clock = ManualClock::at(NOW);
        let server = ResourceServer::builder(Mint::issuer(), Mint::audience(), remote)
            .allow_loopback_http()
            .clock(clock.clone())
            .build()
            .unwrap();
        let app = Router::new().route("/", get(|| async {})).layer(server.layer());
        Self { keys, clock, server, app }
    }

    /// The keys are where the issuer's metadata says.
    fn of_discovered(keys: Server, issuer: Issuer) -> Self {
        let clock = ManualClock::at(NOW);
        let server = ResourceServer::discover(issuer, Mint::audience())
            .allow_loopback_http()
            .clock(clock.clone())
            .build()
            .unwrap();
        let app = Router::new().route("/", get(|| async {})).layer(server.layer());
        Self { keys, clock, server, app }
    }

    async fn get(&self, mint: &Mint) -> Outcome {
        self.send(&mint.clone().claim("exp", 9_000_000_000_u64).sign()).await
    }

    async fn send(&self, token: &str) -> Outcome {
        let mut request = Request::new(Body::empty());
        let value = format!("Bearer {token}").parse().unwrap();
        request.headers_mut().insert(header::AUTHORIZATION, value);
        let response = self.app.clone().oneshot(request).await.unwrap();
        let retry_after = response.headers().get(header::RETRY_AFTER);
        let retry_after = retry_after.map(|value| value.to_str().unwrap().parse().unwrap());
        assert_eq!(retry_after.is_some(), response.status() == 503, "503 says when to come back");
        (response.status().as_u16(), retry_after)
    }

    fn readiness(&self) -> Readiness {
        self.server.readiness().remove(0)
    }

    fn readiness_of(&self, issuer: &str) -> Readiness {
        self.server.readiness().into_iter().find(|it| it.issuer == issuer).unwrap()
    }

    fn state(&self) -> KeysState {
        self.readiness().state
    }

    fn generation(&self) -> u64 {
        self.readiness().generation
    }
}

fn unavailable(outcome: Outcome) -> bool {
    outcome.0 == 503
}
