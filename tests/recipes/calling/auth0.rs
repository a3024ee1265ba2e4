use std::error::Error;

use tower_bearer::{
    client::{ClientAuthentication, ClientCredentials, TokenClient, TokenClientBuilder},
    secret::Secret,
};

pub(crate) fn tokens(secret: Secret) -> Result<TokenClientBuilder, Box<dyn Error>> {
    let endpoint = "https://example.eu.auth0.com/oauth/token".parse()?;
    let credentials = ClientCredentials::new("awZfdIir8YFdGZWkvCejDoUb7SjTDicx", secret);
    Ok(TokenClient::builder(endpoint, credentials)
        .authentication(ClientAuthentication::Json)
        .audience("https://api.example/patients"))
}
