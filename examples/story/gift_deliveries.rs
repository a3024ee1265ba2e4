//! The Gift Deliveries service: a worker that asks World Mappers for the way.

use std::{error::Error, sync::Arc};

use http::{StatusCode, header};
use serde_json::Value;
use tower_bearer::{
    challenge::Challenge,
    client::{TokenClient, TokenResponse},
};

pub(crate) const DIRECTIONS: &str = "/api/directions?destination=Auth0%20Office";
pub(crate) const GEOCODE: &str = "/api/location/geocode?address=Auth0%20Office";

pub(crate) struct GiftDeliveries {
    pub(crate) tokens: TokenClient,
    pub(crate) maps: String,
    pub(crate) http: reqwest::Client,
}

/// What World Mappers answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
    pub(crate) challenge: Option<Challenge>,
}

impl GiftDeliveries {
    pub(crate) fn new(tokens: TokenClient, maps: String) -> Result<Self, Box<dyn Error>> {
        Ok(Self { tokens, maps, http: reqwest::Client::builder().no_proxy().build()? })
    }

    pub(crate) async fn token(&self) -> Result<Arc<TokenResponse>, Box<dyn Error>> {
        Ok(self.tokens.token().await?)
    }

    /// Calls World Mappers with a token.
    pub(crate) async fn call(&self, path: &str) -> Result<Answer, Box<dyn Error>> {
        let token = self.token().await?;
        let url = format!("{}{path}", self.maps);
        let request = self.http.get(url).header(header::AUTHORIZATION, token.authorization());
        let answer = request.send().await?;
        let challenge = Challenge::from_headers(answer.headers()).pop();
        let status = answer.status();
        let body = serde_json::from_slice(&answer.bytes().await?).unwrap_or_default();
        Ok(Answer { status, body, challenge })
    }
}
