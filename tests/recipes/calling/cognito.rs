use std::error::Error;

use tower_bearer::{
    client::{ClientCredentials, TokenClient, TokenClientBuilder},
    secret::Secret,
};

pub(crate) fn tokens(secret: Secret) -> Result<TokenClientBuilder, Box<dyn Error>> {
    let domain = "https://example.auth.eu-west-1.amazoncognito.com";
    let credentials = ClientCredentials::new("7m1234abcdefghijklmnopqrst", secret);
    Ok(TokenClient::builder(format!("{domain}/oauth2/token").parse()?, credentials)
        .scope("announcements/read"))
}
