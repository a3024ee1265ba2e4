use std::{error::Error, fmt};

use crate::json::{self, JsonFault};

/// Returns the entries of a JWK Set, each as JSON text. Other members are ignored (RFC 7517 §5), and
/// so is a byte order mark.
pub(super) fn entries(document: &[u8], max_keys: usize) -> Result<Vec<&str>, KeySetError> {
    let text = json::document_text(document).map_err(KeySetError::not_an_object)?;
    let mut keys = None;
    let mut repeated = false;
    json::read_raw(text, &mut |name, value| {
        if name == "keys" {
            repeated |= keys.replace(value).is_some();
        }
    })
    .map_err(KeySetError::not_an_object)?;
    if repeated {
        return Err(KeySetErrorKind::DuplicateKeys.into());
    }
    let mut entries = Vec::new();
    let mut count = 0;
    json::elements(keys.ok_or(KeySetErrorKind::NoKeys)?, &mut |entry| {
        count += 1;
        if count <= max_keys {
            entries.push(entry);
        }
    })
    .map_err(|_| KeySetErrorKind::NoKeys)?;
    if count > max_keys {
        return Err(KeySetErrorKind::TooManyKeys { keys: count, max_keys }.into());
    }
    Ok(entries)
}

/// A document that is not a key set.
#[derive(Debug)]
pub struct KeySetError {
    kind: KeySetErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl KeySetError {
    fn not_an_object(source: JsonFault) -> Self {
        Self { kind: KeySetErrorKind::NotAnObject, source: Some(source.into()) }
    }

    pub(super) fn not_pem(source: pem_rfc7468::Error) -> Self {
        Self { kind: KeySetErrorKind::NoPem, source: Some(source.to_string().into()) }
    }

    /// Returns the kind of the error.
    #[must_use]
    pub fn kind(&self) -> KeySetErrorKind {
        self.kind
    }
}

/// The kinds of [`KeySetError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeySetErrorKind {
    /// It is not a JSON object.
    NotAnObject,
    /// It has no PEM block, or a malformed one.
    NoPem,
    /// It has no array `keys`.
    NoKeys,
    /// It has the member `keys` twice.
    DuplicateKeys,
    /// It has too many entries.
    TooManyKeys {
        /// The number of entries in the document.
        keys: usize,
        /// The maximum number of entries.
        max_keys: usize,
    },
}

impl fmt::Display for KeySetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            KeySetErrorKind::NotAnObject => f.write_str("the key set is not a JSON object"),
            KeySetErrorKind::NoPem => f.write_str("the text has no well-formed PEM block"),
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
