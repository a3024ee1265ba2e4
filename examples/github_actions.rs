//! A GitHub Actions job that calls an API without a stored secret: GitHub's token of the job is
//! exchanged for an access token (RFC 8693). A job of another repository, of a fork that took the
//! name, or without the environment `production`, is refused.
//!
//! An issuer on loopback plays GitHub, with the endpoint that the runner's variables name.

use std::collections::HashMap;

use axum::{
    Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    routing::get,
};
use gift_deliveries::{DIRECTIONS, GEOCODE, GiftDeliveries};
use serde_json::{Value, json};
use stage::{Outcome, expect};
use tower_bearer::{
    Audience, Issuer, ResourceServer,
    algorithm::Algorithm,
    client::{
        AssertionSource, ClientCredentials, TokenClient, TokenExchange, TokenGrant,
        TokenRequestErrorKind,
    },
    issuer::{Account, Application, RunningIssuer, TokenIssuer, WorkloadIssuer, WorkloadRule},
    secret::Secret,
};

#[path = "story/gift_deliveries.rs"]
mod gift_deliveries;
#[path = "story/stage.rs"]
mod stage;
#[path = "story/world_mappers.rs"]
mod world_mappers;

/// A job, as GitHub knows it.
#[derive(Clone)]
struct Job {
    github: TokenIssuer,
    repository: &'static str,
    repository_id: &'static str,
    environment: &'static str,
}

/// What the runner gives to a job as `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
const REQUEST_TOKEN: &str = "of-this-job-alone";

/// `GET $ACTIONS_ID_TOKEN_REQUEST_URL&audience=..`
async fn id_token(
    State(job): State<Job>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Json<Value>, StatusCode> {
    let bearer = format!("Bearer {REQUEST_TOKEN}");
    if headers.get(header::AUTHORIZATION).is_none_or(|value| *value != *bearer) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let audience = query.get("audience").ok_or(StatusCode::BAD_REQUEST)?;
    let subject = format!("repo:{}:environment:{}", job.repository, job.environment);
    let token = job
        .github
        .token()
        .typ("JWT")
        .subject(&subject)
        .audience(audience)
        .claim("repository", job.repository)
        .claim("repository_id", job.repository_id)
        .claim("environment", job.environment)
        .without_claim("client_id")
        .sign()
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(Json(json!({"value": token})))
}

#[tokio::main]
async fn main() -> Outcome {
    println!("1. GitHub signs a token for each job that asks.");
    let github = TokenIssuer::on_loopback().algorithm(Algorithm::RS256).start().await?;
    println!("   github   {}", github.url());

    println!("\n2. The issuer trusts it, for the production jobs of one repository.");
    let trusted =
        WorkloadIssuer::discover(github.issuer().clone(), Audience::new("https://issuer.example")?)
            .rule(
                WorkloadRule::new("repo:octo-org/gifts:environment:production", "gift-deliveries")
                    // A repository that takes over the name has another number.
                    .claim("repository_id", "74"),
            );
    let issuer = TokenIssuer::on_loopback()
        .application(
            Application::new("world-mappers")
                .audience(world_mappers::AUDIENCE)
                .scopes("geocode:location reverse-geocode:location directions"),
        )
        .account(Account::new("gift-deliveries").allow("world-mappers", "directions"))
        .trusted_issuer(trusted)
        .start()
        .await?;
    println!("   issuer   {}", issuer.url());
    let api = ResourceServer::discover(Issuer::new(issuer.url())?, world_mappers::AUDIENCE)
        .allow_loopback_http()
        .build()?;
    let maps = stage::serve(world_mappers::app(&api)).await?;

    println!("\n3. The job deploys: it asks GitHub for its token, and exchanges it.");
    let job = Job {
        github: TokenIssuer::clone(&github),
        repository: "octo-org/gifts",
        repository_id: "74",
        environment: "production",
    };
    let service = GiftDeliveries::new(runner(&issuer, job.clone()).await?, maps)?;
    let token = service.token().await?;
    println!("   granted: \"{}\"", token.scope());
    expect("the granted scope", token.scope().as_str(), "directions")?;
    let way = service.call(DIRECTIONS).await?;
    println!("   gift-deliveries -> GET {DIRECTIONS}: {}", way.status);
    expect("directions", &way.status, &StatusCode::OK)?;
    expect("the steps", &way.body.as_array().map(Vec::len), &Some(3))?;
    let place = service.call(GEOCODE).await?;
    let needed = place.challenge.as_ref().and_then(|challenge| challenge.scope());
    println!("   gift-deliveries -> GET {GEOCODE}: {}", place.status);
    expect("the scope that geocode needs", &needed, &Some("geocode:location"))?;

    println!("\n4. Other jobs are refused, whatever they call themselves.");
    for (what, other) in [
        ("the staging job", Job { environment: "staging", ..job.clone() }),
        ("a stranger's repository", Job { repository: "stranger/gifts", ..job.clone() }),
        ("a repository of the same name", Job { repository_id: "4711", ..job.clone() }),
    ] {
        let error = runner(&issuer, other).await?.token().await.err().ok_or("a token")?;
        println!("   {what}: {error}");
        expect("the refusal", error.kind(), &TokenRequestErrorKind::InvalidRequest)?;
    }

    println!("\nEverything is as it should be.");
    Ok(())
}

/// The token client of a job, on a runner of its own.
async fn runner(issuer: &RunningIssuer, job: Job) -> Outcome<TokenClient> {
    let app = Router::new().route("/token", get(id_token)).with_state(job);
    let url = format!("{}/token?api-version=2.0", stage::serve(app).await?);
    // In a real job: AssertionSource::github_actions(), which reads the runner's variables.
    let job = AssertionSource::github_actions_at(url.parse()?, Secret::new(REQUEST_TOKEN));
    Ok(TokenClient::discover(issuer.issuer().clone(), ClientCredentials::none())
        .grant(TokenGrant::TokenExchange(TokenExchange::new(job)))
        .assertion_audience("https://issuer.example")
        .audience(world_mappers::AUDIENCE)
        .allow_loopback_http()
        .build()?)
}
