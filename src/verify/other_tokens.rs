//! The settings that also hold for other tokens of the issuer, such as its status lists.

use std::time::Duration;

use super::verifier::Verifier;
use crate::algorithm::AllowList;

impl Verifier {
    pub(crate) const fn allowed_algorithms(&self) -> AllowList {
        self.algorithms
    }

    pub(crate) const fn allowed_leeway(&self) -> Duration {
        self.leeway
    }
}
