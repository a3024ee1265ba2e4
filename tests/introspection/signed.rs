use tower_bearer::{jwks::RemoteJwks, key::public_jwk_set};

use super::*;

const TYPE: &str = "application/token-introspection+jwt";

/// An API that knows the keys of `mint`, and asks an endpoint that a test commands.
async fn api(mint: &Mint, set: impl FnOnce(Introspection) -> Introspection) -> Api {
    let mut api = Api::new().await;
    let url = api.endpoint.url("/introspect").parse().unwrap();
    let introspection = set(Introspection::new(url, credentials()));
    api.server = ResourceServer::builder(Mint::issuer(), Mint::audience(), mint.keys())
        .introspection(introspection)
        .allow_loopback_http()
        .clock(api.clock.clone())
        .build()
        .unwrap();
    api.app = Router::new().route("/", get(async || ())).layer(api.server.layer());
    api
}

/// A good answer in the making.
fn good(mint: &Mint) -> Mint {
    let header = json!({"typ": "token-introspection+jwt", "alg": "ES256", "kid": mint.key().kid()});
    let claims = json!({
        "iss": Mint::ISSUER,
        "aud": CLIENT_ID,
        "iat": NOW.as_secs(),
        "token_introspection": active(),
    });
    Mint::of(mint.key(), &header, &claims)
}

fn reply(answer: impl Into<Vec<u8>>) -> Reply {
    Reply::Answer(200, vec![("content-type", TYPE.to_owned())], answer.into())
}

#[tokio::test]
async fn r66_a_signed_answer_is_verified() {
    let mint = Mint::new();
    let signed = good(&mint).sign();
    let spoiled = format!("{}AAAA", &signed[..signed.len() - 4]);
    let answers = [
        ("a wrong signature", spoiled),
        ("another key", good(&Mint::new()).sign()),
        ("a key that says it is ours", good(&Mint::new()).header("kid", mint.key().kid()).sign()),
        ("another typ", good(&mint).header("typ", "at+jwt").sign()),
        ("no typ", good(&mint).without_header("typ").sign()),
        ("JWT as typ", good(&mint).header("typ", "JWT").sign()),
        ("no algorithm", good(&mint).header("alg", "none").sign()),
        ("another issuer", good(&mint).claim("iss", "https://other.example").sign()),
        ("no issuer", good(&mint).without("iss").sign()),
        ("another API", good(&mint).claim("aud", "revenue-api").sign()),
        ("our audience, which is not our id", good(&mint).claim("aud", Mint::AUDIENCE).sign()),
        ("no audience", good(&mint).without("aud").sign()),
        ("no iat", good(&mint).without("iat").sign()),
        ("the future", good(&mint).claim("iat", NOW.as_secs() + 31).sign()),
        ("no answer in it", good(&mint).without("token_introspection").sign()),
        ("a string in it", good(&mint).claim("token_introspection", "{}").sign()),
        ("an access token", mint.sign()),
        ("JSON", active().to_string()),
        ("nothing", String::new()),
    ];
    for (name, answer) in answers {
        let api = api(&mint, |it| it).await;
        api.endpoint.always(reply(answer));
        assert_eq!(api.get("opaque").await, 503, "{name}");
        api.endpoint.always(reply(signed.clone()));
        api.clock.advance(seconds(60));
        assert_eq!(api.get("opaque").await, 200, "{name}");
    }
}

#[tokio::test]
async fn a_signed_answer_says_the_same_as_one_that_is_not_signed() {
    let mint = Mint::new();
    let api = api(&mint, |it| it).await;
    for (claims, status) in [
        (json!({"active": false}), 401),
        (with(&json!({"exp": 1})), 401),
        (with(&json!({"aud": "urn:api:revenue"})), 401),
        (json!({"active": "true"}), 503),
        (active(), 200),
    ] {
        api.endpoint.always(reply(good(&mint).claim("token_introspection", claims.clone()).sign()));
        api.clock.advance(seconds(61));
        assert_eq!(api.get(&format!("a{status}")).await, status, "{claims}");
    }
}

#[tokio::test]
async fn an_answer_must_be_signed_if_a_setting_says_so() {
    let mint = Mint::new();
    let api = api(&mint, Introspection::require_signed_answers).await;
    assert_eq!(api.get("opaque").await, 503);
    assert_eq!(api.endpoint.received()[0].field("accept"), Some(TYPE));
    api.endpoint.always(reply(good(&mint).sign()));
    api.clock.advance(seconds(60));
    assert_eq!(api.get("opaque").await, 200);
}

#[tokio::test]
async fn the_keys_of_a_signed_answer_are_fetched() {
    let mint = Mint::new();
    let document = public_jwk_set([mint.key()]);
    let signed = good(&mint).sign();
    let issuer = Server::start(move |request| {
        if request.head.starts_with("GET /jwks ") {
            Reply::json(document.clone())
        } else {
            reply(signed.clone())
        }
    })
    .await;
    let keys = RemoteJwks::new(issuer.url("/jwks").parse().unwrap());
    let url = issuer.url("/introspect").parse().unwrap();
    let server = ResourceServer::builder(Mint::issuer(), Mint::audience(), keys)
        .introspection(Introspection::new(url, credentials()).every_token())
        .allow_loopback_http()
        .clock(ManualClock::at(NOW))
        .build()
        .unwrap();
    let app = Router::new().route("/", get(async || ())).layer(server.layer());
    let call = |token: &str| {
        let request = Request::get("/").header(header::AUTHORIZATION, format!("Bearer {token}"));
        app.clone().oneshot(request.body(Body::empty()).unwrap())
    };
    assert_eq!(call("one").await.unwrap().status(), 200);
    assert_eq!(issuer.count(), 2);
    server.revoke_kid(&Mint::issuer(), mint.key().kid());
    assert_eq!(call("two").await.unwrap().status(), 503, "a revoked key signs no answers");
}
