use std::{error::Error, fmt};

use super::store::StoreError;
use crate::key::SigningError;

/// Why the issuer's keys are still what they were.
#[derive(Debug)]
pub struct RotationError(Reason);

#[derive(Debug)]
pub(super) enum Reason {
    KnownKid,
    Generation(SigningError),
    Store(StoreError),
}

impl From<Reason> for RotationError {
    fn from(reason: Reason) -> Self {
        Self(reason)
    }
}

impl From<SigningError> for RotationError {
    fn from(error: SigningError) -> Self {
        Self(Reason::Generation(error))
    }
}

impl From<StoreError> for RotationError {
    fn from(error: StoreError) -> Self {
        Self(Reason::Store(error))
    }
}

impl fmt::Display for RotationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::KnownKid => f.write_str("a published key has this kid already"),
            Reason::Generation(_) => f.write_str("no new key could be made"),
            Reason::Store(error) => error.fmt(f),
        }
    }
}

impl Error for RotationError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Reason::KnownKid => None,
            Reason::Generation(error) => Some(error),
            Reason::Store(error) => error.source(),
        }
    }
}
