//! What is changed in a token before it is signed, and who signs it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{fault_control::Desk, faults::after};
use crate::{
    issuer::token_builder::TokenBuilder,
    key::{SigningError, SigningKey},
    time::UnixTime,
};

/// What is changed in a token that is good otherwise; by default nothing.
///
/// As JSON: `{"header": {"typ": "JWT"}, "claims": {"aud": "urn:other", "exp": null}, "expires_in":
/// -60, "signer": "stranger"}`, each member optional; `null` leaves a parameter or claim out.
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

/// Whose key signs a token; the header names that key unless it is changed, too.
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
    /// None: the token stays good.
    pub fn none() -> Self {
        Self::default()
    }

    /// Sets a claim to any value; null leaves it out.
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Sets a parameter of the header to any value; null leaves it out. The key that signs stays
    /// the same, so that another `alg` is a lie; with `alg` `none` the signature is empty (RFC 7519
    /// §6).
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    /// Sets `exp` to so many seconds from now by the issuer's clock; less than none are in the past.
    pub fn expires_in(self, seconds: i64) -> Self {
        Self { expires_in: Some(seconds), ..self }
    }

    /// Has another key sign.
    pub fn signer(self, signer: Signer) -> Self {
        Self { signer, ..self }
    }

    /// The token that becomes of a good one, whose key is `own`.
    pub(super) fn sign(
        &self,
        good: TokenBuilder,
        own: &SigningKey,
        desk: &Desk,
        now: UnixTime,
    ) -> Result<String, SigningError> {
        let mut draft = match self.signer {
            Signer::Own => good,
            Signer::Replica => good.signed_by(&desk.replica(own.algorithm())?),
            Signer::Stranger => good.signed_by(&desk.stranger(own.algorithm())?),
        };
        if let Some(seconds) = self.expires_in {
            draft = draft.expires_at(after(now, seconds));
        }
        for (name, value) in &self.claims {
            draft = match value {
                Value::Null => draft.without_claim(name),
                value => draft.claim(name, value.clone()),
            };
        }
        for (name, value) in &self.header {
            draft = match value {
                Value::Null => draft.without_header(name),
                value => draft.header(name, value.clone()),
            };
        }
        match self.header.get("alg").and_then(Value::as_str) {
            Some("none") => Ok(draft.unsigned()),
            _ => draft.sign(),
        }
    }
}
