//! The responses of the issuer (RFC 6749 §5).

use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{
    HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE},
};
use http_body::{Body, Frame, SizeHint};
use serde::Serialize;

use crate::issuer::error::TokenError;

/// The body of every response of a [`TokenIssuer`](crate::issuer::TokenIssuer): one chunk of known
/// length.
#[derive(Default)]
pub struct ResponseBody(Option<Bytes>);

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

impl From<Vec<u8>> for ResponseBody {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Some(bytes.into()).filter(|bytes: &Bytes| !bytes.is_empty()))
    }
}

impl From<Bytes> for ResponseBody {
    fn from(bytes: Bytes) -> Self {
        Self(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }
}

/// Prints only the length: the body may contain a token.
impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody")
            .field("bytes", &self.0.as_ref().map_or(0, Bytes::len))
            .finish()
    }
}

impl TokenError {
    pub(in crate::issuer) fn into_response(self) -> Response<ResponseBody> {
        #[derive(Serialize)]
        struct Members<'a> {
            error: &'a str,
            error_description: String,
            #[serde(skip_serializing_if = "Option::is_none")]
            rejected_scope: Option<String>,
        }
        let mut response = json(
            self.status,
            256,
            &Members {
                error: self.code.name(),
                error_description: self.description.chars().filter(is_describing).collect(),
                rejected_scope: self.rejected_scope,
            },
        );
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static(r#"Basic realm="token", charset="UTF-8""#);
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        if let Some(wait) = self.retry_after {
            // Whole seconds (RFC 9110 §10.2.3), rounded up.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// Returns true for a character that `error_description` may contain (RFC 6749 §5.2).
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that `filter` takes")]
fn is_describing(c: &char) -> bool {
    matches!(c, '\x20'..='\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e')
}

/// A token that was issued (RFC 6749 §5.1).
#[derive(Serialize)]
pub(in crate::issuer) struct TokenResponse {
    pub(in crate::issuer) access_token: String,
    /// Only in the answer to a token exchange (RFC 8693 §2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::issuer) issued_token_type: Option<&'static str>,
    pub(in crate::issuer) token_type: &'static str,
    pub(in crate::issuer) expires_in: u64,
    pub(in crate::issuer) scope: String,
    pub(in crate::issuer) rejected_scope: String,
}

impl TokenResponse {
    pub(in crate::issuer) fn into_response(self) -> Response<ResponseBody> {
        // The names, the numbers and the punctuation take less than 224 bytes.
        let room = self.access_token.len() + self.scope.len() + self.rejected_scope.len() + 224;
        json(StatusCode::OK, room, &self)
    }
}

/// A response of the token endpoint, which nobody may store (RFC 6749 §5.1).
fn json(status: StatusCode, room: usize, members: &impl Serialize) -> Response<ResponseBody> {
    let mut body = Vec::with_capacity(room);
    let written = serde_json::to_writer(&mut body, members);
    debug_assert!(written.is_ok(), "members with names are written to memory");
    let mut response = document(status, body);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// A JSON document.
pub(in crate::issuer) fn document(status: StatusCode, body: Vec<u8>) -> Response<ResponseBody> {
    let mut response = bare(status);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    *response.body_mut() = body.into();
    response
}

/// A response without a body.
pub(in crate::issuer) fn bare(status: StatusCode) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::default());
    *response.status_mut() = status;
    response
}
