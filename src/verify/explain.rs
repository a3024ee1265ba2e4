use super::check::Check;
use crate::{error::TokenFault, token::AccessToken};

/// The outcome of a [`Check`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CheckOutcome {
    /// The token passes it.
    Passed,
    /// The token fails it, and is refused for that reason.
    Failed,
    /// The check was skipped because an earlier one failed.
    NotReached,
}

/// The verdict of a [`Verifier`](super::Verifier) on a token, with the outcome of each check.
///
/// ```
/// # use tower_bearer::{claims::{Audience, Issuer}, key::KeySet, time::UnixTime};
/// # use tower_bearer::verify::{Check, CheckOutcome, Verifier};
/// # let verifier = Verifier::new(Issuer::new("https://issuer.example")?, Audience::new("urn:a")?);
/// # let (keys, now) = (KeySet::default(), UnixTime::from_secs(1_800_000_000));
/// let explanation = verifier.explain("not a token", &keys, now);
/// let failed = explanation.checks().find(|(_, outcome)| *outcome == CheckOutcome::Failed);
/// assert_eq!(failed, Some((Check::Form, CheckOutcome::Failed)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Explanation {
    checks: Vec<(Check, CheckOutcome)>,
    verdict: Result<AccessToken, TokenFault>,
}

impl Explanation {
    /// Derives the outcome of each check from the verdict; `is_made` returns whether the verifier
    /// makes a check at all.
    pub(super) fn new(
        verdict: Result<AccessToken, TokenFault>,
        is_made: impl Fn(Check) -> bool,
    ) -> Self {
        let failed = verdict.as_ref().err().map(|fault| fault.kind().check());
        let outcome = |check| match failed {
            Some(failed) if check == failed => CheckOutcome::Failed,
            Some(failed) if check > failed => CheckOutcome::NotReached,
            _ => CheckOutcome::Passed,
        };
        let checks = Check::ALL.into_iter().filter(|check| is_made(*check));
        Self { checks: checks.map(|check| (check, outcome(check))).collect(), verdict }
    }

    /// The checks that the verifier makes, in their order, and their outcomes.
    pub fn checks(&self) -> impl Iterator<Item = (Check, CheckOutcome)> {
        self.checks.iter().copied()
    }

    /// Returns the result of [`Verifier::verify`](super::Verifier::verify) for the token.
    ///
    /// # Errors
    /// The check that the token fails.
    pub const fn verdict(&self) -> Result<&AccessToken, &TokenFault> {
        self.verdict.as_ref()
    }
}
