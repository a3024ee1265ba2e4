//! One application, a display of announcements, user growth, customers and revenue, and two
//! outsourcers that may use parts of it. Each requests more scopes than its rules allow; the issuer
//! grants some of them, and says which it rejected.

use axum::{Router, routing::get};
use stage::{Outcome, expect};
use tower_bearer::{
    AccessToken, Audience, Issuer, RequireScope, ResourceServer,
    client::{ClientCredentials, TokenClient, TokenRequestErrorKind},
    issuer::{Account, Application, Credentials, RunningIssuer, TokenIssuer},
    jwks::RemoteJwks,
};

#[path = "story/stage.rs"]
mod stage;

const AUDIENCE: &str = "https://display.example";
const OPERATIONS: [&str; 4] = ["create", "read", "update", "delete"];

const A_ASKS: &str = "announce:read announce:update revenue:read customer user-growth:read";
const A_GETS: &str = "announce:read";
const A_MISSES: &str = "announce:update revenue:read customer user-growth:read";
const B_ASKS: &str = "user-growth:2020:read user-growth:2019:* user-growth:2019:read \
    revenue:create revenue:*:read customer:read";
const B_GETS: &str = "user-growth:2019:* user-growth:2019:read revenue:create revenue:*:read \
    customer:read";
const B_MISSES: &str = "user-growth:2020:read";

#[tokio::main]
async fn main() -> Outcome {
    let application = ["announce", "user-growth", "customer", "revenue"]
        .into_iter()
        .fold(Application::new("display").audience(AUDIENCE), |application, resource| {
            application.resource(resource, OPERATIONS)
        });
    let issuer = TokenIssuer::on_loopback().application(application).start().await?;
    let a = issuer.create_account(
        Account::new("outsourcer-a").allow("display", "announce:*:read").remark("announcements"),
    )?;
    let b = issuer.create_account(
        Account::new("outsourcer-b")
            .allow("display", "user-growth:2019:*")
            .allow("display", "revenue:*:create revenue:*:read revenue:*:update")
            .allow("display", "customer:*:read")
            .remark("growth and revenue"),
    )?;
    let display = serve(&issuer).await?;

    let a_again = a.clone();
    let a = ask(&issuer, a, A_ASKS, A_GETS, A_MISSES).await?;
    let b = ask(&issuer, b, B_ASKS, B_GETS, B_MISSES).await?;
    for (who, client, path, expected) in [
        ("outsourcer-a", &a, "/announcements", 200),
        ("outsourcer-a", &a, "/announcements/7", 200),
        ("outsourcer-a", &a, "/revenue", 403),
        ("outsourcer-b", &b, "/announcements", 403),
        ("outsourcer-b", &b, "/user-growth/2019", 200),
        ("outsourcer-b", &b, "/user-growth/2020", 403),
        ("outsourcer-b", &b, "/revenue", 200),
        ("outsourcer-b", &b, "/customers", 200),
    ] {
        let token = client.token().await?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        let request = http.get(format!("{display}{path}"));
        let answer = request.header("authorization", token.authorization()).send().await?;
        println!("{who} -> GET {path}: {}", answer.status());
        expect(path, &answer.status().as_u16(), &expected)?;
    }

    println!("the account of outsourcer-a is deleted");
    issuer.delete_account("outsourcer-a")?;
    match client(&issuer, a_again, A_ASKS)?.token().await {
        Err(error) if *error.kind() == TokenRequestErrorKind::InvalidClient => {
            println!("outsourcer-a asks again: {error}");
        }
        other => return Err(format!("expected invalid_client, got {other:?}").into()),
    }
    println!("a token that it has already lives to its end; everything is as it should be");
    Ok(())
}

fn client(issuer: &RunningIssuer, credentials: Credentials, scope: &str) -> Outcome<TokenClient> {
    let credentials = ClientCredentials::new(credentials.client_id, credentials.client_secret);
    let builder = TokenClient::builder(issuer.token_endpoint().parse()?, credentials);
    Ok(builder.audience(AUDIENCE).scope(scope).allow_loopback_http().build()?)
}

async fn ask(
    issuer: &RunningIssuer,
    credentials: Credentials,
    asked: &str,
    granted: &str,
    rejected: &str,
) -> Outcome<TokenClient> {
    println!("{} asks for: {asked}", credentials.client_id);
    let client = client(issuer, credentials, asked)?;
    let token = client.token().await?;
    println!("  scope: {}\n  rejected_scope: {}", token.scope(), token.rejected());
    expect("scope", token.scope().as_str(), granted)?;
    expect("rejected_scope", token.rejected().as_str(), rejected)?;
    Ok(client)
}

async fn serve(issuer: &RunningIssuer) -> Outcome<String> {
    let api = ResourceServer::builder(
        Issuer::new(issuer.url())?,
        Audience::new(AUDIENCE)?,
        RemoteJwks::new(issuer.jwks_uri().parse()?),
    )
    .allow_loopback_http()
    .build()?;
    let shown = |token: AccessToken| async move { token.scopes().to_string() };
    let app = Router::new()
        .merge(
            Router::new()
                .route("/announcements", get(shown))
                .route_layer(RequireScope("announce:read")),
        )
        .merge(
            Router::new()
                .route("/announcements/{id}", get(shown))
                .route_layer(RequireScope("announce:{id}:read")),
        )
        .merge(
            Router::new()
                .route("/user-growth/{year}", get(shown))
                .route_layer(RequireScope("user-growth:{year}:read")),
        )
        .merge(
            Router::new().route("/revenue", get(shown)).route_layer(RequireScope("revenue:read")),
        )
        .merge(
            Router::new()
                .route("/customers", get(shown))
                .route_layer(RequireScope("customer:read")),
        )
        .layer(api.layer());
    stage::serve(app).await
}
