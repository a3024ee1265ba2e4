//! The signed lists as they are served: each is built once for all requests.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use serde::Serialize;

use crate::{
    jwt,
    key::{SigningError, SigningKey},
    status::{StatusList, TOKEN_TYPE},
    time::UnixTime,
};

/// How long a list is valid: 1 day. It is not used for longer in an outage of the issuer.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// A list that has not changed is signed again after 6 hours, so that 18 hours are left at least.
const RENEWAL: Duration = Duration::from_secs(6 * 60 * 60);

/// A changed list is signed a second time after 3 seconds. Processes that share a folder may sign
/// different lists with one `iat`, of which an API keeps the one that it saw first. Each process
/// reads the journal at most half a second before it signs, so that no list with the later `iat` lacks
/// the change.
const SETTLING: Duration = Duration::from_secs(3);

/// A signed list.
#[derive(Debug)]
pub(in crate::issuer) struct Document {
    pub(in crate::issuer) body: Bytes,
    /// A strong entity tag (RFC 9110 §8.8.3), quotes included.
    pub(in crate::issuer) etag: String,
    /// The newest version of the state in which the list is as it is here.
    version: AtomicU64,
    pub(super) built_at: UnixTime,
    /// When this process built the list first as it is here.
    changed_at: UnixTime,
    /// The list is published until this time.
    retired_at: UnixTime,
    kid: String,
    ttl: Duration,
}

/// What a list says beside its statuses.
#[derive(Debug)]
pub(super) struct Heading<'a> {
    pub(super) issuer: &'a str,
    pub(super) uri: &'a str,
    pub(super) ttl: Duration,
    pub(super) now: UnixTime,
    /// When the list was built first as it is now.
    pub(super) changed_at: UnixTime,
    pub(super) retired_at: UnixTime,
}

impl Document {
    pub(super) fn build(
        statuses: &StatusList,
        version: u64,
        heading: &Heading<'_>,
        key: &SigningKey,
    ) -> Result<Self, SigningError> {
        #[derive(Serialize)]
        struct Claims<'a> {
            iss: &'a str,
            sub: &'a str,
            iat: u64,
            exp: u64,
            ttl: u64,
            status_list: &'a StatusList,
        }
        let Heading { issuer, uri, ttl, now, changed_at, retired_at } = *heading;
        let claims = Claims {
            iss: issuer,
            sub: uri,
            iat: now.as_secs(),
            exp: (now + LIFETIME).as_secs(),
            ttl: ttl.as_secs(),
            status_list: statuses,
        };
        let body = jwt::sign(&jwt::Header::new(TOKEN_TYPE, key), &claims, key)?;
        let tag = digest(&SHA256, body.as_bytes());
        let tag = URL_SAFE_NO_PAD.encode(tag.as_ref().get(..12).unwrap_or_default());
        Ok(Self {
            body: body.into(),
            etag: format!("\"{tag}\""),
            version: AtomicU64::new(version),
            built_at: now,
            changed_at,
            retired_at,
            kid: key.kid().to_owned(),
            ttl,
        })
    }

    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::Relaxed)
    }

    /// Records that the list has not changed up to a version of the state.
    pub(super) fn confirm(&self, version: u64) {
        self.version.fetch_max(version, Ordering::Relaxed);
    }

    /// Returns true if it can be served while the list has not changed.
    pub(super) fn is_fresh(&self, ttl: Duration, now: UnixTime, key: &SigningKey) -> bool {
        self.kid == key.kid()
            && self.ttl == ttl
            && self.built_at <= now
            && now <= self.retired_at
            && now < self.built_at + RENEWAL
            && (self.is_settled() || now < self.changed_at + SETTLING)
    }

    fn is_settled(&self) -> bool {
        self.built_at >= self.changed_at + SETTLING
    }

    /// When the list was built first as it is now, if it has not changed since a version.
    pub(super) fn unchanged_since(&self, changed: u64, now: UnixTime) -> Option<UnixTime> {
        (self.version() >= changed).then(|| self.changed_at.min(now))
    }
}

/// The newest document of each list.
#[derive(Debug, Default)]
pub(super) struct Documents(Mutex<HashMap<String, Arc<Document>>>);

impl Documents {
    pub(super) fn get(&self, id: &str) -> Option<Arc<Document>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    pub(super) fn put(&self, id: &str, document: &Arc<Document>) {
        let mut documents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        documents.insert(id.to_owned(), Arc::clone(document));
    }

    /// Removes the documents of other lists than those that are known.
    pub(super) fn retain(&self, is_known: impl Fn(&str) -> bool) {
        let mut documents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        documents.retain(|id, _| is_known(id));
    }
}
