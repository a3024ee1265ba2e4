//! A whole token that nobody signed: never admitted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tower_bearer_fuzz::{KEYS, NOW, VERIFIER};

fuzz_target!(|token: &str| {
    let fault = VERIFIER.verify(token, &KEYS, NOW).unwrap_err();
    assert!(fault.to_string().len() < 1_000);
});
