//! Fetches a document, with limits.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, Uri, header::ACCEPT};
use tower_bearer::transport::Transport;

use crate::ui::{Failure, error_chain};

/// The longest time that a request may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The largest response.
const MAX_BYTES: usize = 1024 * 1024;

/// Fetches a document. Returns `None` if the status is not 200.
pub(super) async fn document(
    transport: &dyn Transport,
    url: &Uri,
) -> Result<Option<Bytes>, Failure> {
    let answer = answer(transport, url).await?;
    Ok((answer.status() == StatusCode::OK).then(|| answer.into_body()))
}

/// Fetches an answer of any status.
pub(super) async fn answer(
    transport: &dyn Transport,
    url: &Uri,
) -> Result<Response<Bytes>, Failure> {
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = url.clone();
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    let answer = tokio::time::timeout(TIMEOUT, transport.send(request, MAX_BYTES)).await;
    let answer = answer.map_err(|_| {
        Failure::unavailable(format!("{url} did not answer within {} s", TIMEOUT.as_secs()))
    })?;
    answer.map_err(|error| {
        Failure::unavailable(format!("{url} cannot be fetched: {}", error_chain(&error)))
    })
}

/// Runs a future that needs the network.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::unavailable(format!("no runtime: {error}")))?.block_on(work)
}
