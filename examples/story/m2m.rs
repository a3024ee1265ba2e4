//! The steps of the example `m2m`. Each is checked: the program exits with an error if an answer
//! differs from what this file expects.

use std::{
    future::ready,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use gift_deliveries::{DIRECTIONS, GEOCODE, GiftDeliveries};
use http::StatusCode;
use serde_json::json;
use stage::{Outcome, expect};
use tower_bearer::{
    Audience, Issuer, ResourceServer,
    challenge::Challenge,
    client::{ClientAuthentication, ClientCredentials, TokenClient, TokenRequestErrorKind},
    issuer::{AccessDenied, Account, Application, Profile, TokenIssuer, TokenModifications},
};

#[path = "gift_deliveries.rs"]
mod gift_deliveries;
#[path = "stage.rs"]
mod stage;
#[path = "world_mappers.rs"]
mod world_mappers;

#[tokio::main]
pub(crate) async fn run() -> Outcome {
    println!("1. The issuer knows the World Mappers API and what its callers may do.");
    let revoked = Arc::new(AtomicBool::new(false));
    let switch = revoked.clone();
    let issuer = TokenIssuer::on_loopback()
        .profile(Profile::Auth0)
        .hook(move |_| {
            let revoked = switch.load(Ordering::Relaxed);
            let reason = "Access to this application has been temporarily revoked";
            ready(if revoked {
                Err(AccessDenied::new(reason))
            } else {
                Ok(TokenModifications::none())
            })
        })
        .application(
            Application::new("world-mappers")
                .audience(world_mappers::AUDIENCE)
                .scopes("geocode:location reverse-geocode:location directions"),
        )
        .start()
        .await?;
    let account = Account::new("gift-deliveries")
        .allow("world-mappers", "directions")
        .remark("finds the way to the customer");
    let credentials = issuer.create_account(account)?;
    println!("   issuer   {}", issuer.url());
    println!("   account  {} may have: directions\n", credentials.client_id);

    println!("2. The World Mappers API discovers the issuer's keys and guards its routes.");
    let api = ResourceServer::discover(
        Issuer::new(issuer.issuer().as_str())?,
        Audience::new(world_mappers::AUDIENCE)?,
    )
    .allow_loopback_http()
    .problem_details()
    .build()?;
    api.warm_up().await?;
    let maps = stage::serve(world_mappers::app(&api)).await?;
    println!("   api      {maps}");
    for keys in api.readiness() {
        println!("   keys     {:?}: {} of {}\n", keys.state, keys.keys, keys.issuer);
    }

    println!("3. Somebody calls it without a token.");
    let answer = reqwest::Client::builder().no_proxy().build()?.get(format!("{maps}{DIRECTIONS}"));
    let answer = answer.send().await?;
    let challenge = Challenge::from_headers(answer.headers()).pop();
    say("somebody", DIRECTIONS, answer.status(), challenge.as_ref());
    expect("a call without a token", &answer.status(), &StatusCode::UNAUTHORIZED)?;
    expect("its error", &challenge.as_ref().and_then(Challenge::error), &None)?;

    println!("\n4. Gift Deliveries asks the issuer for a token, and for no scope in particular.");
    let tokens = TokenClient::builder(
        issuer.token_endpoint().parse()?,
        ClientCredentials::new(credentials.client_id, credentials.client_secret),
    )
    .authentication(ClientAuthentication::Json)
    .audience(world_mappers::AUDIENCE)
    .allow_loopback_http()
    .build()?;
    let service = GiftDeliveries::new(tokens.clone(), maps.clone())?;
    let token = service.token().await?;
    println!("   gift-deliveries -> POST {} (JSON): 200 OK", issuer.token_endpoint());
    println!("   granted: \"{}\", rejected: \"{}\"", token.scope(), token.rejected());
    expect("the granted scope", token.scope().as_str(), "directions")?;
    expect("the rejected scope", token.rejected().as_str(), "")?;

    println!("\n5. With it the service calls the API.");
    let way = service.call(DIRECTIONS).await?;
    say("gift-deliveries", DIRECTIONS, way.status, way.challenge.as_ref());
    expect("directions", &way.status, &StatusCode::OK)?;
    for step in way.body.as_array().into_iter().flatten() {
        println!("     {}. {}", step["step"], step["action"].as_str().unwrap_or_default());
    }
    let expected = json!([
        {"step": 1, "action": "Turn left"},
        {"step": 2, "action": "Turn right"},
        {"step": 3, "action": "Finish"},
    ]);
    expect("the directions", &way.body, &expected)?;

    println!("\n6. It may not have what it was not granted.");
    let place = service.call(GEOCODE).await?;
    say("gift-deliveries", GEOCODE, place.status, place.challenge.as_ref());
    expect("geocode", &place.status, &StatusCode::FORBIDDEN)?;
    let needed = place.challenge.as_ref().and_then(Challenge::scope);
    expect("the scope that geocode needs", &needed, &Some("geocode:location"))?;

    println!("\n7. It asks for more than its account allows, and the issuer says so.");
    let greedy = Account::new("gift-deliveries-2").allow("world-mappers", "directions");
    let greedy = issuer.create_account(greedy)?;
    let greedy = TokenClient::builder(
        issuer.token_endpoint().parse()?,
        ClientCredentials::new(greedy.client_id, greedy.client_secret),
    )
    .scope("directions geocode:location")
    .allow_loopback_http()
    .build()?;
    let token = greedy.token().await?;
    println!("   granted: \"{}\", rejected: \"{}\"", token.scope(), token.rejected());
    expect("the rejected scope", token.rejected().as_str(), "geocode:location")?;

    println!("\n8. The operator revokes access for a while: a hook denies each token.");
    revoked.store(true, Ordering::Relaxed);
    refused(&tokens, &TokenRequestErrorKind::Denied).await?;

    println!("\n9. The other account is deleted: it gets no token, either.");
    expect("the account", &issuer.delete_account("gift-deliveries-2")?, &true)?;
    refused(&greedy, &TokenRequestErrorKind::InvalidClient).await?;

    println!("\nEverything is as it should be.");
    Ok(())
}

/// Asks for another token than the one at hand, and is refused.
async fn refused(tokens: &TokenClient, why: &TokenRequestErrorKind) -> Outcome {
    tokens.invalidate(&tokens.token().await?);
    match tokens.token().await {
        Ok(_) => Err("a token, but should be refused".into()),
        Err(error) => {
            println!("   {error}");
            expect("the refusal", error.kind(), why)
        }
    }
}

fn say(who: &str, path: &str, status: StatusCode, challenge: Option<&Challenge>) {
    println!("   {who} -> GET {path}: {status}");
    if let Some(challenge) = challenge {
        println!("     {}", challenge.to_header_value().to_str().unwrap_or_default());
    }
}
