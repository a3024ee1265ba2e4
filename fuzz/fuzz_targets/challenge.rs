//! A `WWW-Authenticate` field; what is read can be written and is read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tower_bearer::challenge::Challenge;

fuzz_target!(|field: &str| {
    for challenge in Challenge::parse_all(field) {
        let written = challenge.to_header_value();
        let again = Challenge::parse_all(written.to_str().unwrap());
        assert_eq!(again.len(), 1, "{written:?}");
    }
});
