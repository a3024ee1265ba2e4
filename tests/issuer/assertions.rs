//! Clients that sign who they are (`private_key_jwt`). Time is paused: refusals are held back.

use std::time::Duration;

use serde_json::{Value, json};
use tower_bearer::{
    algorithm::Algorithm,
    issuer::{Account, MAX_ASSERTION_LIFETIME, TokenIssuer},
    key::{KeySet, SigningKey, public_jwk_set},
};

use super::client::{Asked, NOW, SECRET, bare, basic, display, secret, without_accounts};
use crate::support::{ManualClock, Mint};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ISSUER: &str = "https://issuer.example";
const ENDPOINT: &str = "https://issuer.example/oauth/token";

/// An issuer that knows a client by its public key, and that key.
struct Known {
    issuer: TokenIssuer,
    key: SigningKey,
    clock: ManualClock,
}

pub(crate) fn account(key: &SigningKey) -> Account {
    let keys = KeySet::parse(public_jwk_set([key]).as_bytes()).unwrap();
    Account::new("outsourcer-a").public_keys(keys).allow("display", "announce:*:read")
}

impl Known {
    fn by(algorithm: Algorithm) -> Self {
        let key = SigningKey::generate(algorithm).unwrap();
        let clock = ManualClock::at(NOW);
        let builder = without_accounts().clock(clock.clone()).account(account(&key));
        Self { issuer: builder.build().unwrap(), key, clock }
    }

    fn new() -> Self {
        Self::by(Algorithm::ES256)
    }

    fn assertion(&self) -> Mint {
        assertion(&self.key)
    }

    async fn status(&self, assertion: &Mint) -> u16 {
        asking(&assertion.sign()).of(&self.issuer).await.status
    }
}

/// A good assertion; each has an id of its own.
pub(crate) fn assertion(key: &SigningKey) -> Mint {
    let id = SigningKey::generate(Algorithm::EdDSA).unwrap().kid().to_owned();
    let now = NOW.as_secs();
    Mint::with_key(key)
        .header("typ", "JWT")
        .claim("iss", "outsourcer-a")
        .claim("sub", "outsourcer-a")
        .claim("aud", ISSUER)
        .claim("iat", now)
        .claim("exp", now + 60)
        .claim("jti", id)
        .without("client_id")
        .without("scope")
}

pub(crate) fn asking(assertion: &str) -> Asked {
    bare().with("client_assertion_type", TYPE).with("client_assertion", assertion)
}

#[tokio::test(start_paused = true)]
async fn t31_a_client_comes_in_with_a_key_that_the_issuer_cannot_use() {
    for algorithm in [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA] {
        let known = Known::by(algorithm);
        let assertion = known.assertion().sign();
        let answer = asking(&assertion).with("scope", "announce:read x").of(&known.issuer).await;
        assert_eq!(answer.status, 200, "{algorithm}");
        assert_eq!(answer.scopes(), ("announce:read".into(), "x".into()));
        let json = json!({
            "grant_type": "client_credentials",
            "client_id": "outsourcer-a",
            "client_assertion_type": TYPE,
            "client_assertion": known.assertion().sign(),
        });
        assert_eq!(bare().as_json_of(&known.issuer, &json.to_string()).await.status, 200);
    }
}

#[tokio::test(start_paused = true)]
async fn t25_each_part_of_an_assertion_counts() {
    let known = Known::new();
    let now = NOW.as_secs();
    let (hour, good) = (MAX_ASSERTION_LIFETIME.as_secs(), || known.assertion());
    for (what, spoiled) in [
        ("iss is another's", good().claim("iss", "outsourcer-b")),
        ("iss is missing", good().without("iss")),
        ("sub is another's", good().claim("sub", "outsourcer-b")),
        ("aud is another server", good().claim("aud", "https://other.example")),
        ("aud is another server, too", good().claim("aud", json!([ISSUER, "https://o.example"]))),
        ("aud is the token endpoint", good().claim("aud", ENDPOINT)),
        ("aud is missing", good().without("aud")),
        ("aud is empty", good().claim("aud", json!([]))),
        ("exp is missing", good().without("exp")),
        ("exp is no number", good().claim("exp", "never")),
        ("exp is past", good().claim("exp", now - 30)),
        ("exp is far away", good().claim("exp", now + hour + 31)),
        ("nbf is to come", good().claim("nbf", now + 31)),
        ("iat is to come", good().claim("iat", now + 31)),
        ("jti is missing", good().without("jti")),
        ("jti is empty", good().claim("jti", "")),
        ("jti is no string", good().claim("jti", 1)),
        ("typ is an access token's", good().header("typ", "at+jwt")),
        ("alg is none", good().header("alg", "none")),
        ("kid is unknown", good().header("kid", "another")),
    ] {
        let answer = asking(&spoiled.sign()).of(&known.issuer).await;
        assert_eq!(answer.error(), (401, "invalid_client".into()), "{what}");
        assert_eq!(answer.member("error_description"), "client authentication failed", "{what}");
    }
    for (what, repaired) in [
        ("nothing is wrong", good()),
        ("aud is an array", good().claim("aud", json!([ISSUER]))),
        ("exp is almost past", good().claim("exp", now - 29)),
        ("exp is an hour away", good().claim("exp", now + hour)),
        ("iat is missing", good().without("iat")),
        ("nbf is now", good().claim("nbf", now)),
        ("typ is its own", good().header("typ", "client-authentication+jwt")),
        ("typ is missing", good().without_header("typ")),
        ("kid is missing", good().without_header("kid")),
    ] {
        assert_eq!(known.status(&repaired).await, 200, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn t25_an_assertion_by_another_key_or_with_a_changed_byte_is_refused() {
    let known = Known::new();
    let stranger = Known { key: SigningKey::generate(Algorithm::ES256).unwrap(), ..Known::new() };
    let forged = stranger.assertion().header("kid", known.key.kid());
    assert_eq!(known.status(&forged).await, 401);
    let good = known.assertion().sign();
    for broken in [&good[..good.len() - 1], &good.replacen('.', "..", 1), "", "a.b.c", &good[1..]] {
        assert_ne!(asking(broken).of(&known.issuer).await.status, 200, "{broken}");
    }
    assert_eq!(asking(&good).of(&known.issuer).await.status, 200);
    let none = display().build().unwrap();
    let refused = asking(&known.assertion().sign()).of(&none).await;
    assert_eq!(refused.error(), (401, "invalid_client".into()), "an account without keys");
}

#[tokio::test(start_paused = true)]
async fn t10_no_answer_to_an_assertion_tells_whether_a_client_exists() {
    let known = Known::new();
    known.issuer.add_account(Account::new("outsourcer-c").secret(&secret())).unwrap();
    let stranger = Known { key: SigningKey::generate(Algorithm::ES256).unwrap(), ..Known::new() };
    let of = |client: &str| {
        let assertion = stranger.assertion().without_header("kid");
        asking(&assertion.claim("iss", client).claim("sub", client).sign())
    };
    let forged = of("outsourcer-a").of(&known.issuer).await;
    assert_eq!(forged.error(), (401, "invalid_client".into()));
    for client in ["nobody", "outsourcer-c", "", "outsourcer-a\0"] {
        let answer = of(client).of(&known.issuer).await;
        assert_eq!((answer.status, &answer.body), (401, &forged.body), "{client}");
        assert_eq!(answer.headers, forged.headers, "{client}");
    }
    assert_eq!(known.status(&known.assertion()).await, 200);
}

#[tokio::test(start_paused = true)]
async fn t25_an_assertion_is_good_once() {
    let known = Known::new();
    let once = known.assertion();
    assert_eq!(known.status(&once).await, 200);
    assert_eq!(known.status(&once).await, 401);
    let longer = once.clone().claim("exp", NOW.as_secs() + 600);
    assert_eq!(known.status(&longer).await, 401, "by its jti, whatever else it says");
    known.issuer.reconfigure(without_accounts().account(account(&known.key))).unwrap();
    assert_eq!(known.status(&once).await, 401, "whatever the configuration");
    known.clock.advance(Duration::from_secs(89));
    assert_eq!(known.status(&once).await, 401);
    known.clock.advance(Duration::from_secs(1));
    assert_eq!(known.status(&once).await, 401, "it has expired");
    let next = known.assertion().claim("exp", NOW.as_secs() + 150);
    assert_eq!(known.status(&next).await, 200);
}

#[tokio::test(start_paused = true)]
async fn t25_the_assertion_type_is_exact() {
    let known = Known::new();
    for (kind, error) in [
        ("urn:ietf:params:oauth:client-assertion-type:saml2-bearer", "invalid_client"),
        ("URN:ietf:params:oauth:client-assertion-type:jwt-bearer", "invalid_client"),
        ("", "invalid_request"),
    ] {
        let assertion = known.assertion().sign();
        let asked = bare().with("client_assertion", &assertion).with("client_assertion_type", kind);
        assert_eq!(asked.of(&known.issuer).await.member("error"), error, "{kind}");
    }
    let alone = bare().with("client_assertion_type", TYPE).of(&known.issuer).await;
    assert_eq!(alone.error(), (400, "invalid_request".into()));
    assert_eq!(known.status(&known.assertion()).await, 200);
}

#[tokio::test(start_paused = true)]
async fn t25_a_client_id_beside_the_assertion_says_the_same() {
    let known = Known::new();
    let with = |id: &str| asking(&known.assertion().sign()).with("client_id", id);
    assert_eq!(with("outsourcer-b").of(&known.issuer).await.error().1, "invalid_request");
    assert_eq!(with("outsourcer-a").of(&known.issuer).await.status, 200);
    assert_eq!(with("").of(&known.issuer).await.status, 200, "an empty one is none");
}

#[tokio::test(start_paused = true)]
async fn t9_an_assertion_beside_a_secret_is_refused() {
    let known = Known::new();
    known.issuer.add_account(Account::new("other").secret(&secret())).unwrap();
    let assertion = known.assertion().sign();
    let both = [
        asking(&assertion).with("client_id", "outsourcer-a").with("client_secret", SECRET),
        basic().with("client_assertion_type", TYPE).with("client_assertion", &assertion),
    ];
    for both in both {
        assert_eq!(both.of(&known.issuer).await.error(), (400, "invalid_request".into()));
    }
    assert_eq!(asking(&assertion).of(&known.issuer).await.status, 200, "it was not used up");
}

#[tokio::test(start_paused = true)]
async fn t25_the_token_endpoint_is_an_audience_by_consent_only() {
    let known = Known::new();
    let legacy = |audience: Value| known.assertion().claim("aud", audience);
    for audience in [json!(ENDPOINT), json!([ISSUER, ENDPOINT])] {
        assert_eq!(known.status(&legacy(audience)).await, 401);
    }
    let next = without_accounts().account(account(&known.key)).legacy_assertion_audience();
    known.issuer.reconfigure(next).unwrap();
    let path = "https://issuer.example/oidc/token";
    for audience in [json!(ENDPOINT), json!(path), json!([ISSUER, ENDPOINT]), json!(ISSUER)] {
        assert_eq!(known.status(&legacy(audience)).await, 200);
    }
    let other = json!([ENDPOINT, "https://other.example/oauth/token"]);
    assert_eq!(known.status(&legacy(other)).await, 401);
}

#[tokio::test(start_paused = true)]
async fn t31_an_account_may_have_a_key_and_a_secret() {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let builder = without_accounts().account(account(&key).secret(&secret()));
    let (clock, issuer) = (ManualClock::at(NOW), builder.build().unwrap());
    let known = Known { issuer, key, clock };
    assert_eq!(known.status(&known.assertion()).await, 200);
    assert_eq!(basic().of(&known.issuer).await.status, 200);
}

#[test]
fn a_public_key_that_cannot_be_used_is_a_configuration_error() {
    let with = |document: &str| {
        let keys = KeySet::parse(document.as_bytes()).unwrap();
        let account = Account::new("a").public_keys(keys);
        without_accounts().account(account).build().map(drop).map_err(|error| error.to_string())
    };
    let good = public_jwk_set([&SigningKey::generate(Algorithm::ES256).unwrap()]);
    assert_eq!(with(&good), Ok(()));
    assert!(with(r#"{"keys":[]}"#).unwrap_err().contains("without a key"));
    let symmetric = r#"{"keys":[{"kty":"oct","kid":"s","k":"c2VjcmV0"}]}"#;
    assert!(with(symmetric).unwrap_err().contains("cannot be used"));
}
