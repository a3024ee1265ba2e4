use std::task::{Context, Poll, ready};

use super::key_search::PendingToken;
#[cfg(feature = "introspection")]
use crate::introspection::{Outcome, VerdictFuture};
use crate::jwks::Found;

/// A credential that waits for an answer of its issuer.
#[derive(Debug)]
pub(crate) enum Pending {
    /// A JWT that waits for keys; `None` after they came.
    Keys(Option<Box<PendingToken>>),
    /// An opaque token that waits for its verdict.
    #[cfg(feature = "introspection")]
    Verdict(VerdictFuture),
}

/// What a credential waited for; hand it to
/// [`Authenticator::resume`](super::Authenticator::resume).
pub(crate) enum Arrived {
    Keys(Box<PendingToken>, Found),
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
            #[cfg(feature = "introspection")]
            Self::Verdict(verdict) => verdict.poll_unpin(cx).map(Arrived::Verdict),
        }
    }
}
