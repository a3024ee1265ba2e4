//! What the token endpoint answers (RFC 6749 §5).

use std::{
    borrow::Cow,
    convert::Infallible,
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{
    HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE},
};
use http_body::{Body, Frame, SizeHint};
use serde::Serialize;

/// The body of every answer of a [`TokenIssuer`](crate::issuer::TokenIssuer): one piece, known beforehand.
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

/// Shows the length alone: the body may hold a token.
impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody")
            .field("bytes", &self.0.as_ref().map_or(0, Bytes::len))
            .finish()
    }
}

/// The error codes of RFC 6749 §4.1.2.1 and §5.2 and RFC 8707 §2 that this endpoint has a use for,
/// and Auth0's for a quota that is used up, for which no RFC has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::issuer) enum ErrorCode {
    InvalidRequest,
    InvalidClient,
    UnauthorizedClient,
    UnsupportedGrantType,
    InvalidScope,
    InvalidTarget,
    AccessDenied,
    ServerError,
    TooManyRequests,
}

impl ErrorCode {
    pub(in crate::issuer) const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::AccessDenied => "access_denied",
            Self::ServerError => "server_error",
            Self::TooManyRequests => "too_many_requests",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::InvalidClient => StatusCode::UNAUTHORIZED,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// A refused token request. The description never holds anything that the request held.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::issuer) struct TokenError {
    code: ErrorCode,
    description: Cow<'static, str>,
    status: StatusCode,
    rejected_scope: Option<String>,
    retry_after: Option<Duration>,
}

impl TokenError {
    pub(in crate::issuer) fn new(
        code: ErrorCode,
        description: impl Into<Cow<'static, str>>,
    ) -> Self {
        let status = code.status();
        let description = description.into();
        Self { code, description, status, rejected_scope: None, retry_after: None }
    }

    pub(in crate::issuer) fn invalid_request(description: &'static str) -> Self {
        Self::new(ErrorCode::InvalidRequest, description)
    }

    /// One answer for an unknown client and for a wrong secret.
    pub(in crate::issuer) fn invalid_client() -> Self {
        Self::new(ErrorCode::InvalidClient, "client authentication failed")
    }

    pub(in crate::issuer) fn server_error() -> Self {
        Self::new(ErrorCode::ServerError, "no token could be made")
    }

    pub(in crate::issuer) fn body_too_large() -> Self {
        let error = Self::invalid_request("the request body is too large");
        Self { status: StatusCode::PAYLOAD_TOO_LARGE, ..error }
    }

    /// To be tried again after so long.
    pub(in crate::issuer) fn too_many_requests(
        description: &'static str,
        retry_after: Duration,
    ) -> Self {
        let error = Self::new(ErrorCode::TooManyRequests, description);
        Self { retry_after: Some(retry_after), ..error }
    }

    pub(in crate::issuer) fn with_rejected_scope(self, rejected: String) -> Self {
        Self { rejected_scope: Some(rejected), ..self }
    }

    pub(in crate::issuer) const fn code(&self) -> ErrorCode {
        self.code
    }

    pub(in crate::issuer) fn description(&self) -> &str {
        &self.description
    }

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
                error_description: self.description.chars().filter(describes).collect(),
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

/// A character that `error_description` may hold (RFC 6749 §5.2).
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that `filter` takes")]
fn describes(c: &char) -> bool {
    matches!(c, '\x20'..='\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e')
}

/// A token that was issued (RFC 6749 §5.1).
#[derive(Serialize)]
pub(in crate::issuer) struct TokenResponse {
    pub(in crate::issuer) access_token: String,
    pub(in crate::issuer) token_type: &'static str,
    pub(in crate::issuer) expires_in: u64,
    pub(in crate::issuer) scope: String,
    pub(in crate::issuer) rejected_scope: String,
}

impl TokenResponse {
    pub(in crate::issuer) fn into_response(self) -> Response<ResponseBody> {
        // The names, the numbers and what stands between them have less than 128 bytes.
        let room = self.access_token.len() + self.scope.len() + self.rejected_scope.len() + 128;
        json(StatusCode::OK, room, &self)
    }
}

/// An answer of the token endpoint: never stored by anyone (RFC 6749 §5.1).
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

/// An answer without a body.
pub(in crate::issuer) fn bare(status: StatusCode) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::default());
    *response.status_mut() = status;
    response
}
