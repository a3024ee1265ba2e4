use std::{sync::Arc, time::Duration};

use arc_swap::Guard;

use super::{snapshot::Snapshot, times::Lifetimes};

/// The time until a request may ask again if a fetch is still in flight.
pub(super) const SOON: Duration = Duration::from_secs(1);

/// Time limits of a document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) lifetimes: Lifetimes,
    /// The longest time for which a request waits for fetches, in all.
    pub(crate) wait: Duration,
}

/// The answer to a query.
pub(crate) enum Answer<V> {
    /// The value to search.
    Ready(Guard<Arc<Snapshot<V>>>),
    /// The entry does not exist.
    Absent,
    /// Unknown at the moment: the document cannot be fetched now.
    Unavailable { retry_after: Duration },
}

/// The answer to a query, or that it depends on a fetch.
pub(crate) enum Access<V, F> {
    Now(Answer<V>),
    Wait(F),
}
