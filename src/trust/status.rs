//! The last check of a token: whether its issuer has taken it back.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

pub(crate) use crate::status::{ListContext, StatusAnswer, StatusCheck};
use crate::{
    error::{BearerError, BearerErrorKind, Problems, TokenFault, TokenFaultKind},
    jwks::{KeyLookup, KeySource, Lookup},
    status::{
        KeysFound, NoList, RemoteList, STATUS, SignerKeys, StatusFuture, StatusListVerifier,
        StatusLists, StatusLookup, StatusReference, VALID,
    },
    time::UnixTime,
    token::AccessToken,
    verify::Verifier,
};

/// The status lists of an issuer, if its tokens' statuses are checked.
#[derive(Debug)]
pub(super) struct IssuerStatus(Option<StatusLists>);

/// The place of a token's status, if it has one that is checked.
#[derive(Clone, Debug)]
pub(super) struct TokenStatus(Option<(Arc<RemoteList>, u64)>);

/// The outcome of the check, unless the token is refused.
pub(super) enum Standing {
    Valid(TokenStatus),
    /// A fetch of the list decides.
    Wait(PendingStatus),
}

/// A check that waits for a fetch of its list.
pub(super) struct PendingStatus {
    list: Arc<RemoteList>,
    index: u64,
    answer: StatusFuture,
}

impl IssuerStatus {
    /// Makes the lists of an issuer ready for use. Nothing is fetched yet.
    pub(super) fn open(
        check: Option<StatusCheck>,
        context: ListContext,
        problems: &mut Problems,
    ) -> Self {
        Self(check.map(|check| {
            check.check(&context.issuer, &context.fetching.0, context.has_transport, problems);
            StatusLists::new(check, context)
        }))
    }

    /// Checks the status of a token that passed every other check.
    ///
    /// # Errors
    /// The token is refused, or its list is not available.
    pub(super) fn check(
        &self,
        token: &AccessToken,
        now: UnixTime,
    ) -> Result<Standing, BearerError> {
        let Some(lists) = &self.0 else { return Ok(Standing::Valid(TokenStatus(None))) };
        let reference = StatusReference::read(token.decoded().payload())
            .map_err(|_| TokenFault::from(TokenFaultKind::WrongType(STATUS)))?;
        let Some(StatusReference { index, uri }) = reference else {
            return if lists.is_required() {
                Err(TokenFault::from(TokenFaultKind::Missing(STATUS)).into())
            } else {
                Ok(Standing::Valid(TokenStatus(None)))
            };
        };
        let list = lists.at(&uri, now).map_err(|why| match why {
            NoList::Foreign => TokenFault::from(TokenFaultKind::ForeignStatusList).into(),
            NoList::TooMany { retry_after } => {
                BearerError::from(BearerErrorKind::StatusUnavailable { retry_after })
            }
        })?;
        match list.lookup(index, now) {
            StatusLookup::Now(answer) => conclude(list, index, answer).map(Standing::Valid),
            StatusLookup::Wait(answer) => Ok(Standing::Wait(PendingStatus { list, index, answer })),
        }
    }
}

impl TokenStatus {
    /// Returns true if a token that was admitted would be admitted again, as far as that is known
    /// without asking the issuer.
    pub(super) fn is_valid(&self, now: UnixTime) -> bool {
        self.0.as_ref().is_none_or(|(list, index)| list.is_valid(*index, now))
    }
}

impl PendingStatus {
    /// Polls the fetch; hand what it returns to [`conclude`](Self::conclude).
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<StatusAnswer> {
        Future::poll(Pin::new(&mut self.answer), cx)
    }

    /// Ends the check with what the fetch has brought.
    ///
    /// # Errors
    /// The token is refused, or its list is not available.
    pub(super) fn conclude(self, answer: StatusAnswer) -> Result<TokenStatus, BearerError> {
        conclude(self.list, self.index, answer)
    }
}

/// The requirements for the lists of the issuer whose tokens this verifier checks.
pub(super) fn list_verifier(tokens: &Verifier) -> StatusListVerifier {
    StatusListVerifier::new(tokens.issuer().clone())
        .allow(tokens.allowed_algorithms())
        .leeway(tokens.allowed_leeway())
}

fn conclude(
    list: Arc<RemoteList>,
    index: u64,
    answer: StatusAnswer,
) -> Result<TokenStatus, BearerError> {
    match answer {
        StatusAnswer::Status(VALID) => Ok(TokenStatus(Some((list, index)))),
        StatusAnswer::Status(status) => {
            Err(TokenFault::from(TokenFaultKind::Revoked { status }).into())
        }
        StatusAnswer::OutOfRange => Err(TokenFault::from(TokenFaultKind::NoStatus).into()),
        StatusAnswer::Unavailable { retry_after } => {
            Err(BearerErrorKind::StatusUnavailable { retry_after }.into())
        }
    }
}

impl fmt::Debug for PendingStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingStatus").finish_non_exhaustive()
    }
}

impl SignerKeys for KeySource {
    fn find(self: Arc<Self>, kid: Option<Box<str>>, now: UnixTime) -> KeysFound {
        Box::pin(async move {
            let found = match self.lookup(kid.as_deref(), now) {
                Lookup::Found(found) => found,
                Lookup::Wait(keys) => keys.await,
            };
            match found {
                KeyLookup::Keys(keys) => Some(keys.keys().clone()),
                KeyLookup::Unknown => Some(self.snapshot().keys().clone()),
                KeyLookup::Unavailable { .. } => None,
            }
        })
    }
}
