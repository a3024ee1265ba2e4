use super::*;

#[test]
fn a_cache_too_small_to_be_of_use_is_a_configuration_error() {
    let keys = Mint::new().keys();
    let builder = || ResourceServer::builder(Mint::issuer(), Mint::audience(), keys.clone());
    let error = builder().cache_verified_tokens(65_535).build().unwrap_err().to_string();
    assert!(error.contains("cache_verified_tokens") && error.contains("64 KiB"), "{error}");
    assert!(builder().cache_verified_tokens(65_536).build().is_ok());
}

/// The bytes that the store says it takes up.
fn bytes(api: &Api) -> usize {
    let text = format!("{:?}", api.server);
    let (_, behind) = text.split_once("SharedCache { tokens: ").unwrap();
    let (_, behind) = behind.split_once("bytes: ").unwrap();
    behind.split_once(' ').unwrap().0.parse().unwrap()
}

#[tokio::test]
async fn however_many_tokens_come_the_bound_holds_and_all_are_admitted() {
    let mint = Mint::new();
    let api = Api::caching(65_536);
    api.issuer.publish([&mint]);
    for n in 0..400 {
        let token = mint.clone().claim("jti", n.to_string()).sign();
        assert_eq!(api.get("/open", &token).await, 200);
        assert_eq!(api.get("/open", &token).await, 200);
        assert!(bytes(&api) <= 65_536);
    }
    assert!(bytes(&api) > 32_768, "what there is room for is remembered");
}

#[tokio::test]
async fn only_verified_tokens_are_remembered() {
    let mint = Mint::new();
    let api = Api::caching(65_536);
    api.issuer.publish([&mint]);
    let token = mint.sign();
    for bad in [
        mint.clone().claim("aud", "urn:another").sign(),
        mint.clone().claim("exp", 1).sign(),
        format!("{}AAAA", &token[..token.len() - 4]),
        Mint::new().sign(),
    ] {
        assert_eq!(api.get("/open", &bad).await, 401);
    }
    assert_eq!(bytes(&api), 0);
    assert_eq!(api.get("/open", &token).await, 200);
    assert!(bytes(&api) > 0);
}

#[test]
fn many_threads_may_ask_at_once() {
    let mint = Mint::new();
    let keys = mint.keys();
    let server = ResourceServer::builder(Mint::issuer(), Mint::audience(), keys)
        .clock(ManualClock::at(NOW))
        .cache_verified_tokens(1 << 20)
        .build()
        .unwrap();
    let app = Router::new().route("/", get(async || ())).layer(server.layer());
    let tokens: Vec<String> =
        (0..8).map(|n| mint.clone().claim("jti", n.to_string()).sign()).collect();
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                for token in tokens.iter().cycle().take(200) {
                    let value = format!("Bearer {token}");
                    let request = Request::get("/").header(header::AUTHORIZATION, value);
                    let answer = app.clone().oneshot(request.body(Body::empty()).unwrap());
                    assert_eq!(runtime.block_on(answer).unwrap().status(), 200);
                }
            });
        }
    });
    server.revoke_kid(&Mint::issuer(), mint.key().kid());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for token in &tokens {
        let value = format!("Bearer {token}");
        let request = Request::get("/").header(header::AUTHORIZATION, value);
        let answer = app.clone().oneshot(request.body(Body::empty()).unwrap());
        assert_eq!(runtime.block_on(answer).unwrap().status(), 401);
    }
}
