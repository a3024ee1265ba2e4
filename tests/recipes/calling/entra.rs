use std::error::Error;

use tower_bearer::{
    client::{ClientAuthentication, ClientCredentials, TokenClient, TokenClientBuilder},
    secret::Secret,
};

pub(crate) fn tokens(secret: Secret) -> Result<TokenClientBuilder, Box<dyn Error>> {
    let tenant = "https://login.microsoftonline.com/6fc5a5a5-6c0f-4d5e-9c35-6f0b3f2ad1c1";
    let endpoint = format!("{tenant}/oauth2/v2.0/token").parse()?;
    let credentials = ClientCredentials::new("6731de76-14a6-49ae-97bc-6eba6914391e", secret);
    Ok(TokenClient::builder(endpoint, credentials)
        .authentication(ClientAuthentication::Post)
        .scope("api://0d2f7bcd-9a42-4f68-8f6c-3d5f0f7e2b11/.default"))
}
