//! A JWK Set or a PEM file: bounded, and every key that is used has a bounded kid.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tower_bearer::key::{KeySet, MAX_KEYS, MAX_KID_BYTES};

fuzz_target!(|document: &[u8]| {
    if let Ok(keys) = KeySet::parse(document) {
        assert!(keys.len() + keys.skipped().len() <= MAX_KEYS);
        assert!(keys.kids().all(|kid| kid.len() <= MAX_KID_BYTES));
        assert!(keys.same_keys_as(&keys));
        for kid in keys.kids() {
            assert!(!keys.without_kid(kid).contains_kid(kid));
        }
    }
    if let Ok(keys) = std::str::from_utf8(document)
        .map_err(drop)
        .and_then(|pem| KeySet::from_pem(pem).map_err(drop))
    {
        assert!(keys.len() + keys.skipped().len() <= MAX_KEYS);
        assert_eq!(keys.kids().count(), 0);
    }
});
