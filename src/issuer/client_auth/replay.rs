//! Used client assertions: each is valid once (RFC 7523 §3, item 7).

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_lc_rs::digest::{Context, SHA256};

use crate::time::UnixTime;

/// The most assertions that are remembered, some 15 MiB.
const MAX_ASSERTIONS: usize = 100_000;

/// The most assertions of one client, so that no client can fill the memory.
const MAX_OF_A_CLIENT: usize = 10_000;

/// Remembers used assertions. It is not a cache: a cache evicts an entry when it is full, and here
/// the next assertion is refused instead.
///
/// An expired assertion is removed only when its space is needed. So a clock that is ahead for a
/// moment removes nothing, and one that is set back admits nothing twice.
#[derive(Debug, Default)]
pub(super) struct ReplayMemory(Mutex<Memory>);

/// A digest of client and `jti`: of one size, however long they are.
type Digest = [u8; 32];

#[derive(Debug, Default)]
struct Memory {
    /// The end of each used assertion, leeway included.
    used: HashMap<Digest, UnixTime>,
    by_end: BTreeMap<(UnixTime, Digest), Arc<str>>,
    clients: HashMap<Arc<str>, Client>,
}

#[derive(Debug, Default)]
struct Client {
    remembered: usize,
    /// Assertions that end at this time or before may have been forgotten.
    forgotten: Option<UnixTime>,
}

/// The reason for refusing a valid assertion.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ReplayError {
    Used,
    /// There is space again after this time.
    Full(Duration),
}

impl ReplayMemory {
    /// Records an assertion, which ends at `ends_at`, if it is used for the first time.
    pub(super) fn admit(
        &self,
        client: &str,
        token_id: &str,
        ends_at: UnixTime,
        now: UnixTime,
    ) -> Result<(), ReplayError> {
        let mut context = Context::new(&SHA256);
        // No client has a NUL in its key.
        for part in [client, "\0", token_id] {
            context.update(part.as_bytes());
        }
        let mut digest = Digest::default();
        digest.copy_from_slice(context.finish().as_ref());
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory.admit(client, digest, ends_at, now)
    }
}

impl Memory {
    fn admit(
        &mut self,
        client: &str,
        digest: Digest,
        ends_at: UnixTime,
        now: UnixTime,
    ) -> Result<(), ReplayError> {
        match self.used.get(&digest) {
            Some(end) if now < *end => return Err(ReplayError::Used),
            // The client uses the `jti` of an expired assertion again.
            Some(end) => self.remove(*end, digest),
            None => {}
        }
        if self.is_full_for(client) {
            self.forget_expired(now);
        }
        if self.clients.get(client).is_some_and(|client| client.forgotten >= Some(ends_at)) {
            return Err(ReplayError::Used);
        }
        if self.is_full_for(client) {
            let first = self.by_end.first_key_value();
            let wait = first.map(|((end, _), _)| end.saturating_since(now));
            return Err(ReplayError::Full(wait.unwrap_or_default()));
        }
        let known = self.clients.get_key_value(client);
        let client = known.map_or_else(|| Arc::from(client), |(name, _)| Arc::clone(name));
        self.clients.entry(Arc::clone(&client)).or_default().remembered += 1;
        self.used.insert(digest, ends_at);
        self.by_end.insert((ends_at, digest), client);
        Ok(())
    }

    fn is_full_for(&self, client: &str) -> bool {
        let remembered = self.clients.get(client).map_or(0, |client| client.remembered);
        self.used.len() >= MAX_ASSERTIONS || remembered >= MAX_OF_A_CLIENT
    }

    fn forget_expired(&mut self, now: UnixTime) {
        while let Some(((end, digest), name)) = self.by_end.first_key_value()
            && *end <= now
        {
            let (end, digest, name) = (*end, *digest, Arc::clone(name));
            if let Some(client) = self.clients.get_mut(&name) {
                client.forgotten = client.forgotten.max(Some(end));
            }
            self.remove(end, digest);
        }
    }

    fn remove(&mut self, end: UnixTime, digest: Digest) {
        self.used.remove(&digest);
        let name = self.by_end.remove(&(end, digest));
        if let Some(client) = name.and_then(|name| self.clients.get_mut(&name)) {
            client.remembered -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
    const MINUTE: Duration = Duration::from_secs(60);

    struct Assertion(String, UnixTime);

    fn assertion(id: usize, ends_at: UnixTime) -> Assertion {
        Assertion(id.to_string(), ends_at)
    }

    impl ReplayMemory {
        fn meet(&self, client: &str, it: &Assertion, now: UnixTime) -> Result<(), ReplayError> {
            self.admit(client, &it.0, it.1, now)
        }
    }

    #[test]
    fn t25_an_assertion_is_remembered_to_its_end_and_its_id_is_free_again_then() {
        let replays = ReplayMemory::default();
        let one = assertion(1, NOW + MINUTE);
        assert_eq!(replays.meet("a", &one, NOW), Ok(()));
        assert_eq!(replays.meet("b", &one, NOW), Ok(()), "another client's is its own");
        let last = NOW + MINUTE - Duration::from_millis(1);
        assert_eq!(replays.meet("a", &one, last), Err(ReplayError::Used));
        let longer = assertion(1, NOW + 2 * MINUTE);
        assert_eq!(replays.meet("a", &longer, last), Err(ReplayError::Used), "by its id");
        assert_eq!(replays.meet("a", &longer, NOW + MINUTE), Ok(()), "the first one has expired");
        assert_eq!(replays.meet("a", &longer, NOW + MINUTE), Err(ReplayError::Used));
        let memory = replays.0.lock().unwrap();
        assert_eq!((memory.used.len(), memory.by_end.len(), memory.clients.len()), (2, 2, 2));
        assert_eq!(memory.clients["a"].remembered, 1);
    }

    #[test]
    fn t25_when_the_memory_is_full_an_assertion_is_refused_and_none_forgotten() {
        let replays = ReplayMemory::default();
        let end = NOW + MINUTE;
        for n in 0..MAX_OF_A_CLIENT {
            assert_eq!(replays.meet("greedy", &assertion(n, end), NOW), Ok(()));
        }
        let next = assertion(MAX_OF_A_CLIENT, end);
        assert_eq!(replays.meet("greedy", &next, NOW), Err(ReplayError::Full(MINUTE)));
        assert_eq!(replays.meet("greedy", &assertion(0, end), NOW), Err(ReplayError::Used));
        assert_eq!(replays.meet("modest", &next, NOW), Ok(()), "it takes nobody else's room");
        for client in 1..MAX_ASSERTIONS / MAX_OF_A_CLIENT {
            for n in 0..MAX_OF_A_CLIENT {
                let _ = replays.meet(&client.to_string(), &assertion(n, end), NOW);
            }
        }
        assert_eq!(replays.meet("last", &next, NOW), Err(ReplayError::Full(MINUTE)));
        assert_eq!(replays.meet("modest", &next, NOW), Err(ReplayError::Used));
        let later = assertion(0, end + MINUTE);
        assert_eq!(replays.meet("last", &later, end), Ok(()), "there is room again");
    }

    #[test]
    fn t25_a_clock_that_is_set_back_brings_no_assertion_back() {
        let replays = ReplayMemory::default();
        let one = assertion(1, NOW + MINUTE);
        assert_eq!(replays.meet("a", &one, NOW), Ok(()));
        let later = assertion(2, NOW + 10 * MINUTE);
        assert_eq!(replays.meet("a", &later, NOW + 2 * MINUTE), Ok(()));
        assert_eq!(replays.meet("a", &one, NOW), Err(ReplayError::Used));
        assert_eq!(replays.meet("a", &assertion(3, NOW + 2 * MINUTE), NOW), Ok(()));
    }

    #[test]
    fn t25_what_was_forgotten_in_a_wrong_moment_is_refused_for_that_client_alone() {
        let replays = ReplayMemory::default();
        let end = NOW + 10 * MINUTE;
        for n in 0..MAX_OF_A_CLIENT {
            assert_eq!(replays.meet("a", &assertion(n, end), NOW), Ok(()));
        }
        let ahead = NOW + 24 * 60 * MINUTE;
        let in_ahead = assertion(MAX_OF_A_CLIENT, ahead + MINUTE);
        assert_eq!(replays.meet("a", &in_ahead, ahead), Ok(()), "it makes room");
        assert_eq!(replays.meet("a", &assertion(0, end), NOW), Err(ReplayError::Used));
        assert_eq!(replays.meet("b", &assertion(0, end), NOW), Ok(()));
        let longer = assertion(MAX_OF_A_CLIENT + 1, end + MINUTE);
        assert_eq!(replays.meet("a", &longer, NOW), Ok(()));
    }

    #[test]
    fn t25_a_moment_of_a_clock_that_is_ahead_refuses_no_fresh_assertion() {
        for seconds in [3_600, 86_400, 315_360_000] {
            let replays = ReplayMemory::default();
            let long = assertion(1, NOW + 59 * MINUTE);
            assert_eq!(replays.meet("a", &long, NOW), Ok(()));
            let ahead = NOW + Duration::from_secs(seconds);
            assert_eq!(replays.meet("b", &assertion(1, ahead + MINUTE), ahead), Ok(()));
            for client in ["a", "b"] {
                assert_eq!(replays.meet(client, &assertion(2, NOW + MINUTE), NOW), Ok(()));
            }
            assert_eq!(replays.meet("a", &long, NOW), Err(ReplayError::Used));
        }
    }
}
