//! One application, a display of announcements, user growth, customers and revenue, and two
//! outsourcers that may use parts of it. Each requests more scopes than its rules allow; the issuer
//! grants some of them, and says which it rejected.

use std::time::Duration;

use axum::{Router, routing::get};
use clock::StoryClock;
use stage::{Outcome, expect};
use tower_bearer::{
    AccessToken, Audience, Issuer, RequireScope, ResourceServer,
    client::{ClientCredentials, TokenClient, TokenRequestErrorKind, TokenResponse},
    issuer::{Account, Application, Credentials, RunningIssuer, TokenIssuer},
    status::{StatusCheck, StatusOutage},
};

#[path = "story/clock.rs"]
mod clock;
#[path = "story/stage.rs"]
mod stage;

const AUDIENCE: &str = "https://display.example";
/// How long the display goes by a list of statuses before it fetches the list again.
const TTL: Duration = Duration::from_secs(60);
/// How much longer while the issuer cannot be reached.
const OUTAGE: Duration = Duration::from_secs(15 * 60);
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
    let clock = StoryClock::default();
    let issuer = TokenIssuer::on_loopback()
        .clock(clock.clone())
        .status_list_ttl(TTL)
        .application(application)
        .start()
        .await?;
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
    let display = serve(&issuer, clock.clone()).await?;

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
        visit(&display, who, &*client.token().await?, path, expected).await?;
    }
    let (token_of_a, token_of_b) = (a.token().await?, b.token().await?);

    println!("the account of outsourcer-a is deleted");
    issuer.delete_account("outsourcer-a")?;
    match client(&issuer, a_again, A_ASKS)?.token().await {
        Err(error) if *error.kind() == TokenRequestErrorKind::InvalidClient => {
            println!("outsourcer-a asks again: {error}");
        }
        other => return Err(format!("expected invalid_client, got {other:?}").into()),
    }
    println!(
        "the display refuses the token that outsourcer-a has, {} s later at most",
        TTL.as_secs()
    );
    clock.skip(TTL + Duration::from_secs(2));
    visit(&display, "outsourcer-a", &token_of_a, "/announcements", 401).await?;
    visit(&display, "outsourcer-b", &token_of_b, "/revenue", 200).await?;
    println!("everything is as it should be");
    Ok(())
}

async fn visit(
    display: &str,
    who: &str,
    token: &TokenResponse,
    path: &str,
    expected: u16,
) -> Outcome {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let request = http.get(format!("{display}{path}"));
    let answer = request.header("authorization", token.authorization()).send().await?;
    println!("{who} -> GET {path}: {}", answer.status());
    expect(path, &answer.status().as_u16(), &expected)
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

async fn serve(issuer: &RunningIssuer, clock: StoryClock) -> Outcome<String> {
    let api = ResourceServer::discover(Issuer::new(issuer.url())?, Audience::new(AUDIENCE)?)
        .check_status(StatusCheck::require(StatusOutage::AdmitFor(OUTAGE)))
        .clock(clock)
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
