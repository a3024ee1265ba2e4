use std::{fmt, future::Future, pin::Pin, time::Duration};

use super::answer::{Answer, Unusable};
use crate::{error::TokenFault, time::UnixTime, token::AccessToken};

/// What an answer means for its token.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    /// The token is admitted until the time at which it counts as expired.
    Active(AccessToken, UnixTime),
    Refused(TokenFault),
}

/// How the question about a token ended.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Verdict(Verdict),
    /// Nothing is known about the token.
    Unavailable {
        retry_after: Duration,
    },
}

/// The future of [`Judge::judge`].
pub(crate) type JudgeFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Verdict, Unusable>> + Send + 'a>>;

/// Makes a verdict of an answer: checks the claims in it, and its signature if it has one.
pub(crate) trait Judge: fmt::Debug + Send + Sync + 'static {
    /// # Errors
    /// The answer is not that of the issuer, or says nothing about the token.
    fn judge(&self, answer: Answer) -> JudgeFuture<'_>;
}
