//! A refusal as a status of gRPC: HTTP 200 with headers and no body ("trailers-only"), and the
//! messages of `google.rpc` that clients of any language can read.

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use http::{HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE, response::Parts};
use prost::Message;

use super::protocol::Protocol;
use crate::error::{BearerError, BearerErrorKind};

const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const GRPC_STATUS_DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");

/// The codes of gRPC that a refusal can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    InvalidArgument = 3,
    PermissionDenied = 7,
    Internal = 13,
    Unavailable = 14,
    Unauthenticated = 16,
}

/// Makes a status of gRPC of a refusal. The challenge and `Retry-After` stay: they are metadata.
pub(super) fn translate(
    protocol: Protocol,
    parts: &mut Parts,
    error: &BearerError,
    realm: &str,
    resource_metadata: Option<&str>,
) {
    let code = code(error);
    let content_type = match protocol {
        Protocol::GrpcWeb => "application/grpc-web+proto",
        Protocol::Http | Protocol::Grpc => "application/grpc",
    };
    let message = error.description();
    let details = status(code, error, realm, resource_metadata).encode_to_vec();
    let field = |text: String| HeaderValue::try_from(text).ok();
    parts.status = StatusCode::OK;
    let headers = &mut parts.headers;
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(GRPC_STATUS, HeaderValue::from(code as u16));
    if let Some(message) = field(percent_encoded(message)) {
        headers.insert(GRPC_MESSAGE, message);
    }
    if let Some(details) = field(STANDARD_NO_PAD.encode(details)) {
        headers.insert(GRPC_STATUS_DETAILS, details);
    }
}

fn code(error: &BearerError) -> Code {
    match (error.kind(), error.status()) {
        // A credential that nobody could read authenticates nobody.
        (BearerErrorKind::InvalidRequest, _) | (_, StatusCode::UNAUTHORIZED) => {
            Code::Unauthenticated
        }
        (_, StatusCode::FORBIDDEN) => Code::PermissionDenied,
        (_, StatusCode::SERVICE_UNAVAILABLE) => Code::Unavailable,
        (_, status) if status.is_client_error() => Code::InvalidArgument,
        _ => Code::Internal,
    }
}

/// Encodes what a `grpc-message` may not hold as it is: `%`, and all but the visible characters of
/// ASCII and the space.
fn percent_encoded(message: &str) -> String {
    let mut encoded = String::with_capacity(message.len());
    for byte in message.bytes() {
        match byte {
            b'%' | ..b' ' | 0x7f.. => encoded.push_str(&format!("%{byte:02X}")),
            _ => encoded.push(char::from(byte)),
        }
    }
    encoded
}

fn status(code: Code, error: &BearerError, realm: &str, resource_metadata: Option<&str>) -> Status {
    let mut metadata = BTreeMap::new();
    if let BearerErrorKind::InsufficientScope { scope } = error.kind() {
        metadata.insert("scope".to_owned(), scope.clone().into_owned());
    }
    if let Some(url) = resource_metadata {
        metadata.insert("resource_metadata".to_owned(), url.to_owned());
    }
    let info = ErrorInfo { reason: error.reason().to_owned(), domain: realm.to_owned(), metadata };
    let mut details = vec![Any::of("google.rpc.ErrorInfo", &info)];
    if let Some(retry_after) = error.retry_after() {
        let retry = RetryInfo { retry_delay: Some(retry_after.into()) };
        details.push(Any::of("google.rpc.RetryInfo", &retry));
    }
    Status { code: code as i32, message: error.description().to_owned(), details }
}

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

/// `google.rpc.ErrorInfo`.
#[derive(Clone, PartialEq, Message)]
struct ErrorInfo {
    #[prost(string, tag = "1")]
    reason: String,
    #[prost(string, tag = "2")]
    domain: String,
    #[prost(btree_map = "string, string", tag = "3")]
    metadata: BTreeMap<String, String>,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, PartialEq, Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

impl Any {
    fn of(name: &str, message: &impl Message) -> Self {
        Self { type_url: format!("type.googleapis.com/{name}"), value: message.encode_to_vec() }
    }
}

impl From<Duration> for Delay {
    fn from(duration: Duration) -> Self {
        Self {
            seconds: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
            nanos: i32::try_from(duration.subsec_nanos()).unwrap_or(i32::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_percent_encoded() {
        assert_eq!(percent_encoded("a token, 100 %"), "a token, 100 %25");
        assert_eq!(percent_encoded("\u{e9}\n~\u{7f}"), "%C3%A9%0A~%7F");
    }

    #[test]
    fn a_credential_that_is_malformed_is_unauthenticated_and_a_path_is_an_argument() {
        for (kind, expected) in [
            (BearerErrorKind::MissingToken, Code::Unauthenticated),
            (BearerErrorKind::InvalidRequest, Code::Unauthenticated),
            (BearerErrorKind::InvalidToken, Code::Unauthenticated),
            (BearerErrorKind::InsufficientScope { scope: "a".into() }, Code::PermissionDenied),
            (BearerErrorKind::UnlistedOperation, Code::PermissionDenied),
            (BearerErrorKind::KeysUnavailable { retry_after: Duration::ZERO }, Code::Unavailable),
            (
                BearerErrorKind::IntrospectionUnavailable { retry_after: Duration::ZERO },
                Code::Unavailable,
            ),
            (BearerErrorKind::InvalidPath, Code::InvalidArgument),
            (BearerErrorKind::Misconfigured { help: "a".into() }, Code::Internal),
        ] {
            assert_eq!(code(&kind.into()), expected);
        }
    }
}
