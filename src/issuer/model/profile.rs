//! The profiles of issued tokens: the header and claims of each.

use serde::{Serialize, Serializer, ser::SerializeMap as _};
use serde_json::{Map, Value};

use crate::{jwt::DecodedToken, time::UnixTime};

/// The shape of the issued tokens.
///
/// ```
/// use tower_bearer::issuer::{Profile, TokenIssuer};
///
/// // Tokens as Auth0 issues them, for a service that reads its claims.
/// let builder = TokenIssuer::builder("https://issuer.example/".parse()?).profile(Profile::Auth0);
/// # let _ = builder;
/// # Ok::<(), tower_bearer::claims::IdentifierError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// RFC 9068: `typ` is `at+jwt`; `iss`, `exp`, `aud`, `sub`, `client_id`, `iat`, `jti`, `status`
    /// unless [status lists](crate::issuer::TokenIssuerBuilder::status_lists) are off, and `scope`
    /// when one was granted. `aud` is the application's audience, `sub` the account's key.
    #[default]
    Rfc9068,
    /// The tokens of Authing's programmatic access accounts: `typ` is `JWT`; exactly `jti`, `iat`,
    /// `exp`, `scope`, `iss`, `aud` (the account's key) and `azp` (the application's id).
    Authing,
    /// The tokens of Auth0: `typ` is `JWT`; `iss` ends in `/`, `sub` is `KEY@clients`, `aud` the
    /// application's audience, `azp` the account's key, `gty` is `client-credentials`; `iat` and
    /// `exp`, and `scope` when one was granted.
    Auth0,
}

/// The values of an issued token's claims, for any profile.
#[derive(Debug)]
pub(in crate::issuer) struct ClaimValues<'a> {
    pub(in crate::issuer) issuer: &'a str,
    pub(in crate::issuer) client_id: &'a str,
    /// The id of the first application.
    pub(in crate::issuer) application: &'a str,
    pub(in crate::issuer) audiences: &'a [&'a str],
    pub(in crate::issuer) scope: &'a str,
    pub(in crate::issuer) issued_at: UnixTime,
    pub(in crate::issuer) expires_at: UnixTime,
    pub(in crate::issuer) token_id: &'a str,
    /// The index of the token's status, and the address of the list.
    pub(in crate::issuer) status: Option<(u32, &'a str)>,
}

impl Profile {
    /// The `typ` of the header (RFC 7515 §4.1.9).
    pub(in crate::issuer) const fn typ(self) -> &'static str {
        match self {
            Self::Rfc9068 => "at+jwt",
            Self::Authing | Self::Auth0 => "JWT",
        }
    }

    /// Returns the key of the account that a token of this profile was issued to.
    pub(in crate::issuer) fn account_of(self, token: &DecodedToken) -> Option<&str> {
        match self {
            Self::Rfc9068 => token.client_id(),
            Self::Authing => token.audience().next(),
            Self::Auth0 => token.caller(),
        }
    }

    /// The claims of a token by their names.
    pub(in crate::issuer) fn claims(self, values: &ClaimValues<'_>) -> Map<String, Value> {
        match serde_json::to_value(Claims { profile: self, values, added: &Map::new() }) {
            Ok(Value::Object(claims)) => claims,
            _ => Map::new(),
        }
    }
}

/// The claims of a token, and those that hooks have added, whose names differ from the profile's.
#[derive(Debug)]
pub(in crate::issuer) struct Claims<'a> {
    pub(in crate::issuer) profile: Profile,
    pub(in crate::issuer) values: &'a ClaimValues<'a>,
    pub(in crate::issuer) added: &'a Map<String, Value>,
}

impl Serialize for Claims<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { profile, values, added } = *self;
        let mut claims = serializer.serialize_map(None)?;
        claims.serialize_entry("iss", values.issuer)?;
        claims.serialize_entry("iat", &values.issued_at.as_secs())?;
        claims.serialize_entry("exp", &values.expires_at.as_secs())?;
        if profile == Profile::Authing || !values.scope.is_empty() {
            claims.serialize_entry("scope", values.scope)?;
        }
        match profile {
            Profile::Rfc9068 => {
                claims.serialize_entry("aud", &Audiences(values.audiences))?;
                claims.serialize_entry("sub", values.client_id)?;
                claims.serialize_entry("client_id", values.client_id)?;
                claims.serialize_entry("jti", values.token_id)?;
            }
            Profile::Authing => {
                claims.serialize_entry("aud", values.client_id)?;
                claims.serialize_entry("azp", values.application)?;
                claims.serialize_entry("jti", values.token_id)?;
            }
            Profile::Auth0 => {
                claims.serialize_entry("aud", &Audiences(values.audiences))?;
                claims.serialize_entry("sub", &format_args!("{}@clients", values.client_id))?;
                claims.serialize_entry("azp", values.client_id)?;
                claims.serialize_entry("gty", "client-credentials")?;
            }
        }
        if let Some((idx, uri)) = values.status {
            claims.serialize_entry(
                "status",
                &Status { status_list: StatusListMember { idx, uri } },
            )?;
        }
        for (name, value) in added {
            claims.serialize_entry(name, value)?;
        }
        claims.end()
    }
}

/// The claim `status` (draft-ietf-oauth-status-list, §6.1).
#[derive(Serialize)]
struct Status<'a> {
    status_list: StatusListMember<'a>,
}

#[derive(Serialize)]
struct StatusListMember<'a> {
    idx: u32,
    uri: &'a str,
}

/// A string for one audience, an array for several (RFC 7519 §4.1.3).
struct Audiences<'a>(&'a [&'a str]);

impl Serialize for Audiences<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            [one] => one.serialize(serializer),
            several => several.serialize(serializer),
        }
    }
}
