//! Status List Tokens, good ones and spoiled ones, read by the verifier alone.

use serde_json::{Value, json};
use tower_bearer::{
    algorithm::Algorithm,
    error::TokenFaultKind,
    key::{KeySet, SigningKey},
    status::{StatusBits, StatusList, StatusListFault, StatusListToken, StatusListVerifier},
};

use crate::support::{Mint, NOW, encode};

const URI: &str = "https://issuer.example/lists/1";

/// A good list of 16 statuses, the fourth of which is invalid.
pub(super) fn list(key: &SigningKey) -> Mint {
    let mut statuses = StatusList::new(StatusBits::One, 16);
    assert!(statuses.set(3, 1));
    of_statuses(key, URI, &statuses)
}

/// A good list of these statuses for this address.
pub(super) fn of_statuses(key: &SigningKey, uri: &str, statuses: &StatusList) -> Mint {
    let header = json!({"typ": "statuslist+jwt", "alg": key.algorithm().name(), "kid": key.kid()});
    let claims = json!({
        "sub": uri,
        "iat": NOW.as_secs(),
        "exp": NOW.as_secs() + 86_400,
        "ttl": 60,
        "status_list": statuses,
    });
    Mint::of(key, &header, &claims)
}

struct Reader {
    key: SigningKey,
    keys: KeySet,
    lists: StatusListVerifier,
}

impl Reader {
    fn new() -> Self {
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        let keys = Mint::with_key(&key).keys();
        Self { key, keys, lists: StatusListVerifier::new(Mint::issuer()) }
    }

    fn read(&self, token: &str) -> Result<StatusListToken, StatusListFault> {
        self.lists.verify(token, URI, &self.keys, NOW)
    }

    /// Reads the good list with these claims, and then the good one.
    fn with_claims(&self, changes: &Value) -> Result<StatusListToken, StatusListFault> {
        assert!(self.read(&list(&self.key).sign()).is_ok(), "the twin is good");
        self.read(&list(&self.key).with_claims(changes).sign())
    }
}

#[test]
fn s03_a_good_list_is_read() {
    let reader = Reader::new();
    let list = reader.with_claims(&json!({"iss": Mint::ISSUER, "other": [1]})).unwrap();
    assert_eq!(list.list().get(3), Some(1));
    assert_eq!(list.list().get(4), Some(0));
    assert_eq!(list.list().get(16), None);
    let least = reader.with_claims(&json!({"exp": null, "ttl": null})).unwrap();
    assert_eq!((least.expires_at(), least.ttl()), (None, None));
}

#[test]
fn s04_a_list_is_refused_that_another_signed_or_nobody() {
    let reader = Reader::new();
    let good = list(&reader.key).sign();
    assert!(reader.read(&good).is_ok());
    let of = |kind: TokenFaultKind| StatusListFault::from(kind);

    let other = SigningKey::generate(Algorithm::ES256).unwrap();
    let of_other = list(&other).sign();
    let unknown = of(TokenFaultKind::UnknownKey(Algorithm::ES256));
    assert_eq!(reader.read(&of_other).unwrap_err(), unknown, "another issuer's key");
    let posing = list(&other).header("kid", reader.key.kid()).sign();
    let bad = of(TokenFaultKind::BadSignature(Algorithm::ES256));
    assert_eq!(reader.read(&posing).unwrap_err(), bad);
    let cut = good.rsplit_once('.').unwrap().0;
    assert!(reader.read(&format!("{cut}.")).is_err(), "no signature");
    let none = list(&reader.key).header("alg", "none").sign();
    assert_eq!(reader.read(&none).unwrap_err(), of(TokenFaultKind::AlgorithmNotAllowed));
    let narrow = StatusListVerifier::new(Mint::issuer()).algorithms([Algorithm::EdDSA]);
    let refused = narrow.verify(&good, URI, &reader.keys, NOW).unwrap_err();
    assert_eq!(refused, of(TokenFaultKind::AlgorithmNotAllowed));
}

#[test]
fn s05_the_token_is_a_status_list_and_no_other_kind_of_token() {
    let reader = Reader::new();
    for typ in ["at+jwt", "JWT", "statuslist+cwt", "statuslist", ""] {
        let spoiled = list(&reader.key).header("typ", typ).sign();
        assert_eq!(reader.read(&spoiled).unwrap_err(), StatusListFault::TokenType, "{typ}");
    }
    let none = list(&reader.key).without_header("typ").sign();
    assert_eq!(reader.read(&none).unwrap_err(), StatusListFault::TokenType);
    for typ in ["statuslist+jwt", "application/statuslist+jwt", "StatusList+JWT"] {
        assert!(reader.read(&list(&reader.key).header("typ", typ).sign()).is_ok(), "{typ}");
    }
}

#[test]
fn s06_a_list_says_which_one_it_is_and_from_when() {
    let reader = Reader::new();
    let refused = |changes: Value| reader.with_claims(&changes).unwrap_err();
    assert_eq!(refused(json!({"sub": null})), StatusListFault::Missing("sub"));
    for sub in ["https://issuer.example/lists/2", "https://issuer.example/lists/1/", ""] {
        assert_eq!(refused(json!({ "sub": sub })), StatusListFault::WrongSubject, "{sub}");
    }
    assert_eq!(refused(json!({"iss": "https://other.example"})), StatusListFault::WrongIssuer);
    assert_eq!(refused(json!({"iat": null})), StatusListFault::Missing("iat"));
    let now = NOW.as_secs();
    assert!(matches!(refused(json!({"iat": now + 31})), StatusListFault::Token(_)));
    assert!(reader.with_claims(&json!({"iat": now + 30})).is_ok());
    assert!(matches!(refused(json!({"exp": now - 30})), StatusListFault::Token(_)));
    assert!(reader.with_claims(&json!({"exp": now - 29})).is_ok());
}

#[test]
fn s07_the_claims_of_the_list_have_the_values_of_the_specification() {
    let reader = Reader::new();
    let refused = |changes: Value| reader.with_claims(&changes).unwrap_err();
    let list_of = |bits: Value, lst: Value| json!({"status_list": {"bits": bits, "lst": lst}});
    let lst = "eNrbuRgAAhcBXQ";
    for bits in [json!(0), json!(3), json!(16), json!(-1), json!(1.5), json!("1"), json!([1])] {
        let fault = refused(list_of(bits.clone(), json!(lst)));
        assert_eq!(fault, StatusListFault::WrongType("bits"), "{bits}");
    }
    assert_eq!(reader.with_claims(&list_of(json!(8), json!(lst))).unwrap().list().len(), 2);
    for ttl in [json!(0), json!(-1), json!("60"), json!([])] {
        assert_eq!(refused(json!({"ttl": ttl})), StatusListFault::WrongType("ttl"), "{ttl}");
    }
    let missing = refused(json!({"status_list": null}));
    assert_eq!(missing, StatusListFault::Missing("status_list"));
    assert_eq!(refused(json!({"status_list": {"lst": lst}})), StatusListFault::Missing("bits"));
    assert_eq!(refused(json!({"status_list": {"bits": 1}})), StatusListFault::Missing("lst"));
    let wrong = refused(json!({"status_list": [lst]}));
    assert_eq!(wrong, StatusListFault::WrongType("status_list"));
    assert_eq!(refused(list_of(json!(1), json!(1))), StatusListFault::WrongType("lst"));
    for padded in ["eNrbuRgAAhcBXQ==", "eNrbuRgAAhcBX+", "eNrbuRgA AhcBXQ"] {
        assert_eq!(refused(list_of(json!(1), json!(padded))), StatusListFault::Encoding);
    }
    let raw = encode([0xb9, 0xa3]);
    let fault = refused(list_of(json!(1), json!(raw)));
    assert_eq!(fault, StatusListFault::Compression, "not compressed");
}

#[test]
fn s08_a_list_is_bounded_before_and_while_it_inflates() {
    let reader = Reader::new();
    let good = list(&reader.key).sign();
    let bounded = StatusListVerifier::new(Mint::issuer());
    let read = |lists: StatusListVerifier| lists.verify(&good, URI, &reader.keys, NOW);
    assert!(read(bounded.clone().max_list_bytes(good.len())).is_ok());
    let refused = read(bounded.clone().max_list_bytes(good.len() - 1)).unwrap_err();
    assert!(matches!(refused, StatusListFault::Token(_)), "{refused}");
    assert!(read(bounded.clone().max_inflated_bytes(2)).is_ok());
    let refused = read(bounded.max_inflated_bytes(1)).unwrap_err();
    assert_eq!(refused, StatusListFault::TooLong { limit: 1 });
}

#[test]
fn s11_ten_million_statuses_of_one_bit_take_less_than_two_megabytes() {
    let reader = Reader::new();
    let mut statuses = StatusList::new(StatusBits::One, 10_000_000);
    // One in a hundred is taken back, without a pattern.
    let mut place = 1_u64;
    for _ in 0..100_000 {
        place =
            place.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        assert!(statuses.set((place >> 16) % 10_000_000, 1));
    }
    let token = of_statuses(&reader.key, URI, &statuses).sign();
    let held = reader.read(&token).unwrap();
    assert!(held.list() == &statuses);
    assert!(held.list().as_bytes().len() <= 2_000_000);
    assert!(token.len() < 300_000, "{} bytes on the wire", token.len());
}
