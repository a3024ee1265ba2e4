use tower_bearer::{jwks::RemoteJwks, server::TrustedIssuer, verify::Verifier};

use super::*;

/// An API for JWTs of `mint` and opaque tokens.
async fn both(mint: &Mint, every_token: bool) -> Api {
    let mut api = Api::new().await;
    let url = api.endpoint.url("/introspect").parse().unwrap();
    let introspection = Introspection::new(url, credentials());
    let introspection = if every_token { introspection.every_token() } else { introspection };
    api.server = ResourceServer::builder(Mint::issuer(), Mint::audience(), mint.keys())
        .introspection(introspection)
        .allow_loopback_http()
        .clock(api.clock.clone())
        .build()
        .unwrap();
    api.app = Router::new().route("/", get(async || "in")).layer(api.server.layer());
    api
}

#[tokio::test]
async fn r66_a_token_of_three_parts_is_never_introspected_where_jwts_are_verified() {
    let mint = Mint::new();
    let api = both(&mint, false).await;
    assert_eq!(api.get(&mint.sign()).await, 200);
    // The issuer would say that each is active.
    let expired = mint.clone().claim("exp", 1).sign();
    for bad in [&expired, &Mint::new().sign(), "a.b.c", "..", "v4.local.abc"] {
        assert!([400, 401].contains(&api.get(bad).await), "{bad}");
    }
    assert_eq!(api.asked(), 0);
    for opaque in ["a", "ory_at_x.y", "a.b.c.d.e", "-._~+/09azAZ=="] {
        assert_eq!(api.get(opaque).await, 200, "{opaque}");
    }
    assert_eq!(api.asked(), 4);
}

#[tokio::test]
async fn every_token_is_introspected_by_a_setting_and_no_jwt_is_verified() {
    let mint = Mint::new();
    let api = both(&mint, true).await;
    let token = mint.sign();
    assert_eq!(api.get(&token).await, 200);
    assert_eq!(form(&api.endpoint.received()[0])["token"], token);
    api.endpoint.always(inactive());
    assert_eq!(api.get(&mint.claim("jti", "2").sign()).await, 401);
    assert_eq!(api.asked(), 2);
    assert!(api.server.readiness().is_empty(), "there are no keys to wait for");
}

#[tokio::test]
async fn what_cannot_be_a_token_is_not_sent() {
    let api = Api::new().await;
    for malformed in ["a b", "a,b", "a=b", "=", "\u{e4}", "a\tb"] {
        assert_eq!(api.get(malformed).await, 400, "{malformed}");
    }
    assert_eq!(api.get(&"a".repeat(8_193)).await, 401);
    assert_eq!(api.asked(), 0);
    assert_eq!(api.get(&"a".repeat(8_192)).await, 200);
}

fn problems(builder: ResourceServerBuilder) -> Vec<String> {
    let error = builder.build().unwrap_err();
    error.problems().iter().map(ToString::to_string).collect()
}

fn server(introspection: Introspection) -> ResourceServerBuilder {
    ResourceServer::discover(Mint::ISSUER, Mint::AUDIENCE).introspection(introspection)
}

#[test]
fn wrong_settings_are_reported_together() {
    let at = |url: &str| Introspection::new(url.parse().unwrap(), credentials());
    let good = at("https://issuer.example/introspect");
    assert!(server(good.clone()).build().is_ok());
    let wrong = at("http://issuer.example/introspect")
        .cache_for(seconds(301))
        .cache_refusals_for(seconds(61))
        .stale_if_error(seconds(3_601))
        .timeout(Duration::from_millis(99))
        .max_in_flight(1);
    let found = problems(server(wrong));
    for setting in [
        "introspection endpoint must be https",
        "cache_for is more than 5 minutes",
        "cache_refusals_for is more than a minute",
        "stale_if_error is more than an hour",
        "timeout is not between",
        "max_in_flight is not between 2",
    ] {
        assert!(found.iter().any(|it| it.contains(setting)), "{setting}: {found:?}");
    }
    let without = Introspection::discover(ClientCredentials::none()).require_signed_answers();
    let found = problems(server(without));
    assert!(found.iter().any(|it| it.contains("has no credentials")), "{found:?}");
    assert!(found.iter().any(|it| it.contains("needs a client id")), "{found:?}");
}

#[test]
fn there_is_one_endpoint_and_it_gets_only_the_tokens_of_its_issuer() {
    let introspection = || Introspection::discover(credentials());
    let other = |builder: ResourceServerBuilder| {
        builder.issuer("https://b.example", Mint::audience(), Mint::new().keys())
    };
    let twice = other(server(introspection())).introspection(introspection());
    assert!(problems(twice)[0].contains("is set for several issuers"));
    assert!(other(server(introspection())).build().is_ok());
    let foreign = other(server(introspection().every_token()));
    assert!(problems(foreign)[0].contains("would send the tokens of the other issuers"));
    let tenants = server(introspection().every_token()).resolve_issuers(1, |_| None);
    assert!(problems(tenants)[0].contains("would send the tokens of the other issuers"));
    assert!(server(introspection()).resolve_issuers(1, |_| None).build().is_ok());
}

#[tokio::test]
async fn a_resolved_issuer_cannot_introspect() {
    let mint = Mint::new();
    let build = |introspects: bool| {
        let keys = mint.keys();
        ResourceServer::with_resolver(1, move |_| {
            let verifier = Verifier::new(Mint::issuer(), Mint::audience());
            let issuer = TrustedIssuer::new(verifier, keys.clone());
            let introspection = Introspection::discover(credentials());
            Some(if introspects { issuer.introspection(introspection) } else { issuer })
        })
        .clock(ManualClock::at(NOW))
        .build()
        .unwrap()
    };
    for (introspects, status) in [(true, 500), (false, 200)] {
        let app = Router::new().route("/", get(async || ())).layer(build(introspects).layer());
        let request =
            Request::get("/").header(header::AUTHORIZATION, format!("Bearer {}", mint.sign()));
        let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), status);
    }
}

#[tokio::test]
async fn the_endpoint_is_found_in_the_metadata_of_the_issuer() {
    let issuer = Server::start(|_| Reply::status(404)).await;
    let (name, endpoint) = (issuer.url(""), issuer.url("/ask"));
    let metadata = json!({"issuer": name, "introspection_endpoint": endpoint});
    let answer = with(&json!({"iss": name}));
    issuer.follow(move |request| {
        if request.head.starts_with("POST /ask ") {
            json_reply(&answer)
        } else if request.head.contains("oauth-authorization-server") {
            json_reply(&metadata)
        } else {
            Reply::status(404)
        }
    });
    let keys = RemoteJwks::discover(issuer.url("").parse().unwrap());
    let server = ResourceServer::builder(&*issuer.url(""), Mint::audience(), keys)
        .introspection(Introspection::discover(credentials()))
        .allow_loopback_http()
        .clock(ManualClock::at(NOW))
        .build()
        .unwrap();
    let app = Router::new().route("/", get(async || ())).layer(server.layer());
    for token in ["one", "two"] {
        let request = Request::get("/").header(header::AUTHORIZATION, format!("Bearer {token}"));
        let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
    }
    assert_eq!(issuer.count(), 3, "the metadata is read once");
}
