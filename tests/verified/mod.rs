//! Tokens that were verified before: they are admitted faster, and never otherwise.

mod bounds;
mod clocks;
mod laws;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body, routing::get};
use http::{Request, header};
use tower::ServiceExt;
use tower_bearer::{
    RequireScope, ResourceServer, server::ResourceServerBuilder, verify::AudienceRule,
};

use crate::support::{ManualClock, Mint, NOW, Reply, ScriptedIssuer};

/// An API at a clock that a test moves, for an issuer that a test commands.
struct Api {
    issuer: ScriptedIssuer,
    clock: ManualClock,
    /// Whether the rule for audiences says yes.
    open: Arc<AtomicBool>,
    server: ResourceServer,
    app: Router,
}

impl Api {
    fn new(
        issuer: &ScriptedIssuer,
        clock: &ManualClock,
        set: impl FnOnce(ResourceServerBuilder) -> ResourceServerBuilder,
    ) -> Self {
        let open = Arc::new(AtomicBool::new(true));
        let says = open.clone();
        let rule = AudienceRule::from_fn(move |audience| {
            audience == Mint::AUDIENCE && says.load(Ordering::SeqCst)
        });
        let builder =
            ResourceServer::builder(Mint::issuer(), rule, issuer.keys()).clock(clock.clone());
        let server = set(builder).build().unwrap();
        let app = Router::new()
            .route("/open", get(async || ()))
            .route("/read", get(async || ()).route_layer(RequireScope("announce:read")))
            .layer(server.layer());
        let (issuer, clock) = (issuer.clone(), clock.clone());
        Self { issuer, clock, open, server, app }
    }

    fn caching(bytes: usize) -> Self {
        let clock = ManualClock::at(NOW);
        Self::new(&ScriptedIssuer::publishing([]), &clock, |api| api.cache_verified_tokens(bytes))
    }

    async fn get(&self, path: &str, token: &str) -> u16 {
        let value = format!("Bearer {token}");
        let request = Request::get(path).header(header::AUTHORIZATION, value);
        let request = request.body(Body::empty()).unwrap();
        let status = self.app.clone().oneshot(request).await.unwrap().status().as_u16();
        settle().await;
        status
    }
}

/// Lets the fetch land that a request may have begun.
async fn settle() {
    for _ in 0..16 {
        tokio::task::yield_now().await;
    }
}

/// A token that lasts for days.
fn lasting(mint: &Mint) -> Mint {
    mint.clone().claim("exp", NOW.as_secs() + 1_000_000)
}

#[tokio::test]
async fn a_token_that_comes_again_is_admitted_again_with_its_claims() {
    let mint = Mint::new();
    let api = Api::caching(1 << 20);
    api.issuer.publish([&mint]);
    let token = mint.sign();
    for _ in 0..4 {
        assert_eq!(api.get("/read", &token).await, 200);
    }
}

#[tokio::test]
async fn r56_audience_and_scopes_are_asked_each_time() {
    let mint = Mint::new().scope("announce:create");
    let api = Api::caching(1 << 20);
    api.issuer.publish([&mint]);
    let token = mint.sign();
    for _ in 0..3 {
        assert_eq!(api.get("/open", &token).await, 200);
        assert_eq!(api.get("/read", &token).await, 403);
    }
    api.open.store(false, Ordering::SeqCst);
    assert_eq!(api.get("/open", &token).await, 401);
    api.open.store(true, Ordering::SeqCst);
    assert_eq!(api.get("/open", &token).await, 200);
}

#[tokio::test]
async fn a_revoked_key_takes_its_verdicts_with_it_at_once() {
    let (mint, other) = (Mint::new(), Mint::new());
    let api = Api::caching(1 << 20);
    api.issuer.publish([&mint, &other]);
    let (token, others) = (mint.sign(), other.sign());
    for token in [&token, &token, &others, &others] {
        assert_eq!(api.get("/open", token).await, 200);
    }
    api.server.revoke_kid(&Mint::issuer(), mint.key().kid());
    assert_eq!(api.get("/open", &token).await, 401);
    assert_eq!(api.get("/open", &others).await, 200);
}

#[tokio::test]
async fn a_key_that_a_refresh_dropped_takes_its_verdicts_with_it() {
    let (mint, next) = (Mint::new(), Mint::new());
    let api = Api::caching(1 << 20);
    api.issuer.publish([&mint]);
    let token = lasting(&mint).sign();
    for _ in 0..3 {
        assert_eq!(api.get("/open", &token).await, 200);
    }
    api.issuer.publish([&next]);
    api.server.refresh_now().await.unwrap();
    assert_ne!(api.get("/open", &token).await, 200);
    assert_eq!(api.get("/open", &next.sign()).await, 200);
}

#[tokio::test]
async fn a_remembered_token_makes_its_keys_be_kept_fresh() {
    let (mint, next) = (Mint::new(), Mint::new());
    let api = Api::caching(1 << 20);
    api.issuer.publish([&mint]);
    let token = lasting(&mint).sign();
    assert_eq!(api.get("/open", &token).await, 200);
    api.issuer.publish([&next]);
    // With traffic of nothing but this token, the withdrawn key dies within five minutes.
    for _ in 0..10 {
        api.clock.advance(Duration::from_secs(30));
        api.get("/open", &token).await;
    }
    assert_ne!(api.get("/open", &token).await, 200);
}

#[tokio::test]
async fn a_remembered_token_outlives_an_outage_as_long_as_its_keys_and_no_longer() {
    let mint = Mint::new();
    let api = Api::caching(1 << 20);
    api.issuer.publish([&mint]);
    let token = lasting(&mint).sign();
    assert_eq!(api.get("/open", &token).await, 200);
    api.issuer.always(Reply::status(500));
    for _ in 0..64 {
        api.clock.advance(Duration::from_secs(60));
        assert_eq!(api.get("/open", &token).await, 200);
    }
    api.clock.advance(Duration::from_secs(60));
    assert_eq!(api.get("/open", &token).await, 503);
    api.issuer.publish([&mint]);
    api.server.refresh_now().await.unwrap();
    assert_eq!(api.get("/open", &token).await, 200);
}

#[tokio::test]
async fn one_byte_of_a_remembered_token_makes_another_token() {
    let mint = Mint::new();
    let api = Api::caching(1 << 20);
    api.issuer.publish([&mint]);
    let token = mint.sign();
    assert_eq!(api.get("/open", &token).await, 200);
    assert_eq!(api.get("/open", &token).await, 200);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let claims = mint.clone().scope("admin").sign();
    let (others, _) = claims.rsplit_once('.').unwrap();
    assert_eq!(api.get("/open", &format!("{others}.{signature}")).await, 401);
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let spoiled = format!("{signed}.{first}{}", &signature[1..]);
    assert_eq!(api.get("/open", &spoiled).await, 401);
    assert_eq!(api.get("/open", &format!("{token}=")).await, 401);
    assert_eq!(api.get("/open", &token).await, 200);
}
