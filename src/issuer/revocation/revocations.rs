//! The statuses of issued tokens, as requests and the issuer's owner use them.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{
    blocks::{AssignedStatus, Blocks, Wanted},
    document::{Document, Documents, Heading},
    error::RevocationError,
    journal::{Durability, Journal},
    named_tokens::Revocation,
    record::Record,
    recorded_grant::RecordedGrant,
};
use crate::{
    issuer::{configuration::Configuration, keys::KeyStore, token_id::token_id},
    key::{SigningError, SigningKey},
    time::UnixTime,
};

/// How old what is known of the journal may be when a list is served, in milliseconds: another
/// process may have taken a token back.
const REFRESH_PERIOD: u64 = 500;

/// Gives statuses to tokens, takes them back and publishes the lists.
#[derive(Debug)]
pub(in crate::issuer) struct Revocations {
    /// Held while the disk is waited for. Requests that have a block never wait for it.
    journal: Mutex<Journal>,
    blocks: Blocks,
    documents: Documents,
    is_on_disk: bool,
    /// The version of the lists: what is served has this version or is built anew.
    version: AtomicU64,
    /// In milliseconds: when the journal was read last.
    read_at: AtomicU64,
    /// Held while a list is built, so that it is built once.
    building: Mutex<()>,
}

/// A token's status: where it is.
#[derive(Clone, Copy, Debug)]
pub(in crate::issuer) struct StatusPlace<'a> {
    /// The id of the list.
    pub(in crate::issuer) list: &'a str,
    pub(in crate::issuer) index: u64,
}

/// The answer to a request for an index.
#[derive(Debug)]
pub(in crate::issuer) enum Assigned {
    Status(AssignedStatus),
    /// A configuration in use by now does not grant this any more.
    NotGranted,
}

impl Revocations {
    /// Keeps the statuses in the folder of a key store, or in memory. Nothing is read here.
    pub(in crate::issuer) fn new(store: Option<KeyStore>) -> Self {
        Self {
            is_on_disk: store.is_some(),
            journal: Mutex::new(Journal::new(store)),
            blocks: Blocks::default(),
            documents: Documents::default(),
            version: AtomicU64::new(0),
            read_at: AtomicU64::new(0),
            building: Mutex::default(),
        }
    }

    pub(in crate::issuer) const fn is_on_disk(&self) -> bool {
        self.is_on_disk
    }

    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the next status of a grant's open block. `None` if [`assign`](Self::assign) must open
    /// one, or `is_current` returns false.
    pub(in crate::issuer) fn take(
        &self,
        wanted: &Wanted,
        is_current: impl FnOnce() -> bool,
    ) -> Option<AssignedStatus> {
        self.blocks.take(wanted, is_current)
    }

    /// Opens a block for a grant that the configuration in use allows, and gives its first status.
    /// `address` makes a list's URL from its id. With a store it waits for the disk.
    pub(in crate::issuer) fn assign(
        &self,
        wanted: &Wanted,
        in_use: impl FnOnce() -> Arc<Configuration>,
        address: impl Fn(&str) -> String,
    ) -> Result<Assigned, RevocationError> {
        let mut journal = self.journal();
        // A withdrawal changes the configuration before it holds the journal.
        if !wanted.grant().is_granted(&in_use()) {
            return Ok(Assigned::NotGranted);
        }
        if let Some(status) = self.blocks.take(wanted, || true) {
            return Ok(Assigned::Status(status));
        }
        let (span, now) = (wanted.span, wanted.now);
        journal.begin(now)?;
        let length = self.blocks.next_length(wanted);
        let new_id = token_id()?;
        let (list, block) = journal.change(now, |state| {
            let planned = state.assign(wanted.grant(), span, length, now, new_id);
            let durability =
                if planned.must_be_durable { Durability::PowerCut } else { Durability::Process };
            Ok((planned.records, durability, (planned.list, planned.block)))
        })?;
        self.note(&journal);
        let id = journal.state().lists.get(&list).map_or("", |list| &list.id);
        let uri = Arc::from(address(id));
        Ok(Assigned::Status(self.blocks.open(wanted, (list, &uri), block)))
    }

    /// Checks that indices can be given: with a store it writes to the disk.
    pub(in crate::issuer) fn prepare(&self, now: UnixTime) -> Result<(), RevocationError> {
        self.journal().begin(now)
    }

    /// Takes back the tokens that a revocation names. They are taken back durably when this returns.
    pub(in crate::issuer) fn revoke(
        &self,
        revocation: &Revocation,
        now: UnixTime,
    ) -> Result<bool, RevocationError> {
        self.revoke_grants(revocation.since, now, |grant| revocation.names(grant))
    }

    /// Takes back the tokens of grants that a configuration does not allow.
    pub(in crate::issuer) fn revoke_withdrawn(
        &self,
        config: &Configuration,
        now: UnixTime,
    ) -> Result<bool, RevocationError> {
        self.revoke_grants(UnixTime::EPOCH, now, |grant| !grant.is_granted(config))
    }

    fn revoke_grants(
        &self,
        since: UnixTime,
        now: UnixTime,
        is_match: impl Fn(&RecordedGrant) -> bool,
    ) -> Result<bool, RevocationError> {
        let mut journal = self.journal();
        self.blocks.close(&is_match);
        // An issuer without status lists does not need a folder that it can write to.
        journal.refresh()?;
        if journal.state().lists.is_empty() {
            return Ok(false);
        }
        let has_revoked = journal.change(now, |state| {
            let records = state.revocation(since, now, &is_match);
            let is_any = !records.is_empty();
            Ok((records, Durability::PowerCut, is_any))
        })?;
        self.note(&journal);
        Ok(has_revoked)
    }

    /// Takes one token back. Returns false if it was taken back before.
    ///
    /// # Errors
    /// `is_without_status` if no list has the index; and the disk.
    pub(in crate::issuer) fn revoke_token(
        &self,
        place: StatusPlace<'_>,
        now: UnixTime,
    ) -> Result<bool, RevocationError> {
        let mut journal = self.journal();
        let has_revoked = journal.change(now, |state| {
            let index = u32::try_from(place.index).ok();
            let known = state.by_id(place.list).zip(index);
            let known = known.filter(|((_, list), index)| *index < list.next);
            let Some(((number, list), index)) = known else {
                return Err(RevocationError::no_status());
            };
            if list.is_revoked(index) {
                return Ok((Vec::new(), Durability::Process, false));
            }
            let record = Record::Revoked { list: number, first: index, length: 1 };
            Ok((vec![record], Durability::PowerCut, true))
        })?;
        self.note(&journal);
        Ok(has_revoked)
    }

    /// Returns true if a token was taken back, or has a status of no list. It may wait for the disk.
    pub(in crate::issuer) fn is_revoked(&self, place: StatusPlace<'_>, now: UnixTime) -> bool {
        if self.is_on_disk
            && let Err(error) = self.refresh(now)
        {
            tracing::error!(%error, "a token's status is as this process knows it");
        }
        let journal = self.journal();
        let list = journal.state().by_id(place.list);
        let index = u32::try_from(place.index).ok();
        list.zip(index)
            .is_none_or(|((_, list), index)| index >= list.next || list.is_revoked(index))
    }

    /// Reads what other processes have taken back.
    pub(in crate::issuer) fn refresh(&self, now: UnixTime) -> Result<(), RevocationError> {
        let mut journal = self.journal();
        let refreshed = journal.refresh();
        self.read_at.store(now.as_millis(), Ordering::Relaxed);
        self.note(&journal);
        refreshed
    }

    /// Follows the journal after it was read or changed.
    fn note(&self, journal: &Journal) {
        let state = journal.state();
        if self.version.swap(state.version, Ordering::AcqRel) != state.version {
            let list = |number| state.lists.get(&number);
            self.blocks.close_revoked(|number, index| {
                list(number).is_none_or(|list| list.is_revoked(index))
            });
        }
    }

    /// Returns a list that needs neither the disk nor a signature.
    pub(in crate::issuer) fn ready_document(
        &self,
        id: &str,
        ttl: Duration,
        now: UnixTime,
        key: &SigningKey,
    ) -> Option<Arc<Document>> {
        let is_current = !self.is_on_disk || {
            let age = now.as_millis().checked_sub(self.read_at.load(Ordering::Relaxed));
            age.is_some_and(|age| age < REFRESH_PERIOD)
        };
        let version = self.version.load(Ordering::Acquire);
        let document = self.documents.get(id).filter(|_| is_current)?;
        (document.version() == version && document.is_fresh(ttl, now, key)).then_some(document)
    }

    /// Returns a list as it is now, or `None` if there is none with this id, or its last token has
    /// expired. It may wait for the disk, and compress and sign the list.
    pub(in crate::issuer) fn document(
        &self,
        id: &str,
        issuer: &str,
        uri: &str,
        ttl: Duration,
        now: UnixTime,
        key: &SigningKey,
    ) -> Result<Option<Arc<Document>>, SigningError> {
        let _building = self.building.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(document) = self.ready_document(id, ttl, now, key) {
            return Ok(Some(document));
        }
        if self.is_on_disk
            && let Err(error) = self.refresh(now)
        {
            tracing::error!(%error, "a status list is served as this process knows it");
        }
        let mut journal = self.journal();
        // Tokens whose records a power cut has erased are not valid in any list that is served.
        if let Err(error) = journal.begin(now) {
            tracing::error!(%error, "a status list is served as an earlier run has left it");
        }
        let state = journal.state();
        let Some((_, list)) = state.by_id(id).filter(|(_, list)| !list.is_retired(now)) else {
            return Ok(None);
        };
        let known = self.documents.get(id).filter(|known| {
            known.is_fresh(ttl, now, key)
                && (known.version() >= list.changed
                    // The change window: two lists of one second would have the same `iat`.
                    || known.built_at.as_secs() == now.as_secs())
        });
        if let Some(known) = known {
            if known.version() >= list.changed {
                known.confirm(state.version);
            }
            return Ok(Some(known));
        }
        let last = self.documents.get(id).filter(|_| self.is_on_disk);
        let unchanged_since = last.and_then(|last| last.unchanged_since(list.changed, now));
        // No other process signs a list that is kept in memory.
        let changed_at =
            if self.is_on_disk { unchanged_since.unwrap_or(now) } else { UnixTime::EPOCH };
        let (statuses, version, retired_at) = (list.statuses(), state.version, list.retired_at());
        self.documents.retain(|id| state.by_id(id).is_some());
        drop(journal);
        let heading = Heading { issuer, uri, ttl, now, changed_at, retired_at };
        let document = Arc::new(Document::build(&statuses, version, &heading, key)?);
        self.documents.put(id, &document);
        Ok(Some(document))
    }
}
