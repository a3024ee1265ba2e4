use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use foldhash::fast::RandomState;
use quick_cache::{
    Weighter,
    sync::{Cache, DefaultLifecycle},
};

use super::verdict::Verdict;

/// How many bytes a verdict takes up, usually: from it the first size of the table is estimated.
const USUAL_BYTES: usize = 1_024;
/// What an entry costs beside the verdict: its place in the table and the allocator's share.
const OVERHEAD_BYTES: usize = 256;

/// The end of a token, which is the end of its signature: it tells tokens apart well enough to find
/// one, so that a digest is made only for what is probably there.
type End = u128;

/// The verdicts that all threads share. No token is kept, only its digest.
///
/// The hash is a quick one, with a seed: only what an issuer signed ever enters, so that nobody can
/// fill the table with what collides.
pub(super) struct Store(Cache<End, Known, ByBytes, RandomState>);

/// A verdict with the digest of the token it is about.
#[derive(Clone)]
struct Known {
    digest: [u8; 32],
    verdict: Verdict,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<End, Known> for ByBytes {
    fn weight(&self, _: &End, known: &Known) -> u64 {
        (known.verdict.bytes() + OVERHEAD_BYTES) as u64
    }
}

impl Store {
    pub(super) fn new(max_bytes: usize) -> Self {
        let items = max_bytes / USUAL_BYTES;
        let lifecycle = DefaultLifecycle::default();
        Self(Cache::with(items, max_bytes as u64, ByBytes, RandomState::default(), lifecycle))
    }

    pub(super) fn get(&self, token: &[u8]) -> Option<Verdict> {
        let known = self.0.get(&end(token)?)?;
        (known.digest == sha256(token)).then_some(known.verdict)
    }

    pub(super) fn insert(&self, token: &[u8], verdict: Verdict) {
        if let Some(end) = end(token) {
            self.0.insert(end, Known { digest: sha256(token), verdict });
        }
    }
}

fn end(token: &[u8]) -> Option<End> {
    token.last_chunk().map(|end| End::from_le_bytes(*end))
}

fn sha256(token: &[u8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, token).as_ref());
    bytes
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("tokens", &self.0.len())
            .field("bytes", &self.0.weight())
            .finish()
    }
}
