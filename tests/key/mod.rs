//! Keys: what a JWK Set yields, and what verifies.

mod candidates;
mod entries;
mod errors;
mod published;
mod raw_signatures;
mod round_trip;
mod signing;
mod vectors_of_jose;
mod wild;

use std::sync::OnceLock;

use serde_json::{Map, Value, json};
use tower_bearer::{
    algorithm::Algorithm,
    key::{KeyFault, KeySet, SigningKey},
};

type Jwk = Map<String, Value>;

/// A key of each algorithm, made once: RSA keys take their time.
fn signer(algorithm: Algorithm) -> SigningKey {
    static KEYS: OnceLock<Vec<SigningKey>> = OnceLock::new();
    let generate = |algorithm| SigningKey::generate(algorithm).unwrap();
    let keys = KEYS.get_or_init(|| Algorithm::ALL.into_iter().map(generate).collect());
    keys.iter().find(|key| key.algorithm() == algorithm).unwrap().clone()
}

fn public(algorithm: Algorithm) -> Jwk {
    signer(algorithm).public_jwk()
}

/// `jwk` with these members set, or removed where the value is `null`.
fn with(mut jwk: Jwk, members: Value) -> Jwk {
    let Value::Object(members) = members else { panic!("{members} has no members") };
    for (name, value) in members {
        match value {
            Value::Null => jwk.remove(&name),
            value => jwk.insert(name, value),
        };
    }
    jwk
}

fn set(keys: &[Jwk]) -> KeySet {
    KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

/// Why the only entry is not used; `None` if it is.
fn fault(entry: impl Into<Value>) -> Option<KeyFault> {
    let document = json!({ "keys": [entry.into()] }).to_string();
    fault_of_text(&document)
}

fn fault_of_text(document: &str) -> Option<KeyFault> {
    let set = KeySet::parse(document.as_bytes()).unwrap();
    assert_eq!(set.len() + set.skipped().len(), 1, "{document}");
    set.skipped().first().map(|skipped| skipped.fault())
}
