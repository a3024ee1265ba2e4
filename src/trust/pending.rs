use std::{
    fmt,
    task::{Context, Poll, ready},
};

use super::{
    key_search::{PendingToken, Verified},
    status::{PendingStatus, StatusAnswer},
};
#[cfg(feature = "introspection")]
use crate::introspection::{Outcome, VerdictFuture};
use crate::jwks::KeyLookup;

/// A credential that waits for an answer of its issuer.
#[derive(Debug)]
pub(crate) enum Pending {
    /// A JWT that waits for keys; `None` after they came.
    Keys(Option<Box<PendingToken>>),
    /// A verified JWT that waits for its status list; `None` after it came.
    Status(Option<Box<PendingCheck>>),
    /// An opaque token that waits for its verdict.
    #[cfg(feature = "introspection")]
    Verdict(VerdictFuture),
}

/// What a credential waited for; hand it to
/// [`Authenticator::resume`](super::Authenticator::resume).
pub(crate) enum Arrived {
    Keys(Box<PendingToken>, KeyLookup),
    Status(Box<PendingCheck>, StatusAnswer),
    #[cfg(feature = "introspection")]
    Verdict(Outcome),
}

impl Pending {
    /// Polls the answer. After it came, nothing comes any more.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Arrived> {
        match self {
            Self::Keys(place) => {
                let Some(pending) = place else { return Poll::Pending };
                let found = ready!(pending.poll_keys(cx));
                match place.take() {
                    Some(pending) => Poll::Ready(Arrived::Keys(pending, found)),
                    None => Poll::Pending,
                }
            }
            Self::Status(place) => {
                let Some(pending) = place else { return Poll::Pending };
                let answer = ready!(pending.status.poll(cx));
                match place.take() {
                    Some(pending) => Poll::Ready(Arrived::Status(pending, answer)),
                    None => Poll::Pending,
                }
            }
            #[cfg(feature = "introspection")]
            Self::Verdict(verdict) => verdict.poll_unpin(cx).map(Arrived::Verdict),
        }
    }
}

/// A token that passed every check but that of its status.
pub(crate) struct PendingCheck {
    pub(super) verified: Verified,
    pub(super) status: PendingStatus,
}

impl fmt::Debug for PendingCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingCheck").finish_non_exhaustive()
    }
}
