//! One HTTP GET of a remote document, conditional and bounded. It knows nothing of states and
//! budgets.

use std::{error::Error, fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{
    HeaderValue, Request, Response, StatusCode, Uri,
    header::{ACCEPT, CONTENT_ENCODING, LOCATION},
};

use super::http_cache::Validators;
use crate::{
    time::UnixTime,
    transport::{Transport, UrlRule, retry_after},
};

/// A fetch in flight. It owns its input, so that it outlives the request that began it.
pub(crate) type FetchFuture<A> =
    Pin<Box<dyn Future<Output = Result<Fetched<A>, FetchError>> + Send>>;

/// The answer of a successful fetch, and its lifetime as the server states it.
#[derive(Debug)]
pub(crate) struct Fetched<A> {
    pub(crate) answer: A,
    pub(crate) max_age: Option<Duration>,
}

/// The reason why a fetch did not return a document.
#[derive(Clone, Debug)]
pub(crate) struct FetchError {
    pub(crate) message: String,
    pub(crate) retry_after: Option<Duration>,
    /// The status of the answer, if it was neither 200 nor 304.
    pub(crate) status: Option<StatusCode>,
    /// The fetch was interrupted locally.
    pub(crate) interrupted: bool,
}

impl FetchError {
    pub(crate) fn new(message: impl fmt::Display) -> Self {
        let message = message.to_string();
        Self { message, retry_after: None, status: None, interrupted: false }
    }

    /// The error of a fetch that was interrupted locally: the server has not failed.
    pub(crate) fn interrupted() -> Self {
        Self { interrupted: true, ..Self::new("the fetch was cut short") }
    }

    /// Returns true if the address does not exist (any more).
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self.status, Some(StatusCode::NOT_FOUND | StatusCode::GONE))
    }
}

/// The means of fetching documents.
#[derive(Clone, Debug)]
pub(crate) struct Fetcher {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) url_rule: UrlRule,
    /// The media type that is asked for.
    pub(crate) accept: &'static str,
    pub(crate) max_bytes: usize,
}

impl Fetcher {
    /// Returns a 200 or, if `known` holds validators, a 304.
    pub(crate) async fn get(
        &self,
        url: &Uri,
        known: &Validators,
        now: UnixTime,
    ) -> Result<Response<Bytes>, FetchError> {
        self.url_rule.check(url).map_err(|help| FetchError::new(format!("{url} {help}")))?;
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = url.clone();
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static(self.accept));
        known.apply_to(headers);
        let answer = self.transport.send(request, self.max_bytes).await.map_err(|error| {
            let mut message = format!("{url}: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                message = format!("{message}: {error}");
                cause = error.source();
            }
            FetchError::new(message)
        })?;
        match answer.status() {
            StatusCode::OK => match answer.headers().get(CONTENT_ENCODING) {
                Some(coding) if coding != "identity" => Err(FetchError::new(format!(
                    "{url} answers compressed ({}), which is not read; turn compression off there, \
                     or set a `transport` that decompresses",
                    shown(coding)
                ))),
                _ => Ok(answer),
            },
            StatusCode::NOT_MODIFIED if !known.is_empty() => Ok(answer),
            status => {
                let message = match answer.headers().get(LOCATION) {
                    Some(target) if status.is_redirection() => format!(
                        "{url} redirects to {}, which is not followed; set that address if it is \
                         right",
                        shown(target)
                    ),
                    _ => format!("{url} answers {status}"),
                };
                let retry_after = retry_after(answer.headers(), now);
                Err(FetchError { retry_after, status: Some(status), ..FetchError::new(message) })
            }
        }
    }
}

/// Returns a header's value for logs, escaped and bounded.
fn shown(value: &HeaderValue) -> String {
    let text = String::from_utf8_lossy(value.as_bytes());
    text.chars().take(200).flat_map(char::escape_debug).collect()
}
