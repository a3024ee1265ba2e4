use tower_bearer::Audience;

use super::*;

#[tokio::test]
async fn a_new_key_is_found_at_its_first_token() {
    let (old, new) = (Mint::new(), Mint::new());
    let api = Api::start(publish([&old])).await;
    assert_eq!(api.get(&old).await, ADMITTED);
    api.keys.always(publish([&old, &new]));
    assert_eq!(api.get(&new).await, ADMITTED);
    assert_eq!(api.get(&old).await, ADMITTED);
    assert_eq!(api.keys.count(), 2);
    assert_eq!(api.generation(), 2);
}

#[tokio::test]
async fn a_removed_key_dies_at_the_next_refresh() {
    let (kept, removed) = (Mint::new(), Mint::new());
    let api = Api::start(publish([&kept, &removed])).await;
    assert_eq!(api.get(&removed).await, ADMITTED);
    api.keys.always(publish([&kept]));
    api.clock.advance(DUE);
    assert_eq!(api.get(&kept).await, ADMITTED);
    until(|| api.generation() == 2).await;
    assert_eq!(api.get(&removed).await, REFUSED);
    assert_eq!(api.get(&kept).await, ADMITTED);
}

#[tokio::test]
async fn all_keys_may_be_swapped_at_once() {
    let (old, new) = (Mint::new(), Mint::new());
    let api = Api::start(publish([&old])).await;
    assert_eq!(api.get(&old).await, ADMITTED);
    api.keys.always(publish([&new]));
    assert_eq!(api.get(&new).await, ADMITTED);
    assert_eq!(api.get(&old).await, REFUSED);
}

#[tokio::test]
async fn replicas_that_flap_between_two_sets_serve_both_soon() {
    let (one, other) = (Mint::new(), Mint::new());
    let api = Api::start(publish([&one])).await;
    assert_eq!(api.get(&one).await, ADMITTED);
    api.keys.always(publish([&other]));
    assert_eq!(api.get(&other).await, ADMITTED);
    let mut admitted = 0;
    for round in 0..20 {
        let (now, before) = if round % 2 == 0 { (&one, &other) } else { (&other, &one) };
        api.keys.always(publish([now]));
        admitted += u32::from(api.get(now).await == ADMITTED);
        let outcome = api.get(before).await.0;
        assert!(matches!(outcome, 200 | 401 | 503));
        api.clock.advance(Duration::from_secs(20));
    }
    assert_eq!(admitted, 20, "a kid of the last day has a budget of its own");
}

#[tokio::test]
async fn a_key_used_before_it_is_published_is_found_when_it_is() {
    let (old, new) = (Mint::new(), Mint::new());
    let api = Api::start(publish([&old])).await;
    assert_eq!(api.get(&old).await, ADMITTED);
    assert_eq!(api.get(&new).await, REFUSED, "a refresh has just shown that it does not exist");
    api.keys.always(publish([&old, &new]));
    let fetches = api.keys.count();
    assert_eq!(api.get(&new).await, REFUSED, "remembered for half a minute");
    assert_eq!(api.keys.count(), fetches);
    api.clock.advance(Duration::from_secs(30));
    assert_eq!(api.get(&new).await, ADMITTED);
}

#[tokio::test]
async fn a_known_kid_with_another_algorithm_costs_no_fetch() {
    let mint = Mint::new();
    let api = Api::start(publish([&mint])).await;
    assert_eq!(api.get(&mint).await, ADMITTED);
    assert_eq!(api.get(&mint.clone().header("alg", "RS256")).await, REFUSED);
    assert_eq!(api.keys.count(), 1);
}

#[tokio::test]
async fn r45_a_key_of_issuer_a_never_admits_a_token_of_issuer_b() {
    let (a, b) = (Mint::new(), stranger(&Mint::new(), Mint::new().key().kid()));
    let b = stranger(&b, a.key().kid());
    let servers = [Server::start(|_| Reply::Close).await, Server::start(|_| Reply::Close).await];
    servers[0].always(publish([&a]));
    servers[1].always(publish([&b]));
    let keys = |server: &Server| RemoteJwks::new(server.url("/jwks").parse().unwrap());
    let other = Issuer::new("https://other.example").unwrap();
    let api = ResourceServer::builder(Mint::issuer(), Mint::audience(), keys(&servers[0]))
        .issuer(other, Audience::new("urn:other").unwrap(), keys(&servers[1]))
        .allow_loopback_http()
        .clock(ManualClock::at(NOW))
        .build()
        .unwrap();
    let app = Router::new().route("/", get(|| async {})).layer(api.layer());
    let status = async |mint: &Mint| {
        let mut request = Request::new(Body::empty());
        let value = format!("Bearer {}", mint.sign()).parse().unwrap();
        request.headers_mut().insert(header::AUTHORIZATION, value);
        app.clone().oneshot(request).await.unwrap().status().as_u16()
    };
    let as_other =
        |mint: &Mint| mint.clone().claim("iss", "https://other.example").claim("aud", "urn:other");
    assert_eq!(status(&a).await, 200);
    assert_eq!(status(&as_other(&b)).await, 200);
    assert_eq!(status(&as_other(&a)).await, 401, "the same kid, another issuer's key");
    assert_eq!(status(&b).await, 401);
    assert_eq!(status(&a.clone().claim("aud", "urn:other")).await, 401, "another's audience");
    servers[1].always(Reply::Close);
    assert_eq!(status(&a).await, 200, "one issuer's outage is not another's");
}
