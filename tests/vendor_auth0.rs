//! Auth0's guide to machine-to-machine authorization as a story: the World Mappers API, and the
//! Gift Deliveries service that asks it for the way. The operator sets the issuer up; all else is
//! HTTP.

#![cfg(all(feature = "axum", feature = "reqwest", feature = "cli"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod vendor;
#[path = "../examples/story/world_mappers.rs"]
mod world_mappers;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use serde_json::{Value, json};
use tower_bearer::{
    Audience, Issuer, ResourceServer,
    issuer::{AccessDenied, Account, Application, Profile, TokenIssuer, TokenModifications},
};
use vendor::{Answer, Client, Program, get, names, parts, post, serve, until_status};

const DIRECTIONS: &str = "/api/directions?destination=Auth0%20Office";
const GEOCODE: &str = "/api/location/geocode?address=Auth0%20Office";
const SETTINGS: &str = "profile = \"auth0\"\nlifetime = \"24h\"";
const AS_AUTH0_DOES: &str =
    "profile = \"auth0\"\nlifetime = \"24h\"\n[answers]\nexcess = \"refuse\"";
const SCOPES: &str = "geocode:location reverse-geocode:location directions";
const AUDIENCE: &str = world_mappers::AUDIENCE;

/// The guide's first steps: two APIs with their identifiers and scopes, and the client, which World
/// Mappers shows the way and nothing else.
fn tenant(name: &str, settings: &str) -> (Program, Client) {
    let mut tenant = Program::new(name, "/", settings);
    let maps = ["app", "add", "world-mappers", "--name", "World Mappers API"];
    tenant.run(&[&maps[..], &["--audience", AUDIENCE, "--scopes", SCOPES]].concat());
    tenant.run(&["app", "add", "gifts", "--audience", "urn:gifts", "--scopes", "gift:read"]);
    let client = tenant.add_account(&["gift-deliveries", "--remark", "finds its way"]);
    tenant.run(&["rule", "add", "gift-deliveries", AUDIENCE, "directions"]);
    tenant.serve();
    (tenant, client)
}

/// The guide's request: a JSON body with an audience.
async fn ask(issuer: &str, client: &Client, more: &[(&str, &str)]) -> Answer {
    let mut body = json!({
        "grant_type": "client_credentials",
        "client_id": client.id,
        "client_secret": client.secret,
        "audience": AUDIENCE,
    });
    for (name, value) in more {
        body[*name] = (*value).into();
    }
    post(&format!("{issuer}/oauth/token"), "application/json", body.to_string()).await
}

/// The API, which trusts the issuer by its name alone.
async fn world_mappers(issuer: &str) -> String {
    let issuer = Issuer::new(format!("{issuer}/")).unwrap();
    let audience = Audience::new(AUDIENCE).unwrap();
    let api = ResourceServer::discover(issuer, audience).allow_loopback_http().build().unwrap();
    serve(world_mappers::app(&api)).await
}

#[tokio::test]
async fn gift_deliveries_gets_a_token_and_finds_its_way() {
    let (issuer, client) = tenant("auth0-way", SETTINGS);
    let maps = world_mappers(issuer.url()).await;

    let (token, answer) = ask(issuer.url(), &client, &[]).await.into_token();
    let expected = json!({
        "access_token": "(token)", "token_type": "Bearer", "expires_in": 86_400,
        "scope": "directions", "rejected_scope": "",
    });
    assert_eq!(answer, expected);

    let (header, claims) = parts(&token);
    assert_eq!(names(&header), ["alg", "kid", "typ"]);
    assert_eq!((&header["alg"], &header["typ"]), (&json!("RS256"), &json!("JWT")));
    let stamps = ["iat", "exp"].map(|name| claims[name].as_u64().unwrap());
    assert_eq!(stamps[1] - stamps[0], 86_400);
    let expected = json!({
        "iss": format!("{}/", issuer.url()), "sub": "gift-deliveries@clients",
        "aud": "urn:worldmappers", "azp": "gift-deliveries", "gty": "client-credentials",
        "scope": "directions", "iat": stamps[0], "exp": stamps[1],
    });
    assert_eq!(claims, expected);

    let way = get(&format!("{maps}{DIRECTIONS}"), Some(&token)).await;
    let steps = json!([
        {"step": 1, "action": "Turn left"},
        {"step": 2, "action": "Turn right"},
        {"step": 3, "action": "Finish"},
    ]);
    assert_eq!(way.is(), (200, &steps));
}

#[tokio::test]
async fn the_api_refuses_who_has_no_token_and_what_was_not_granted() {
    let (issuer, client) = tenant("auth0-refusals", SETTINGS);
    let maps = world_mappers(issuer.url()).await;

    let nobody = get(&format!("{maps}{DIRECTIONS}"), None).await;
    assert_eq!(nobody.status, 401);
    assert_eq!(nobody.header("www-authenticate"), r#"Bearer realm="urn:worldmappers""#);

    let (token, _) = ask(issuer.url(), &client, &[]).await.into_token();
    let place = get(&format!("{maps}{GEOCODE}"), Some(&token)).await;
    assert_eq!(place.status, 403);
    let challenge = place.header("www-authenticate");
    assert!(challenge.contains(r#"error="insufficient_scope""#), "{challenge}");
    assert!(challenge.contains(r#"scope="geocode:location""#), "{challenge}");
}

#[tokio::test]
async fn more_than_was_granted_is_answered_in_part_or_refused_as_auth0_does() {
    let asked = [("scope", "directions geocode:location")];
    let (issuer, client) = tenant("auth0-excess", SETTINGS);
    let (_, answer) = ask(issuer.url(), &client, &asked).await.into_token();
    let expected = json!({
        "access_token": "(token)", "token_type": "Bearer", "expires_in": 86_400,
        "scope": "directions", "rejected_scope": "geocode:location",
    });
    assert_eq!(answer, expected);

    let (strict, client) = tenant("auth0-strict", AS_AUTH0_DOES);
    let refused = json!({
        "error": "invalid_scope",
        "error_description": "not every scope is granted to the client",
        "rejected_scope": "geocode:location",
    });
    assert_eq!(ask(strict.url(), &client, &asked).await.is(), (400, &refused));
    let repaired = ask(strict.url(), &client, &[("scope", "directions")]).await;
    assert_eq!(repaired.into_token().1["scope"], "directions");
}

#[tokio::test]
async fn a_client_has_grants_for_several_apis_and_each_can_be_disabled() {
    let (issuer, client) = tenant("auth0-grants", SETTINGS);
    issuer.run(&["rule", "add", &client.id, "urn:gifts", "gift:read"]);
    let for_gifts = [("audience", "urn:gifts")];
    let granted = until_status(200, || ask(issuer.url(), &client, &for_gifts)).await;
    let (token, answer) = granted.into_token();
    assert_eq!(
        (&answer["scope"], &parts(&token).1["aud"]),
        (&json!("gift:read"), &json!("urn:gifts"))
    );

    issuer.run(&["account", "disable", &client.id, AUDIENCE]);
    let disabled = json!({
        "error": "unauthorized_client",
        "error_description": "the client's access to the application is disabled",
    });
    let refused = until_status(400, || ask(issuer.url(), &client, &[])).await;
    assert_eq!(refused.is(), (400, &disabled));
    let other = ask(issuer.url(), &client, &for_gifts).await;
    assert_eq!(other.status, 200, "the other grant counts on");
    issuer.run(&["account", "enable", &client.id, AUDIENCE]);
    until_status(200, || ask(issuer.url(), &client, &[])).await;

    let unknown = json!({
        "error": "invalid_target",
        "error_description": "an audience or resource is unknown, or not the client's",
    });
    let asked = [("audience", "urn:elsewhere")];
    assert_eq!(ask(issuer.url(), &client, &asked).await.is(), (400, &unknown));
}

#[tokio::test]
async fn a_hook_revokes_access_for_a_while() {
    let revoked = Arc::new(AtomicBool::new(true));
    let switch = revoked.clone();
    let maps = Application::new("world-mappers").audience(AUDIENCE).scopes(SCOPES);
    let issuer = TokenIssuer::on_loopback()
        .profile(Profile::Auth0)
        .application(maps)
        .hook(move |exchange| {
            let revoked = switch.load(Ordering::SeqCst);
            async move {
                if revoked && exchange.client_id() == "gift-deliveries" {
                    let reason = "Access to this application has been temporarily revoked";
                    return Err(AccessDenied::new(reason));
                }
                Ok(TokenModifications::none().claim("https://maps.example/plan", "silver"))
            }
        })
        .start()
        .await
        .unwrap();
    let account = Account::new("gift-deliveries").allow(AUDIENCE, "directions");
    let client = Client::from(issuer.create_account(account).unwrap());
    let denied = json!({
        "error": "access_denied",
        "error_description": "Access to this application has been temporarily revoked",
    });
    assert_eq!(ask(issuer.url(), &client, &[]).await.is(), (400, &denied));

    revoked.store(false, Ordering::SeqCst);
    let (token, _) = ask(issuer.url(), &client, &[]).await.into_token();
    assert_eq!(parts(&token).1["https://maps.example/plan"], "silver");
    let maps = world_mappers(issuer.url()).await;
    assert_eq!(get(&format!("{maps}{DIRECTIONS}"), Some(&token)).await.status, 200);
}

#[tokio::test]
async fn a_client_that_is_deleted_gets_no_more_tokens() {
    let (issuer, client) = tenant("auth0-deleted", SETTINGS);
    let maps = world_mappers(issuer.url()).await;
    let (token, _) = ask(issuer.url(), &client, &[]).await.into_token();

    issuer.run(&["account", "remove", &client.id]);
    let refused = until_status(401, || ask(issuer.url(), &client, &[])).await;
    let unknown =
        json!({"error": "invalid_client", "error_description": "client authentication failed"});
    assert_eq!(refused.is(), (401, &unknown));
    assert_eq!(refused.body["access_token"], Value::Null);
    let last = get(&format!("{maps}{DIRECTIONS}"), Some(&token)).await;
    assert_eq!(last.status, 200, "a token that it has lives to its end");
}
