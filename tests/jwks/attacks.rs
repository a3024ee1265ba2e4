//! The issuer's documents as an attacker's.

use serde_json::json;

use super::{answers::never_replaces_a_good_set, *};

/// A key set as a gzip member: a reader that decompressed would take it.
const GZIP: &[u8] = b"\
    \x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\xca\x4e\xad\x2c\x56\xb2\x8a\xae\x56\xca\
    \x2e\xa9\x54\xb2\x52\xf2\xf7\x0e\x50\xd2\x51\x4a\x2e\x2a\x03\xb2\x5d\x53\x8c\x4c\x4d\x0d\
    \x2d\x81\xfc\xec\xcc\x14\x20\x3f\x11\xc8\xaa\x00\xd2\x86\x86\x85\x91\x8e\x91\xde\x15\xce\
    \x45\x69\x61\xc1\xf1\xe6\x21\x95\xe1\x81\x1e\xfe\xe9\xe6\x19\xc9\x65\x01\x89\x05\x99\xbe\
    \x39\x45\xe5\x9e\x89\x89\x01\xc9\x1e\xa1\x41\xf9\x4a\xb5\xb1\xb5\x00\xcf\xe4\x59\x02\x64\
    \x00\x00\x00";

#[tokio::test]
async fn a_compressed_document_is_never_decompressed() {
    let fields = vec![
        ("content-type", "application/json".to_owned()),
        ("content-encoding", "gzip".to_owned()),
    ];
    never_replaces_a_good_set(Reply::Answer(200, fields, GZIP.to_vec())).await;
    let mint = Mint::new();
    let api = Api::start(publish([&mint])).await;
    assert_eq!(api.get(&mint).await, ADMITTED);
    assert_eq!(api.keys.received()[0].field("accept-encoding"), None, "it is not asked for");
}

#[tokio::test]
async fn r59_and_w25_a_key_set_is_read_whatever_its_content_type() {
    let mint = Mint::new();
    let set = public_jwk_set([mint.key()]);
    for content_type in ["text/plain", "application/octet-stream", "image/svg+xml", ""] {
        let fields = vec![("content-type", content_type.to_owned())];
        let api = Api::start(Reply::Answer(200, fields, set.clone().into_bytes())).await;
        assert_eq!(api.get(&mint).await, ADMITTED, "{content_type}");
    }
    let api = Api::start(Reply::Answer(200, Vec::new(), set.into_bytes())).await;
    assert_eq!(api.get(&mint).await, ADMITTED);
}

#[tokio::test]
async fn r30_a_million_keys_are_refused_though_the_document_may_be_long() {
    let mint = Mint::new();
    let million = format!("{{\"keys\":[{}{{}}]}}", "{},".repeat(1_000_000));
    let api = Api::with(Reply::json(million), |keys| keys.max_document_bytes(8 << 20)).await;
    assert!(unavailable(api.get(&mint).await));
    until(|| api.readiness().last_error.is_some()).await;
    assert!(api.readiness().last_error.unwrap().contains("keys"));
    api.keys.always(publish([&mint]));
    api.clock.advance(MINUTE);
    assert_eq!(api.get(&mint).await, ADMITTED);
}

#[tokio::test]
async fn statuses_that_are_no_answer_are_failures() {
    let set = public_jwk_set([Mint::new().key()]).into_bytes();
    for status in [201, 203, 204, 206, 304, 400, 401, 403, 404, 410, 418, 503] {
        let json = vec![("content-type", "application/json".to_owned())];
        never_replaces_a_good_set(Reply::Answer(status, json, set.clone())).await;
    }
}

#[tokio::test]
async fn r43_published_private_keys_do_not_serve_and_their_neighbours_do() {
    let (good, exposed) = (Mint::new(), Mint::new());
    let mut private = exposed.key().public_jwk();
    private.insert("d".into(), json!("AAAA"));
    let entries = json!({"keys": [private, good.key().public_jwk()]});
    let api = Api::start(Reply::json(entries.to_string())).await;
    assert_eq!(api.get(&exposed).await, REFUSED);
    assert_eq!(api.get(&good).await, ADMITTED);
}

#[tokio::test]
async fn r59_a_jwks_uri_of_another_scheme_or_host_by_http_is_never_fetched() {
    for address in [
        "http://169.254.169.254/latest/meta-data",
        "http://issuer.example/jwks",
        "ftp://127.0.0.1/jwks",
        "file:///etc/passwd",
        "https://user:password@issuer.example/jwks",
        "/jwks",
        "",
    ] {
        let server = Server::start(|_| Reply::Close).await;
        let document = json!({"issuer": server.url(""), "jwks_uri": address}).to_string();
        server.always(Reply::json(document));
        let issuer = Issuer::new(server.url("")).unwrap();
        let mint = Mint::new().claim("iss", server.url(""));
        let api = Api::of_discovered(server, issuer);
        assert!(unavailable(api.get(&mint).await), "{address}");
        assert_eq!(api.keys.count(), 1, "{address}: the metadata alone");
        assert!(api.readiness().last_error.is_some());
    }
}

#[tokio::test]
async fn c5_metadata_that_is_huge_or_nested_or_of_another_issuer_is_not_used() {
    let mint = Mint::new();
    for document in [
        " ".repeat(10 << 20),
        "[".repeat(100_000),
        "{\"issuer\":".repeat(10_000),
        json!({"issuer": "https://another.example", "jwks_uri": "https://a.example/"}).to_string(),
        json!({"issuer": [Mint::ISSUER], "jwks_uri": "https://a.example/"}).to_string(),
        "{}".to_owned(),
    ] {
        let server = Server::start(|_| Reply::Close).await;
        server.always(Reply::json(document));
        let issuer = Issuer::new(server.url("")).unwrap();
        let token = mint.clone().claim("iss", server.url(""));
        let api = Api::of_discovered(server, issuer);
        assert!(unavailable(api.get(&token).await));
        let error = api.readiness().last_error.unwrap();
        assert!(error.len() < 500, "{error}");
    }
}

#[tokio::test]
async fn c5_metadata_that_is_no_clean_answer_is_not_used() {
    let elsewhere = Server::start(|_| Reply::Close).await;
    let mint = Mint::new();
    let html = Reply::Answer(200, vec![("content-type", "text/html".into())], b"<html>".to_vec());
    let gzip = Reply::Answer(
        200,
        vec![("content-type", "application/json".into()), ("content-encoding", "gzip".into())],
        GZIP.to_vec(),
    );
    for bad in [
        Reply::status(302).with("location", elsewhere.url("/")),
        Reply::status(301).with("location", "http://169.254.169.254/"),
        Reply::status(206),
        Reply::status(304),
        Reply::status(500),
        html,
        gzip,
        Reply::json("{\"issuer\":\"a\",\"issuer\":\"b\"}"),
    ] {
        let server = Server::start(|_| Reply::Close).await;
        let url = server.url("");
        let (keys, set) = (server.url("/jwks"), publish([&mint]));
        server.always(bad.clone());
        let token = mint.clone().claim("iss", url.clone());
        let api = Api::of_discovered(server, Issuer::new(url.clone()).unwrap());
        assert!(unavailable(api.get(&token).await), "{bad:?}");
        assert!(api.readiness().last_error.is_some());
        let document = Reply::json(json!({"issuer": url, "jwks_uri": keys}).to_string());
        api.keys.follow(move |request| {
            if request.head.contains("/jwks") { set.clone() } else { document.clone() }
        });
        api.clock.advance(5 * MINUTE);
        assert_eq!(api.get(&token).await, ADMITTED, "{bad:?}");
    }
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn r23_metadata_with_a_member_twice_is_not_used() {
    let mint = Mint::new();
    let server = Server::start(|_| Reply::Close).await;
    let url = server.url("");
    let document =
        format!("{{\"issuer\":\"{url}\",\"jwks_uri\":\"{url}/a\",\"jwks_uri\":\"{url}/b\"}}");
    server.always(Reply::json(document));
    let api = Api::of_discovered(server, Issuer::new(url.clone()).unwrap());
    assert!(unavailable(api.get(&mint.claim("iss", url)).await));
    assert_eq!(api.keys.count(), 1, "neither place is asked");
}

#[tokio::test]
async fn r38_entries_that_nobody_knows_do_not_keep_the_known_one_from_serving() {
    let mint = Mint::new();
    let known = serde_json::to_string(&mint.key().public_jwk()).unwrap();
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let strange = [
        "{\"kty\":\"FUTURE\",\"alg\":\"ML-DSA-65\",\"pub\":\"AAAA\"}".to_owned(),
        "{\"kty\":\"RSA\",\"kty\":\"EC\"}".to_owned(),
        "{\"\":{\"\":{\"\":[]}}}".to_owned(),
        "{\"kty\":[\"EC\"],\"crv\":7}".to_owned(),
        "3e999999".to_owned(),
        "\"\\ud800\"".to_owned(),
        format!("{{\"kty\":\"EC\",\"x5c\":{deep}}}"),
    ];
    for entry in strange {
        let document = format!("{{\"x\":[{{}}],\"keys\":[{entry},{known}],\"y\":null}}");
        let api = Api::start(Reply::json(document)).await;
        let outcome = api.get(&mint).await;
        if entry.len() < 10_000 {
            assert_eq!(outcome, ADMITTED, "{entry:.60}");
        } else {
            assert!(unavailable(outcome) || outcome == ADMITTED);
        }
        never_replaces_a_good_set(Reply::json(format!("{{\"keys\":[{entry}]}}"))).await;
    }
}
