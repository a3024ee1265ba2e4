//! A client of the issuer that sends exactly what a test says.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, Request, header};
use serde_json::Value;
use tower::ServiceExt as _;
use tower_bearer::{
    algorithm::Algorithm,
    issuer::{Account, Application, TokenIssuer, TokenIssuerBuilder},
    secret::Secret,
};

use crate::support::ManualClock;
pub(crate) use crate::support::NOW;

/// 256 bits; tests and documents have it, nothing else.
pub(crate) const SECRET: &str = "p3YkTq0ZfVbN7sGm1xWcRj9uHdLo5aEi8vKt2yQnB4M";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

pub(crate) fn secret() -> Secret {
    Secret::new(SECRET)
}

/// An issuer with the application `display` and the account `outsourcer-a`, who may read what is
/// announced.
pub(crate) fn display() -> TokenIssuerBuilder {
    without_accounts().account(outsourcer_a())
}

/// The issuer with its application alone.
pub(crate) fn without_accounts() -> TokenIssuerBuilder {
    TokenIssuer::builder("https://issuer.example".parse().unwrap())
        .algorithm(Algorithm::ES256)
        .clock(ManualClock::at(NOW))
        .application(
            Application::new("display")
                .audience("https://display.example")
                .resource("user-growth", ["read", "update"])
                .resource("customer", ["create", "read", "update", "delete"])
                .resource("announce", ["create", "read", "update", "delete"])
                .resource("revenue", ["create", "read", "update", "delete"]),
        )
}

pub(crate) fn outsourcer_a() -> Account {
    Account::new("outsourcer-a").secret(&secret()).allow("display", "announce:*:read")
}

/// What the issuer answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn member(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status and error code.
    pub(crate) fn error(&self) -> (u16, String) {
        (self.status, self.member("error"))
    }

    /// `scope` and `rejected_scope`, both of which must be there.
    pub(crate) fn scopes(&self) -> (String, String) {
        let json = self.json();
        let member = |name: &str| json[name].as_str().expect("a member of the answer").to_owned();
        (member("scope"), member("rejected_scope"))
    }
}

pub(crate) async fn send(issuer: &TokenIssuer, request: Request<String>) -> Answer {
    let response = issuer.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(axum::body::Body::new(body), usize::MAX).await.unwrap();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}

/// A token request of `outsourcer-a` that a test spoils or extends.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) method: &'static str,
    pub(crate) uri: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) form: Vec<(String, String)>,
}

/// Authenticated by Basic.
pub(crate) fn basic() -> Asked {
    by_basic("outsourcer-a", SECRET)
}

pub(crate) fn by_basic(id: &str, secret: &str) -> Asked {
    let credentials = STANDARD.encode(format!("{}:{}", encode(id), encode(secret)));
    bare().header("authorization", format!("Basic {credentials}"))
}

/// Authenticated by members of the body.
pub(crate) fn post() -> Asked {
    bare().with("client_id", "outsourcer-a").with("client_secret", SECRET)
}

/// Without credentials.
pub(crate) fn bare() -> Asked {
    let asked = Asked {
        method: "POST",
        uri: "/oauth/token".to_owned(),
        headers: Vec::new(),
        form: Vec::new(),
    };
    asked.header("content-type", FORM).with("grant_type", "client_credentials")
}

impl Asked {
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.form.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.form.retain(|(known, _)| known != name);
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self
    }

    pub(crate) fn at(self, uri: &str) -> Self {
        Self { uri: uri.to_owned(), ..self }
    }

    pub(crate) fn by(self, method: &'static str) -> Self {
        Self { method, ..self }
    }

    pub(crate) fn body(&self) -> String {
        let pairs =
            self.form.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    }

    pub(crate) fn request(&self, body: String) -> Request<String> {
        let mut request = Request::builder().method(self.method).uri(&self.uri);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        request.body(body).unwrap()
    }

    pub(crate) async fn of(&self, issuer: &TokenIssuer) -> Answer {
        send(issuer, self.request(self.body())).await
    }

    /// As JSON instead of a form.
    pub(crate) async fn as_json_of(&self, issuer: &TokenIssuer, json: &str) -> Answer {
        let asked = self.clone().without_header("content-type");
        let asked = asked.header("content-type", "application/json; charset=utf-8");
        send(issuer, asked.request(json.to_owned())).await
    }
}

/// Form encoding (RFC 6749 Appendix B).
pub(crate) fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b' ' => encoded.push('+'),
            byte if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) => {
                encoded.push(char::from(byte));
            }
            byte => write!(encoded, "%{byte:02X}").unwrap(),
        }
        encoded
    })
}
