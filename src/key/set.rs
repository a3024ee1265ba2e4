use std::{collections::HashSet, error::Error, fmt, sync::Arc};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    fault::{KeyFault, SkippedKey},
    jwk::Members,
    public::Key,
};
use crate::algorithm::Algorithm;

/// Most entries of a JWK Set. Real issuers publish up to 15.
pub const MAX_KEYS: usize = 100;

/// Most keys that are tried for one token, when an issuer gave several the same `kid` and
/// algorithm: each try costs a signature check.
pub const MAX_CANDIDATES: usize = 4;

/// The usable keys of one issuer's JWK Set (RFC 7517 §5).
///
/// A set may be empty: whether that is an answer or a failure is for its reader to say.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    keys: Vec<Arc<Key>>,
    skipped: Vec<SkippedKey>,
}

impl KeySet {
    /// Reads a JWK Set of at most [`MAX_KEYS`] entries.
    ///
    /// Entries are read one by one: one that cannot be used is left out and listed in
    /// [`skipped`](Self::skipped). The document's size is for the caller to bound.
    ///
    /// # Errors
    /// The document is not a JSON object with one array `keys` of at most [`MAX_KEYS`] entries.
    pub fn parse(document: &[u8]) -> Result<Self, KeySetError> {
        Self::parse_with_limit(document, MAX_KEYS)
    }

    /// Reads a JWK Set of at most `max_keys` entries, as [`parse`](Self::parse) does.
    ///
    /// # Errors
    /// The document is not a JSON object with one array `keys` of at most `max_keys` entries.
    pub fn parse_with_limit(document: &[u8], max_keys: usize) -> Result<Self, KeySetError> {
        let entries = entries(document)?;
        if entries.len() > max_keys {
            return Err(KeySetErrorKind::TooManyKeys { keys: entries.len(), max_keys }.into());
        }
        let mut set = Self::default();
        for (index, entry) in entries.into_iter().enumerate() {
            if let Err(skipped) = set.add(index, entry.get()) {
                set.skipped.push(skipped);
            }
        }
        Ok(set)
    }

    fn add(&mut self, index: usize, entry: &str) -> Result<(), SkippedKey> {
        let members = Members::parse(entry).map_err(|fault| SkippedKey::new(index, None, fault))?;
        let skipped = |fault| SkippedKey::new(index, members.shown_kid().as_deref(), fault);
        let key = members.public_key().map_err(skipped)?;
        if self.keys.iter().any(|earlier| **earlier == key) {
            return Err(skipped(KeyFault::Repeated));
        }
        self.keys.push(Arc::new(key));
        Ok(())
    }

    /// The usable keys, in the order of the document.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter().map(AsRef::as_ref)
    }

    /// The `kid`s of the usable keys, in the order of the document, each once.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        let mut seen = HashSet::new();
        self.keys().filter_map(Key::kid).filter(move |kid| seen.insert(*kid))
    }

    /// Whether a usable key has this `kid`.
    #[must_use]
    pub fn contains_kid(&self, kid: &str) -> bool {
        self.keys().any(|key| key.kid() == Some(kid))
    }

    /// Number of usable keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no entry of the document is usable.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The entries that are not used, in the order of the document.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    /// The keys to try for a token with these header parameters, in the order of the document.
    ///
    /// With a `kid`, these are the keys that have it and serve `algorithm`, at most
    /// [`MAX_CANDIDATES`]. Without one, it is the only key that serves `algorithm`; if there are
    /// several, none: which one is meant would be a guess.
    pub fn candidates(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &Key> {
        let meant = move |key: &&Key| kid.is_none() || key.kid() == kid;
        let eligible = self
            .keys
            .iter()
            .map(AsRef::as_ref)
            .filter(meant)
            .filter(move |key| key.serves(algorithm));
        let tries = match kid {
            Some(_) => MAX_CANDIDATES,
            None => usize::from(eligible.clone().nth(1).is_none()),
        };
        eligible.take(tries)
    }

    /// Whether `other` has exactly the same usable keys, in whatever order: a refresh that finds
    /// them has changed nothing.
    #[must_use]
    pub fn same_keys_as(&self, other: &Self) -> bool {
        self.len() == other.len() && self.keys.iter().all(|key| other.keys.contains(key))
    }

    /// The set without the keys of one `kid`, for a key that must not be trusted any more.
    #[must_use]
    pub fn without_kid(&self, kid: &str) -> Self {
        let mut rest = self.clone();
        rest.keys.retain(|key| key.kid() != Some(kid));
        rest
    }
}

/// The entries of a JWK Set, each in its own JSON text. Other members are ignored (RFC 7517 §5).
fn entries(document: &[u8]) -> Result<Vec<&RawValue>, KeySetError> {
    let Document { keys, repeated } = serde_json::from_slice(document)?;
    if repeated {
        return Err(KeySetErrorKind::DuplicateKeys.into());
    }
    let keys = keys.ok_or(KeySetErrorKind::NoKeys)?;
    serde_json::from_str(keys.get()).map_err(|_| KeySetErrorKind::NoKeys.into())
}

struct Document<'a> {
    keys: Option<&'a RawValue>,
    repeated: bool,
}

impl<'de> Deserialize<'de> for Document<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Document<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JWK Set")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut document = Document { keys: None, repeated: false };
                while let Some(name) = map.next_key::<String>()? {
                    if name == "keys" {
                        document.repeated |= document.keys.replace(map.next_value()?).is_some();
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(document)
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// A document that is not a JWK Set.
#[derive(Debug)]
pub struct KeySetError {
    kind: KeySetErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl KeySetError {
    /// What is wrong with the document.
    #[must_use]
    pub fn kind(&self) -> KeySetErrorKind {
        self.kind
    }
}

/// What is wrong with a document that should be a JWK Set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeySetErrorKind {
    /// It is not a JSON object.
    NotAnObject,
    /// It has no array `keys`.
    NoKeys,
    /// It has the member `keys` twice.
    DuplicateKeys,
    /// It has too many entries.
    TooManyKeys {
        /// Entries in the document.
        keys: usize,
        /// Most entries that are read.
        max_keys: usize,
    },
}

impl fmt::Display for KeySetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            KeySetErrorKind::NotAnObject => f.write_str("the key set is not a JSON object"),
            KeySetErrorKind::NoKeys => f.write_str("the key set has no array `keys`"),
            KeySetErrorKind::DuplicateKeys => f.write_str("the key set has `keys` twice"),
            KeySetErrorKind::TooManyKeys { keys, max_keys } => {
                write!(f, "the key set has {keys} keys, more than {max_keys}")
            }
        }
    }
}

impl Error for KeySetError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl From<KeySetErrorKind> for KeySetError {
    fn from(kind: KeySetErrorKind) -> Self {
        Self { kind, source: None }
    }
}

impl From<serde_json::Error> for KeySetError {
    fn from(source: serde_json::Error) -> Self {
        Self { kind: KeySetErrorKind::NotAnObject, source: Some(source.into()) }
    }
}
