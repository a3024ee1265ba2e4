use super::*;

#[tokio::test]
async fn a_revoked_key_is_refused_at_once_and_stays_so_whatever_is_published() {
    let (good, stolen) = (Mint::new(), Mint::new());
    let api = Api::start(publish([&good, &stolen])).await;
    assert_eq!(api.get(&stolen).await, ADMITTED);
    api.server.revoke_kid(&Mint::issuer(), stolen.key().kid());
    assert_eq!(api.get(&stolen).await, REFUSED);
    assert_eq!(api.get(&good).await, ADMITTED);
    assert_eq!(api.generation(), 2);
    assert_eq!(api.keys.count(), 1, "no fetch for a revoked kid");
    api.server.refresh_now().await.unwrap();
    assert_eq!(api.keys.count(), 2);
    assert_eq!(api.get(&stolen).await, REFUSED, "though the issuer still publishes it");
    assert_eq!(api.generation(), 3);
}

#[tokio::test]
async fn refresh_now_ignores_the_budgets_and_tells_of_failure() {
    let (old, new) = (Mint::new(), Mint::new());
    let api = Api::start(publish([&old])).await;
    for n in 0..4 {
        api.get(&stranger(&old, &format!("junk-{n}"))).await;
    }
    api.keys.always(publish([&new]));
    api.server.refresh_now().await.unwrap();
    assert_eq!(api.get(&new).await, ADMITTED);
    assert_eq!(api.get(&old).await, REFUSED);
    api.keys.always(Reply::status(500));
    assert!(api.server.refresh_now().await.is_err());
    assert_eq!(api.get(&new).await, ADMITTED, "what is there stays");
}

#[tokio::test]
async fn refresh_now_is_not_content_with_a_fetch_that_began_before_it() {
    let (old, new) = (Mint::new(), Mint::new());
    let api = std::sync::Arc::new(Api::start(publish([&old])).await);
    assert_eq!(api.get(&old).await, ADMITTED);
    api.keys.always(Reply::AnswerWhenReleased(Box::new(publish([&old]))));
    api.clock.advance(DUE);
    assert_eq!(api.get(&old).await, ADMITTED);
    until(|| api.keys.count() == 2).await;
    api.keys.always(publish([&new]));
    let refreshing = tokio::spawn({
        let api = api.clone();
        async move { api.server.refresh_now().await }
    });
    tokio::task::yield_now().await;
    api.keys.release();
    refreshing.await.unwrap().unwrap();
    assert_eq!(api.keys.count(), 3);
    assert_eq!(api.get(&new).await, ADMITTED);
}

#[tokio::test]
async fn warm_up_fetches_once_and_readiness_tells_the_state() {
    let mint = Mint::new();
    let api = Api::start(publish([&mint])).await;
    assert_eq!(api.state(), KeysState::Empty);
    assert!(!api.readiness().is_ready());
    api.server.warm_up().await.unwrap();
    api.server.warm_up().await.unwrap();
    assert_eq!(api.keys.count(), 1);
    let readiness = serde_json::to_value(api.readiness()).unwrap();
    let expected = serde_json::json!({
        "issuer": Mint::ISSUER, "state": "fresh", "age_seconds": 0, "generation": 1, "keys": 1,
        "last_error": null,
    });
    assert_eq!(readiness, expected);
}

#[tokio::test]
async fn nothing_runs_on_after_the_last_handle_is_dropped() {
    let mint = Mint::new();
    let api = Api::start(Reply::AnswerWhenReleased(Box::new(publish([&mint])))).await;
    let Api { keys, server, app, .. } = api;
    let warming = tokio::spawn(async move {
        let _ = tokio::time::timeout(Duration::from_millis(1), server.warm_up()).await;
        drop(server);
    });
    warming.await.unwrap();
    let before = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    drop(app);
    until(|| tokio::runtime::Handle::current().metrics().num_alive_tasks() <= before).await;
    drop(keys);
}

#[test]
fn a_runtime_that_shuts_down_in_the_middle_leaves_the_keys_usable() {
    let mint = Mint::new();
    let runtime = || tokio::runtime::Runtime::new().unwrap();
    let servers = runtime();
    let api = servers.block_on(Api::start(Reply::Hang));
    let first = runtime();
    let app = api.app.clone();
    let token = format!("Bearer {}", mint.sign());
    let request = Request::get("/").header(header::AUTHORIZATION, token).body(Body::empty());
    first.spawn(app.oneshot(request.unwrap()));
    servers.block_on(until(|| api.keys.count() == 1));
    first.shutdown_timeout(Duration::from_secs(1));
    assert_eq!(api.readiness().last_error.as_deref(), Some("the fetch was cut short"));
    api.keys.always(publish([&mint]));
    api.clock.advance(MINUTE);
    assert_eq!(servers.block_on(api.get(&mint)), ADMITTED);
}

#[tokio::test]
async fn warm_up_tells_why_there_are_no_keys() {
    let api = Api::start(Reply::status(500)).await;
    let error = api.server.warm_up().await.unwrap_err().to_string();
    assert!(error.starts_with("the keys could not be fetched: "), "{error}");
    assert!(error.contains("answers 500"), "{error}");
    let error = Api::start(Reply::Hang).await.server.warm_up().await.unwrap_err().to_string();
    assert!(error.contains("has not answered yet"), "{error}");
}

#[tokio::test]
async fn given_keys_are_always_ready_and_can_be_revoked() {
    let (good, stolen) = (Mint::new(), Mint::new());
    let keys = public_jwk_set([good.key(), stolen.key()]);
    let keys = tower_bearer::key::KeySet::parse(keys.as_bytes()).unwrap();
    let api = Api::of(Server::start(|_| Reply::Close).await, keys);
    api.server.warm_up().await.unwrap();
    api.server.refresh_now().await.unwrap();
    assert_eq!(api.get(&stolen).await, ADMITTED);
    let readiness = serde_json::to_value(api.readiness()).unwrap();
    let expected = serde_json::json!({
        "issuer": Mint::ISSUER, "state": "static", "age_seconds": null, "generation": 1,
        "keys": 2, "last_error": null,
    });
    assert_eq!(readiness, expected);
    assert!(api.readiness().is_ready());
    api.server.revoke_kid(&Mint::issuer(), stolen.key().kid());
    assert_eq!(api.get(&stolen).await, REFUSED);
    assert_eq!(api.get(&good).await, ADMITTED);
    assert_eq!((api.readiness().keys, api.generation()), (1, 2));
    assert_eq!(api.keys.count(), 0);
}

#[test]
fn lifetimes_are_accepted_up_to_their_limits_and_not_beyond() {
    let seconds = Duration::from_secs;
    let keys = || RemoteJwks::new("https://issuer.example/jwks".parse().unwrap());
    let build = |keys: RemoteJwks| {
        let built = ResourceServer::builder(Mint::issuer(), Mint::audience(), keys).build();
        built.map(|_| ()).map_err(|error| error.problems()[0].setting().to_owned())
    };
    for ttl in [300, 3_600] {
        assert_eq!(build(keys().max_ttl(seconds(ttl))), Ok(()), "{ttl}");
    }
    for ttl in [299, 3_601] {
        assert_eq!(build(keys().max_ttl(seconds(ttl))).unwrap_err(), "max_ttl", "{ttl}");
    }
    for stale in [0, 86_400] {
        assert_eq!(build(keys().stale_if_error(seconds(stale))), Ok(()), "{stale}");
    }
    let longer = keys().stale_if_error(Duration::from_millis(86_400_001));
    assert_eq!(build(longer).unwrap_err(), "stale_if_error");
    assert_eq!(build(keys().max_keys(0)).unwrap_err(), "max_keys");
    assert_eq!(build(keys().max_document_bytes(0)).unwrap_err(), "max_document_bytes");
    assert_eq!(build(keys().max_keys(1).max_document_bytes(1)), Ok(()));
    let leeway = |millis| {
        let leeway = Duration::from_millis(millis);
        let builder = ResourceServer::builder(Mint::issuer(), Mint::audience(), keys());
        builder.leeway(leeway).build().is_ok()
    };
    assert_eq!([0, 300_000, 300_001].map(leeway), [true, true, false]);
    let none = tower_bearer::key::KeySet::default();
    let built = ResourceServer::builder(Mint::issuer(), Mint::audience(), none).build();
    assert_eq!(built.unwrap_err().problems()[0].setting(), "keys");
}

#[test]
fn every_problem_of_a_configuration_is_named_at_once() {
    let keys = RemoteJwks::new("http://issuer.example/jwks".parse().unwrap())
        .max_ttl(Duration::from_secs(1))
        .stale_if_error(Duration::from_secs(25 * 3_600))
        .max_keys(0);
    let error = ResourceServer::builder(Mint::issuer(), Vec::new(), keys)
        .algorithms([])
        .leeway(Duration::from_secs(301))
        .max_token_age(Duration::ZERO)
        .scope_claim("")
        .realm("")
        .issuer(Mint::issuer(), Mint::audience(), Mint::new().keys())
        .build()
        .unwrap_err();
    let settings: Vec<_> = error.problems().iter().map(|problem| problem.setting()).collect();
    let expected = [
        "audience",
        "algorithms",
        "leeway",
        "max_token_age",
        "scope_claim",
        "issuer",
        "realm",
        "jwks_uri",
        "max_ttl",
        "stale_if_error",
        "max_keys",
    ];
    assert_eq!(settings, expected, "{error}");
}
