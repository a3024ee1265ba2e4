use serde_json::{Value, json};
use tower_bearer::algorithm::Algorithm;

use super::*;

/// A bad answer is a failure, never replaces a good set, and its repaired twin is taken.
pub(super) async fn never_replaces_a_good_set(bad: Reply) {
    let mint = Mint::new();
    let api = Api::start(publish([&mint])).await;
    assert_eq!(api.get(&mint).await, ADMITTED);
    api.keys.always(bad.clone());
    api.clock.advance(DUE);
    assert_eq!(api.get(&mint).await, ADMITTED);
    until(|| api.readiness().last_error.is_some()).await;
    assert_eq!(api.get(&mint).await, ADMITTED, "the good set is kept");
    assert_eq!(api.generation(), 1);

    let cold = Api::start(bad).await;
    assert!(unavailable(cold.get(&mint).await));
    cold.keys.always(publish([&mint]));
    cold.clock.advance(MINUTE);
    assert_eq!(cold.get(&mint).await, ADMITTED);
}

#[tokio::test]
async fn a_500_is_a_failure() {
    never_replaces_a_good_set(Reply::status(500)).await;
}

#[tokio::test]
async fn r59_html_with_status_200_is_a_failure() {
    let html = Reply::Answer(200, vec![("content-type", "text/html".into())], b"<html>".to_vec());
    never_replaces_a_good_set(html).await;
}

#[tokio::test]
async fn an_empty_set_is_a_failure() {
    never_replaces_a_good_set(Reply::json("{\"keys\":[]}")).await;
}

#[tokio::test]
async fn a_set_without_a_usable_key_is_a_failure() {
    never_replaces_a_good_set(Reply::json(r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#)).await;
}

#[tokio::test]
async fn a_document_of_ten_megabytes_is_a_failure() {
    never_replaces_a_good_set(Reply::json(" ".repeat(10 * 1_024 * 1_024))).await;
}

#[tokio::test]
async fn a_redirect_to_http_or_to_another_host_is_not_followed() {
    let mint = Mint::new();
    let elsewhere = Server::start({
        let reply = publish([&mint]);
        move |_| reply.clone()
    })
    .await;
    let places = [elsewhere.url("/jwks"), "http://169.254.169.254/".into(), "/elsewhere".into()];
    for (status, place) in [301, 302, 303, 307, 308].into_iter().zip(places.iter().cycle()) {
        never_replaces_a_good_set(Reply::status(status).with("location", place)).await;
    }
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn a_deeply_nested_or_broken_document_is_a_failure() {
    never_replaces_a_good_set(Reply::json("[".repeat(100_000))).await;
    never_replaces_a_good_set(Reply::json("{\"keys\":[]")).await;
    never_replaces_a_good_set(Reply::json("{\"keys\":[],\"keys\":[]}")).await;
}

#[tokio::test]
async fn more_keys_than_the_limit_are_a_failure_and_a_setter_raises_it() {
    let mints: Vec<_> = (0..3).map(|_| Mint::new()).collect();
    let api = Api::with(publish(&mints), |keys| keys.max_keys(2)).await;
    assert!(unavailable(api.get(&mints[0]).await));
    let api = Api::with(publish(&mints), |keys| keys.max_keys(3)).await;
    assert_eq!(api.get(&mints[0]).await, ADMITTED);
}

#[tokio::test]
async fn bad_entries_do_not_keep_the_others_from_serving() {
    let good = Mint::new();
    let mut with_number = good.key().public_jwk();
    with_number.insert("kid".into(), json!(7));
    let mut without_kid = Mint::new().key().public_jwk();
    without_kid.remove("kid");
    let mut encrypting = Mint::new().key().public_jwk();
    encrypting.insert("use".into(), json!("enc"));
    let encryption_kid = encrypting["kid"].as_str().unwrap().to_owned();
    let mut without_alg = good.key().public_jwk();
    without_alg.remove("alg");
    let entries = [
        json!({"kty": "RSA", "n": "AQ", "e": "AQAB"}),
        json!("no object"),
        Value::Object(with_number),
        Value::Object(without_kid),
        Value::Object(encrypting),
        Value::Object(without_alg),
    ];
    let api = Api::start(Reply::json(json!({"keys": entries}).to_string())).await;
    assert_eq!(api.get(&good).await, ADMITTED);
    assert_eq!(api.readiness().keys, 2);
    assert_eq!(api.get(&stranger(&good, &encryption_kid)).await.0, 401);
}

#[tokio::test]
async fn a_kid_on_two_keys_serves_both_by_their_algorithms() {
    let elliptic = Mint::new();
    let edwards = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let edwards = stranger(&Mint::with_key(&edwards), elliptic.key().kid());
    let api = Api::start(publish([&elliptic, &edwards])).await;
    assert_eq!(api.get(&elliptic).await, ADMITTED);
    assert_eq!(api.get(&edwards).await, ADMITTED);
    assert_eq!(api.get(&stranger(&Mint::new(), elliptic.key().kid())).await, REFUSED);
    assert_eq!(api.keys.count(), 1);
}

#[tokio::test]
async fn r30_a_document_of_256_kib_is_read_and_a_longer_one_is_not() {
    let mint = Mint::new();
    let document = public_jwk_set([mint.key()]);
    for (length, read) in [(256 * 1_024, true), (256 * 1_024 + 1, false)] {
        let padded = format!("{document}{}", " ".repeat(length - document.len()));
        let api = Api::start(Reply::json(padded)).await;
        assert_eq!(api.get(&mint).await == ADMITTED, read, "{length}");
    }
}

#[tokio::test]
async fn r30_a_set_of_100_keys_is_read_and_one_of_101_is_not() {
    let mint = Mint::new();
    for (count, read) in [(100, true), (101, false)] {
        let keys: Vec<_> = (0..count).map(|n| stranger(&mint, &format!("key-{n}"))).collect();
        let api = Api::start(publish(&keys)).await;
        assert_eq!(api.get(&keys[99]).await == ADMITTED, read, "{count}");
    }
}

#[tokio::test]
async fn an_unchanged_set_is_confirmed_by_304() {
    let mint = Mint::new();
    let api = Api::start(publish([&mint]).with("etag", "\"one\"")).await;
    assert_eq!(api.get(&mint).await, ADMITTED);
    api.keys.always(Reply::status(304));
    api.clock.advance(DUE);
    assert_eq!(api.get(&mint).await, ADMITTED);
    until(|| api.state() == KeysState::Fresh).await;
    assert_eq!(api.keys.received()[1].field("if-none-match"), Some("\"one\""));
    assert_eq!(api.generation(), 1);
    assert_eq!(api.get(&mint).await, ADMITTED);
}

#[tokio::test]
async fn a_set_without_etag_is_confirmed_by_its_date() {
    let mint = Mint::new();
    let date = "Fri, 15 Jan 2027 08:00:00 GMT";
    let api = Api::start(publish([&mint]).with("last-modified", date)).await;
    assert_eq!(api.get(&mint).await, ADMITTED);
    api.keys.always(Reply::status(304));
    api.clock.advance(DUE);
    assert_eq!(api.get(&mint).await, ADMITTED);
    until(|| api.state() == KeysState::Fresh).await;
    assert_eq!(api.keys.received()[1].field("if-modified-since"), Some(date));
    assert_eq!(api.keys.received()[1].field("if-none-match"), None);
    api.clock.advance(DUE);
    assert_eq!(api.get(&mint).await, ADMITTED);
    until(|| api.keys.count() == 3 && api.state() == KeysState::Fresh).await;
    assert_eq!(api.keys.received()[2].field("if-modified-since"), Some(date), "as before");
}

#[tokio::test]
async fn expires_counts_from_the_answers_date_where_there_is_no_max_age() {
    let mint = Mint::new();
    // 2027-01-15T08:00:00Z is the clock's time.
    for (fields, fresh_for) in [
        (&[("expires", "Fri, 15 Jan 2027 08:30:00 GMT")][..], 30),
        (
            &[
                ("expires", "Fri, 15 Jan 2027 11:30:00 GMT"),
                ("date", "Fri, 15 Jan 2027 11:10:00 GMT"),
            ],
            20,
        ),
        (&[("expires", "Fri, 15 Jan 2027 08:30:00 GMT"), ("cache-control", "max-age=600")], 10),
        (&[("expires", "0")], 5),
        (&[("expires", "Fri, 15 Jan 2021 08:30:00 GMT")], 5),
        (&[("cache-control", "max-age=1200"), ("age", "300")], 15),
        (&[("cache-control", "max-age=\"1200\"")], 20),
        (&[("cache-control", "Max-Age=1200, public")], 20),
        (&[("cache-control", "max-age=x")], 5),
        (&[("cache-control", "max-age=1200, no-cache")], 5),
    ] {
        let reply =
            fields.iter().fold(publish([&mint]), |reply, (name, value)| reply.with(name, *value));
        let api = Api::with(reply, |keys| keys.max_ttl(60 * MINUTE)).await;
        assert_eq!(api.get(&mint).await, ADMITTED);
        api.clock.advance(fresh_for * MINUTE - Duration::from_secs(1));
        assert_eq!(api.state(), KeysState::Due, "{fields:?}");
        api.clock.advance(Duration::from_secs(1));
        assert_eq!(api.state(), KeysState::Stale, "{fields:?}");
    }
}

#[tokio::test]
async fn cache_headers_are_honoured_between_five_minutes_and_the_configured_longest() {
    let mint = Mint::new();
    for (field, longest, fresh_after, stale_after) in [
        ("max-age=0", 60, 3, 5),
        ("no-store", 60, 3, 5),
        ("public, max-age=1800", 60, 20, 30),
        ("max-age=3888000", 60, 40, 60),
        ("max-age=1800", 5, 3, 5),
    ] {
        let reply = publish([&mint]).with("cache-control", field);
        let api = Api::with(reply, |keys| keys.max_ttl(longest * MINUTE)).await;
        assert_eq!(api.get(&mint).await, ADMITTED);
        api.clock.advance(fresh_after * MINUTE);
        assert_eq!(api.state(), KeysState::Fresh, "{field}");
        api.clock.advance((stale_after - fresh_after) * MINUTE);
        assert_eq!(api.state(), KeysState::Stale, "{field}");
    }
}

#[test]
fn r08_keys_come_by_https_unless_loopback_is_allowed() {
    let build = |url: &str, loopback: bool| {
        let keys = RemoteJwks::new(url.parse().unwrap());
        let builder = ResourceServer::builder(Mint::issuer(), Mint::audience(), keys);
        if loopback { builder.allow_loopback_http().build() } else { builder.build() }.map(|_| ())
    };
    for url in ["http://issuer.example/jwks", "http://127.0.0.1/jwks", "ftp://issuer.example/"] {
        let error = build(url, false).unwrap_err();
        assert_eq!(error.problems()[0].setting(), "jwks_uri", "{error}");
    }
    assert!(build("http://127.0.0.1/jwks", true).is_ok());
    assert!(build("http://[::1]:8080/jwks", true).is_ok());
    assert!(build("http://issuer.example/jwks", true).is_err());
    assert!(build("https://user@issuer.example/jwks", false).is_err());
    assert!(build("https://issuer.example/jwks", false).is_ok());
}
