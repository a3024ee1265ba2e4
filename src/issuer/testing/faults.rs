//! Faults as plain values, from Rust or from JSON.

use std::time::Duration;

use http::StatusCode;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::token_changes::TokenChanges;
use crate::issuer::endpoint;

/// The faults of an issuer; none by default.
///
/// As JSON, each member optional:
///
/// ```json
/// {
///   "outage": "close",
///   "retry_after": 120,
///   "delay_ms": 250,
///   "endpoints": ["token", "jwks", "metadata", "revocation", "introspection", "statuslist"],
///   "flapping": true,
///   "clock_skew": -300,
///   "token": {"claims": {"aud": "urn:other"}}
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[must_use]
pub struct Faults {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) outage: Option<Outage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) retry_after: Option<u64>,
    #[serde(skip_serializing_if = "is_zero")]
    delay_ms: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    endpoints: Vec<Endpoint>,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) flapping: bool,
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) clock_skew: i64,
    #[serde(skip_serializing_if = "is_unchanged")]
    pub(super) token: TokenChanges,
}

/// A way of failing to respond. In JSON `"close"`, `"hang"` or a number from 400 to 599.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outage {
    /// The connection is closed without a response.
    Close,
    /// Nothing, until other faults are set; then the request is answered as they say.
    Hang,
    /// This status, without a body.
    Status(StatusCode),
}

/// An endpoint of an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Endpoint {
    /// The token endpoint, by both of its paths.
    Token,
    /// The JWK Set.
    Jwks,
    /// The issuer's metadata, by both of its paths.
    Metadata,
    /// The revocation endpoint, by both of its paths.
    Revocation,
    /// The introspection endpoint, by both of its paths.
    Introspection,
    /// The status lists.
    StatusList,
}

impl From<endpoint::Endpoint> for Endpoint {
    fn from(endpoint: endpoint::Endpoint) -> Self {
        match endpoint {
            endpoint::Endpoint::Token => Self::Token,
            endpoint::Endpoint::Revocation => Self::Revocation,
            endpoint::Endpoint::Introspection => Self::Introspection,
            endpoint::Endpoint::StatusList => Self::StatusList,
            endpoint::Endpoint::Jwks => Self::Jwks,
            endpoint::Endpoint::Metadata => Self::Metadata,
        }
    }
}

impl Faults {
    /// No faults.
    pub fn none() -> Self {
        Self::default()
    }

    /// Answers no request normally.
    pub fn outage(self, outage: Outage) -> Self {
        Self { outage: Some(outage), ..self }
    }

    /// Sends `Retry-After` with the status of an outage, in whole seconds; 429 should have one.
    pub fn retry_after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait.as_secs()), ..self }
    }

    /// Delays each request, in whole milliseconds.
    pub fn delay(self, delay: Duration) -> Self {
        Self { delay_ms: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX), ..self }
    }

    /// Restricts outage and delay to these endpoints.
    pub fn endpoints(self, endpoints: impl IntoIterator<Item = Endpoint>) -> Self {
        Self { endpoints: endpoints.into_iter().collect(), ..self }
    }

    /// Answers as two replicas in turn that do not know each other's keys: every second JWK Set is
    /// that of the replica, and every second token is signed by it. The issuer's own comes first.
    pub fn flapping(self) -> Self {
        Self { flapping: true, ..self }
    }

    /// Shifts the issuer's clock by this many seconds; negative means back.
    pub fn clock_skew(self, seconds: i64) -> Self {
        Self { clock_skew: seconds, ..self }
    }

    /// Changes each token that the token endpoint issues.
    pub fn token(self, changes: TokenChanges) -> Self {
        Self { token: changes, ..self }
    }

    pub(super) fn delay_at(&self, endpoint: Endpoint) -> Duration {
        Duration::from_millis(if self.concern(endpoint) { self.delay_ms } else { 0 })
    }

    pub(super) fn outage_at(&self, endpoint: Endpoint) -> Option<Outage> {
        self.outage.filter(|_| self.concern(endpoint))
    }

    fn concern(&self, endpoint: Endpoint) -> bool {
        self.endpoints.is_empty() || self.endpoints.contains(&endpoint)
    }
}

impl Serialize for Outage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Close => serializer.serialize_str("close"),
            Self::Hang => serializer.serialize_str("hang"),
            Self::Status(status) => serializer.serialize_u16(status.as_u16()),
        }
    }
}

impl<'de> Deserialize<'de> for Outage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Status(u16),
            Name(String),
        }
        let status = match Written::deserialize(deserializer) {
            Ok(Written::Name(name)) if name == "close" => return Ok(Self::Close),
            Ok(Written::Name(name)) if name == "hang" => return Ok(Self::Hang),
            Ok(Written::Status(status @ 400..=599)) => StatusCode::from_u16(status).ok(),
            _ => None,
        };
        let unknown = || D::Error::custom("outage is `close`, `hang` or a status from 400 to 599");
        status.map(Self::Status).ok_or_else(unknown)
    }
}

fn is_zero<N: Default + PartialEq>(number: &N) -> bool {
    *number == N::default()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde takes")]
fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_unchanged(changes: &TokenChanges) -> bool {
    *changes == TokenChanges::none()
}
