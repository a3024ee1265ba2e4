//! Lists that received the same entries are equal, and deny what the entries say.

use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*, sample::select};

use super::{
    denial::{Denial, Denied},
    entries::{Entries, Members},
};
use crate::{claims::Issuer, time::UnixTime};

const NOW: UnixTime = UnixTime::from_secs(100);
const NO_LIMIT: usize = usize::MAX;

fn time() -> impl Strategy<Value = UnixTime> {
    (95..110_u64).prop_map(UnixTime::from_secs)
}

fn value() -> impl Strategy<Value = Box<str>> {
    select(vec!["", "a", "b", "c"]).prop_map(Into::into)
}

fn issuer() -> impl Strategy<Value = Issuer> {
    select(vec!["https://a.example", "https://b.example"]).prop_map(|it| Issuer::new(it).unwrap())
}

fn denied() -> impl Strategy<Value = Denied> {
    prop_oneof![
        1 => value().prop_map(Denied::TokenId),
        1 => value().prop_map(Denied::Subject),
        1 => value().prop_map(Denied::Client),
        1 => value().prop_map(Denied::KeyId),
        3 => (value(), time()).prop_map(|(subject, time)| Denied::IssuedBefore { subject, time }),
    ]
}

fn denials() -> impl Strategy<Value = Vec<Denial>> {
    let denial = (issuer(), denied(), time());
    vec(denial.prop_map(|(issuer, denied, until)| Denial::new(issuer, denied, until)), 0..24)
}

fn list(denials: impl IntoIterator<Item = Denial>) -> Entries {
    let mut entries = Entries::default();
    for denial in denials {
        entries.add(denial, NOW, NO_LIMIT).unwrap();
        assert_eq!(entries.len(), entries.counted());
    }
    entries
}

/// The entries as they are, one after the other, without a list.
fn is_denied(denials: &[Denial], token: &Members<'_>, now: UnixTime) -> bool {
    denials.iter().any(|Denial { issuer, denied, until }| {
        let is = |value: Option<&str>, named: &str| value == Some(named);
        let matches = match denied {
            Denied::TokenId(id) => is(token.token_id, id),
            Denied::Subject(subject) => is(token.subject, subject),
            Denied::Client(id) => is(token.client, id),
            Denied::KeyId(id) => token.key_ids.contains(&Some(&**id)),
            Denied::IssuedBefore { subject, time } => {
                is(token.subject, subject) && token.issued_at.is_none_or(|at| at < *time)
            }
        };
        matches && issuer.as_str() == token.issuer && now < *until
    })
}

proptest! {
    /// In any order, in any portions, each any number of times.
    #[test]
    fn lists_that_received_the_same_entries_are_equal(
        denials in denials(),
        order in any::<[prop::sample::Index; 40]>(),
    ) {
        let one = list(denials.clone());
        let shuffled = order.iter().filter(|_| !denials.is_empty());
        let shuffled: Vec<Denial> =
            shuffled.map(|index| denials[index.index(denials.len())].clone()).collect();
        // What the order left out comes last, and then everything once more.
        let other = list(shuffled.into_iter().chain(denials.iter().rev().cloned()));
        prop_assert_eq!(one.denials(NOW), other.denials(NOW));
        // A list that received the snapshot of another equals it, and a snapshot has no idle entry.
        let snapshot = one.denials(NOW);
        prop_assert_eq!(list(snapshot.clone()).denials(NOW), snapshot.clone());
        prop_assert_eq!(snapshot.iter().collect::<BTreeSet<_>>().len(), snapshot.len());
        // Two lists that receive each other's snapshots agree.
        let half = denials.len() / 2;
        let (first, second) = denials.split_at(half);
        let (mut left, mut right) = (list(first.to_vec()), list(second.to_vec()));
        let (of_left, of_right) = (left.denials(NOW), right.denials(NOW));
        of_right.into_iter().for_each(|denial| { left.add(denial, NOW, NO_LIMIT).unwrap(); });
        of_left.into_iter().for_each(|denial| { right.add(denial, NOW, NO_LIMIT).unwrap(); });
        prop_assert_eq!(left.denials(NOW), right.denials(NOW));
        prop_assert_eq!(left.denials(NOW), snapshot);
    }

    #[test]
    fn a_list_denies_what_its_entries_say_until_they_end(
        denials in denials(),
        issuer in issuer(),
        values in any::<[Option<prop::sample::Index>; 5]>(),
        issued_at in prop::option::of(time()),
        now in (100..110_u64).prop_map(UnixTime::from_secs),
    ) {
        let entries = list(denials.clone());
        let value = |index: Option<prop::sample::Index>| index.map(|it| ["", "a", "b", "c"][it.index(4)]);
        let [token_id, subject, client, of_header, of_key] = values.map(value);
        let key_ids = [of_header, of_key];
        let issuer = issuer.as_str();
        let token = Members { issuer, token_id, subject, client, key_ids, issued_at };
        let found = entries.find(&token, now);
        prop_assert_eq!(found.is_some(), is_denied(&denials, &token, now), "{:?}", found);
    }

    #[test]
    fn a_full_list_refuses_what_it_has_no_room_for_and_keeps_what_it_has(
        denials in denials(),
        room in 0..6_usize,
    ) {
        let mut entries = Entries::default();
        let mut kept: Vec<Denial> = Vec::new();
        for denial in denials {
            match entries.add(denial.clone(), NOW, room) {
                Ok(_) => kept.push(denial),
                Err(_) => prop_assert_eq!(entries.len(), room),
            }
            prop_assert!(entries.len() <= room);
            prop_assert_eq!(entries.len(), entries.counted());
        }
        prop_assert_eq!(entries.denials(NOW), list(kept).denials(NOW));
    }
}

#[test]
fn an_entry_that_has_ended_makes_room() {
    let issuer = Issuer::new("https://a.example").unwrap();
    let denial = |id: &str, until| {
        Denial::new(issuer.clone(), Denied::token_id(id), UnixTime::from_secs(until))
    };
    let mut entries = Entries::default();
    assert!(entries.add(denial("a", 200), NOW, 1).unwrap());
    assert!(entries.add(denial("b", 200), UnixTime::from_secs(199), 1).is_err());
    assert!(entries.add(denial("a", 300), UnixTime::from_secs(199), 1).unwrap(), "its own place");
    assert!(entries.add(denial("b", 400), UnixTime::from_secs(299), 1).is_err());
    assert!(entries.add(denial("b", 400), UnixTime::from_secs(300), 1).unwrap());
    assert_eq!(entries.denials(UnixTime::from_secs(300)), [denial("b", 400)]);
}
