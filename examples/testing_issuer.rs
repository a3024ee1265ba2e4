//! An issuer for test suites in any language; docs/testing.md shows how to use it. It is
//! configured by environment variables:
//!
//! - `AUDIENCE`: the API under test, `urn:api` by default
//! - `SCOPES`: the account's scopes, separated by spaces; `announce:read` by default
//! - `CLIENT_ID`, `CLIENT_SECRET`: the account; without a secret, a random one is made
//! - `ALGORITHM`: the algorithm that signs tokens, RS256 by default
//! - `PORT`: the port on loopback; 0, the default, takes any free one
//!
//! It prints one line of JSON as soon as it listens, and exits when its standard input is closed,
//! so that it ends with the test suite, however that ends.

use std::{env, error::Error};

use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tower_bearer::{
    algorithm::Algorithm,
    issuer::{Account, Application, TokenIssuer},
    secret::Secret,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let setting = |name: &str, default: &str| {
        env::var(name).ok().filter(|value| !value.is_empty()).unwrap_or_else(|| default.to_owned())
    };
    let scopes = setting("SCOPES", "announce:read");
    let client_id = setting("CLIENT_ID", "test-client");
    let secret = match setting("CLIENT_SECRET", "") {
        given if given.is_empty() => Secret::generate()?,
        given => Secret::new(given),
    };
    let algorithm = Algorithm::from_name(&setting("ALGORITHM", "RS256"))
        .ok_or("ALGORITHM is not known to this program")?;
    let audience = setting("AUDIENCE", "urn:api");
    let issuer = TokenIssuer::on_loopback()
        .port(setting("PORT", "0").parse()?)
        .algorithm(algorithm)
        .application(Application::new("api").audience(&audience).scopes(&scopes))
        .account(Account::new(&client_id).secret(&secret).allow("api", &scopes))
        .start_testing()
        .await?;
    let ready = json!({
        "issuer": issuer.url(),
        "token_endpoint": issuer.token_endpoint(),
        "jwks_uri": issuer.jwks_uri(),
        "audience": audience,
        "client_id": client_id,
        "client_secret": secret.expose(),
    });
    println!("{ready}");
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    Ok(())
}
