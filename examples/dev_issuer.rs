//! The bundled issuer as a program that stores nothing, configured by environment variables:
//!
//! - `AUDIENCE`: the API that tokens are for
//! - `SCOPES`: the scopes that the account may have, separated by spaces
//! - `CLIENT_ID`, `CLIENT_SECRET`: the account; without a secret, a random one is made and printed
//! - `PUBLIC_KEYS`: a file with a JWK Set, for a client that signs assertions (`private_key_jwt`)
//! - `LEGACY_ASSERTION_AUDIENCE`: if set, an assertion's audience may be the token endpoint
//! - `PORT`: the port on loopback; 0, the default, takes any free one

use std::{env, error::Error, fs};

use tower_bearer::{
    issuer::{Account, Application, TokenIssuer},
    key::KeySet,
    secret::Secret,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let setting = |name: &str, default: &str| {
        env::var(name).ok().filter(|value| !value.is_empty()).unwrap_or_else(|| default.to_owned())
    };
    let scopes = setting("SCOPES", "announce:read");
    let client_id = setting("CLIENT_ID", "gift-deliveries");
    let secret = match setting("CLIENT_SECRET", "") {
        given if given.is_empty() => {
            let made = Secret::generate()?;
            println!("CLIENT_ID={client_id} CLIENT_SECRET={}", made.expose());
            made
        }
        given => Secret::new(given),
    };
    let application =
        Application::new("api").audience(setting("AUDIENCE", "urn:api")).scopes(&scopes);
    let mut account = Account::new(client_id).secret(&secret).allow("api", &scopes);
    let public_keys = setting("PUBLIC_KEYS", "");
    if !public_keys.is_empty() {
        account = account.public_keys(KeySet::parse(&fs::read(public_keys)?)?);
    }
    let mut issuer = TokenIssuer::on_loopback()
        .port(setting("PORT", "0").parse()?)
        .application(application)
        .account(account);
    if !setting("LEGACY_ASSERTION_AUDIENCE", "").is_empty() {
        issuer = issuer.legacy_assertion_audience();
    }
    let issuer = issuer.start().await?;
    println!("listening on {}", issuer.url());
    tokio::signal::ctrl_c().await?;
    Ok(())
}
