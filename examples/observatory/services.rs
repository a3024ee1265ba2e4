//! Those who call the API: services with tokens of their accounts, and a stranger.

use http::StatusCode;
use tower_bearer::{
    client::{ClientCredentials, TokenClient},
    issuer::testing::TestIssuer,
    secret::Secret,
};

use crate::{StoryClock, stage::Outcome};

/// A service with an account.
pub(crate) struct Service {
    tokens: TokenClient,
    api: String,
    http: reqwest::Client,
}

impl Service {
    pub(crate) fn new(
        issuer: &TestIssuer,
        name: &str,
        secret: Secret,
        api: &str,
        clock: &StoryClock,
    ) -> Outcome<Self> {
        let credentials = ClientCredentials::new(name, secret);
        let tokens = TokenClient::builder(issuer.token_endpoint().parse()?, credentials)
            .allow_loopback_http()
            .clock(clock.clone())
            .build()?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { tokens, api: api.to_owned(), http })
    }

    /// Calls the API with a token, and gets another one if the API refuses it.
    pub(crate) async fn call(&self, path: &str) -> Outcome {
        let token = self.tokens.token().await?;
        let request = self.http.get(format!("{}{path}", self.api));
        let answer = request.header("authorization", token.authorization()).send().await?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            self.tokens.invalidate(&token);
        }
        Ok(())
    }
}

/// Somebody without an account.
pub(crate) struct Stranger {
    api: String,
    http: reqwest::Client,
}

impl Stranger {
    pub(crate) fn new(api: &str) -> Outcome<Self> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { api: api.to_owned(), http })
    }

    /// Calls the API without a token, or with one that was made up or stolen.
    pub(crate) async fn call(&self, token: Option<&str>) -> Outcome {
        let request = self.http.get(format!("{}/maps", self.api));
        let request = match token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        };
        request.send().await?;
        Ok(())
    }
}
