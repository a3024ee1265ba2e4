//! The state of one list, in addition to the snapshot that requests read.

use std::{sync::Arc, time::Duration};

use super::{
    events,
    fetch::{FetchedList, ListFetch, ListSource},
    list::StatusList,
};
use crate::{
    refresh::{Budget, Document, Event, FetchError, FetchFuture, Query, Update, Validators},
    time::UnixTime,
};

/// Fetches for an index that the list does not have: 2 at once, then 5 a minute. An issuer may have
/// made the list longer since it was fetched.
const OUT_OF_RANGE: Budget = Budget::new(2, Duration::from_secs(12));

/// The statuses of a list, if there is one that may be used.
#[derive(Clone, Debug, Default)]
pub(super) struct HeldList(Option<Arc<StatusList>>);

impl HeldList {
    pub(super) fn status(&self, index: u64) -> Option<u8> {
        self.0.as_ref()?.get(index)
    }

    pub(super) const fn is_held(&self) -> bool {
        self.0.is_some()
    }
}

/// A Status List Token.
#[derive(Debug)]
pub(super) struct ListDocument {
    source: Arc<ListSource>,
    validators: Validators,
    /// The `iat` of the newest list that was accepted. An older one is a replica that lags behind,
    /// or an attack: the list that is held stays.
    newest: Option<UnixTime>,
    ttl: Option<Duration>,
    /// From when on the list that is held must not be used.
    ends_at: Option<UnixTime>,
    budget: Budget,
}

/// The result of a successful fetch, for its event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Summary {
    pub(super) statuses: u64,
    pub(super) is_older: bool,
}

/// The list that was held has reached its `exp`.
#[derive(Debug)]
pub(super) struct Ended;

impl ListDocument {
    pub(super) fn new(source: Arc<ListSource>) -> Self {
        Self {
            source,
            validators: Validators::default(),
            newest: None,
            ttl: None,
            ends_at: None,
            budget: OUT_OF_RANGE,
        }
    }
}

impl Document for ListDocument {
    type Value = HeldList;
    type Answer = FetchedList;
    type Summary = Summary;
    type Change = Ended;

    fn fetch(&self, now: UnixTime) -> FetchFuture<FetchedList> {
        let fetch = ListFetch {
            source: self.source.clone(),
            validators: self.validators.clone(),
            newest: self.newest,
            held_ttl: self.ttl,
            held_until: self.ends_at,
        };
        Box::pin(fetch.run(now))
    }

    fn apply(
        &mut self,
        answer: FetchedList,
        current: &HeldList,
        bump: bool,
        _now: UnixTime,
    ) -> Update<Self> {
        let value = match answer.list {
            Some(list) if self.newest.is_none_or(|newest| list.issued_at() > newest) => {
                self.validators = answer.validators;
                self.newest = Some(list.issued_at());
                self.ttl = list.ttl();
                self.ends_at = list.expires_at().map(|exp| exp + self.source.leeway());
                let statuses = list.list().len();
                let value = HeldList(Some(Arc::new(list.into_list())));
                let summary = Summary { statuses, is_older: false };
                return Update { value, changed: true, summary };
            }
            _ => current.clone(),
        };
        let statuses = value.0.as_ref().map_or(0, |list| list.len());
        let summary = Summary { statuses, is_older: answer.is_older };
        Update { value, changed: bump, summary }
    }

    fn on_failure(&mut self, _: &FetchError) {}

    fn expire(&mut self, current: &HeldList, now: UnixTime) -> Option<(HeldList, Ended)> {
        if !current.is_held() || self.ends_at.is_none_or(|end| now < end) {
            return None;
        }
        // The next answer must bring a list, not confirm the one that is gone.
        self.validators = Validators::default();
        Some((HeldList::default(), Ended))
    }

    fn ends_at(&self) -> UnixTime {
        self.ends_at.unwrap_or(UnixTime::MAX)
    }

    fn emit(event: Event<Self>, subject: &str) {
        events::emit(event, subject);
    }
}

/// Asks for the status at an index.
#[derive(Debug)]
pub(super) struct IndexQuery {
    pub(super) index: u64,
    /// The list could have the index if it were as long as it may be.
    pub(super) is_possible: bool,
}

impl Query<ListDocument> for IndexQuery {
    fn is_answered_by(&self, value: &HeldList) -> bool {
        value.status(self.index).is_some()
    }

    fn is_refused(&self, _: &ListDocument) -> bool {
        false
    }

    fn is_known_absent(&self, value: &HeldList, _: UnixTime) -> bool {
        value.is_held() && !self.is_possible
    }

    fn budget<'d>(&self, document: &'d mut ListDocument, _: UnixTime) -> &'d mut Budget {
        &mut document.budget
    }

    fn remember_absent(
        &self,
        _: &ListDocument,
        _: &HeldList,
        _: UnixTime,
        _: UnixTime,
    ) -> Option<HeldList> {
        None
    }
}
