use tower_bearer::jwks::RemovedKeys;

use super::*;

const HALF_HOUR: Duration = Duration::from_secs(30 * 60);

async fn with_grace(reply: Reply) -> Api {
    Api::with(reply, |keys| keys.removed_keys(RemovedKeys::Grace(HALF_HOUR))).await
}

#[tokio::test]
async fn a_withdrawn_key_is_refused_within_five_minutes_of_traffic() {
    let (kept, withdrawn) = (Mint::new(), Mint::new());
    let api = Api::start(publish([&kept, &withdrawn])).await;
    assert_eq!(api.get(&withdrawn).await, ADMITTED);
    api.keys.always(publish([&kept]));
    let mut lived = Duration::ZERO;
    while api.get(&withdrawn).await == ADMITTED {
        let fetches = api.keys.count();
        api.clock.advance(Duration::from_secs(1));
        lived += Duration::from_secs(1);
        assert_eq!(api.get(&kept).await, ADMITTED);
        if api.state() == KeysState::Due {
            until(|| api.keys.count() > fetches && api.state() == KeysState::Fresh).await;
        }
    }
    assert!(lived <= 5 * MINUTE, "{lived:?}");
}

#[tokio::test]
async fn with_grace_a_removed_key_lives_on_and_dies_without_any_refresh() {
    let (kept, removed) = (Mint::new(), Mint::new());
    let api = with_grace(publish([&kept, &removed])).await;
    assert_eq!(api.get(&removed).await, ADMITTED);
    api.keys.always(publish([&kept]).with("etag", "\"one\""));
    api.server.refresh_now().await.unwrap();
    assert_eq!(api.get(&removed).await, ADMITTED);
    assert_eq!(api.readiness().keys, 2);
    let generation = api.generation();
    api.keys.always(Reply::status(304));
    api.clock.advance(20 * MINUTE);
    assert_eq!(api.get(&removed).await, ADMITTED);
    assert_eq!(api.generation(), generation);
    api.keys.always(Reply::Close);
    api.clock.advance(10 * MINUTE);
    assert_eq!(api.get(&kept).await, ADMITTED, "an outage prolongs no grace");
    assert_ne!(api.get(&removed).await, ADMITTED);
    assert_eq!((api.readiness().keys, api.generation()), (1, generation + 1));
}

#[tokio::test]
async fn with_grace_replicas_that_flap_cost_no_refusal() {
    let (one, other) = (Mint::new(), Mint::new());
    let api = with_grace(publish([&one, &other])).await;
    assert_eq!(api.get(&one).await, ADMITTED);
    for round in 0..40 {
        api.keys.always(publish([if round % 2 == 0 { &one } else { &other }]));
        api.server.refresh_now().await.unwrap();
        for mint in [&one, &other] {
            assert_eq!(api.get(mint).await, ADMITTED);
        }
        api.clock.advance(4 * MINUTE);
    }
}

#[tokio::test]
async fn a_revoked_key_has_no_grace() {
    let (kept, removed) = (Mint::new(), Mint::new());
    let api = with_grace(publish([&kept, &removed])).await;
    assert_eq!(api.get(&removed).await, ADMITTED);
    api.keys.always(publish([&kept]));
    api.server.refresh_now().await.unwrap();
    assert_eq!(api.get(&removed).await, ADMITTED);
    api.server.revoke_kid(&Mint::issuer(), removed.key().kid());
    assert_eq!(api.get(&removed).await, REFUSED);
    assert_eq!(api.get(&kept).await, ADMITTED);
}

#[test]
fn a_grace_of_more_than_an_hour_is_refused() {
    let build = |seconds| {
        let grace = RemovedKeys::Grace(Duration::from_secs(seconds));
        let keys =
            RemoteJwks::new("https://issuer.example/jwks".parse().unwrap()).removed_keys(grace);
        ResourceServer::builder(Mint::issuer(), Mint::audience(), keys).build().map(|_| ())
    };
    assert_eq!(build(3_601).unwrap_err().problems()[0].setting(), "removed_keys");
    assert!(build(3_600).is_ok());
}
