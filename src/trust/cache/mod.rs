//! Caches verified tokens, so that a token that comes again costs no signature check.
//!
//! There are two levels. The **shared** level keeps no token: it recognizes each by an
//! authentication tag over its bytes ([`tag`]). Each thread has a small cache of its own in front of
//! it ([`per_thread`]), with the tokens that keep coming to that thread, whole; a hit there writes no
//! memory that another thread reads.
//!
//! An entry decides by itself whether it is valid ([`CacheEntry::admit`]): by time, by the
//! generation of the keys, by whether its issuer is still in use, and by the denylist. Nothing is
//! evicted when keys change or a token is denied. Only verified tokens enter, so that a flood of bad tokens evicts no good ones.

mod entry;
mod per_thread;
mod shared;
mod tag;
mod token_cache;

pub(super) use self::entry::CacheEntry;
pub use self::token_cache::MIN_CACHE_BYTES;
pub(crate) use self::token_cache::TokenCache;
