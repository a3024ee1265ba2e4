use tower_bearer::{
    algorithm::Algorithm,
    client::TokenClient,
    issuer::{Account, Application, RunningIssuer, TokenIssuer},
};

use super::*;

/// An issuer with two clients, an API that may ask about their tokens, and one that may not.
async fn issuer(clock: &ManualClock, secret: &Secret) -> RunningIssuer {
    let client = |key: &str| Account::new(key).secret(secret).allow("display", "announce:*:read");
    TokenIssuer::on_loopback()
        .algorithm(Algorithm::ES256)
        .clock(clock.clone())
        .application(
            Application::new("display").audience(Mint::AUDIENCE).resource("announce", ["read"]),
        )
        .account(client("outsourcer-a"))
        .account(client("outsourcer-b"))
        .account(Account::new(CLIENT_ID).secret(secret).introspects("display"))
        .account(Account::new("another-api").secret(secret))
        .start()
        .await
        .unwrap()
}

/// The route of an API that asks the issuer about every token.
fn app(issuer: &RunningIssuer, clock: &ManualClock, introspection: Introspection) -> Router {
    let introspection = introspection.every_token().cache_for(seconds(5));
    let server = ResourceServer::discover(issuer.issuer().as_str(), Mint::AUDIENCE)
        .introspection(introspection)
        .allow_loopback_http()
        .clock(clock.clone())
        .build()
        .unwrap();
    Router::new().route("/", get(async || ())).layer(server.layer())
}

async fn status(app: &Router, authorization: &http::HeaderValue) -> u16 {
    let request = Request::get("/").header(header::AUTHORIZATION, authorization);
    let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    response.status().as_u16()
}

#[tokio::test]
async fn r66_a_token_that_the_bundled_issuer_revokes_is_refused_when_its_verdict_ends() {
    for signed in [false, true] {
        let (clock, secret) = (ManualClock::at(NOW), Secret::generate().unwrap());
        let issuer = issuer(&clock, &secret).await;
        let credentials = |id: &str| ClientCredentials::new(id, secret.clone());
        let introspection = Introspection::discover(credentials(CLIENT_ID));
        let introspection =
            if signed { introspection.require_signed_answers() } else { introspection };
        let app = app(&issuer, &clock, introspection);
        let mut tokens = Vec::new();
        for client in ["outsourcer-a", "outsourcer-b"] {
            let client = TokenClient::discover(issuer.issuer().clone(), credentials(client))
                .audience(Mint::AUDIENCE)
                .allow_loopback_http()
                .clock(clock.clone())
                .build()
                .unwrap();
            tokens.push(client.authorization().await.unwrap());
        }
        let [taken, kept] = &tokens[..] else { panic!("two tokens") };
        assert_eq!([status(&app, taken).await, status(&app, kept).await], [200, 200], "{signed}");
        let token = taken.to_str().unwrap().strip_prefix("Bearer ").unwrap();
        assert!(issuer.revoke_token(token).unwrap());
        assert_eq!([status(&app, taken).await, status(&app, kept).await], [200, 200], "{signed}");
        clock.advance(seconds(5));
        assert_eq!([status(&app, taken).await, status(&app, kept).await], [401, 200], "{signed}");
    }
}

/// To an API that a token is not for, the issuer says that it is inactive.
#[tokio::test]
async fn the_bundled_issuer_tells_an_api_nothing_about_tokens_for_others() {
    let (clock, secret) = (ManualClock::at(NOW), Secret::generate().unwrap());
    let issuer = issuer(&clock, &secret).await;
    let credentials = |id: &str| ClientCredentials::new(id, secret.clone());
    let client = TokenClient::discover(issuer.issuer().clone(), credentials("outsourcer-a"))
        .audience(Mint::AUDIENCE)
        .allow_loopback_http()
        .clock(clock.clone())
        .build()
        .unwrap();
    let token = client.authorization().await.unwrap();
    for (api, expected) in [(CLIENT_ID, 200), ("another-api", 401)] {
        let app = app(&issuer, &clock, Introspection::discover(credentials(api)));
        assert_eq!(status(&app, &token).await, expected, "{api}");
    }
    let wrong = ClientCredentials::new(CLIENT_ID, Secret::generate().unwrap());
    let app = app(&issuer, &clock, Introspection::discover(wrong));
    assert_eq!(status(&app, &token).await, 503);
}
