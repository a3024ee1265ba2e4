//! Issuers that are known only at run time.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tower_bearer::{
    server::{ResourceServerBuilder, TrustedIssuer},
    verify::Verifier,
};

use super::*;

const ONE: &str = "https://one.example";
const OTHER: &str = "https://other.example";

/// An API that trusts two tenants, and the key server of each.
struct Tenants {
    api: Api,
    other: Server,
    asked: Arc<AtomicUsize>,
    one_token: Mint,
    other_token: Mint,
}

impl Tenants {
    async fn start(limit: usize) -> Self {
        Self::start_with(limit, |api| api).await
    }

    async fn start_with(
        limit: usize,
        set: impl FnOnce(ResourceServerBuilder) -> ResourceServerBuilder,
    ) -> Self {
        let (one, other) = (Mint::new(), Mint::new());
        let other = stranger(&other, one.key().kid());
        let servers =
            [Server::start(|_| Reply::Close).await, Server::start(|_| Reply::Close).await];
        servers[0].always(publish([&one]));
        servers[1].always(publish([&other]));
        let places = [(ONE, servers[0].url("/jwks")), (OTHER, servers[1].url("/jwks"))];
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = asked.clone();
        let clock = ManualClock::at(NOW);
        let builder = ResourceServer::with_resolver(limit, move |iss| {
            counter.fetch_add(1, Ordering::SeqCst);
            let (name, url) = places.iter().find(|(name, _)| *name == iss)?;
            let verifier = Verifier::new(Issuer::new(*name).unwrap(), Mint::audience());
            Some(TrustedIssuer::new(verifier, RemoteJwks::new(url.parse().unwrap())))
        });
        let server = set(builder.allow_loopback_http().clock(clock.clone())).build().unwrap();
        let app = Router::new().route("/", get(|| async {})).layer(server.layer());
        let [keys, other_keys] = servers;
        Self {
            api: Api { keys, clock, server, app },
            other: other_keys,
            asked,
            one_token: one.claim("iss", ONE),
            other_token: other.claim("iss", OTHER),
        }
    }
}

#[tokio::test]
async fn a_tenant_is_resolved_at_its_first_token_and_asked_for_once() {
    let tenants = Tenants::start(2).await;
    for _ in 0..3 {
        assert_eq!(tenants.api.get(&tenants.one_token).await, ADMITTED);
        assert_eq!(tenants.api.get(&tenants.other_token).await, ADMITTED);
    }
    assert_eq!(tenants.asked.load(Ordering::SeqCst), 2);
    assert_eq!((tenants.api.keys.count(), tenants.other.count()), (1, 1));
    assert_eq!(tenants.api.server.readiness().len(), 2);
}

#[tokio::test]
async fn r45_keys_of_tenants_never_cross_even_with_the_same_kid() {
    let tenants = Tenants::start(2).await;
    let Tenants { api, one_token, other_token, .. } = &tenants;
    assert_eq!(api.get(&one_token.clone().claim("iss", OTHER)).await, REFUSED);
    assert_eq!(api.get(&other_token.clone().claim("iss", ONE)).await, REFUSED);
    assert_eq!(api.get(one_token).await, ADMITTED);
    assert_eq!(api.get(other_token).await, ADMITTED);
}

#[tokio::test]
async fn one_tenants_outage_never_touches_another() {
    let tenants = Tenants::start(2).await;
    tenants.other.always(Reply::Hang);
    assert!(unavailable(tenants.api.get(&tenants.other_token).await));
    assert_eq!(tenants.api.get(&tenants.one_token).await, ADMITTED);
    assert_eq!(tenants.api.readiness_of(ONE).state, KeysState::Fresh);
    assert_eq!(tenants.api.readiness_of(OTHER).state, KeysState::Empty);
}

#[tokio::test]
async fn an_issuer_that_is_not_resolved_costs_no_request() {
    let tenants = Tenants::start(2).await;
    for name in ["https://two.example", "https://one.example/", "HTTPS://one.example", ""] {
        let (status, _) = tenants.api.get(&tenants.one_token.clone().claim("iss", name)).await;
        assert_eq!(status, 401, "{name}");
    }
    assert_eq!((tenants.api.keys.count(), tenants.other.count()), (0, 0));
    assert_eq!(tenants.api.get(&tenants.one_token).await, ADMITTED);
}

#[tokio::test]
async fn there_are_no_more_issuers_than_the_limit_and_an_idle_one_gives_way() {
    let tenants = Tenants::start(1).await;
    let Tenants { api, one_token, other_token, .. } = &tenants;
    assert_eq!(api.get(one_token).await, ADMITTED);
    assert_eq!(api.get(other_token).await, (503, Some(300)));
    api.clock.advance(2 * MINUTE);
    assert_eq!(api.get(one_token).await, ADMITTED);
    api.clock.advance(4 * MINUTE);
    assert_eq!(api.get(other_token).await, (503, Some(60)), "the other is in use");
    api.clock.advance(MINUTE);
    assert_eq!(api.get(other_token).await, ADMITTED);
    assert_eq!(api.server.readiness().len(), 1);
}

#[tokio::test]
async fn a_token_that_is_remembered_keeps_its_issuers_place() {
    let tenants = Tenants::start_with(1, |api| api.cache_verified_tokens(1 << 20)).await;
    let Tenants { api, one_token, other_token, .. } = &tenants;
    let token = one_token.clone().claim("exp", 9_000_000_000_u64).sign();
    for _ in 0..2 {
        assert_eq!(api.send(&token).await, ADMITTED);
    }
    // Before its keys are due, so that nothing but the memory is asked.
    api.clock.advance(3 * MINUTE);
    assert_eq!(api.send(&token).await, ADMITTED);
    api.clock.advance(4 * MINUTE);
    assert_eq!(api.get(other_token).await, (503, Some(60)), "the other is in use");
    api.clock.advance(MINUTE);
    assert_eq!(api.get(other_token).await, ADMITTED);
}

#[tokio::test]
async fn tokens_that_are_not_admitted_keep_no_place() {
    let tenants = Tenants::start(1).await;
    let Tenants { api, one_token, other_token, .. } = &tenants;
    let junk = stranger(&Mint::new(), one_token.key().kid()).claim("iss", ONE);
    assert_eq!(api.get(&junk).await, REFUSED);
    api.clock.advance(4 * MINUTE);
    assert_eq!(api.get(&junk).await, REFUSED);
    api.clock.advance(MINUTE);
    assert_eq!(api.get(other_token).await, ADMITTED);
}

#[tokio::test]
async fn l07_a_token_that_cannot_pass_takes_no_place() {
    let tenants = Tenants::start(1).await;
    let Tenants { api, one_token, other_token, .. } = &tenants;
    for bad in [
        one_token.clone().claim("aud", "urn:another"),
        one_token.clone().claim("cnf", "bound"),
        one_token.clone().header("typ", "at+other"),
    ] {
        assert_eq!(api.get(&bad).await, REFUSED);
        assert_eq!(api.server.readiness().len(), 0);
    }
    assert_eq!(api.keys.count(), 0);
    assert_eq!(api.get(other_token).await, ADMITTED);
}

#[tokio::test]
async fn l07_an_issuer_that_admitted_no_token_gives_way_at_once() {
    let tenants = Tenants::start(1).await;
    let Tenants { api, one_token, other_token, .. } = &tenants;
    let junk = stranger(&Mint::new(), one_token.key().kid()).claim("iss", ONE);
    assert_eq!(api.get(&junk).await, REFUSED);
    assert_eq!(api.server.readiness().len(), 1);
    assert_eq!(api.get(other_token).await, ADMITTED);
    assert_eq!(api.get(one_token).await, (503, Some(300)), "the other has admitted a token");
}

#[tokio::test]
async fn l07_a_request_whose_issuer_gave_way_while_it_waited_is_admitted_later() {
    let tenants = Tenants::start(1).await;
    let Tenants { api, one_token, other_token, .. } = &tenants;
    api.keys.always(Reply::Hang);
    let waiting = api.get(one_token);
    let rival = async {
        until(|| api.keys.count() == 1).await;
        assert_eq!(api.get(other_token).await, ADMITTED);
        api.keys.always(publish([one_token]));
    };
    let (outcome, ()) = tokio::join!(waiting, rival);
    assert!(unavailable(outcome), "{outcome:?}");
    api.clock.advance(5 * MINUTE);
    assert_eq!(api.get(one_token).await, ADMITTED);
}

#[tokio::test]
async fn a_key_stays_revoked_whether_its_issuer_is_in_use_or_not() {
    let tenants = Tenants::start(1).await;
    let Tenants { api, one_token, other_token, .. } = &tenants;
    let kid = other_token.key().kid();
    api.server.revoke_kid(&Issuer::new(OTHER).unwrap(), kid);
    assert_eq!(api.get(other_token).await.0, 401);
    api.clock.advance(5 * MINUTE);
    assert_eq!(api.get(one_token).await, ADMITTED, "the same kid of another issuer");
    api.server.revoke_kid(&Issuer::new(ONE).unwrap(), kid);
    assert_eq!(api.get(one_token).await.0, 401);
}

#[tokio::test]
async fn a_forgotten_issuer_is_asked_for_again() {
    let tenants = Tenants::start(2).await;
    assert_eq!(tenants.api.get(&tenants.one_token).await, ADMITTED);
    tenants.api.server.forget_issuer(&Issuer::new(ONE).unwrap());
    assert_eq!(tenants.api.server.readiness().len(), 0);
    assert_eq!(tenants.api.get(&tenants.one_token).await, ADMITTED);
    assert_eq!(tenants.asked.load(Ordering::SeqCst), 2);
    assert_eq!(tenants.api.keys.count(), 2);
}

#[tokio::test]
async fn a_resolver_that_answers_amiss_is_500_and_names_no_key() {
    let mint = Mint::new();
    for (name, leeway) in [("https://another.example", 0), (Mint::ISSUER, 301)] {
        let keys = mint.keys();
        let server = ResourceServer::with_resolver(1, move |_| {
            let verifier = Verifier::new(Issuer::new(name).unwrap(), Mint::audience());
            let verifier = verifier.leeway(Duration::from_secs(leeway));
            Some(TrustedIssuer::new(verifier, keys.clone()))
        });
        let server = server.clock(ManualClock::at(NOW)).build().unwrap();
        let app = Router::new().route("/", get(|| async {})).layer(server.layer());
        let request = Request::get("/").header("authorization", format!("Bearer {}", mint.sign()));
        let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 500, "{name}");
        assert_eq!(server.readiness().len(), 0);
    }
}

#[test]
fn a_setting_that_would_apply_to_no_issuer_is_refused() {
    let with_resolver = |limit| ResourceServer::with_resolver(limit, |_| None);
    let setting =
        |error: tower_bearer::error::ConfigError| error.problems()[0].setting().to_owned();
    assert_eq!(setting(with_resolver(1).strict_rfc9068().build().unwrap_err()), "token settings");
    assert_eq!(setting(with_resolver(0).build().unwrap_err()), "resolve_issuers");
    assert!(with_resolver(1).build().is_ok());
    let named = with_resolver(1).issuer(Mint::issuer(), Mint::audience(), Mint::new().keys());
    assert!(named.strict_rfc9068().build().is_ok());
}
