use std::{collections::HashSet, sync::Arc};

use super::{
    document::{KeySetError, KeySetErrorKind, entries},
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
        self.len() == other.len() && self.keys.iter().all(|key| other.contains(key))
    }

    pub(crate) fn shared(&self) -> impl Iterator<Item = &Arc<Key>> {
        self.keys.iter()
    }

    pub(crate) fn contains(&self, key: &Arc<Key>) -> bool {
        self.keys.contains(key)
    }

    /// The set with more keys behind its own.
    pub(crate) fn with_keys(&self, keys: impl IntoIterator<Item = Arc<Key>>) -> Self {
        let mut all = self.clone();
        all.keys.extend(keys);
        all
    }

    /// The set without the keys of one `kid`, for a key that must not be trusted any more.
    #[must_use]
    pub fn without_kid(&self, kid: &str) -> Self {
        let mut rest = self.clone();
        rest.keys.retain(|key| key.kid() != Some(kid));
        rest
    }
}
