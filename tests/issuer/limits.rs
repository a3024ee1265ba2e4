//! What a configuration may hold: the last that is taken, and the first that is not.

use std::time::Duration;

use tower_bearer::{
    issuer::{
        Account, MAX_KEY_BYTES, MAX_LIFETIME, MAX_SECRET_CHARS, MAX_SECRETS, MIN_SECRET_CHARS,
        TokenIssuerBuilder,
    },
    secret::Secret,
};

use super::client::{basic, display, outsourcer_a, without_accounts};

/// The settings that are wrong.
fn wrong(builder: TokenIssuerBuilder) -> Vec<String> {
    let problems = builder.build().err().map(|error| error.to_string());
    problems.into_iter().collect()
}

fn with_secret(length: usize) -> TokenIssuerBuilder {
    let drawn = "p3YkTq0ZfVbN7sGm1xWcRj9uHdLo5aEi8vKt2yQnB4M".repeat(12);
    let account = Account::new("a").secret(&Secret::new(&drawn[..length]));
    without_accounts().account(account.allow("display", "announce:read"))
}

#[test]
fn r30_a_configured_secret_has_43_to_512_characters() {
    assert_eq!((MIN_SECRET_CHARS, MAX_SECRET_CHARS), (43, 512));
    assert_eq!(wrong(with_secret(43)), [""; 0]);
    assert_eq!(wrong(with_secret(512)), [""; 0]);
    assert!(wrong(with_secret(42))[0].contains("fewer than 43 characters"));
    assert!(wrong(with_secret(513))[0].contains("more than 512 characters"));
}

#[test]
fn r30_an_account_has_at_most_two_secrets() {
    assert_eq!(MAX_SECRETS, 2);
    let with = |secrets: usize| {
        let new = |account: Account, _| account.secret(&Secret::generate().unwrap());
        let account = (0..secrets).fold(Account::new("a"), new).allow("display", "announce:read");
        wrong(without_accounts().account(account))
    };
    assert_eq!(with(2), [""; 0]);
    assert!(with(3)[0].contains("more than two secrets"));
}

#[test]
fn r30_a_token_lives_a_second_to_thirty_days() {
    let with = |lifetime: Duration| {
        let issuer = wrong(without_accounts().account(outsourcer_a()).lifetime(lifetime));
        let account = wrong(without_accounts().account(outsourcer_a().lifetime(lifetime)));
        assert_eq!(issuer.is_empty(), account.is_empty(), "{lifetime:?}");
        issuer
    };
    assert_eq!(with(Duration::from_secs(1)), [""; 0]);
    assert_eq!(with(MAX_LIFETIME), [""; 0]);
    for lifetime in [Duration::ZERO, Duration::from_millis(1_500), MAX_LIFETIME * 2] {
        assert!(with(lifetime)[0].contains("1 second to 30 days"));
    }
    assert!(!with(MAX_LIFETIME + Duration::from_secs(1)).is_empty());
}

#[test]
fn r30_an_account_has_a_key_of_1_to_256_bytes() {
    assert_eq!(MAX_KEY_BYTES, 256);
    let with = |key: &str| {
        let account = Account::new(key).secret(&Secret::generate().unwrap());
        wrong(without_accounts().account(account.allow("display", "announce:read")))
    };
    assert_eq!(with(&"k".repeat(256)), [""; 0]);
    assert_eq!(with("k"), [""; 0]);
    for key in ["", &"k".repeat(257), &"\u{e9}".repeat(129), "a\nb"] {
        assert!(with(key)[0].contains("1 to 256 bytes"), "{key:?}");
    }
}

#[tokio::test]
async fn t3_a_form_has_at_most_64_parameters() {
    let issuer = display().build().unwrap();
    let with = |extra: usize| {
        (0..extra).fold(basic(), |asked, number| asked.with(&format!("x{number}"), "1"))
    };
    assert_eq!(with(63).of(&issuer).await.status, 200, "64 with the grant type");
    let refused = with(64).of(&issuer).await;
    assert_eq!(refused.error(), (400, "invalid_request".into()));
    assert_eq!(refused.member("error_description"), "the form has more than 64 parameters");
}

#[tokio::test]
async fn a_request_has_at_most_32_resources_in_a_form_and_in_json() {
    let issuer = display().build().unwrap();
    let resource = "https://display.example";
    let form = |count: usize| (0..count).fold(basic(), |asked, _| asked.with("resource", resource));
    assert_eq!(form(32).of(&issuer).await.status, 200);
    assert_eq!(form(33).of(&issuer).await.error(), (400, "invalid_request".into()));
    let json = |count: usize| {
        let resources = vec![format!("\"{resource}\""); count].join(",");
        format!("{{\"grant_type\":\"client_credentials\",\"resource\":[{resources}]}}")
    };
    assert_eq!(basic().as_json_of(&issuer, &json(32)).await.status, 200);
    assert_eq!(
        basic().as_json_of(&issuer, &json(33)).await.error(),
        (400, "invalid_request".into())
    );
}
