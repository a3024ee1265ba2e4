use std::{error::Error, fmt};

use super::{ring::RingError, store_error::StoreError};
use crate::key::SigningError;

/// The issuer's keys could not be changed; they are as before. `Debug` prints the same sentence as
/// `Display`.
pub struct RotationError(Reason);

enum Reason {
    Ring(RingError),
    Generation(SigningError),
    Store(StoreError),
}

impl From<RingError> for RotationError {
    fn from(error: RingError) -> Self {
        Self(Reason::Ring(error))
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
            Reason::Ring(error) => error.fmt(f),
            Reason::Generation(_) => f.write_str("no new key could be made"),
            Reason::Store(error) => error.fmt(f),
        }
    }
}

impl fmt::Debug for RotationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for RotationError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Reason::Ring(error) => error.source(),
            Reason::Generation(error) => Some(error),
            Reason::Store(_) => None,
        }
    }
}
