//! What a token looks like: the header and claims of each profile.

use serde_json::{Map, Value, json};

use crate::time::UnixTime;

/// The shape of the issued tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// RFC 9068: `typ` is `at+jwt`; `iss`, `exp`, `aud`, `sub`, `client_id`, `iat`, `jti`, and
    /// `scope` when one was granted. `aud` is the application's audience, `sub` the account's key.
    #[default]
    Rfc9068,
    /// As Authing's programmatic access accounts have it: `typ` is `JWT`; exactly `jti`, `iat`,
    /// `exp`, `scope`, `iss`, `aud` (the account's key) and `azp` (the application's id).
    Authing,
    /// As Auth0 has it: `typ` is `JWT`; `iss` ends in `/`, `sub` is `KEY@clients`, `aud` the
    /// application's audience, `azp` the account's key, `gty` is `client-credentials`; `iat` and
    /// `exp`, and `scope` when one was granted.
    Auth0,
}

/// What an issued token says, whatever its shape.
#[derive(Debug)]
pub(super) struct Statement<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    /// The id of the first application.
    pub(super) application: &'a str,
    pub(super) audiences: &'a [&'a str],
    pub(super) scope: &'a str,
    pub(super) issued_at: UnixTime,
    pub(super) expires_at: UnixTime,
    pub(super) token_id: &'a str,
}

impl Profile {
    /// The `typ` of the header (RFC 7515 §4.1.9).
    pub(super) const fn typ(self) -> &'static str {
        match self {
            Self::Rfc9068 => "at+jwt",
            Self::Authing | Self::Auth0 => "JWT",
        }
    }

    pub(super) fn claims(self, statement: &Statement<'_>) -> Map<String, Value> {
        let mut claims = Map::new();
        let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        put("iss", statement.issuer.into());
        put("iat", statement.issued_at.as_secs().into());
        put("exp", statement.expires_at.as_secs().into());
        if self == Self::Authing || !statement.scope.is_empty() {
            put("scope", statement.scope.into());
        }
        match self {
            Self::Rfc9068 => {
                put("aud", audience(statement.audiences));
                put("sub", statement.client_id.into());
                put("client_id", statement.client_id.into());
                put("jti", statement.token_id.into());
            }
            Self::Authing => {
                put("aud", statement.client_id.into());
                put("azp", statement.application.into());
                put("jti", statement.token_id.into());
            }
            Self::Auth0 => {
                put("aud", audience(statement.audiences));
                put("sub", format!("{}@clients", statement.client_id).into());
                put("azp", statement.client_id.into());
                put("gty", "client-credentials".into());
            }
        }
        claims
    }
}

/// A string for one audience, an array for several (RFC 7519 §4.1.3).
fn audience(audiences: &[&str]) -> Value {
    match audiences {
        [one] => json!(one),
        several => json!(several),
    }
}
