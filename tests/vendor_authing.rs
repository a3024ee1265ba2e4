//! Authing's guide to M2M authorization as a story: the application "big screen display" with its
//! resources, and two outsourcers with programmatic access accounts that may do some of it. The
//! operator sets the issuer up; all else is HTTP.

#![cfg(all(feature = "axum", feature = "reqwest", feature = "cli"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod vendor;

use axum::{Router, routing::get as route};
use serde_json::{Value, json};
use tower_bearer::{
    Issuer, RequireScope, ResourceServer,
    issuer::{
        AccessDenied, Account, Application, CredentialsExchange, Profile, TokenIssuer,
        TokenModifications,
    },
    verify::AudienceRule,
};
use vendor::{Answer, Client, Program, get, names, parts, post, serve, until_status};

/// The guide's first steps: an application, its resources and their operations; two programmatic
/// access accounts with the lifetime of their tokens and a remark; rules that allow, and one that
/// denies.
fn user_pool(name: &str) -> (Program, [Client; 2]) {
    const DISPLAY: &str = "big-screen-display";
    let mut pool = Program::new(name, "", "profile = \"authing\"");
    pool.run(&["app", "add", DISPLAY, "--name", "Big screen display"]);
    for resource in ["user-growth", "customer", "announce", "revenue"] {
        pool.run(&["resource", "add", DISPLAY, resource, "create", "read", "update", "delete"]);
    }
    let account = |key, lifetime, remark| {
        pool.add_account(&[key, "--lifetime", lifetime, "--remark", remark])
    };
    let a = account("outsourcer-a", "10m", "shows what is announced");
    let b = account("outsourcer-b", "2h", "shows growth and revenue");
    let about = |key, resource, more: &[&str]| {
        pool.run(&[&["rule", "add", key, DISPLAY, "--resource", resource], more].concat());
    };
    about("outsourcer-a", "announce", &["--operations", "read"]);
    about("outsourcer-b", "user-growth", &["--identifier", "2019"]);
    about("outsourcer-b", "revenue", &["--operations", "read"]);
    about("outsourcer-b", "customer", &["--operations", "read"]);
    about("outsourcer-b", "customer", &["--deny", "--identifier", "17"]);
    pool.serve();
    (pool, [a, b])
}

/// The guide's request: a form with key, secret and scopes.
async fn ask(issuer: &str, account: &Client, scope: &str) -> Answer {
    let fields = [
        ("client_id", account.id.as_str()),
        ("client_secret", account.secret.as_str()),
        ("grant_type", "client_credentials"),
        ("scope", scope),
    ];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let url = format!("{issuer}/oidc/token");
    post(&url, "application/x-www-form-urlencoded", body).await
}

/// The display. The audience of such a token is the key of the account that it was issued to.
async fn display(issuer: &str) -> String {
    let issuer = Issuer::new(issuer).unwrap();
    let accounts = AudienceRule::from_fn(|key| key.starts_with("outsourcer-"));
    let api = ResourceServer::discover(issuer, accounts).allow_loopback_http().build().unwrap();
    let guarded = |path, scope: &'static str| {
        Router::new().route(path, route(|| async { "shown" })).route_layer(RequireScope(scope))
    };
    let app = guarded("/announcements", "announce:read")
        .merge(guarded("/revenue", "revenue:read"))
        .merge(guarded("/user-growth/{year}", "user-growth:{year}:read"))
        .merge(guarded("/customers/{id}", "customer:{id}:read"));
    serve(app.layer(api.layer())).await
}

async fn status(display: &str, path: &str, token: &str) -> u16 {
    get(&format!("{display}{path}"), Some(token)).await.status
}

#[tokio::test]
async fn each_outsourcer_gets_a_token_for_its_part_and_is_told_the_rest() {
    let (issuer, [a, b]) = user_pool("authing-parts");
    let display = display(issuer.url()).await;

    let (token, answer) = ask(issuer.url(), &a, "announce:read revenue:read").await.into_token();
    let expected = json!({
        "access_token": "(token)", "token_type": "Bearer", "expires_in": 600,
        "scope": "announce:read", "rejected_scope": "revenue:read",
    });
    assert_eq!(answer, expected);
    assert_eq!(status(&display, "/announcements", &token).await, 200);
    assert_eq!(status(&display, "/revenue", &token).await, 403);

    let asked = "user-growth:2019:read user-growth:2020:read revenue:read announce:read";
    let (token, answer) = ask(issuer.url(), &b, asked).await.into_token();
    let expected = json!({
        "access_token": "(token)", "token_type": "Bearer", "expires_in": 7_200,
        "scope": "user-growth:2019:read revenue:read",
        "rejected_scope": "user-growth:2020:read announce:read",
    });
    assert_eq!(answer, expected);
    assert_eq!(status(&display, "/user-growth/2019", &token).await, 200);
    assert_eq!(status(&display, "/user-growth/2020", &token).await, 403);
    assert_eq!(status(&display, "/revenue", &token).await, 200);
}

#[tokio::test]
async fn a_token_is_signed_by_rs256_and_says_what_authing_says() {
    let (issuer, [a, _]) = user_pool("authing-token");
    let (token, _) = ask(issuer.url(), &a, "announce:read").await.into_token();
    let (header, claims) = parts(&token);
    let keys = get(&format!("{}/.well-known/jwks.json", issuer.url()), None).await.body;
    let expected = json!({"alg": "RS256", "typ": "JWT", "kid": keys["keys"][0]["kid"]});
    assert_eq!(header, expected);
    assert_eq!(names(&claims), ["aud", "azp", "exp", "iat", "iss", "jti", "scope"]);
    let stamps = ["iat", "exp"].map(|name| claims[name].as_u64().unwrap());
    assert_eq!(stamps[1] - stamps[0], 600, "as the account says");
    for (claim, value) in [
        ("aud", "outsourcer-a"),
        ("azp", "big-screen-display"),
        ("iss", issuer.url()),
        ("scope", "announce:read"),
    ] {
        assert_eq!(claims[claim], value, "{claim}");
    }
}

#[tokio::test]
async fn a_rule_that_denies_beats_those_that_allow() {
    let (issuer, [_, b]) = user_pool("authing-denied");
    let display = display(issuer.url()).await;
    let (token, answer) =
        ask(issuer.url(), &b, "customer:16:read customer:17:read").await.into_token();
    let parts = (&answer["scope"], &answer["rejected_scope"]);
    assert_eq!(parts, (&json!("customer:16:read"), &json!("customer:17:read")));
    assert_eq!(status(&display, "/customers/16", &token).await, 200);
    assert_eq!(status(&display, "/customers/17", &token).await, 403);

    let refused = json!({
        "error": "invalid_scope",
        "error_description": "none of the scopes is granted to the client",
        "rejected_scope": "customer:17:read",
    });
    assert_eq!(ask(issuer.url(), &b, "customer:17:read").await.is(), (400, &refused));
}

#[tokio::test]
async fn a_disabled_account_keeps_its_rules_and_gets_no_token() {
    let (issuer, [a, b]) = user_pool("authing-disabled");
    issuer.run(&["account", "disable", &a.id, "big-screen-display"]);
    let refused = json!({
        "error": "unauthorized_client",
        "error_description": "the client's access to the application is disabled",
    });
    let answer = until_status(400, || ask(issuer.url(), &a, "announce:read")).await;
    assert_eq!(answer.is(), (400, &refused));
    assert_eq!(ask(issuer.url(), &b, "revenue:read").await.status, 200);
    issuer.run(&["account", "enable", &a.id, "big-screen-display"]);
    let answer = until_status(200, || ask(issuer.url(), &a, "announce:read")).await;
    assert_eq!(answer.into_token().1["scope"], "announce:read");
}

#[tokio::test]
async fn a_hook_denies_one_outsourcer_and_not_the_other() {
    let hook = |exchange: CredentialsExchange| async move {
        if exchange.remark() == Some("shows what is announced") {
            let reason = "Access to this application has been temporarily revoked";
            return Err(AccessDenied::new(reason));
        }
        Ok(TokenModifications::none())
    };
    let issuer = TokenIssuer::on_loopback()
        .profile(Profile::Authing)
        .application(Application::new("display").scopes("announce:*:read"))
        .hook(hook)
        .start()
        .await
        .unwrap();
    let [a, b] = [("outsourcer-a", "shows what is announced"), ("outsourcer-b", "shows revenue")]
        .map(|(key, remark)| Account::new(key).remark(remark).allow("display", "announce:*:read"))
        .map(|account| Client::from(issuer.create_account(account).unwrap()));
    let denied = json!({
        "error": "access_denied",
        "error_description": "Access to this application has been temporarily revoked",
    });
    assert_eq!(ask(issuer.url(), &a, "announce:read").await.is(), (400, &denied));
    assert_eq!(ask(issuer.url(), &b, "announce:read").await.status, 200);
}

#[tokio::test]
async fn an_account_that_is_deleted_loses_the_ability_to_get_tokens() {
    let (issuer, [a, b]) = user_pool("authing-deleted");
    assert_eq!(ask(issuer.url(), &a, "announce:read").await.status, 200);
    issuer.run(&["account", "remove", &a.id]);
    let refused = until_status(401, || ask(issuer.url(), &a, "announce:read")).await;
    let unknown =
        json!({"error": "invalid_client", "error_description": "client authentication failed"});
    assert_eq!(refused.is(), (401, &unknown));
    assert_eq!(refused.body["access_token"], Value::Null);
    assert_eq!(ask(issuer.url(), &b, "revenue:read").await.status, 200);
}
