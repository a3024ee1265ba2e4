//! An issuer behind its faults.

use std::{
    error::Error,
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderValue, Request, Response, StatusCode, header::RETRY_AFTER};
use http_body::Body as _;

use serde_json::{Map, Value};
use tower_service::Service;

use super::{
    fault_control::Desk,
    faults::{Endpoint, Outage},
    http as control,
    token_changes::{Signer, TokenChanges},
};
use crate::{
    issuer::{
        RequestBody, TokenIssuer,
        endpoint::response::{ResponseBody, bare},
        endpoint::service as endpoints,
        token_builder::TokenBuilder,
    },
    key::public_jwk_set,
};

#[derive(Clone)]
pub(super) struct FaultyIssuer {
    pub(super) issuer: TokenIssuer,
    pub(super) desk: Arc<Desk>,
}

/// What makes the server close a connection without an answer.
#[derive(Debug)]
pub(super) struct Closed;

impl Service<Request<RequestBody>> for FaultyIssuer {
    type Response = Response<ResponseBody>;
    type Error = Closed;
    type Future = Pin<Box<dyn Future<Output = Result<Response<ResponseBody>, Closed>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        Box::pin(self.clone().answer(request))
    }
}

impl FaultyIssuer {
    async fn answer(
        mut self,
        request: Request<RequestBody>,
    ) -> Result<Response<ResponseBody>, Closed> {
        if let Some(action) = request.uri().path().strip_prefix("/testing/") {
            let action = action.to_owned();
            return Ok(control::answer(&self, &action, request).await);
        }
        let endpoint = endpoints::Endpoint::at(request.uri().path(), "").map(Endpoint::from);
        if let Some(endpoint) = endpoint
            && let Some(status) = self.obstruct(endpoint).await?
        {
            return Ok(status);
        }
        let Ok(answer) = self.issuer.call(request).await;
        let spoiled = match endpoint {
            Some(Endpoint::Jwks) if answer.status() == StatusCode::OK => self.key_set(answer),
            Some(Endpoint::Token) if answer.status() == StatusCode::OK => self.token(answer).await,
            _ => Some(answer),
        };
        Ok(spoiled.unwrap_or_else(|| bare(StatusCode::INTERNAL_SERVER_ERROR)))
    }

    /// Lets a request wait, and answers it with a status if an outage says so.
    async fn obstruct(&self, endpoint: Endpoint) -> Result<Option<Response<ResponseBody>>, Closed> {
        let mut faults = self.desk.watch();
        loop {
            let now = faults.borrow_and_update().clone();
            tokio::time::sleep(now.delay_at(endpoint)).await;
            match now.outage_at(endpoint) {
                None => return Ok(None),
                Some(Outage::Close) => return Err(Closed),
                Some(Outage::Hang) => faults.changed().await.map_err(|_| Closed)?,
                Some(Outage::Status(status)) => {
                    let mut response = bare(status);
                    if let Some(seconds) = now.retry_after {
                        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
                    }
                    return Ok(Some(response));
                }
            }
        }
    }

    /// The issuer's own keys, or those of the other replica.
    fn key_set(&self, own: Response<ResponseBody>) -> Option<Response<ResponseBody>> {
        if !self.desk.faults().flapping || !self.desk.key_sets.is_the_others() {
            return Some(own);
        }
        let algorithm = self.issuer.shared.keys.active().algorithm();
        let others = public_jwk_set([&self.desk.replica(algorithm).ok()?]);
        Some(own.map(|_| others.into_bytes().into()))
    }

    /// The answer with another token, if the faults change it.
    async fn token(&self, good: Response<ResponseBody>) -> Option<Response<ResponseBody>> {
        let faults = self.desk.faults();
        let mut changes = faults.token;
        if faults.flapping && self.desk.tokens.is_the_others() {
            changes = changes.signer(Signer::Replica);
        }
        if changes == TokenChanges::none() {
            return Some(good);
        }
        let (parts, mut body) = good.into_parts();
        let frame = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await?.ok()?;
        let mut members: Map<String, Value> = serde_json::from_slice(frame.data_ref()?).ok()?;
        let token = self.change(members.get("access_token")?.as_str()?, &changes)?;
        members.insert("access_token".to_owned(), token.into());
        Some(Response::from_parts(parts, serde_json::to_vec(&members).ok()?.into()))
    }

    /// Signs a token of this issuer anew, with changes.
    fn change(&self, token: &str, changes: &TokenChanges) -> Option<String> {
        let mut parts = token.split('.').map(|part| -> Option<Map<String, Value>> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
        });
        let (header, claims) = (parts.next()??, parts.next()??);
        let key = self.issuer.shared.keys.active();
        let good = TokenBuilder::new(key.clone(), header.get("typ")?.as_str()?, claims);
        let now = self.issuer.shared.now();
        changes.sign(good, &key, &self.desk, now).ok()
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fault closes the connection")
    }
}

impl Error for Closed {}
