use std::{error::Error, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// The entries of a JWK Set, each in its own JSON text. Other members are ignored (RFC 7517 §5).
pub(super) fn entries(document: &[u8]) -> Result<Vec<&RawValue>, KeySetError> {
    let Document { keys, repeated } =
        serde_json::from_slice(document).map_err(KeySetError::not_an_object)?;
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
    fn not_an_object(source: serde_json::Error) -> Self {
        Self { kind: KeySetErrorKind::NotAnObject, source: Some(source.into()) }
    }

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
