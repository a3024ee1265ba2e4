//! The Gift Deliveries service as a program, configured by environment variables:
//!
//! - `TOKEN_ENDPOINT`: the issuer's token endpoint
//! - `CLIENT_ID`, `CLIENT_SECRET`: the service's account at the issuer; or, instead of a secret,
//! - `ASSERTION_FILE`: a token that the platform writes into a file, such as the projected token of a
//!   Kubernetes pod; the issuer finds the account by its subject
//! - `AUDIENCE`: `urn:worldmappers` by default
//! - `MAPS`: where the World Mappers API is; `http://127.0.0.1:7001` by default
//!
//! It requests directions from the World Mappers API, prints them, and exits with an error if it
//! gets none.

use std::{env, error::Error};

use gift_deliveries::{DIRECTIONS, GEOCODE, GiftDeliveries};
use tower_bearer::{
    client::{AssertionSource, ClientAuthentication, ClientCredentials, TokenClient},
    secret::Secret,
};

#[path = "story/gift_deliveries.rs"]
mod gift_deliveries;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let required = |name: &str| env::var(name).map_err(|_| format!("{name} is not set"));
    let or = |name: &str, default: &str| env::var(name).unwrap_or_else(|_| default.to_owned());
    let credentials = match env::var_os("ASSERTION_FILE") {
        Some(file) => ClientCredentials::workload(AssertionSource::file(file)),
        None => {
            ClientCredentials::new(required("CLIENT_ID")?, Secret::new(required("CLIENT_SECRET")?))
        }
    };
    let tokens = TokenClient::builder(required("TOKEN_ENDPOINT")?.parse()?, credentials)
        .authentication(ClientAuthentication::Json)
        .audience(or("AUDIENCE", "urn:worldmappers"))
        .allow_loopback_http()
        .build()?;
    let service = GiftDeliveries::new(tokens, or("MAPS", "http://127.0.0.1:7001"))?;

    println!("granted: {}", service.token().await?.scope());
    let way = service.call(DIRECTIONS).await?;
    if !way.status.is_success() {
        return Err(format!("no directions: {}", way.status).into());
    }
    for step in way.body.as_array().into_iter().flatten() {
        println!("{}. {}", step["step"], step["action"].as_str().unwrap_or_default());
    }
    let place = service.call(GEOCODE).await?;
    let needed = place.challenge.as_ref().and_then(|challenge| challenge.scope());
    println!("geocode answers {}; it needs {}", place.status, needed.unwrap_or("nothing more"));
    Ok(())
}
