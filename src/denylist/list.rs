use std::{
    fmt,
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    denial::Denial,
    entries::{Entries, Members},
};
use crate::{
    error::{TokenFault, TokenFaultKind},
    time::{Clock, UnixTime},
    token::AccessToken,
};

/// The most entries of a list. At about 200 bytes each they take 13 MB.
pub const MAX_DENIALS: usize = 65_536;

/// The denylist of a [`ResourceServer`](crate::ResourceServer); see
/// [`ResourceServer::denylist`](crate::ResourceServer::denylist).
///
/// A clone is another handle to the same list.
///
/// Lists that received the same entries are equal, in whatever order and however often each came:
/// of two entries that differ only in their end, the later end counts. So replicas that send each
/// other what they deny, and a new one that begins with the [`snapshot`](Self::snapshot) of another,
/// need no order, and no record of what was sent.
#[derive(Clone)]
pub struct Denylist(Arc<Shared>);

struct Shared {
    /// A number that changes after entries were added. It is 0 until the first one is.
    generation: AtomicU64,
    entries: RwLock<Entries>,
    clock: Arc<dyn Clock>,
}

/// The generation of the list that a token was checked against last and not found in.
#[derive(Debug)]
pub(crate) struct CheckedGeneration(AtomicU64);

impl Denylist {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let entries = RwLock::default();
        Self(Arc::new(Shared { generation: AtomicU64::new(0), entries, clock }))
    }

    /// Adds entries, which take effect at once. An entry that has ended is left out, as is one that
    /// denies no more than another.
    ///
    /// ```
    /// # use tower_bearer::{Issuer, ResourceServer, denylist::{Denial, Denied}};
    /// # use tower_bearer::time::UnixTime;
    /// # let build = || ResourceServer::discover("https://issuer.example", "urn:api").build();
    /// # let (here, elsewhere) = (build()?, build()?);
    /// # let issuer = Issuer::new("https://issuer.example")?;
    /// # let until = UnixTime::from_secs(4_000_000_000);
    /// here.deny(Denial::new(issuer, Denied::subject("alice"), until))?;
    /// // .. over a channel of yours, as JSON or anything else that serde writes ..
    /// elsewhere.denylist().apply(here.denylist().snapshot())?;
    /// assert_eq!(elsewhere.denylist().snapshot(), here.denylist().snapshot());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The list is full. The entries for which there was room have been added.
    pub fn apply(&self, denials: impl IntoIterator<Item = Denial>) -> Result<(), DenylistFull> {
        // The caller's iterator must not run while the list is locked.
        let denials: Vec<Denial> = denials.into_iter().collect();
        let now = self.0.clock.now();
        let (mut added, mut left_out) = (0_usize, 0_usize);
        // Entries that have ended stay until their room is needed: a clock that is ahead for a moment
        // brings no denied token back.
        let mut entries = self.write();
        for denial in denials {
            match entries.add(denial, now, MAX_DENIALS) {
                Ok(denies_more) => added += usize::from(denies_more),
                Err(_) => left_out += 1,
            }
        }
        if added > 0 {
            // While the list is locked, so that nobody sees this number and the list of before.
            self.0.generation.fetch_add(1, Ordering::Release);
        }
        let count = entries.len();
        drop(entries);
        if added > 0 {
            tracing::info!(added, entries = count, "tokens denied");
        }
        if left_out > 0 {
            tracing::error!(left_out, entries = count, "denylist full: tokens are not denied");
            return Err(DenylistFull { left_out });
        }
        Ok(())
    }

    /// The entries that have not ended, sorted: for another list, or to save them.
    #[must_use]
    pub fn snapshot(&self) -> Vec<Denial> {
        let now = self.0.clock.now();
        self.read().denials(now)
    }

    /// The generation before a check: what it finds may be newer.
    pub(crate) fn generation(&self) -> CheckedGeneration {
        CheckedGeneration(AtomicU64::new(self.0.generation.load(Ordering::Acquire)))
    }

    /// Checks that a verified token is not denied.
    ///
    /// # Errors
    /// The claim by which it is denied.
    pub(crate) fn check(&self, token: &AccessToken, now: UnixTime) -> Result<(), TokenFault> {
        if self.0.generation.load(Ordering::Acquire) == 0 {
            return Ok(());
        }
        let members = Members {
            issuer: token.issuer(),
            token_id: token.token_id(),
            subject: token.subject(),
            client: token.client_id(),
            key_ids: token.key_ids(),
            issued_at: token.issued_at(),
        };
        match self.read().find(&members, now) {
            Some(found) => {
                let (member, until) = (found.member, found.until);
                Err(TokenFaultKind::Denied { member, until }.into())
            }
            None => Ok(()),
        }
    }

    /// Returns true if a token that was checked before is not denied now. If nothing was added since
    /// then, this is one load and one comparison.
    #[inline]
    pub(crate) fn still_admits(
        &self,
        token: &AccessToken,
        checked: &CheckedGeneration,
        now: UnixTime,
    ) -> bool {
        let current = self.0.generation.load(Ordering::Acquire);
        checked.0.load(Ordering::Relaxed) == current || self.check_again(token, checked, now)
    }

    #[cold]
    fn check_again(&self, token: &AccessToken, checked: &CheckedGeneration, now: UnixTime) -> bool {
        let CheckedGeneration(current) = self.generation();
        let is_admitted = self.check(token, now).is_ok();
        if is_admitted {
            checked.0.store(current.into_inner(), Ordering::Relaxed);
        }
        is_admitted
    }

    fn read(&self) -> RwLockReadGuard<'_, Entries> {
        self.0.entries.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Entries> {
        self.0.entries.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clone for CheckedGeneration {
    fn clone(&self) -> Self {
        Self(AtomicU64::new(self.0.load(Ordering::Relaxed)))
    }
}

impl fmt::Debug for Denylist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Denylist").field("entries", &self.read().len()).finish_non_exhaustive()
    }
}

/// The list has [`MAX_DENIALS`] entries that have not ended, and entries were left out: **the tokens
/// that they are about are still admitted**.
///
/// Deny clients or subjects instead of single tokens, or have the issuer withdraw the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DenylistFull {
    left_out: usize,
}

impl DenylistFull {
    /// The number of entries that were left out.
    #[must_use]
    pub const fn left_out(&self) -> usize {
        self.left_out
    }
}

impl fmt::Display for DenylistFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the denylist has {MAX_DENIALS} entries and {} were left out; deny clients or subjects \
             instead of single tokens",
            self.left_out
        )
    }
}

impl std::error::Error for DenylistFull {}
