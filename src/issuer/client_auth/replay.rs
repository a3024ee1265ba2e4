//! The assertions that were used: each is good once (RFC 7523 §3, item 7).

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_lc_rs::digest::{Context, SHA256};

use crate::issuer::client_auth::assertion::Assertion;
use crate::time::UnixTime;

/// The most assertions that are remembered, some 15 MiB, and the most of one client, so that none
/// takes the room of all.
const MAX_ASSERTIONS: usize = 100_000;
const MAX_OF_A_CLIENT: usize = 10_000;

/// Remembers each used assertion until it has ended by the issuer's clock. No cache is used, for a
/// cache forgets when it is full: here the next assertion is refused instead.
#[derive(Debug, Default)]
pub(in crate::issuer) struct Replays(Mutex<Memory>);

/// A digest of client and `jti`: of one size, however long they are.
type Used = [u8; 32];

#[derive(Debug, Default)]
struct Memory {
    used: HashSet<Used>,
    ends: BTreeMap<(UnixTime, Used), Arc<str>>,
    of_client: HashMap<Arc<str>, usize>,
    /// What ends at this time or before may have been forgotten. It counts when the clock is set
    /// back.
    forgotten: Option<UnixTime>,
}

/// Why an assertion that is good otherwise is refused.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::issuer) enum Refused {
    Used,
    /// There will be room after so long.
    Full(Duration),
}

impl Replays {
    /// Takes note of an assertion, if it is used for the first time.
    pub(in crate::issuer) fn admit(
        &self,
        client: &str,
        assertion: &Assertion,
        now: UnixTime,
    ) -> Result<(), Refused> {
        let mut context = Context::new(&SHA256);
        // No client has a NUL in its key.
        for part in [client, "\0", &assertion.token_id] {
            context.update(part.as_bytes());
        }
        let mut used = Used::default();
        used.copy_from_slice(context.finish().as_ref());
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory.forget(now);
        memory.admit(client, used, assertion.ends_at, now)
    }
}

impl Memory {
    fn forget(&mut self, now: UnixTime) {
        while let Some(first) = self.ends.first_entry().filter(|first| first.key().0 <= now) {
            let ((end, used), client) = first.remove_entry();
            self.used.remove(&used);
            self.forgotten = self.forgotten.max(Some(end));
            if let Some(count) = self.of_client.get_mut(&client) {
                *count -= 1;
                if *count == 0 {
                    self.of_client.remove(&client);
                }
            }
        }
    }

    fn admit(
        &mut self,
        client: &str,
        used: Used,
        ends_at: UnixTime,
        now: UnixTime,
    ) -> Result<(), Refused> {
        if self.used.contains(&used) || self.forgotten >= Some(ends_at) {
            return Err(Refused::Used);
        }
        let known = self.of_client.get_key_value(client);
        let count = known.map_or(0, |(_, count)| *count);
        if self.used.len() >= MAX_ASSERTIONS || count >= MAX_OF_A_CLIENT {
            let first = self.ends.first_key_value().map(|((end, _), _)| end.saturating_since(now));
            return Err(Refused::Full(first.unwrap_or_default()));
        }
        let client = known.map_or_else(|| Arc::from(client), |(name, _)| name.clone());
        self.used.insert(used);
        self.of_client.insert(client.clone(), count + 1);
        self.ends.insert((ends_at, used), client);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
    const MINUTE: Duration = Duration::from_secs(60);

    fn assertion(id: usize, ends_at: UnixTime) -> Assertion {
        Assertion { token_id: id.to_string(), ends_at }
    }

    #[test]
    fn t25_an_assertion_is_remembered_to_its_end_and_then_forgotten() {
        let replays = Replays::default();
        let one = assertion(1, NOW + MINUTE);
        assert_eq!(replays.admit("a", &one, NOW), Ok(()));
        assert_eq!(replays.admit("b", &one, NOW), Ok(()), "another client's is its own");
        let last = NOW + MINUTE - Duration::from_millis(1);
        assert_eq!(replays.admit("a", &one, last), Err(Refused::Used));
        let longer = assertion(1, NOW + 2 * MINUTE);
        assert_eq!(replays.admit("a", &longer, last), Err(Refused::Used), "by its id");
        assert_eq!(replays.admit("a", &assertion(2, NOW + 3 * MINUTE), NOW + MINUTE), Ok(()));
        let memory = replays.0.lock().unwrap();
        assert_eq!((memory.used.len(), memory.ends.len(), memory.of_client.len()), (1, 1, 1));
    }

    #[test]
    fn t25_when_the_memory_is_full_an_assertion_is_refused_and_none_forgotten() {
        let replays = Replays::default();
        let end = NOW + MINUTE;
        for n in 0..MAX_OF_A_CLIENT {
            assert_eq!(replays.admit("greedy", &assertion(n, end), NOW), Ok(()));
        }
        let next = assertion(MAX_OF_A_CLIENT, end);
        assert_eq!(replays.admit("greedy", &next, NOW), Err(Refused::Full(MINUTE)));
        assert_eq!(replays.admit("greedy", &assertion(0, end), NOW), Err(Refused::Used));
        assert_eq!(replays.admit("modest", &next, NOW), Ok(()), "it takes nobody else's room");
        for client in 1..MAX_ASSERTIONS / MAX_OF_A_CLIENT {
            for n in 0..MAX_OF_A_CLIENT {
                let _ = replays.admit(&client.to_string(), &assertion(n, end), NOW);
            }
        }
        assert_eq!(replays.admit("last", &next, NOW), Err(Refused::Full(MINUTE)));
        assert_eq!(replays.admit("modest", &next, NOW), Err(Refused::Used));
        let later = assertion(0, end + MINUTE);
        assert_eq!(replays.admit("last", &later, end), Ok(()), "there is room again");
    }

    #[test]
    fn t25_a_clock_that_is_set_back_brings_no_assertion_back() {
        let replays = Replays::default();
        let one = assertion(1, NOW + MINUTE);
        assert_eq!(replays.admit("a", &one, NOW), Ok(()));
        let later = assertion(2, NOW + 10 * MINUTE);
        assert_eq!(replays.admit("a", &later, NOW + 2 * MINUTE), Ok(()), "forgets the first");
        assert_eq!(replays.admit("a", &one, NOW), Err(Refused::Used));
        assert_eq!(replays.admit("a", &assertion(3, NOW + 2 * MINUTE), NOW), Ok(()));
    }
}
