//! An issuer with faults.

use std::{error::Error, fmt, future::poll_fn, pin::Pin, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderValue, Response, header::RETRY_AFTER};
use http_body::Body as _;
use serde_json::{Map, Value};

use super::{
    fault_control::FaultControl,
    faults::{Endpoint, Outage},
    token_changes::{Signer, TokenChanges},
};
use crate::{
    issuer::{
        TokenIssuer,
        response::{ResponseBody, bare},
        token_builder::TokenBuilder,
    },
    key::{SigningError, public_jwk_set},
};

#[derive(Clone)]
pub(super) struct FaultyIssuer {
    pub(super) issuer: TokenIssuer,
    pub(super) control: Arc<FaultControl>,
}

/// The error that makes the server close a connection without a response.
#[derive(Debug)]
pub(super) struct Closed;

impl FaultyIssuer {
    pub(super) fn mint(&self, changes: &TokenChanges) -> Result<String, SigningError> {
        let shared = &self.issuer.shared;
        let algorithm = shared.keys.active().algorithm();
        let other = self.control.key_of(changes.signed_by(), algorithm)?;
        changes.sign(self.issuer.token(), other.as_ref(), shared.now())
    }

    /// Delays a request, and answers it with a status if there is such an outage.
    pub(super) async fn apply_outage(
        &self,
        endpoint: Endpoint,
    ) -> Result<Option<Response<ResponseBody>>, Closed> {
        let mut faults = self.control.watch();
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

    /// Returns the issuer's own keys, or those of the replica.
    pub(super) fn key_set(&self, own: Response<ResponseBody>) -> Option<Response<ResponseBody>> {
        if !self.control.faults().flapping || !self.control.key_sets.next_is_replica() {
            return Some(own);
        }
        let algorithm = self.issuer.shared.keys.active().algorithm();
        let others = public_jwk_set([&self.control.replica(algorithm).ok()?]);
        Some(own.map(|_| others.into_bytes().into()))
    }

    /// Replaces the token of a response, if the faults change it.
    pub(super) async fn token(
        &self,
        good: Response<ResponseBody>,
    ) -> Option<Response<ResponseBody>> {
        let faults = self.control.faults();
        let mut changes = faults.token;
        if faults.flapping && self.control.tokens.next_is_replica() {
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

    /// Signs a token of this issuer again, with changes.
    fn change(&self, token: &str, changes: &TokenChanges) -> Option<String> {
        let mut parts = token.split('.').map(|part| -> Option<Map<String, Value>> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
        });
        let (header, claims) = (parts.next()??, parts.next()??);
        let key = self.issuer.shared.keys.active();
        let good = TokenBuilder::new(key.clone(), header.get("typ")?.as_str()?, claims);
        let now = self.issuer.shared.now();
        let other = self.control.key_of(changes.signed_by(), key.algorithm()).ok()?;
        changes.sign(good, other.as_ref(), now).ok()
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fault closes the connection")
    }
}

impl Error for Closed {}
