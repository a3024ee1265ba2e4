//! A fleet of devices, each with a client id of its own, which may send only its own readings. One
//! device is lost; its account is deleted, and the API denies it from the next request on, while the
//! others go on.

use std::time::Duration;

use axum::{Json, Router, extract::Path, routing::put};
use caller::Caller;
use clock::StoryClock;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use stage::{Outcome, expect};
use tower_bearer::{
    RequireScope,
    client::TokenRequestErrorKind,
    denylist::{Denial, Denied},
    issuer::{Account, Application, TokenIssuer},
    time::Clock as _,
};

#[path = "story/caller.rs"]
mod caller;
#[path = "story/clock.rs"]
mod clock;
#[path = "story/stage.rs"]
mod stage;

const AUDIENCE: &str = "urn:fleet";
/// The lifetime of tokens: a deleted device can send for this long at most, plus 30 s of leeway.
const LIFETIME: Duration = Duration::from_secs(60);
/// How long after its end the API has admitted every token: 30 seconds, and then one more.
const LEEWAY: Duration = Duration::from_secs(31);

async fn reading(
    RequireScope(token): RequireScope!["readings:{device}:write"],
    Path(device): Path<String>,
    Json(reading): Json<Value>,
) -> StatusCode {
    let who = token.client_id().unwrap_or("nobody");
    println!("    {device} measures {} degrees, says {who}", reading["celsius"]);
    StatusCode::NO_CONTENT
}

#[tokio::main]
async fn main() -> Outcome {
    println!(
        "Each device gets a client id and a secret of its own, and a rule for its own readings."
    );
    let clock = StoryClock::default();
    let issuer = TokenIssuer::on_loopback()
        .clock(clock.clone())
        .lifetime(LIFETIME)
        .application(
            Application::new("fleet").audience(AUDIENCE).resource("readings", ["write", "read"]),
        )
        .start()
        .await?;
    let api = caller::guard(&issuer, AUDIENCE)?.clock(clock.clone()).build()?;
    let app = Router::new().route("/readings/{device}", put(reading)).layer(api.layer());
    let url = stage::serve(app).await?;
    let mut fleet = Vec::new();
    for device in ["cellar", "kitchen", "roof"] {
        let account = Account::new(device)
            .allow("fleet", format!("readings:{device}:write"))
            .remark("a thermometer");
        fleet.push(Caller::new(&issuer, issuer.create_account(account)?, None, &url)?);
    }
    println!("  the fleet: {}", issuer.account_keys().join(", "));

    println!("Each sends what it measures.");
    let warm = json!({"celsius": 21});
    for device in &fleet {
        let path = format!("/readings/{}", device.name);
        device.call(Method::PUT, &path, &warm, StatusCode::NO_CONTENT).await?;
    }

    println!("A device that was tampered with cannot speak for another.");
    let [cellar, kitchen, roof] = fleet.as_slice() else { return Err("three devices".into()) };
    roof.call(Method::PUT, "/readings/cellar", &warm, StatusCode::FORBIDDEN).await?;

    println!("The one on the roof is stolen: its account is deleted. It gets no new token.");
    expect("it was deleted", &issuer.delete_account("roof")?, &true)?;
    let last = roof.tokens.token().await?;
    roof.tokens.invalidate(&last);
    let refused = roof.tokens.token().await.err();
    let kind = refused.as_ref().map(|error| error.kind());
    expect("a new token", &kind, &Some(&TokenRequestErrorKind::InvalidClient))?;
    println!(
        "  roof -> the issuer: {}",
        refused.map(|error| error.to_string()).unwrap_or_default()
    );

    println!("The token that it has still counts, until its minute is over.");
    let stolen = async || -> Outcome<StatusCode> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let request = http.put(format!("{url}/readings/roof")).body(warm.to_string());
        let request = request.header("content-type", "application/json");
        let answer = request.header("authorization", last.authorization()).send().await?;
        println!("  roof -> PUT /readings/roof: {}", answer.status());
        Ok(answer.status())
    };
    expect("at once", &stolen().await?, &StatusCode::NO_CONTENT)?;

    println!("The API need not wait for that: it denies the device from the next request on.");
    let until = clock.now() + LIFETIME + LEEWAY;
    api.deny(Denial::new(issuer.issuer().clone(), Denied::client("roof"), until))?;
    expect("denied", &stolen().await?, &StatusCode::UNAUTHORIZED)?;
    clock.skip(LIFETIME + LEEWAY);
    expect("a minute and a half later", &stolen().await?, &StatusCode::UNAUTHORIZED)?;

    println!("The others have renewed theirs, and go on.");
    for device in [cellar, kitchen] {
        device.tokens.invalidate(&device.tokens.token().await?);
        let path = format!("/readings/{}", device.name);
        device.call(Method::PUT, &path, &warm, StatusCode::NO_CONTENT).await?;
    }
    println!("  the fleet: {}", issuer.account_keys().join(", "));
    Ok(())
}
