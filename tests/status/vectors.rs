//! The lists of the specification, with the values that it gives.

use serde_json::{Value, json};
use tower_bearer::{
    claims::Issuer,
    key::KeySet,
    status::{StatusBits, StatusList, StatusListFault, StatusListVerifier},
    time::UnixTime,
};

use crate::support::vectors_json;

fn lists() -> Vec<Value> {
    let vectors = vectors_json("status-list.json");
    vectors.map_or_else(Vec::new, |vectors| vectors["lists"].as_array().unwrap().clone())
}

fn bits(list: &Value) -> StatusBits {
    let count = u8::try_from(list["bits"].as_u64().unwrap()).unwrap();
    StatusBits::from_count(count).unwrap()
}

#[test]
fn s01_each_list_of_the_specification_has_its_values_and_no_others() {
    for vector in lists() {
        let entries = vector["entries"].as_u64().unwrap();
        let length = usize::try_from(entries * vector["bits"].as_u64().unwrap() / 8).unwrap();
        let lst = vector["lst"].as_str().unwrap();
        let list = StatusList::decode(bits(&vector), lst, length).unwrap();
        assert_eq!((list.len(), list.as_bytes().len()), (entries, length), "{}", vector["name"]);
        let set = vector["nonzero"].as_object().unwrap();
        for index in 0..entries {
            let expected = set.get(&index.to_string()).map_or(0, |it| it.as_u64().unwrap());
            assert_eq!(list.get(index).map(u64::from), Some(expected), "index {index}");
        }
        assert_eq!(list.get(entries), None, "out of range");
        assert_eq!(
            StatusList::decode(bits(&vector), lst, length - 1),
            Err(StatusListFault::TooLong { limit: length - 1 })
        );
    }
}

#[test]
fn s01_a_list_that_is_written_again_is_read_as_it_was() {
    for vector in lists() {
        let entries = vector["entries"].as_u64().unwrap();
        let mut list = StatusList::new(bits(&vector), usize::try_from(entries).unwrap());
        for (index, status) in vector["nonzero"].as_object().unwrap() {
            let status = u8::try_from(status.as_u64().unwrap()).unwrap();
            assert!(list.set(index.parse().unwrap(), status));
        }
        let given = vector["lst"].as_str().unwrap();
        let decoded = StatusList::decode(bits(&vector), given, list.as_bytes().len());
        assert_eq!(decoded.as_ref(), Ok(&list), "{}", vector["name"]);
        let again = list.encode();
        assert_eq!(StatusList::decode(bits(&vector), &again, list.as_bytes().len()), Ok(list));
        let bytes = (again.len(), given.len());
        assert!(bytes.0 <= bytes.1 + bytes.1 / 4 + 16, "{}: {bytes:?} bytes", vector["name"]);
    }
}

#[test]
fn s02_the_signed_list_of_the_specification_is_valid_until_its_exp() {
    let Some(vectors) = vectors_json("status-list.json") else { return };
    let signed = &vectors["signed"];
    let text = |name: &str| signed[name].as_str().unwrap();
    let seconds = |name: &str| signed[name].as_u64().unwrap();
    let jwks = json!({"keys": [signed["jwk"]]}).to_string();
    let keys = KeySet::parse(jwks.as_bytes()).unwrap();
    let verify = |issuer: &str, now: u64| {
        let lists = StatusListVerifier::new(Issuer::new(issuer).unwrap());
        lists.verify(text("token"), text("uri"), &keys, UnixTime::from_secs(now))
    };
    let list = verify("https://example.com", seconds("iat")).unwrap();
    assert_eq!(list.issued_at(), UnixTime::from_secs(seconds("iat")));
    assert_eq!(list.expires_at(), Some(UnixTime::from_secs(seconds("exp"))));
    assert_eq!(list.ttl().map(|ttl| ttl.as_secs()), Some(seconds("ttl")));
    for (index, status) in signed["statuses"].as_array().unwrap().iter().enumerate() {
        let held = list.list().get(index as u64).map(u64::from);
        assert_eq!(held, status.as_u64(), "index {index}");
    }
    assert!(verify("https://example.com", seconds("exp") + 29).is_ok(), "the leeway is 30 s");
    let expired = verify("https://example.com", seconds("exp") + 30).unwrap_err();
    assert!(matches!(expired, StatusListFault::Token(_)), "{expired}");
    let other = verify("https://other.example", seconds("iat")).unwrap_err();
    assert_eq!(other, StatusListFault::WrongIssuer);
}
