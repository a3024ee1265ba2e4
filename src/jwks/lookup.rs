use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use arc_swap::Guard;

use super::{
    document::JwksDocument,
    snapshot::{KnownKeys, Snapshot},
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
    Keys(Guard<Arc<Snapshot>>),
    /// The issuer does not publish a usable key of this id.
    Unknown,
    /// Unknown at the moment: the keys cannot be fetched now.
    Unavailable { retry_after: Duration },
}

impl From<Answer<KnownKeys>> for KeyLookup {
    fn from(answer: Answer<KnownKeys>) -> Self {
        match answer {
            Answer::Ready(snapshot) => Self::Keys(snapshot),
            Answer::Absent => Self::Unknown,
            Answer::Unavailable { retry_after } => Self::Unavailable { retry_after },
        }
    }
}

/// Asks for the key of a `kid`, or for the whole set.
#[derive(Debug)]
pub(super) struct KidQuery(pub(super) Option<Box<str>>);

impl Query<JwksDocument> for KidQuery {
    fn is_answered_by(&self, value: &KnownKeys) -> bool {
        self.0.as_ref().is_none_or(|kid| value.keys.contains_kid(kid))
    }

    fn is_refused(&self, document: &JwksDocument) -> bool {
        self.0.as_ref().is_some_and(|kid| document.is_revoked(kid))
    }

    fn is_known_absent(&self, value: &KnownKeys, now: UnixTime) -> bool {
        let absent = |kid: &str| value.missing.contains(kid, now) || value.lists_unusable(kid);
        self.0.as_deref().is_some_and(absent)
    }

    fn budget<'d>(&self, document: &'d mut JwksDocument, now: UnixTime) -> &'d mut Budget {
        document.budget_for(self.0.as_deref().unwrap_or_default(), now)
    }

    fn remember_absent(
        &self,
        document: &JwksDocument,
        value: &KnownKeys,
        began: UnixTime,
        now: UnixTime,
    ) -> Option<KnownKeys> {
        let kid = self.0.as_deref()?;
        // A recently published key may come back, and has a budget of its own.
        if document.was_published(kid, now) {
            return None;
        }
        let missing = value.missing.with(kid, began, now)?;
        Some(KnownKeys { missing, ..value.clone() })
    }
}

/// Resolves when the fetches that a request waits for have ended, or its time limit is reached.
pub(crate) struct KeysFuture(Pin<Box<dyn Future<Output = KeyLookup> + Send>>);

impl KeysFuture {
    pub(super) fn new(answer: impl Future<Output = Answer<KnownKeys>> + Send + 'static) -> Self {
        Self(Box::pin(async { answer.await.into() }))
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
