//! The bundled issuer as a program, for test suites in any language. Configured by the environment:
//!
//! - `AUDIENCE`: the API that tokens are for
//! - `SCOPES`: what the account may have, separated by spaces
//! - `CLIENT_ID`, `CLIENT_SECRET`: the account; a secret is made and printed if none is given
//! - `PORT`: where to listen on loopback; 0, the default, takes any

use std::{env, error::Error};

use tower_bearer::{
    issuer::{Account, Application, TokenIssuer},
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
    let issuer = TokenIssuer::on_loopback()
        .port(setting("PORT", "0").parse()?)
        .application(application)
        .account(Account::new(client_id).secret(&secret).allow("api", &scopes))
        .start()
        .await?;
    println!("listening on {}", issuer.url());
    tokio::signal::ctrl_c().await?;
    Ok(())
}
