use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use super::{
    document::JwksDocument,
    snapshot::{IssuerIndex, IssuerKeys, KnownKeys},
};
use crate::{
    refresh::{Answer, Budget, Query},
    time::UnixTime,
};

/// The result of a lookup, or that it depends on a fetch.
pub(crate) enum Lookup {
    Found(KeyLookup),
    Wait(KeysFuture),
}

/// The result of a lookup.
pub(crate) enum KeyLookup {
    /// The set to search.
    Keys(IssuerKeys),
    /// The issuer does not publish a usable key of this id.
    Unknown,
    /// Unknown at the moment: the keys cannot be fetched now.
    Unavailable { retry_after: Duration },
}

impl KeyLookup {
    pub(super) fn new(answer: Answer<KnownKeys>, issuer: IssuerIndex) -> Self {
        match answer {
            Answer::Ready(snapshot) => Self::Keys(IssuerKeys::new(snapshot, issuer)),
            Answer::Absent => Self::Unknown,
            Answer::Unavailable { retry_after } => Self::Unavailable { retry_after },
        }
    }
}

/// Asks for the key of a `kid`, or for the whole set.
#[derive(Debug)]
pub(super) struct KidQuery {
    pub(super) issuer: IssuerIndex,
    pub(super) kid: Option<Box<str>>,
}

impl Query<JwksDocument> for KidQuery {
    fn is_answered_by(&self, value: &KnownKeys) -> bool {
        self.kid.as_ref().is_none_or(|kid| value.keys_of(self.issuer).contains_kid(kid))
    }

    fn is_refused(&self, document: &JwksDocument) -> bool {
        self.kid.as_ref().is_some_and(|kid| document.is_revoked(self.issuer, kid))
    }

    fn is_known_absent(&self, value: &KnownKeys, now: UnixTime) -> bool {
        let absent =
            |kid: &str| value.is_missing(self.issuer, kid, now) || value.lists_unusable(kid);
        self.kid.as_deref().is_some_and(absent)
    }

    fn budget<'d>(&self, document: &'d mut JwksDocument, now: UnixTime) -> &'d mut Budget {
        document.budget_for(self.issuer, self.kid.as_deref().unwrap_or_default(), now)
    }

    fn remember_absent(
        &self,
        document: &JwksDocument,
        value: &KnownKeys,
        began: UnixTime,
        now: UnixTime,
    ) -> Option<KnownKeys> {
        let kid = self.kid.as_deref()?;
        // A recently published key may come back, and has a budget of its own.
        if document.was_published(kid, now) {
            return None;
        }
        value.with_missing(self.issuer, kid, began, now)
    }
}

/// Resolves when the fetches that a request waits for have ended, or its time limit is reached.
pub(crate) struct KeysFuture(Pin<Box<dyn Future<Output = KeyLookup> + Send>>);

impl KeysFuture {
    pub(super) fn new(
        answer: impl Future<Output = Answer<KnownKeys>> + Send + 'static,
        issuer: IssuerIndex,
    ) -> Self {
        Self(Box::pin(async move { KeyLookup::new(answer.await, issuer) }))
    }
}

impl Future for KeysFuture {
    type Output = KeyLookup;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<KeyLookup> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for KeysFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeysFuture")
    }
}
