use super::{
    catalog::{CACHE_BYTES, CACHE_ENTRIES, CACHE_LOOKUPS},
    handles::{Counter, Gauge},
    labels::LOOKUPS,
};

/// The cache of verified tokens of one API.
#[derive(Clone, Debug)]
pub(crate) struct CacheMetrics {
    hits: Counter,
    misses: Counter,
    entries: Gauge,
    bytes: Gauge,
}

impl CacheMetrics {
    pub(crate) fn new(api: &str) -> Self {
        Self {
            hits: Counter::register(&CACHE_LOOKUPS, &[api, LOOKUPS[0]]),
            misses: Counter::register(&CACHE_LOOKUPS, &[api, LOOKUPS[1]]),
            entries: Gauge::register(&CACHE_ENTRIES, &[api]),
            bytes: Gauge::register(&CACHE_BYTES, &[api]),
        }
    }

    pub(crate) fn hit(&self) {
        self.hits.increment();
    }

    pub(crate) fn missed(&self) {
        self.misses.increment();
    }

    /// The cache has this size now.
    pub(crate) fn size(&self, entries: u64, bytes: u64) {
        self.entries.set(entries);
        self.bytes.set(bytes);
    }
}
