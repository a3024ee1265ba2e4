//! What is known about tokens, and whether the endpoint may be asked about one. Pure.

use std::time::Duration;

use super::{
    answer::Unusable,
    settings::Limits,
    store::{Store, TokenDigest},
    verdict::{Outcome, Verdict},
};
use crate::{error::TokenFault, refresh::Backoff, time::UnixTime, token::AccessToken};

/// The most active tokens that are cached. With their claims they take about a kilobyte each.
pub const MAX_ACTIVE_TOKENS: usize = 16_384;
/// The most refused tokens that are cached, at about 150 bytes each.
pub const MAX_REFUSED_TOKENS: usize = 16_384;
/// The most tokens of one lane that are asked about or wait for it.
const MAX_IN_LINE: usize = 1_024;
/// How long to leave the endpoint alone that does not accept our credentials: the next question
/// would get the same answer until somebody replaces them.
const CREDENTIALS_WAIT: Duration = Duration::from_secs(10);
/// When to try again if too many tokens wait.
const SOON: Duration = Duration::from_secs(1);

/// The kind of a token, by what is known of it. Each has requests and a backoff of its own: nobody
/// can slow down the one by sending tokens of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// It was active when the endpoint was asked last, and has not expired.
    Known,
    Unseen,
}

/// Why a question has no verdict.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// The endpoint is left alone for a backoff.
    pub(super) is_of_endpoint: bool,
    pub(super) are_credentials_refused: bool,
    pub(super) retry_after: Option<Duration>,
}

impl Failure {
    /// The question was not asked, or was cut short: nothing is known about the endpoint.
    pub(super) const NOT_ASKED: Self =
        Self { is_of_endpoint: false, are_credentials_refused: false, retry_after: None };
}

impl From<Unusable> for Failure {
    fn from(unusable: Unusable) -> Self {
        let Unusable { are_credentials_refused, is_of_request, retry_after, .. } = unusable;
        Self { is_of_endpoint: !is_of_request, are_credentials_refused, retry_after }
    }
}

/// The outcome of a lookup.
pub(super) enum Step {
    Verdict(Verdict),
    /// The endpoint has to be asked.
    Ask(Lane),
}

#[derive(Debug)]
pub(super) struct State {
    limits: Limits,
    /// Active tokens, also after the time for which they are admitted: those are known.
    active: Store<Active>,
    refused: Store<Refused>,
    known: LaneState,
    unseen: LaneState,
}

#[derive(Debug)]
struct Active {
    token: AccessToken,
    asked_at: UnixTime,
    /// When the token counts as expired.
    ends_at: UnixTime,
}

#[derive(Debug)]
struct Refused {
    fault: TokenFault,
    asked_at: UnixTime,
}

#[derive(Debug)]
struct LaneState {
    in_line: usize,
    failures: Backoff,
}

impl State {
    pub(super) fn new(limits: Limits) -> Self {
        let lane = || LaneState { in_line: 0, failures: Backoff::NONE };
        Self {
            limits,
            active: Store::new(MAX_ACTIVE_TOKENS),
            refused: Store::new(MAX_REFUSED_TOKENS),
            known: lane(),
            unseen: lane(),
        }
    }

    /// Looks a token up.
    pub(super) fn look_up(&self, token: &TokenDigest, now: UnixTime) -> Step {
        let Limits { active_for, refused_for, .. } = self.limits;
        if let Some(active) = self.active.get(token)
            && active.asked_at <= now
            && now < active.ends_at
        {
            if now < active.asked_at + active_for {
                return Step::Verdict(active.verdict());
            }
            return Step::Ask(Lane::Known);
        }
        match self.refused.get(token) {
            Some(refused) if (refused.asked_at..refused.asked_at + refused_for).contains(&now) => {
                Step::Verdict(Verdict::Refused(refused.fault.clone()))
            }
            _ => Step::Ask(Lane::Unseen),
        }
    }

    /// Takes a place in line for a question.
    ///
    /// # Errors
    /// The endpoint must not be asked now: what to answer instead.
    pub(super) fn begin(
        &mut self,
        token: &TokenDigest,
        lane: Lane,
        now: UnixTime,
    ) -> Result<(), Outcome> {
        let state = self.lane(lane);
        if let Some(left) = state.failures.left(now) {
            return Err(self.fallback(token, left, now));
        }
        if state.in_line >= MAX_IN_LINE {
            return Err(self.fallback(token, SOON, now));
        }
        state.in_line += 1;
        Ok(())
    }

    /// Records how the question about a token ended that was asked at `asked_at`, and returns what
    /// to answer. `jitter` is a random number from 0 to 1.
    pub(super) fn end(
        &mut self,
        token: &TokenDigest,
        lane: Lane,
        asked_at: UnixTime,
        ended: Result<Verdict, Failure>,
        now: UnixTime,
        jitter: f64,
    ) -> Outcome {
        let state = self.lane(lane);
        state.in_line = state.in_line.saturating_sub(1);
        let verdict = match ended {
            Ok(verdict) => verdict,
            Err(failure) => {
                if failure.is_of_endpoint {
                    let wait = failure.are_credentials_refused.then_some(CREDENTIALS_WAIT);
                    state.failures.fail_with(now, failure.retry_after.max(wait), jitter);
                }
                let left = state.failures.left(now).unwrap_or(SOON);
                return self.fallback(token, left, now);
            }
        };
        state.failures = Backoff::NONE;
        match &verdict {
            Verdict::Active(access_token, ends_at) => {
                self.refused.remove(token);
                let (token_of_entry, ends_at) = (access_token.clone(), *ends_at);
                self.active.insert(*token, Active { token: token_of_entry, asked_at, ends_at });
            }
            Verdict::Refused(fault) => {
                self.active.remove(token);
                self.refused.insert(*token, Refused { fault: fault.clone(), asked_at });
            }
        }
        Outcome::Verdict(verdict)
    }

    /// What to answer while the endpoint cannot be asked: the verdict of before if it may be used
    /// for so long, or that nothing is known.
    fn fallback(&self, token: &TokenDigest, retry_after: Duration, now: UnixTime) -> Outcome {
        let Limits { active_for, stale_for, .. } = self.limits;
        match self.active.get(token) {
            Some(active)
                if active.asked_at <= now
                    && now < active.ends_at
                    && now < active.asked_at + active_for + stale_for =>
            {
                Outcome::Verdict(active.verdict())
            }
            _ => Outcome::Unavailable { retry_after },
        }
    }

    fn lane(&mut self, lane: Lane) -> &mut LaneState {
        match lane {
            Lane::Known => &mut self.known,
            Lane::Unseen => &mut self.unseen,
        }
    }
}

impl Active {
    fn verdict(&self) -> Verdict {
        Verdict::Active(self.token.clone(), self.ends_at)
    }
}
