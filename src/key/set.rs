use std::{collections::HashSet, sync::Arc};

use super::{
    document::{KeySetError, KeySetErrorKind, entries},
    fault::{KeyFault, SkippedKey},
    jwk::{KeyUse, Members},
    pem::blocks,
    public::Key,
    spki,
};
use crate::algorithm::Algorithm;

/// The maximum number of entries of a JWK Set. Real issuers publish up to 15.
pub const MAX_KEYS: usize = 100;

/// The maximum number of keys that are tried for one token if several have the same `kid` and
/// algorithm: each attempt costs a signature check.
pub const MAX_CANDIDATES: usize = 4;

/// The usable keys of one issuer's JWK Set (RFC 7517 §5).
///
/// A set may be empty; the caller decides whether that is a failure.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    keys: Vec<Arc<Key>>,
    /// Positions in `keys`, ordered by `kid`; keys without one come first, and keys of one `kid`
    /// in the order of the document.
    by_kid: Vec<usize>,
    skipped: Vec<SkippedKey>,
}

impl KeySet {
    /// Reads a JWK Set of at most [`MAX_KEYS`] entries.
    ///
    /// An entry that cannot be used is skipped and listed in [`skipped`](Self::skipped). It does
    /// **not** bound the size of the document: the caller must.
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
        Self::parse_for(document, max_keys, KeyUse::default())
    }

    /// Reads the keys of a JWK Set that are for this use.
    pub(crate) fn parse_for(
        document: &[u8],
        max_keys: usize,
        usage: KeyUse,
    ) -> Result<Self, KeySetError> {
        let mut set = Self::default();
        for (index, entry) in entries(document, max_keys)?.into_iter().enumerate() {
            if let Err(skipped) = set.add_entry(index, entry, usage) {
                set.skipped.push(skipped);
            }
        }
        Ok(set.indexed())
    }

    /// Reads the public keys of a PEM file (RFC 7468), at most [`MAX_KEYS`]: blocks `PUBLIC KEY` and
    /// `RSA PUBLIC KEY`.
    ///
    /// A PEM file names neither `kid` nor `alg`: the keys serve every algorithm that fits their
    /// kind, and tokens whose `kid` no key has; see [`candidates`](Self::candidates). Other blocks
    /// are skipped and listed in [`skipped`](Self::skipped), private keys as exposed secrets.
    ///
    /// ```
    /// # fn main() -> Result<(), tower_bearer::key::KeySetError> {
    /// let keys = tower_bearer::key::KeySet::from_pem(
    ///     "-----BEGIN PUBLIC KEY-----\n\
    ///      MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
    ///      -----END PUBLIC KEY-----\n",
    /// )?;
    /// assert_eq!(keys.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The text has no PEM block, a malformed one, or more than [`MAX_KEYS`].
    pub fn from_pem(pem: &str) -> Result<Self, KeySetError> {
        let mut set = Self::default();
        for (index, block) in blocks(pem).enumerate() {
            let block = block.map_err(KeySetError::not_pem)?;
            if index == MAX_KEYS {
                let kind = KeySetErrorKind::TooManyKeys { keys: index + 1, max_keys: MAX_KEYS };
                return Err(kind.into());
            }
            let key = match block.label {
                "PUBLIC KEY" | "RSA PUBLIC KEY" => spki::from_der(&block.der),
                label if label.ends_with("PRIVATE KEY") => Err(KeyFault::PrivateKey),
                _ => Err(KeyFault::NotAPublicKey),
            };
            let key = key.and_then(|parameters| Key::new(None, parameters, None));
            if let Err(fault) = key.and_then(|key| set.add(key)) {
                set.skipped.push(SkippedKey::new(index, None, fault));
            }
        }
        if set.keys.is_empty() && set.skipped.is_empty() {
            return Err(KeySetErrorKind::NoPem.into());
        }
        Ok(set.indexed())
    }

    fn add_entry(&mut self, index: usize, entry: &str, usage: KeyUse) -> Result<(), SkippedKey> {
        let members = Members::parse(entry).map_err(|fault| SkippedKey::new(index, None, fault))?;
        let added = members.public_key(usage).and_then(|key| self.add(key));
        added.map_err(|fault| SkippedKey::new(index, members.shown_kid(), fault))
    }

    fn add(&mut self, key: Key) -> Result<(), KeyFault> {
        if self.keys.iter().any(|earlier| **earlier == key) {
            return Err(KeyFault::Repeated);
        }
        self.keys.push(Arc::new(key));
        Ok(())
    }

    /// Orders the keys by `kid` anew, after keys were added or removed.
    fn indexed(mut self) -> Self {
        self.by_kid = (0..self.keys.len()).collect();
        self.by_kid.sort_by_key(|&position| self.keys[position].kid());
        self
    }

    /// The positions of the keys of one `kid`, or of the keys without `kid`.
    fn positions_of(&self, kid: Option<&str>) -> &[usize] {
        let kid_at = |position: &usize| self.keys[*position].kid();
        let start = self.by_kid.partition_point(|position| kid_at(position) < kid);
        let rest = &self.by_kid[start..];
        &rest[..rest.partition_point(|position| kid_at(position) == kid)]
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

    /// Returns true if a usable key has this `kid`.
    #[must_use]
    pub fn contains_kid(&self, kid: &str) -> bool {
        !self.positions_of(Some(kid)).is_empty()
    }

    /// Number of usable keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Returns true if no entry of the document is usable.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The entries that are not used, in the order of the document.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    /// The keys to try for a token with these header parameters, in the order of the document, at
    /// most [`MAX_CANDIDATES`].
    ///
    /// These are the keys that serve `algorithm` and
    ///
    /// - have the token's `kid`;
    /// - or have no `kid`, if the token has none or one that no key has;
    /// - or, for a token without `kid` where every such key has one, the only key: with several
    ///   keys the choice would be a guess.
    pub fn candidates(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &Key> {
        let own = kid.map(|kid| self.positions_of(Some(kid))).unwrap_or_default();
        let (positions, is_only) = if !own.is_empty() {
            (own, false)
        } else if kid.is_some() || self.tries_without_kid(kid, algorithm) {
            (self.positions_of(None), false)
        } else {
            (self.by_kid.as_slice(), true)
        };
        let eligible = move || {
            let keys = positions.iter().map(|&position| self.keys[position].as_ref());
            keys.filter(move |key| key.can_verify(algorithm))
        };
        let is_guess = is_only && eligible().nth(1).is_some();
        eligible().take(if is_guess { 0 } else { MAX_CANDIDATES })
    }

    /// Returns true if the [`candidates`](Self::candidates) for a token are keys without `kid`. If
    /// none of them verifies it, the token may be signed by a newer key.
    pub(crate) fn tries_without_kid(&self, kid: Option<&str>, algorithm: Algorithm) -> bool {
        self.positions_of(None).iter().any(|&position| self.keys[position].can_verify(algorithm))
            && !kid.is_some_and(|kid| self.contains_kid(kid))
    }

    /// Returns true if `other` has the same usable keys in any order, so that a refresh from one to
    /// the other changes nothing.
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

    /// Returns the set with more keys appended.
    pub(crate) fn with_keys(&self, keys: impl IntoIterator<Item = Arc<Key>>) -> Self {
        let mut all = self.clone();
        all.keys.extend(keys);
        all.indexed()
    }

    /// Returns the set without the key of one SHA-256 thumbprint (RFC 7638), for a key without
    /// `kid` that must not be trusted any more.
    #[must_use]
    pub fn without_thumbprint(&self, thumbprint: &str) -> Self {
        let mut rest = self.clone();
        rest.keys.retain(|key| key.thumbprint() != thumbprint);
        rest.indexed()
    }

    /// Returns the set without the keys of one `kid`, for a key that must not be trusted any more.
    #[must_use]
    pub fn without_kid(&self, kid: &str) -> Self {
        let mut rest = self.clone();
        rest.keys.retain(|key| key.kid() != Some(kid));
        rest.indexed()
    }
}
