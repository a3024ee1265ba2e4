//! What hooks can do to a token, and what they cannot.

use std::{
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tower_bearer::issuer::{
    AccessDenied, AccessDeniedCode, CredentialsExchange, ExcessScope, GrantPolicy, TokenIssuer,
    TokenModifications,
};

use super::client::{SECRET, basic, by_basic, display, outsourcer_a};

/// The claims of a token, unchecked.
fn claims(token: &str) -> Value {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

fn changing(changes: impl Fn() -> TokenModifications + Send + Sync + 'static) -> TokenIssuer {
    let account = outsourcer_a().allow("display", "revenue:*:read customer:read");
    let builder = display_with(account);
    builder
        .hook(move |_| {
            let changes = changes();
            async move { Ok(changes) }
        })
        .build()
        .unwrap()
}

fn display_with(
    account: tower_bearer::issuer::Account,
) -> tower_bearer::issuer::TokenIssuerBuilder {
    super::client::without_accounts().account(account)
}

#[tokio::test]
async fn a_hook_denies_with_a_code_and_a_reason() {
    let reason = "Access to this application has been temporarily revoked";
    for (code, name) in [
        (None, "access_denied"),
        (Some(AccessDeniedCode::AccessDenied), "access_denied"),
        (Some(AccessDeniedCode::InvalidRequest), "invalid_request"),
        (Some(AccessDeniedCode::InvalidScope), "invalid_scope"),
        (Some(AccessDeniedCode::UnauthorizedClient), "unauthorized_client"),
    ] {
        let denial = AccessDenied::new(format!("{reason}\u{e9}\"\\"));
        let denial = code.map_or(denial.clone(), |code| denial.code(code));
        let issuer = display().hook(move |_| std::future::ready(Err(denial.clone())));
        let answer = basic().of(&issuer.build().unwrap()).await;
        assert_eq!(answer.error(), (400, name.into()));
        assert_eq!(answer.member("error_description"), reason);
        assert_eq!(answer.header(http::header::CACHE_CONTROL), "no-store");
    }
    let admitted = display().hook(|_| async { Ok(TokenModifications::none()) }).build().unwrap();
    assert_eq!(basic().of(&admitted).await.status, 200);
}

#[tokio::test]
async fn a_hook_sees_the_exchange_and_no_secret() {
    let seen = |exchange: CredentialsExchange| async move {
        assert_eq!(exchange.client_id(), "outsourcer-a");
        assert_eq!(exchange.remark(), Some("reads"));
        assert_eq!(exchange.metadata("roles"), Some(&json!(["reader"])));
        assert_eq!(exchange.metadata("other"), None);
        assert_eq!(exchange.audiences().collect::<Vec<_>>(), ["https://display.example"]);
        assert_eq!(exchange.requested_scope(), Some("announce:read revenue:read"));
        assert_eq!(exchange.granted_scopes().collect::<Vec<_>>(), ["announce:read"]);
        assert_eq!(exchange.lifetime(), Duration::from_secs(3_600));
        assert_eq!(exchange.headers()["x-forwarded-for"], "192.0.2.1");
        assert!(!exchange.headers().contains_key("authorization"));
        assert!(!format!("{exchange:?}").contains(SECRET));
        Ok(TokenModifications::none())
    };
    let account = outsourcer_a().remark("reads").metadata("roles", json!(["reader"]));
    let issuer = display_with(account).hook(seen).build().unwrap();
    let asked = basic().header("x-forwarded-for", "192.0.2.1");
    let answer = asked.with("scope", "announce:read revenue:read").of(&issuer).await;
    assert_eq!(answer.scopes(), ("announce:read".into(), "revenue:read".into()));
}

#[tokio::test]
async fn a_scope_that_a_hook_takes_away_is_told_as_rejected() {
    let issuer = changing(|| TokenModifications::none().without_scope("revenue:2019:*"));
    let answer = basic().of(&issuer).await;
    let expected = ("announce:*:read customer:read".into(), "revenue:*:read".into());
    assert_eq!(answer.scopes(), expected, "what overlaps goes");
    assert_eq!(claims(&answer.member("access_token"))["scope"], expected.0);

    let answer = basic().with("scope", "revenue:read x:y").of(&issuer).await;
    assert_eq!(answer.error(), (400, "invalid_scope".into()));
    assert_eq!(answer.member("rejected_scope"), "x:y revenue:read");
    let everything = changing(|| TokenModifications::none().without_scope("*"));
    assert_eq!(basic().of(&everything).await.error(), (400, "invalid_scope".into()));
}

#[tokio::test]
async fn a_hook_takes_away_several_scopes_in_one_text() {
    let issuer = changing(|| TokenModifications::none().without_scope("revenue:2019:*  customer"));
    let answer = basic().of(&issuer).await;
    assert_eq!(answer.scopes(), ("announce:*:read".into(), "revenue:*:read customer:read".into()));
}

/// What a hook wants to withhold must not be granted because it is misspelt.
#[tokio::test]
async fn a_hook_that_takes_away_what_is_no_scope_gives_no_token() {
    for wrong in ["revenue\ncustomer", "customer:read revenue:\"*\"", "r\u{e9}venue"] {
        let issuer = changing(move || TokenModifications::none().without_scope(wrong));
        assert_eq!(basic().of(&issuer).await.error(), (500, "server_error".into()), "{wrong}");
    }
    let nothing = changing(|| TokenModifications::none().without_scope(""));
    assert_eq!(basic().of(&nothing).await.status, 200);
}

#[tokio::test]
async fn in_strict_mode_a_scope_taken_away_refuses_the_request() {
    let strict = GrantPolicy::default().excess(ExcessScope::Refuse);
    let hook = |_| async { Ok(TokenModifications::none().without_scope("announce:read")) };
    let issuer = display().grant_policy(strict).hook(hook).build().unwrap();
    assert_eq!(basic().of(&issuer).await.error(), (400, "invalid_scope".into()));
    assert_eq!(basic().of(&display().grant_policy(strict).build().unwrap()).await.status, 200);
}

#[tokio::test]
async fn a_hook_cannot_grant_a_scope() {
    let issuer = changing(|| TokenModifications::none().claim("https://a.example/scope", "*"));
    let answer = basic().with("scope", "announce:read announce:delete").of(&issuer).await;
    assert_eq!(answer.scopes(), ("announce:read".into(), "announce:delete".into()));
}

#[tokio::test]
async fn claims_of_a_hook_are_namespaced_and_registered_ones_are_out_of_its_reach() {
    let roles = "https://api.example/roles";
    let issuer = changing(move || TokenModifications::none().claim(roles, json!(["reader"])));
    let token = basic().of(&issuer).await.member("access_token");
    assert_eq!(claims(&token)[roles], json!(["reader"]));
    assert_eq!(claims(&token)["sub"], "outsourcer-a");
    for name in ["sub", "scope", "exp", "roles", "", ":", "1:x", "a:", "a: b", "permissions", "cnf"]
    {
        let issuer = changing(move || TokenModifications::none().claim(name, "*"));
        assert_eq!(basic().of(&issuer).await.error(), (500, "server_error".into()), "{name}");
    }
}

#[tokio::test]
async fn a_hook_shortens_a_life_and_never_lengthens_it() {
    for (asked, lives) in [(60, 60), (3_600, 3_600), (86_400, 3_600), (0, 1)] {
        let issuer =
            changing(move || TokenModifications::none().lifetime(Duration::from_secs(asked)));
        let answer = basic().of(&issuer).await.json();
        assert_eq!(answer["expires_in"], lives, "{asked}");
        let claims = claims(answer["access_token"].as_str().unwrap());
        assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), lives);
    }
    let issuer = changing(|| TokenModifications::none().lifetime(Duration::from_millis(1_900)));
    assert_eq!(basic().of(&issuer).await.json()["expires_in"], 1, "whole seconds");
}

#[tokio::test]
async fn hooks_are_asked_in_order_and_each_sees_what_the_last_one_left() {
    let asked = Arc::new(AtomicUsize::new(0));
    let second = asked.clone();
    let account = outsourcer_a().allow("display", "customer:read");
    let issuer = display_with(account)
        .hook(|_| async { Ok(TokenModifications::none().without_scope("customer:read")) })
        .hook(move |exchange| {
            second.fetch_add(1, Ordering::SeqCst);
            async move {
                assert_eq!(exchange.granted_scopes().collect::<Vec<_>>(), ["announce:*:read"]);
                Ok(TokenModifications::none().lifetime(Duration::from_secs(5)))
            }
        })
        .hook(|exchange| async move {
            assert_eq!(exchange.lifetime(), Duration::from_secs(5));
            Ok(TokenModifications::none())
        })
        .build()
        .unwrap();
    assert_eq!(basic().of(&issuer).await.status, 200);
    assert_eq!(by_basic("nobody", SECRET).of(&issuer).await.status, 401);
    assert_eq!(basic().with("scope", "x").of(&issuer).await.status, 400);
    assert_eq!(asked.load(Ordering::SeqCst), 1, "hooks are asked of what the rules grant alone");
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_never_answers_is_a_server_error_after_ten_seconds() {
    let issuer = display().hook(|_| std::future::pending()).build().unwrap();
    let begun = tokio::time::Instant::now();
    assert_eq!(basic().of(&issuer).await.error(), (500, "server_error".into()));
    assert_eq!(begun.elapsed().as_secs(), 10);
}

#[tokio::test]
async fn claims_that_make_a_token_too_long_to_be_used_give_none() {
    let long = "x".repeat(8_192);
    let issuer =
        changing(move || TokenModifications::none().claim("https://a.example/x", long.clone()));
    assert_eq!(basic().of(&issuer).await.error(), (500, "server_error".into()));
}

#[tokio::test]
async fn a_hook_that_panics_is_a_server_error_and_harms_no_other_request() {
    for at_once in [true, false] {
        let hook = move |exchange: CredentialsExchange| {
            let panics = exchange.headers().contains_key("x-panic");
            if panics && at_once {
                resume_unwind(Box::new("a bug before the future"));
            }
            async move {
                tokio::task::yield_now().await;
                if panics {
                    resume_unwind(Box::new("a bug in the future"));
                }
                Ok(TokenModifications::none())
            }
        };
        let issuer = display().hook(hook).build().unwrap();
        for _ in 0..3 {
            let asked = basic().header("x-panic", "1");
            assert_eq!(asked.of(&issuer).await.error(), (500, "server_error".into()));
            assert_eq!(basic().of(&issuer).await.status, 200);
        }
    }
}

#[tokio::test]
async fn a_hook_sees_what_the_server_knows_of_the_request() {
    let hook = |exchange: CredentialsExchange| async move {
        match exchange.extensions().get::<std::net::IpAddr>() {
            Some(address) if address.is_loopback() => Ok(TokenModifications::none()),
            _ => Err(AccessDenied::new("not from there")),
        }
    };
    let issuer = display().hook(hook).build().unwrap();
    for (address, status) in [([127, 0, 0, 1], 200), ([192, 0, 2, 1], 400)] {
        let mut request = basic().request(basic().body());
        request.extensions_mut().insert(std::net::IpAddr::from(address));
        assert_eq!(super::client::send(&issuer, request).await.status, status);
    }
}
