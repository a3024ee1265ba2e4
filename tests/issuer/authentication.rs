//! Who the client is (RFC 6749 §2.3).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::header;
use tower_bearer::{issuer::Account, secret::Secret};

use super::client::{SECRET, bare, basic, by_basic, display, outsourcer_a, post, secret};

#[tokio::test]
async fn t5_a_request_without_credentials_gets_no_token() {
    let issuer = display().build().unwrap();
    for asked in
        [bare(), bare().with("client_id", "outsourcer-a"), bare().with("client_secret", SECRET)]
    {
        assert_eq!(asked.of(&issuer).await.error(), (401, "invalid_client".into()));
    }
    assert_eq!(post().of(&issuer).await.status, 200);
}

#[tokio::test]
async fn t7_basic_credentials_are_form_decoded() {
    let odd = "a:b%c+d e\u{fc}/&=";
    let account = Account::new(odd).secret(&secret()).allow("display", "announce:*:read");
    let issuer = display().account(account).build().unwrap();
    assert_eq!(by_basic(odd, SECRET).of(&issuer).await.status, 200);
    let lower = STANDARD.encode(format!("outsourcer-a:{SECRET}"));
    let lower = bare().header("authorization", format!("bAsIc {lower}"));
    assert_eq!(lower.of(&issuer).await.status, 200);

    let undecodable = [format!("{odd}:{SECRET}"), "%zz:x".to_owned(), "no colon".to_owned()];
    for text in undecodable {
        let asked = bare().header("authorization", format!("Basic {}", STANDARD.encode(&text)));
        assert_eq!(asked.of(&issuer).await.error(), (401, "invalid_client".into()), "{text}");
    }
}

#[tokio::test]
async fn t8_credentials_in_the_uri_are_refused_even_beside_good_ones() {
    let issuer = display().build().unwrap();
    for query in ["client_id=outsourcer-a", "client_secret=x", "a=b&client%5fsecret=x", "a=%zz"] {
        let asked = basic().at(&format!("/oauth/token?{query}"));
        assert_eq!(asked.of(&issuer).await.error(), (400, "invalid_request".into()), "{query}");
    }
    assert_eq!(basic().at("/oauth/token?tenant=a").of(&issuer).await.status, 200);
}

#[tokio::test]
async fn t9_two_authentication_methods_are_refused() {
    let issuer = display().build().unwrap();
    let twice = basic().header("authorization", "Basic eDp5");
    for asked in [
        basic().with("client_secret", SECRET),
        basic().with("client_assertion", "x"),
        post().with("client_assertion", "x"),
        basic().with("client_id", "someone-else"),
        twice,
    ] {
        assert_eq!(asked.of(&issuer).await.error(), (400, "invalid_request".into()));
    }
    assert_eq!(basic().with("client_id", "outsourcer-a").of(&issuer).await.status, 200);
}

#[tokio::test]
async fn t10_an_unknown_client_and_a_wrong_secret_are_answered_alike() {
    let issuer = display().build().unwrap();
    let wrong_secret = by_basic("outsourcer-a", &SECRET.replace('p', "q")).of(&issuer).await;
    let unknown = by_basic("nobody", SECRET).of(&issuer).await;
    assert_eq!(wrong_secret.error(), (401, "invalid_client".into()));
    assert_eq!(wrong_secret.body, unknown.body);
    assert_eq!(wrong_secret.headers, unknown.headers);
    assert_eq!(basic().of(&issuer).await.status, 200);
}

#[tokio::test]
async fn t10_two_secrets_are_valid_for_a_change_and_no_third() {
    let (old, new) = (Secret::generate().unwrap(), Secret::generate().unwrap());
    let account = |key: &str| Account::new(key).allow("display", "announce:*:read").secret(&old);
    let issuer = display().account(account("two").secret(&new)).build().unwrap();
    for secret in [&old, &new] {
        assert_eq!(by_basic("two", secret.expose()).of(&issuer).await.status, 200);
    }
    assert_eq!(by_basic("two", SECRET).of(&issuer).await.status, 401);
    assert!(display().account(account("three").secret(&new).secret(&secret())).build().is_err());
}

#[tokio::test]
async fn t17_invalid_client_is_401_with_a_basic_challenge() {
    let issuer = display().build().unwrap();
    let malformed = ["Basic", "Basic !", "Bearer abc", "Digest x", "Basic eDp5"];
    let mut asked: Vec<_> =
        malformed.into_iter().map(|value| bare().header("authorization", value)).collect();
    asked.push(bare().with("client_id", "outsourcer-a").with("client_secret", "wrong"));
    for asked in asked {
        let answer = asked.of(&issuer).await;
        assert_eq!(answer.error(), (401, "invalid_client".into()));
        assert!(answer.header(header::WWW_AUTHENTICATE).starts_with("Basic realm=\""));
    }
    assert!(basic().of(&issuer).await.headers.get(header::WWW_AUTHENTICATE).is_none());
}

#[tokio::test]
async fn a_deleted_account_is_an_unknown_client() {
    let issuer = display().build().unwrap();
    assert_eq!(basic().of(&issuer).await.status, 200);
    assert!(issuer.delete_account("outsourcer-a").unwrap());
    assert!(!issuer.delete_account("outsourcer-a").unwrap());
    assert_eq!(basic().of(&issuer).await.error(), (401, "invalid_client".into()));
}

#[tokio::test]
async fn a_created_account_gets_a_secret_of_256_bits_that_nothing_shows_again() {
    let issuer = display().build().unwrap();
    let account = || Account::new("outsourcer-b").allow("display", "customer:*:read");
    let credentials = issuer.create_account(account().remark("since May")).unwrap();
    let secret = credentials.client_secret.expose();
    assert_eq!(secret.len(), 43);
    assert!(secret.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_".contains(&c)));
    assert_eq!(by_basic("outsourcer-b", secret).of(&issuer).await.status, 200);
    assert_eq!(issuer.remark("outsourcer-b").as_deref(), Some("since May"));
    assert!(!format!("{issuer:?} {credentials:?} {:?}", outsourcer_a()).contains(secret));
    assert!(!format!("{issuer:?} {:?}", outsourcer_a()).contains(SECRET));

    let again = issuer.create_account(account()).unwrap_err();
    assert!(again.to_string().contains("the key of another account"), "{again}");
    assert_eq!(by_basic("outsourcer-b", secret).of(&issuer).await.status, 200);
}

#[test]
fn a_weak_configured_secret_is_refused() {
    let with = |secret: &str| {
        let account = Account::new("a").secret(&Secret::new(secret));
        display().account(account).build().map_err(|error| error.to_string())
    };
    let repeated = "ab".repeat(30);
    let words = "correct-horse-battery-staple";
    let not_url_safe = format!("{SECRET} +");
    for weak in ["", words, &SECRET[1..], &repeated, &not_url_safe, &"a".repeat(600)] {
        let refusal = with(weak).unwrap_err();
        assert!(refusal.starts_with("account `a` has a secret that "), "{refusal}");
        assert!(weak.is_empty() || !refusal.contains(weak));
    }
    let hexadecimal = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    for strong in [SECRET, hexadecimal, Secret::generate().unwrap().expose()] {
        assert!(with(strong).is_ok(), "{strong}");
    }
}
