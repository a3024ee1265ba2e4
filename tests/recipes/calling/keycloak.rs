use std::error::Error;

use tower_bearer::{
    Issuer,
    client::{ClientCredentials, TokenClient, TokenClientBuilder},
    secret::Secret,
};

pub(crate) fn tokens(secret: Secret) -> Result<TokenClientBuilder, Box<dyn Error>> {
    let issuer = Issuer::new("https://login.example/realms/maps")?;
    let credentials = ClientCredentials::new("gift-deliveries", secret);
    Ok(TokenClient::discover(issuer, credentials).scope("announce:read"))
}
