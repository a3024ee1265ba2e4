//! The last steps of a token that a key verified: the denylist, its status, and the cache.

use super::{
    authenticate::{Authentication, Authenticator, SOON},
    cache::CacheEntry,
    key_search::Verified,
    pending::{Pending, PendingCheck},
    status::{Standing, StatusAnswer, TokenStatus},
};
use crate::{
    denylist::CheckedGeneration,
    error::{BearerError, BearerErrorKind},
    time::UnixTime,
};

impl Authenticator {
    /// Admits a token that a key verified, if it is neither denied nor taken back. `said` describes
    /// it for the log.
    pub(super) fn check_verified(
        &self,
        verified: Verified,
        said: Option<&str>,
        now: UnixTime,
    ) -> Result<Authentication, BearerError> {
        // Read before the check, so that the entry is checked again if one is denied meanwhile.
        let not_denied = self.denylist.generation();
        let standing = self
            .denylist
            .check(&verified.token, now)
            .map_err(BearerError::from)
            // Last, so that a token that is refused otherwise causes no fetch of a list.
            .and_then(|()| verified.issuer.status.check(&verified.token, now))
            .inspect_err(|error| {
                self.log(Some(&verified.issuer), error.fault(), said, now);
            })?;
        Ok(match standing {
            Standing::Valid(status) => self.admit(verified, status, not_denied, now),
            Standing::Wait(status) => {
                let check = PendingCheck { verified, status };
                Authentication::Pending(Pending::Status(Some(Box::new(check))))
            }
        })
    }

    /// Ends with what the fetch of a status list has brought.
    pub(super) fn resume_status(
        &self,
        check: PendingCheck,
        answer: StatusAnswer,
    ) -> Result<Authentication, BearerError> {
        let now = self.clock.now();
        let PendingCheck { verified, status } = check;
        let Verified { token, issuer, compact, generation } = &verified;
        // Its time may have run out meanwhile, and the token may have been denied.
        issuer.verifier.check_expiry(token.decoded(), now)?;
        if issuer.is_retired() {
            return Err(BearerErrorKind::KeysUnavailable { retry_after: SOON }.into());
        }
        if issuer.keys.snapshot().generation() != *generation {
            // The keys have changed meanwhile: the one that signed it may be revoked.
            return self.verify(compact, now);
        }
        let not_denied = self.denylist.generation();
        self.denylist.check(token, now)?;
        let status = status
            .conclude(answer)
            .inspect_err(|error| self.log(Some(issuer), error.fault(), None, now))?;
        Ok(self.admit(verified, status, not_denied, now))
    }

    /// Admits a token that passed every check, and caches it.
    fn admit(
        &self,
        verified: Verified,
        status: TokenStatus,
        not_denied: CheckedGeneration,
        now: UnixTime,
    ) -> Authentication {
        let Verified { token, issuer, compact, generation } = verified;
        let token = token.with_attachment(self.attachment.clone());
        issuer.note_admission(now);
        if let Some(cache) = &self.cache {
            let entry = CacheEntry::new(token.clone(), issuer, generation, not_denied, status, now);
            cache.insert(&compact, entry);
        }
        Authentication::Done(Ok(token))
    }
}
