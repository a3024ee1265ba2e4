use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{claims::Issuer, time::UnixTime};

/// An entry of a [`Denylist`](super::Denylist): the tokens of one issuer that are refused until a
/// time.
///
/// serde reads and writes it as `issuer`, `denied` and `until_ms`, milliseconds since 1970:
///
/// ```
/// use tower_bearer::{
///     Issuer,
///     denylist::{Denial, Denied},
///     time::UnixTime,
/// };
///
/// let issuer = Issuer::new("https://issuer.example")?;
/// let denial = Denial::new(issuer, Denied::subject("alice"), UnixTime::from_secs(1_900_000_000));
/// let json = serde_json::to_string(&denial)?;
/// assert_eq!(
///     json,
///     r#"{"issuer":"https://issuer.example","denied":{"subject":"alice"},"until_ms":1900000000000}"#
/// );
/// assert_eq!(serde_json::from_str::<Denial>(&json)?, denial);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Denial {
    #[serde(serialize_with = "write_issuer", deserialize_with = "read_issuer")]
    pub(super) issuer: Issuer,
    pub(super) denied: Denied,
    #[serde(rename = "until_ms", serialize_with = "write_time", deserialize_with = "read_time")]
    pub(super) until: UnixTime,
}

/// What a [`Denial`] denies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Denied {
    /// The tokens with this `jti`: usually one.
    TokenId(Box<str>),
    /// The tokens with this `sub`.
    Subject(Box<str>),
    /// The tokens of this client, which is the [`client_id`](crate::AccessToken::client_id) of a
    /// verified token.
    Client(Box<str>),
    /// The tokens that the key with this `kid` verifies, and those whose header names it.
    ///
    /// A key without `kid` cannot be denied so: see
    /// [`KeySet::without_thumbprint`](crate::key::KeySet::without_thumbprint).
    KeyId(Box<str>),
    /// The tokens of a subject whose `iat` is before a time, and those of the subject without `iat`.
    IssuedBefore {
        /// The `sub`.
        subject: Box<str>,
        /// The time; a token that was issued at it is not refused.
        #[serde(rename = "time_ms", serialize_with = "write_time", deserialize_with = "read_time")]
        time: UnixTime,
    },
}

impl Denial {
    /// Denies tokens of `issuer` until a time: the `exp` of the last such token, with the leeway of
    /// the API. An entry that has ended has no effect, and is dropped.
    #[must_use]
    pub const fn new(issuer: Issuer, denied: Denied, until: UnixTime) -> Self {
        Self { issuer, denied, until }
    }

    /// The issuer of the tokens.
    #[must_use]
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// What is denied.
    #[must_use]
    pub const fn denied(&self) -> &Denied {
        &self.denied
    }

    /// The time at which the entry ends.
    #[must_use]
    pub const fn until(&self) -> UnixTime {
        self.until
    }
}

impl Denied {
    /// Denies the token with this `jti`.
    pub fn token_id(id: impl Into<Box<str>>) -> Self {
        Self::TokenId(id.into())
    }

    /// Denies the tokens of a subject.
    pub fn subject(subject: impl Into<Box<str>>) -> Self {
        Self::Subject(subject.into())
    }

    /// Denies the tokens of a client.
    pub fn client(id: impl Into<Box<str>>) -> Self {
        Self::Client(id.into())
    }

    /// Denies the tokens of a key.
    pub fn key_id(kid: impl Into<Box<str>>) -> Self {
        Self::KeyId(kid.into())
    }

    /// Denies the tokens of a subject that were issued before a time.
    pub fn issued_before(subject: impl Into<Box<str>>, time: UnixTime) -> Self {
        Self::IssuedBefore { subject: subject.into(), time }
    }
}

fn write_issuer<S: Serializer>(issuer: &Issuer, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(issuer.as_str())
}

fn read_issuer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Issuer, D::Error> {
    Issuer::new(String::deserialize(deserializer)?).map_err(D::Error::custom)
}

fn write_time<S: Serializer>(time: &UnixTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(time.as_millis())
}

fn read_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<UnixTime, D::Error> {
    u64::deserialize(deserializer).map(UnixTime::from_millis)
}
