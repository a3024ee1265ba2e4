//! The connections of a server, and which of them gives way when all places are taken.

use std::{
    cmp::Reverse,
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
};

use super::activity::{Activity, Phase, Sequence};

/// An address that holds more than this part of the places gives way first: 1/8. Below that share,
/// two connections of one address rank like one connection each of two addresses.
const FAIR_SHARE: usize = 8;

/// This part of the places is searched for at a time: 1/32.
const BATCH: usize = 32;

/// All open connections. It is owned by the accept loop, so it needs no lock.
#[derive(Debug)]
pub(super) struct Places<Id, Task> {
    limit: usize,
    open: HashMap<Id, Place<Task>>,
    by_network: HashMap<IpAddr, usize>,
    sequence: Sequence,
    /// The sequence numbers at the last two ticks. A phase that began before the first of them has
    /// lasted for a second or longer.
    ticks: [u64; 2],
    /// The next victims, the last of them first, each with the number of its phase.
    candidates: Vec<(Id, u64)>,
}

#[derive(Debug)]
struct Place<Task> {
    network: IpAddr,
    activity: Activity,
    task: Task,
}

/// The rank of a connection for eviction; the greatest is evicted first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// In its phase for less than a second or two: an honest client may be at work.
    Fresh,
    /// A client that sent wrong credentials waits for the answer.
    HeldBack,
    /// Idle after a response.
    Idle,
    /// The client has owed a part of its request for longer than a second.
    Unfinished,
}

impl<Id: Copy + Eq + Hash, Task> Places<Id, Task> {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            open: HashMap::new(),
            by_network: HashMap::new(),
            sequence: Sequence::default(),
            ticks: [0; 2],
            candidates: Vec::new(),
        }
    }

    pub(super) fn sequence(&self) -> &Sequence {
        &self.sequence
    }

    pub(super) fn is_full(&self) -> bool {
        self.open.len() >= self.limit
    }

    pub(super) fn insert(&mut self, id: Id, address: IpAddr, activity: Activity, task: Task) {
        let network = network(address);
        *self.by_network.entry(network).or_default() += 1;
        let _replaced = self.open.insert(id, Place { network, activity, task });
    }

    /// Frees a place; `None` if it is free already.
    pub(super) fn remove(&mut self, id: Id) -> Option<Task> {
        let place = self.open.remove(&id)?;
        if let Some(count) = self.by_network.get_mut(&place.network) {
            *count -= 1;
            if *count == 0 {
                self.by_network.remove(&place.network);
            }
        }
        Some(place.task)
    }

    /// Records that a second has passed.
    pub(super) fn tick(&mut self) {
        self.ticks = [self.ticks[1], self.sequence.next()];
        self.candidates.clear();
    }

    /// Finds the connection that gives way to a new one. A connection whose request is being
    /// answered never does.
    ///
    /// If an address holds more than its share, the connections of the address that holds most go
    /// first. Of these, unfinished requests go first, then idle connections, then answers that are
    /// held back, then what began within the last second; of equals, the oldest.
    pub(super) fn victim(&mut self) -> Option<Id> {
        if let Some(id) = self.next_candidate() {
            return Some(id);
        }
        self.find_candidates();
        self.next_candidate()
    }

    /// Takes the first candidate that still waits for the same as when it was found.
    fn next_candidate(&mut self) -> Option<Id> {
        while let Some((id, since)) = self.candidates.pop() {
            let place = self.open.get(&id);
            if place.is_some_and(|place| place.activity.is_waiting_since(since)) {
                return Some(id);
            }
        }
        None
    }

    /// Finds the first candidates, the last of them first: 1/32 of the places at a time, so that a
    /// storm of connections costs no search each.
    fn find_candidates(&mut self) {
        let greatest = self.by_network.iter().max_by_key(|(_, count)| **count);
        let hog = greatest.filter(|(_, count)| **count > self.limit / FAIR_SHARE);
        let hog = hog.map(|(network, _)| *network);
        let mut ranked: Vec<_> = self
            .open
            .iter()
            .filter_map(|(id, place)| {
                let since = place.activity.since();
                let rank = self.rank(place.activity.phase(), since)?;
                Some(((Some(place.network) == hog, rank, Reverse(since)), *id))
            })
            .collect();
        let batch = (self.limit / BATCH).clamp(1, ranked.len().max(1));
        let kept = ranked.len().saturating_sub(batch);
        if kept > 0 {
            ranked.select_nth_unstable_by_key(kept, |(order, _)| *order);
            ranked.drain(..kept);
        }
        ranked.sort_unstable_by_key(|(order, _)| *order);
        self.candidates = ranked.into_iter().map(|((_, _, since), id)| (id, since.0)).collect();
    }

    fn rank(&self, phase: Phase, since: u64) -> Option<Rank> {
        match phase {
            Phase::Busy => None,
            Phase::HeldBack => Some(Rank::HeldBack),
            _ if since >= self.ticks[0] => Some(Rank::Fresh),
            Phase::Idle => Some(Rank::Idle),
            Phase::Unfinished => Some(Rank::Unfinished),
        }
    }
}

/// The unit by which connections are counted: an IPv4 address, or the /64 that one IPv6 host has.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let prefix = u128::from(address) >> 64 << 64;
            Ipv6Addr::from(prefix).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 1));
    const B: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 2));

    /// A connection in the phase that `bring` brings it to.
    fn open(
        places: &mut Places<u32, ()>,
        id: u32,
        address: IpAddr,
        bring: fn(&Activity),
    ) -> Activity {
        let activity = Activity::new(places.sequence());
        bring(&activity);
        places.insert(id, address, activity.clone(), ());
        activity
    }

    fn unfinished(_: &Activity) {}

    fn wait(places: &mut Places<u32, ()>) {
        places.tick();
        places.tick();
    }

    #[test]
    fn unfinished_requests_give_way_before_idle_connections_and_the_oldest_first() {
        let mut places = Places::new(16);
        open(&mut places, 1, A, Activity::answered);
        open(&mut places, 2, A, unfinished);
        open(&mut places, 3, B, unfinished);
        wait(&mut places);
        for expected in [2, 3, 1] {
            assert_eq!(places.victim(), Some(expected));
            assert_eq!(places.remove(expected), Some(()));
        }
        assert_eq!(places.victim(), None);
    }

    #[test]
    fn the_address_that_holds_most_gives_way_first_if_it_holds_more_than_its_share() {
        let mut places = Places::new(16);
        open(&mut places, 1, B, unfinished);
        for id in 2..5 {
            open(&mut places, id, A, Activity::answered);
        }
        wait(&mut places);
        assert_eq!(places.victim(), Some(2), "3 of 16 are more than an eighth");
        assert_eq!(places.remove(2), Some(()));
        assert_eq!(places.victim(), Some(1), "2 of 16 are not");
    }

    #[test]
    fn a_request_that_is_answered_never_gives_way() {
        let mut places = Places::new(2);
        let busy = open(&mut places, 1, A, |activity| activity.head_arrived(false));
        wait(&mut places);
        assert_eq!(places.victim(), None);
        busy.answered();
        assert_eq!(places.victim(), Some(1));
    }

    #[test]
    fn what_began_just_now_gives_way_after_idle_connections_and_held_back_answers() {
        let mut places = Places::new(16);
        open(&mut places, 1, A, Activity::hold_back);
        open(&mut places, 2, A, Activity::answered);
        wait(&mut places);
        open(&mut places, 3, A, unfinished);
        for expected in [2, 1, 3] {
            assert_eq!(places.victim(), Some(expected));
            assert_eq!(places.remove(expected), Some(()));
        }
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_count_as_one() {
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(network(address("2001:db8::1")), network(address("2001:db8::2:3:4:5")));
        assert_ne!(network(address("2001:db8::1")), network(address("2001:db8:0:1::1")));
        assert_eq!(network(address("::ffff:127.0.0.1")), A);
    }
}
