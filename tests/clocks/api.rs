//! The machines of a resource server.

use std::{
    convert::Infallible,
    future::ready,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::Empty;
use tower::{Layer, ServiceExt, service_fn};
use tower_bearer::{
    Issuer, ResourceServer,
    jwks::{self, RemoteJwks},
    server::{ResourceServerBuilder, TrustedIssuer},
    time::UnixTime,
    verify::Verifier,
};

use super::Machine;
use crate::support::{ManualClock, Mint, NOW, Reply, ScriptedIssuer};

const SECOND: Duration = Duration::from_secs(1);

/// An API and the issuer whose keys it has.
struct Api {
    server: ResourceServer,
    issuer: ScriptedIssuer,
    mint: Mint,
}

/// A token for any time of a test.
fn lasting(mint: &Mint) -> String {
    mint.clone().without("iat").claim("exp", 9_000_000_000_u64).sign()
}

impl Api {
    async fn start(
        clock: &ManualClock,
        keys: impl FnOnce(RemoteJwks) -> RemoteJwks,
        set: impl FnOnce(ResourceServerBuilder) -> ResourceServerBuilder,
    ) -> Self {
        let mint = Mint::new();
        let issuer = ScriptedIssuer::publishing([&mint]);
        let keys = keys(issuer.keys());
        let builder = ResourceServer::builder(Mint::issuer(), Mint::audience(), keys);
        let server = set(builder.clock(clock.clone())).build().unwrap();
        let api = Self { server, issuer, mint };
        assert_eq!(api.get(&lasting(&api.mint)).await, 200);
        api
    }

    async fn get(&self, token: &str) -> u16 {
        get(&self.server, token).await
    }
}

async fn get(server: &ResourceServer, token: &str) -> u16 {
    let service = service_fn(|_: Request<()>| {
        ready(Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new())))
    });
    let request = Request::builder().header(header::AUTHORIZATION, format!("Bearer {token}"));
    let answer = server.layer().layer(service).oneshot(request.body(()).unwrap()).await;
    // Lets a fetch in the background land.
    for _ in 0..16 {
        tokio::task::yield_now().await;
    }
    answer.unwrap().status().as_u16()
}

/// Replaces the issuer's key, and tells when the API has followed.
async fn observe_rotation(api: &Api, clock: &ManualClock) -> Vec<String> {
    let mut facts =
        vec![format!("the key that is published: {}", api.get(&lasting(&api.mint)).await)];
    let before = api.issuer.count();
    let next = Mint::new();
    api.issuer.publish([&next]);
    let mut found = None;
    for second in 0..400 {
        clock.set(NOW + second * SECOND);
        if found.is_none() && api.get(&lasting(&next)).await == 200 {
            found = Some(second);
        }
        if second % 10 == 0 {
            api.get(&lasting(&api.mint)).await;
        }
    }
    // A backoff and a refill of the budget.
    facts.push(format!("the next key is found in time: {}", found.is_some_and(|it| it <= 72)));
    facts.push(format!("the withdrawn key: {}", api.get(&lasting(&api.mint)).await));
    // The withdrawn key may have a fetch each 10 seconds, and the set is renewed by itself.
    let fetches = api.issuer.count() - before;
    facts.push(format!("few fetches: {}", fetches <= 50));
    facts
}

pub(super) struct Keys(Api);

impl Machine for Keys {
    async fn start(clock: &ManualClock) -> Self {
        Self(Api::start(clock, |keys| keys, |api| api).await)
    }

    async fn use_at_wrong_time(&self, _: UnixTime) {
        self.0.get(&lasting(&self.0.mint)).await;
        self.0.get(&lasting(&Mint::new())).await;
        self.0.server.refresh_now().await.unwrap();
    }

    async fn observe(&self, clock: &ManualClock) -> Vec<String> {
        observe_rotation(&self.0, clock).await
    }
}

/// The issuer asks for a pause of ten years while the clock is wrong.
pub(super) struct KeysInOutage(Api);

impl Machine for KeysInOutage {
    async fn start(clock: &ManualClock) -> Self {
        Self(Api::start(clock, |keys| keys, |api| api).await)
    }

    async fn use_at_wrong_time(&self, _: UnixTime) {
        self.0.issuer.always(Reply::status(429).with("retry-after", "315360000"));
        self.0.get(&lasting(&self.0.mint)).await;
        self.0.server.refresh_now().await.unwrap_err();
        self.0.issuer.publish([&self.0.mint]);
    }

    async fn observe(&self, clock: &ManualClock) -> Vec<String> {
        observe_rotation(&self.0, clock).await
    }
}

/// The budget of fetches for key ids that nobody has seen is spent.
pub(super) struct UnknownKids {
    api: Api,
    sent: AtomicUsize,
}

impl UnknownKids {
    async fn flood(&self) {
        for _ in 0..20 {
            let kid = format!("junk-{}", self.sent.fetch_add(1, Ordering::Relaxed));
            let stranger = Mint::with_key(&self.api.mint.key().clone().with_kid(kid));
            assert_ne!(self.api.get(&lasting(&stranger)).await, 200);
        }
    }
}

impl Machine for UnknownKids {
    async fn start(clock: &ManualClock) -> Self {
        let api = Api::start(clock, |keys| keys, |api| api).await;
        let own = Self { api, sent: AtomicUsize::new(0) };
        own.flood().await;
        own
    }

    async fn use_at_wrong_time(&self, _: UnixTime) {
        self.flood().await;
    }

    async fn observe(&self, clock: &ManualClock) -> Vec<String> {
        self.api.get(&lasting(&self.api.mint)).await;
        self.flood().await;
        let before = self.api.issuer.count();
        self.flood().await;
        let mut facts =
            vec![format!("fetches when it is spent: {}", self.api.issuer.count() - before)];
        for second in 1..=60 {
            clock.set(NOW + second * SECOND);
            self.flood().await;
        }
        facts.push(format!("fetches in a minute: {}", self.api.issuer.count() - before));
        facts
    }
}

pub(super) struct VerifiedTokens(Api);

impl VerifiedTokens {
    fn token(&self) -> String {
        self.0.mint.sign()
    }
}

impl Machine for VerifiedTokens {
    async fn start(clock: &ManualClock) -> Self {
        let own =
            Self(Api::start(clock, |keys| keys, |api| api.cache_verified_tokens(1 << 20)).await);
        let token = own.token();
        for _ in 0..3 {
            assert_eq!(own.0.get(&token).await, 200);
        }
        own
    }

    async fn use_at_wrong_time(&self, _: UnixTime) {
        for _ in 0..3 {
            self.0.get(&self.token()).await;
        }
    }

    async fn observe(&self, clock: &ManualClock) -> Vec<String> {
        let mut facts = Vec::new();
        let token = self.token();
        // It lasts for an hour, and 30 seconds of leeway.
        for second in [0, 1, 3_600, 3_629, 3_630] {
            clock.set(NOW + second * SECOND);
            for _ in 0..2 {
                facts.push(format!("after {second} s: {}", self.0.get(&token).await));
            }
        }
        facts
    }
}

/// A key was removed, and has a grace of a minute.
pub(super) struct RemovedKeys(Api, Mint);

impl Machine for RemovedKeys {
    async fn start(clock: &ManualClock) -> Self {
        let grace = jwks::RemovedKeys::Grace(60 * SECOND);
        let api = Api::start(clock, |keys| keys.removed_keys(grace), |api| api).await;
        let next = Mint::new();
        api.issuer.publish([&next]);
        api.server.refresh_now().await.unwrap();
        Self(api, next)
    }

    async fn use_at_wrong_time(&self, _: UnixTime) {
        self.0.get(&lasting(&self.0.mint)).await;
    }

    /// A wrong moment may end the grace early, which is the safe side.
    async fn observe(&self, clock: &ManualClock) -> Vec<String> {
        clock.set(NOW + 60 * SECOND);
        let (removed, next) = (lasting(&self.0.mint), lasting(&self.1));
        vec![
            format!("after the grace: {}", self.0.get(&removed).await),
            format!("the next key: {}", self.0.get(&next).await),
        ]
    }
}

/// Two tenants hold all places.
pub(super) struct ResolvedIssuers {
    server: ResourceServer,
    mint: Mint,
}

impl ResolvedIssuers {
    async fn get(&self, tenant: &str) -> u16 {
        let mint = self.mint.clone().claim("iss", format!("https://{tenant}.example"));
        get(&self.server, &lasting(&mint)).await
    }
}

impl Machine for ResolvedIssuers {
    async fn start(clock: &ManualClock) -> Self {
        let mint = Mint::new();
        let keys = ScriptedIssuer::publishing([&mint]);
        let resolve = move |name: &str| {
            let verifier = Verifier::new(Issuer::new(name).ok()?, Mint::audience());
            Some(TrustedIssuer::new(verifier, keys.keys()))
        };
        let builder = ResourceServer::with_resolver(2, resolve).clock(clock.clone());
        let own = Self { server: builder.build().unwrap(), mint };
        assert_eq!((own.get("one").await, own.get("two").await), (200, 200));
        own
    }

    async fn use_at_wrong_time(&self, _: UnixTime) {
        self.get("three").await;
        self.get("one").await;
    }

    async fn observe(&self, clock: &ManualClock) -> Vec<String> {
        let mut facts = Vec::new();
        for (second, tenant) in [(0, "one"), (0, "two"), (1, "three"), (2, "one"), (302, "three")] {
            clock.set(NOW + second * SECOND);
            facts.push(format!("{tenant} after {second} s: {}", self.get(tenant).await));
        }
        facts
    }
}
