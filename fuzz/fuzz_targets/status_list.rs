//! A status list, signed or not: bounded, and each index has a status or is out of range.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tower_bearer::status::{StatusBits, StatusList, StatusListVerifier, StatusReference};
use tower_bearer_fuzz::{KEYS, NOW, issuer, sign};

const URI: &str = "https://issuer.example/lists/1";
const BOUND: usize = 1 << 20;

fuzz_target!(|input: &[u8]| {
    let lists = StatusListVerifier::new(issuer()).max_inflated_bytes(BOUND);
    if let Ok(text) = std::str::from_utf8(input) {
        assert!(lists.verify(text, URI, &KEYS, NOW).is_err(), "nobody signed it");
        if let Ok(Some(reference)) = StatusReference::read(text) {
            assert!(reference.index < 1 << 53 && !reference.uri.is_empty());
        }
        for bits in [StatusBits::One, StatusBits::Two, StatusBits::Four, StatusBits::Eight] {
            if let Ok(list) = StatusList::decode(bits, text, BOUND) {
                check(&list);
            }
        }
    }
    let header = br#"{"alg":"EdDSA","typ":"statuslist+jwt"}"#;
    if let Ok(token) = lists.verify(&sign(header, input), URI, &KEYS, NOW) {
        check(token.list());
    }
});

fn check(list: &StatusList) {
    assert!(list.as_bytes().len() <= BOUND);
    assert_eq!(list.get(0).is_some(), !list.is_empty());
    assert_eq!((list.get(list.len()), list.get(u64::MAX)), (None, None));
    if let Some(last) = list.len().checked_sub(1) {
        assert!(list.get(last).is_some());
    }
    let again = StatusList::decode(list.bits(), &list.encode(), BOUND);
    assert_eq!(again.as_ref(), Ok(list));
}
