use std::error::Error;

use tower_bearer::{
    Issuer,
    client::{ClientCredentials, TokenClient, TokenClientBuilder},
    secret::Secret,
};

pub(crate) fn tokens(secret: Secret) -> Result<TokenClientBuilder, Box<dyn Error>> {
    let issuer = Issuer::new("https://example.okta.com/oauth2/default")?;
    let credentials = ClientCredentials::new("0oa1f4s8gpEbzMvbW5d7", secret);
    Ok(TokenClient::discover(issuer, credentials).scope("announce:read"))
}
