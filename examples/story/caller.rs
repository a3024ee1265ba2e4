//! Those who call an API with tokens of their accounts, and tell what they were answered.

use http::{Method, StatusCode};
use serde_json::Value;
use tower_bearer::{
    Audience, Issuer, ResourceServer,
    challenge::Challenge,
    client::{ClientCredentials, TokenClient},
    issuer::{Credentials, RunningIssuer},
    server::ResourceServerBuilder,
};

use crate::stage::{Outcome, expect};

/// Guards an API: it admits the issuer's tokens for `audience`.
pub(crate) fn guard(issuer: &RunningIssuer, audience: &str) -> Outcome<ResourceServerBuilder> {
    let builder = ResourceServer::discover(Issuer::new(issuer.url())?, Audience::new(audience)?);
    Ok(builder.allow_loopback_http())
}

/// A program that calls an API with tokens of its account.
pub(crate) struct Caller {
    pub(crate) name: String,
    pub(crate) tokens: TokenClient,
    api: String,
    http: reqwest::Client,
}

impl Caller {
    /// Asks for `scope`, or for everything that the account may have.
    pub(crate) fn new(
        issuer: &RunningIssuer,
        account: Credentials,
        scope: Option<&str>,
        api: &str,
    ) -> Outcome<Self> {
        let name = account.client_id.clone();
        let credentials = ClientCredentials::new(account.client_id, account.client_secret);
        let mut tokens = TokenClient::builder(issuer.token_endpoint().parse()?, credentials);
        if let Some(scope) = scope {
            tokens = tokens.scope(scope);
        }
        Ok(Self {
            name,
            tokens: tokens.allow_loopback_http().build()?,
            api: api.to_owned(),
            http: reqwest::Client::builder().no_proxy().build()?,
        })
    }

    /// Calls the API, tells what it answered, and hands it on if it is what is expected.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        expected: StatusCode,
    ) -> Outcome<Value> {
        let token = self.tokens.token().await?;
        let answer = self
            .http
            .request(method.clone(), format!("{}{path}", self.api))
            .header("authorization", token.authorization())
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .await?;
        let status = answer.status();
        let challenge = Challenge::from_headers(answer.headers()).pop();
        let needs = challenge.as_ref().and_then(Challenge::scope);
        let needs = needs.map(|scope| format!("; it needs {scope}")).unwrap_or_default();
        println!("  {} -> {method} {path}: {status}{needs}", self.name);
        expect(path, &status, &expected)?;
        Ok(serde_json::from_slice(&answer.bytes().await?).unwrap_or_default())
    }
}
