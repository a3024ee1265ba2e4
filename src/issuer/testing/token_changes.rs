//! Changes of a token before it is signed.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    issuer::token_builder::TokenBuilder,
    key::{SigningError, SigningKey},
    time::UnixTime,
};

/// Changes to a valid token; none by default.
///
/// As JSON: `{"header": {"typ": "JWT"}, "claims": {"aud": "urn:other", "exp": null}, "expires_in":
/// -60, "signer": "stranger"}`, each member optional; `null` leaves a parameter or claim out.
///
/// ```
/// use tower_bearer::issuer::testing::{Signer, TokenChanges};
///
/// let expired = TokenChanges::none().expires_in(-60);
/// let for_another_api = TokenChanges::none().claim("aud", "urn:another");
/// let forged = TokenChanges::none().signer(Signer::Stranger);
/// # let _ = (expired, for_another_api, forged);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[must_use]
pub struct TokenChanges {
    #[serde(skip_serializing_if = "Map::is_empty")]
    header: Map<String, Value>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    claims: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<i64>,
    #[serde(skip_serializing_if = "Signer::is_own")]
    signer: Signer,
}

/// The party whose key signs a token. The header names that key unless it is changed as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Signer {
    /// The issuer's own.
    #[default]
    Own,
    /// That of the other replica, which a [flapping](super::Faults::flapping) issuer publishes
    /// every second time.
    Replica,
    /// One that nobody publishes.
    Stranger,
}

impl Signer {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde takes")]
    fn is_own(&self) -> bool {
        *self == Self::Own
    }
}

impl TokenChanges {
    /// Changes nothing: the token stays valid.
    pub fn none() -> Self {
        Self::default()
    }

    /// Sets a claim to any value; null leaves it out.
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Sets a parameter of the header to any value; null leaves it out. The key that signs stays
    /// the same, so another `alg` is wrong; with `alg` `none` the signature is empty (RFC 7519 §6).
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    /// Sets `exp` to this many seconds from now by the issuer's clock; negative means in the past.
    pub fn expires_in(self, seconds: i64) -> Self {
        Self { expires_in: Some(seconds), ..self }
    }

    /// Signs with another key.
    pub fn signer(self, signer: Signer) -> Self {
        Self { signer, ..self }
    }

    /// Returns the party whose key signs.
    pub(super) const fn signed_by(&self) -> Signer {
        self.signer
    }

    /// Applies the changes to a valid token, and signs it: with `other` instead of the issuer's
    /// key, if there is one.
    pub(super) fn sign(
        &self,
        good: TokenBuilder,
        other: Option<&SigningKey>,
        now: UnixTime,
    ) -> Result<String, SigningError> {
        let mut token = match other {
            Some(key) => good.signed_by(key),
            None => good,
        };
        if let Some(seconds) = self.expires_in {
            token = token.expires_at(shift(now, seconds));
        }
        for (name, value) in &self.claims {
            token = match value {
                Value::Null => token.without_claim(name),
                value => token.claim(name, value.clone()),
            };
        }
        for (name, value) in &self.header {
            token = match value {
                Value::Null => token.without_header(name),
                value => token.header(name, value.clone()),
            };
        }
        match self.header.get("alg").and_then(Value::as_str) {
            Some("none") => Ok(token.unsigned()),
            _ => token.sign(),
        }
    }
}

/// Shifts a time by some seconds, forward or back.
pub(super) fn shift(time: UnixTime, seconds: i64) -> UnixTime {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { time - distance } else { time + distance }
}
