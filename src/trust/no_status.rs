//! The build without the feature `status-list` checks no status.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use crate::{error::BearerError, time::UnixTime, token::AccessToken};

pub(crate) type StatusAnswer = Infallible;

#[derive(Debug)]
pub(super) struct IssuerStatus;

#[derive(Clone, Debug)]
pub(super) struct TokenStatus;

pub(super) enum Standing {
    Valid(TokenStatus),
    #[expect(dead_code, reason = "nothing is waited for")]
    Wait(PendingStatus),
}

#[derive(Debug)]
pub(super) struct PendingStatus(Infallible);

impl IssuerStatus {
    pub(super) const fn check(
        &self,
        _: &AccessToken,
        _: UnixTime,
    ) -> Result<Standing, BearerError> {
        Ok(Standing::Valid(TokenStatus))
    }
}

impl TokenStatus {
    pub(super) const fn is_valid(&self, _: UnixTime) -> bool {
        true
    }
}

impl PendingStatus {
    pub(super) const fn poll(&self, _: &mut Context<'_>) -> Poll<StatusAnswer> {
        match self.0 {}
    }

    pub(super) const fn conclude(self, answer: StatusAnswer) -> Result<TokenStatus, BearerError> {
        match answer {}
    }
}
