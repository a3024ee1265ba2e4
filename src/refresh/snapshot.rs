use std::{ops::Range, sync::Arc};

use arc_swap::{ArcSwap, Guard};

use crate::time::UnixTime;

/// The value of a document at a moment. Immutable: it is replaced as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot<V> {
    pub(crate) value: V,
    /// Increases when the value changes. Cached results are bound to it.
    pub(crate) generation: u64,
    /// The time in which requests that the value can answer change no state.
    quiet: Range<UnixTime>,
}

impl<V> Snapshot<V> {
    /// A value that is never due.
    pub(crate) const fn fixed(value: V, generation: u64) -> Self {
        Self { value, generation, quiet: UnixTime::EPOCH..UnixTime::MAX }
    }

    /// Returns true if nothing is due, so that the value alone decides.
    pub(crate) fn is_quiet(&self, now: UnixTime) -> bool {
        self.quiet.contains(&now)
    }

    /// Returns true if nothing has changed since `generation`, and nothing is due.
    pub(crate) fn is_current(&self, generation: u64, now: UnixTime) -> bool {
        generation == self.generation && self.is_quiet(now)
    }
}

/// The snapshot that readers load without a lock. One writer at a time: the holder of the state lock.
pub(super) struct Published<V>(ArcSwap<Snapshot<V>>);

impl<V: Clone> Published<V> {
    /// The value before the first fetch, which answers nothing.
    pub(super) fn new(value: V) -> Self {
        let quiet = UnixTime::EPOCH..UnixTime::EPOCH;
        Self(ArcSwap::from_pointee(Snapshot { value, generation: 0, quiet }))
    }

    pub(super) fn load(&self) -> Guard<Arc<Snapshot<V>>> {
        self.0.load()
    }

    pub(super) fn replace(&self, value: V, generation: u64, quiet: Range<UnixTime>) {
        self.0.store(Arc::new(Snapshot { value, generation, quiet }));
    }

    pub(super) fn set_quiet(&self, quiet: Range<UnixTime>) {
        let current = self.0.load();
        if current.quiet != quiet {
            self.replace(current.value.clone(), current.generation, quiet);
        }
    }
}
