//! Issuers that share a key set, such as the tenants of one platform (W29).

use serde_json::{Value, json};
use tower_bearer::{server::TrustedIssuer, transport::HttpSettings, verify::Verifier};

use super::*;

const TENANTS: [&str; 3] = [
    "https://login.example/11111111-aaaa/v2.0",
    "https://login.example/22222222-bbbb/v2.0",
    "https://login.example/33333333-cccc/v2.0",
];

/// A token of a tenant, signed by the platform's key.
fn token(mint: &Mint, tenant: &str) -> String {
    mint.clone().claim("iss", tenant).claim("exp", 9_000_000_000_u64).sign()
}

/// The published keys, each bound to an issuer if one is given.
fn bound<'a>(mints: impl IntoIterator<Item = (&'a Mint, Option<&'a str>)>) -> Reply {
    let entries: Vec<Value> = mints
        .into_iter()
        .map(|(mint, issuer)| {
            let set: Value = serde_json::from_str(&public_jwk_set([mint.key()])).unwrap();
            let mut entry = set["keys"][0].clone();
            if let Some(issuer) = issuer {
                entry["issuer"] = issuer.into();
            }
            entry
        })
        .collect();
    Reply::json(json!({"keys": entries}).to_string())
}

/// An API that trusts these tenants, all with the keys of one address.
async fn platform(reply: Reply, remote: impl Fn(usize, RemoteJwks) -> RemoteJwks) -> Api {
    let keys = Server::start(move |_| reply.clone()).await;
    let url: http::Uri = keys.url("/common/keys").parse().unwrap();
    let issuers = TENANTS.into_iter().enumerate().map(|(index, tenant)| {
        let verifier = Verifier::new(Issuer::new(tenant).unwrap(), Mint::audience());
        TrustedIssuer::new(verifier, remote(index, RemoteJwks::new(url.clone())))
    });
    let clock = ManualClock::at(NOW);
    let server = ResourceServer::from_issuers(issuers)
        .allow_loopback_http()
        .clock(clock.clone())
        .build()
        .unwrap();
    let app = Router::new().route("/", get(|| async {})).layer(server.layer());
    Api { keys, clock, server, app }
}

#[tokio::test]
async fn w29_issuers_of_one_address_share_its_keys_and_their_fetches() {
    let (old, new) = (Mint::new(), Mint::new());
    let api = platform(publish([&old]), |_, keys| keys).await;
    for tenant in TENANTS {
        assert_eq!(api.send(&token(&old, tenant)).await, ADMITTED);
    }
    assert_eq!(api.keys.count(), 1, "one fetch for all");
    api.keys.always(publish([&old, &new]));
    assert_eq!(api.send(&token(&new, TENANTS[1])).await, ADMITTED);
    for tenant in TENANTS {
        assert_eq!(api.send(&token(&new, tenant)).await, ADMITTED);
    }
    assert_eq!(api.keys.count(), 2, "a rotation is found once");
    api.clock.advance(DUE);
    for tenant in TENANTS {
        assert_eq!(api.send(&token(&new, tenant)).await, ADMITTED);
    }
    until(|| api.keys.count() == 3).await;
    api.server.refresh_now().await.unwrap();
    assert_eq!(api.keys.count(), 4, "an emergency is one fetch, too");
    api.server.warm_up().await.unwrap();
    assert_eq!(api.readiness_of(TENANTS[2]).keys, 2);
}

#[tokio::test]
async fn w29_settings_that_differ_keep_key_sets_apart() {
    let mint = Mint::new();
    let http = HttpSettings::new().connect_timeout(Duration::from_secs(1));
    type Set = Box<dyn Fn(RemoteJwks) -> RemoteJwks>;
    let cases: [(&str, Set); 6] = [
        ("max_ttl", Box::new(|keys| keys.max_ttl(Duration::from_secs(600)))),
        ("max_wait", Box::new(|keys| keys.max_wait(Duration::from_secs(1)))),
        ("max_keys", Box::new(|keys| keys.max_keys(7))),
        ("max_document_bytes", Box::new(|keys| keys.max_document_bytes(9_999))),
        (
            "removed_keys",
            Box::new(|keys| {
                keys.removed_keys(tower_bearer::jwks::RemovedKeys::Grace(Duration::from_secs(9)))
            }),
        ),
        ("http", Box::new(move |keys| keys.http(http.clone()))),
    ];
    for (name, set) in cases {
        let api =
            platform(publish([&mint]), |index, keys| if index == 0 { set(keys) } else { keys })
                .await;
        for tenant in TENANTS {
            assert_eq!(api.send(&token(&mint, tenant)).await, ADMITTED, "{name}");
        }
        assert_eq!(api.keys.count(), 2, "{name}: the first alone, the others together");
    }
}

#[tokio::test]
async fn w29_a_key_is_revoked_for_one_issuer_only() {
    let (stolen, other) = (Mint::new(), Mint::new());
    let api = platform(publish([&stolen, &other]), |_, keys| keys).await;
    for tenant in TENANTS {
        assert_eq!(api.send(&token(&stolen, tenant)).await, ADMITTED);
    }
    api.server.revoke_kid(&Issuer::new(TENANTS[1]).unwrap(), stolen.key().kid());
    let expected = [ADMITTED, REFUSED, ADMITTED];
    for round in 0..2 {
        for (tenant, expected) in TENANTS.into_iter().zip(expected) {
            assert_eq!(api.send(&token(&stolen, tenant)).await, expected, "{tenant} {round}");
            assert_eq!(api.send(&token(&other, tenant)).await, ADMITTED, "{tenant} {round}");
        }
        api.server.refresh_now().await.unwrap();
    }
    assert_eq!(TENANTS.map(|tenant| api.readiness_of(tenant).keys), [2, 1, 2]);
}

#[tokio::test]
async fn w29_a_flood_for_one_issuer_takes_no_budget_of_another() {
    let (old, new) = (Mint::new(), Mint::new());
    let api = platform(publish([&old]), |_, keys| keys).await;
    assert_eq!(api.send(&token(&old, TENANTS[0])).await, ADMITTED);
    for n in 0..20 {
        api.send(&token(&stranger(&old, &format!("junk-{n}")), TENANTS[0])).await;
    }
    let fetches = api.keys.count();
    assert!(fetches <= 3, "{fetches}: the budget of one issuer");
    api.keys.always(publish([&old, &new]));
    assert_eq!(api.send(&token(&new, TENANTS[1])).await, ADMITTED, "another has its own");
    assert_eq!(api.send(&token(&new, TENANTS[0])).await, ADMITTED, "what it found is for all");
}

#[tokio::test]
async fn w29_an_id_that_is_missing_for_one_issuer_is_asked_for_by_another() {
    let mint = Mint::new();
    let api = platform(publish([&mint]), |_, keys| keys).await;
    let junk = stranger(&mint, "junk");
    for (tenant, fetches) in [(TENANTS[0], 2), (TENANTS[0], 2), (TENANTS[1], 3), (TENANTS[1], 3)] {
        api.send(&token(&mint, tenant)).await;
        assert_eq!(api.send(&token(&junk, tenant)).await, REFUSED);
        assert_eq!(api.keys.count(), fetches, "{tenant}");
    }
}

#[tokio::test]
async fn w29_a_key_that_is_bound_to_an_issuer_verifies_its_tokens_only() {
    let (any, common, consumers) = (Mint::new(), Mint::new(), Mint::new());
    let template = "https://login.example/{tenantid}/v2.0";
    let api = platform(
        bound([(&any, None), (&common, Some(template)), (&consumers, Some(TENANTS[2]))]),
        |_, keys| keys,
    )
    .await;
    for tenant in TENANTS {
        assert_eq!(api.send(&token(&any, tenant)).await, ADMITTED, "{tenant}");
        assert_eq!(api.send(&token(&common, tenant)).await, ADMITTED, "{tenant}");
        let expected = if tenant == TENANTS[2] { ADMITTED } else { REFUSED };
        assert_eq!(api.send(&token(&consumers, tenant)).await, expected, "{tenant}");
    }
    assert_eq!(api.keys.count(), 1, "a key of another issuer is not asked for");
}

#[tokio::test]
async fn w29_the_template_stands_for_one_part_of_the_issuer() {
    let mint = Mint::new();
    for (issuer, expected) in [
        ("https://login.example/{tenantid}/v2.0", ADMITTED),
        (TENANTS[0], ADMITTED),
        ("https://login.example/{tenantid}/", REFUSED),
        ("https://other.example/{tenantid}/v2.0", REFUSED),
        ("https://login.example/{tenantid}", REFUSED),
        ("https://{tenantid}", REFUSED),
        ("{tenantid}", REFUSED),
        ("https://login.example/11111111-aaaa{tenantid}/v2.0", REFUSED),
        ("https://sts.example/{tenantid}/", REFUSED),
        ("", REFUSED),
    ] {
        let api = platform(bound([(&mint, Some(issuer))]), |_, keys| keys).await;
        assert_eq!(api.send(&token(&mint, TENANTS[0])).await, expected, "{issuer:?}");
    }
}

#[tokio::test]
async fn w29_an_issuer_of_a_key_that_is_not_a_string_makes_the_key_unusable() {
    let (mint, other) = (Mint::new(), Mint::new());
    let set: Value = serde_json::from_str(&public_jwk_set([mint.key(), other.key()])).unwrap();
    for (issuer, expected) in
        [(json!(7), REFUSED), (json!(["a"]), REFUSED), (json!(null), ADMITTED)]
    {
        let mut set = set.clone();
        set["keys"][0]["issuer"] = issuer.clone();
        let api = platform(Reply::json(set.to_string()), |_, keys| keys).await;
        assert_eq!(api.send(&token(&mint, TENANTS[0])).await, expected, "{issuer}");
        assert_eq!(api.send(&token(&other, TENANTS[0])).await, ADMITTED);
    }
}

#[tokio::test]
async fn w29_a_resolved_issuer_that_leaves_gives_its_place_to_the_next() {
    let mint = Mint::new();
    let keys = Server::start(|_| Reply::Close).await;
    keys.always(publish([&mint]));
    let url: http::Uri = keys.url("/common/keys").parse().unwrap();
    let server = ResourceServer::with_resolver(10, move |iss| {
        let verifier = Verifier::new(Issuer::new(iss).ok()?, Mint::audience());
        Some(TrustedIssuer::new(verifier, RemoteJwks::new(url.clone())))
    });
    let clock = ManualClock::at(NOW);
    let server = server.allow_loopback_http().clock(clock.clone()).build().unwrap();
    let app = Router::new().route("/", get(|| async {})).layer(server.layer());
    let api = Api { keys, clock, server, app };
    let first = Issuer::new(TENANTS[0]).unwrap();
    assert_eq!(api.send(&token(&mint, TENANTS[0])).await, ADMITTED);
    assert_eq!(api.send(&token(&mint, TENANTS[1])).await, ADMITTED);
    api.server.revoke_kid(&first, mint.key().kid());
    assert_eq!(api.send(&token(&mint, TENANTS[0])).await, REFUSED);
    for round in 0..20 {
        api.server.forget_issuer(&first);
        let next = format!("https://login.example/{round}/v2.0");
        assert_eq!(api.send(&token(&mint, &next)).await, ADMITTED, "a revocation is not inherited");
        api.server.forget_issuer(&Issuer::new(next).unwrap());
        assert_eq!(api.send(&token(&mint, TENANTS[0])).await, REFUSED, "and not forgotten");
    }
    assert_eq!(api.keys.count(), 1);
}
