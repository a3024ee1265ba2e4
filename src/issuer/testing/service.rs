//! The tower Service of an issuer with faults.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response, StatusCode};
use tower_service::Service;

use super::{
    faults::Endpoint,
    faulty_issuer::{Closed, FaultyIssuer},
    http as control,
};
use crate::issuer::{
    RequestBody, endpoint,
    response::{ResponseBody, bare},
};

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
        let endpoint = endpoint::Endpoint::from_path(request.uri().path(), "").map(Endpoint::from);
        if let Some(endpoint) = endpoint
            && let Some(status) = self.apply_outage(endpoint).await?
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
}
