use serde_json::json;
use tower_bearer::metadata::{MetadataErrorKind, ServerMetadata, well_known_urls};

use super::*;
use crate::support::vectors_json;

const OAUTH: &str = "/.well-known/oauth-authorization-server";
const OIDC: &str = "/.well-known/openid-configuration";

/// An issuer on a loopback address that serves metadata at `place`, and keys.
async fn discovered(mint: &Mint, place: &'static str, issuer: Option<&'static str>) -> (Api, Mint) {
    let keys = Server::start(|_| Reply::Close).await;
    let url = keys.url("");
    let document = json!({"issuer": issuer.unwrap_or(&url), "jwks_uri": keys.url("/jwks")});
    let (document, set) = (Reply::json(document.to_string()), publish([mint]));
    keys.follow(move |request| {
        let path = request.head.split(' ').nth(1).unwrap();
        match path {
            "/jwks" => set.clone(),
            path if path == place => document.clone(),
            _ => Reply::status(404),
        }
    });
    let issuer = Issuer::new(url.clone()).unwrap();
    (Api::of_discovered(keys, issuer), mint.clone().claim("iss", url))
}

#[tokio::test]
async fn r58_metadata_is_found_by_rfc_8414_first_and_then_by_openid_discovery() {
    let mint = Mint::new();
    for (place, requests) in [(OAUTH, 2), (OIDC, 3)] {
        let (api, mint) = discovered(&mint, place, None).await;
        assert_eq!(api.get(&mint).await, ADMITTED, "{place}");
        assert_eq!(api.keys.count(), requests);
        assert!(api.keys.received()[0].head.contains(OAUTH));
    }
    let (api, mint) = discovered(&mint, "/nowhere", None).await;
    assert!(unavailable(api.get(&mint).await));
}

#[tokio::test]
async fn r57_metadata_of_another_issuer_is_not_used() {
    let mint = Mint::new();
    let (api, token) = discovered(&mint, OAUTH, Some("https://issuer.example")).await;
    assert!(unavailable(api.get(&token).await));
    assert!(api.readiness().last_error.unwrap().contains("issuer"));
    let (api, token) = discovered(&mint, OAUTH, None).await;
    assert_eq!(api.get(&token).await, ADMITTED);
}

#[tokio::test]
async fn the_metadata_is_read_again_every_hour() {
    let mint = Mint::new();
    let (api, mint) = discovered(&mint, OAUTH, None).await;
    assert_eq!(api.get(&mint).await, ADMITTED);
    assert_eq!(api.keys.count(), 2);
    api.clock.advance(6 * MINUTE);
    assert_eq!(api.get(&mint).await, ADMITTED);
    assert_eq!(api.keys.count(), 3, "the keys alone");
    api.clock.advance(60 * MINUTE);
    assert_eq!(api.get(&mint).await, ADMITTED);
    assert_eq!(api.keys.count(), 5, "metadata and keys");
}

#[tokio::test]
async fn keys_that_moved_are_found_by_the_metadata_at_once() {
    let mint = Mint::new();
    for status in [404, 410] {
        let (api, token) = discovered(&mint, OAUTH, None).await;
        assert_eq!(api.get(&token).await, ADMITTED);
        let document = json!({"issuer": api.keys.url(""), "jwks_uri": api.keys.url("/moved")});
        let (document, set) = (Reply::json(document.to_string()), publish([&mint]));
        api.keys.follow(move |request| match request.head.split(' ').nth(1).unwrap() {
            "/moved" => set.clone(),
            OAUTH => document.clone(),
            _ => Reply::status(status),
        });
        api.clock.advance(STALE);
        assert_eq!(api.get(&token).await, ADMITTED);
        assert_eq!(api.state(), KeysState::Fresh, "{status}");
        assert_eq!(api.keys.count(), 5, "the old place, the metadata and the new place");
        api.clock.advance(STALE);
        assert_eq!(api.get(&token).await, ADMITTED);
        assert_eq!(api.keys.count(), 6, "the new place is known");
    }
}

#[test]
fn r58_the_well_known_part_stands_between_host_and_path_or_behind_it() {
    let urls = |issuer: &str| {
        let issuer = Issuer::new(issuer).unwrap();
        well_known_urls(&issuer)
    };
    for issuer in ["https://i.example", "https://i.example/"] {
        let expected = [
            "https://i.example/.well-known/oauth-authorization-server",
            "https://i.example/.well-known/openid-configuration",
        ];
        assert_eq!(urls(issuer).unwrap(), expected);
    }
    let expected = [
        "https://i.example/.well-known/oauth-authorization-server/tenant/one",
        "https://i.example/.well-known/openid-configuration/tenant/one",
        "https://i.example/tenant/one/.well-known/openid-configuration",
    ];
    assert_eq!(urls("https://i.example/tenant/one/").unwrap(), expected);
    for wrong in ["issuer", "https://i.example?x=1", "https://i.example/#x", "urn:x"] {
        assert_eq!(*urls(wrong).unwrap_err().kind(), MetadataErrorKind::IssuerNotUrl, "{wrong}");
    }
    let templated = urls("https://i.example/{tenantid}/").unwrap_err();
    assert_eq!(*templated.kind(), MetadataErrorKind::TemplatedIssuer);
}

#[test]
fn real_metadata_documents_are_read_with_their_quirks() {
    for (name, issuer, has_keys) in [
        ("apple", "https://appleid.apple.com", true),
        ("docker", "https://login.docker.com/", true),
        ("dy-auth0", "https://common.auth0.com/", true),
        ("dy-keycloak", "http://localhost:8080/realms/master", true),
        ("google", "https://accounts.google.com", true),
        ("cilogon-no-jwks_uri", "https://cilogon.org", false),
    ] {
        let Some(document) = vectors_json(&format!("discovery/{name}.json")) else { return };
        let document = document.to_string();
        let read = |issuer: &str| {
            ServerMetadata::parse(document.as_bytes(), &Issuer::new(issuer).unwrap())
        };
        assert_eq!(read(issuer).unwrap().jwks_uri().is_some(), has_keys, "{name}");
        let other = read("https://other.example").unwrap_err();
        assert!(matches!(other.kind(), MetadataErrorKind::IssuerMismatch { .. }), "{name}");
    }
    let Some(entra) = vectors_json("discovery/entra-common.json") else { return };
    let issuer = Issuer::new("https://login.microsoftonline.com/common/v2.0").unwrap();
    let templated = ServerMetadata::parse(entra.to_string().as_bytes(), &issuer).unwrap_err();
    assert_eq!(*templated.kind(), MetadataErrorKind::TemplatedIssuer);
}

/// A discovered issuer whose addresses answer as the test says.
async fn scripted(
    mint: &Mint,
    answer: impl Fn(&str, &str) -> Reply + Send + 'static,
) -> (Api, Mint) {
    let keys = Server::start(|_| Reply::Close).await;
    let url = keys.url("");
    let base = url.clone();
    keys.follow(move |request| answer(request.head.split(' ').nth(1).unwrap(), &base));
    let issuer = Issuer::new(url.clone()).unwrap();
    (Api::of_discovered(keys, issuer), mint.clone().claim("iss", url))
}

fn metadata(base: &str) -> Reply {
    Reply::json(json!({"issuer": base, "jwks_uri": format!("{base}/jwks")}).to_string())
}

#[tokio::test]
async fn w20_an_address_without_the_issuers_metadata_is_passed_over() {
    let mint = Mint::new();
    let html = Reply::Answer(200, vec![("content-type", "text/html".into())], b"<html>".to_vec());
    let redirect = Reply::status(302).with("location", "https://issuer.example/");
    for not_here in [
        Reply::status(403),
        Reply::status(400),
        Reply::status(404),
        redirect,
        html,
        Reply::json("[]"),
        Reply::json("{}"),
        Reply::json(
            r#"{"issuer":"https://other.example","jwks_uri":"https://other.example/jwks"}"#,
        ),
    ] {
        let (set, what) = (publish([&mint]), format!("{not_here:?}"));
        let (api, token) = scripted(&mint, move |path, base| match path {
            OAUTH => not_here.clone(),
            OIDC => metadata(base),
            _ => set.clone(),
        })
        .await;
        assert_eq!(api.get(&token).await, ADMITTED, "{what}");
        assert_eq!(api.keys.count(), 3, "{what}");
    }
}

#[tokio::test]
async fn w20_a_document_of_this_issuer_without_keys_is_passed_over_too() {
    let mint = Mint::new();
    let set = publish([&mint]);
    let (api, token) = scripted(&mint, move |path, base| match path {
        OAUTH => Reply::json(json!({"issuer": base}).to_string()),
        OIDC => metadata(base),
        _ => set.clone(),
    })
    .await;
    assert_eq!(api.get(&token).await, ADMITTED);
}

#[tokio::test]
async fn w20_a_failure_is_not_passed_over() {
    let mint = Mint::new();
    let broken = r#"{"issuer":"BASE","jwks_uri":"not a url"}"#;
    let twice = r#"{"issuer":"BASE","issuer":"BASE","jwks_uri":"BASE/jwks"}"#;
    for failure in [
        Reply::status(408),
        Reply::status(425),
        Reply::status(429),
        Reply::status(500),
        Reply::status(503),
        Reply::Close,
        Reply::json(broken),
        Reply::json(twice),
    ] {
        let (set, what) = (publish([&mint]), format!("{failure:?}"));
        let (api, token) = scripted(&mint, move |path, base| match (path, &failure) {
            (OAUTH, Reply::Answer(200, fields, body)) => {
                let body = String::from_utf8(body.clone()).unwrap().replace("BASE", base);
                Reply::Answer(200, fields.clone(), body.into())
            }
            (OAUTH, failure) => failure.clone(),
            (OIDC, _) => metadata(base),
            _ => set.clone(),
        })
        .await;
        assert!(unavailable(api.get(&token).await), "{what}");
        assert_eq!(api.keys.count(), 1, "{what}");
    }
}

#[tokio::test]
async fn w20_an_address_that_served_metadata_is_the_only_one_asked_until_it_is_gone() {
    let mint = Mint::new();
    let (api, token) = discovered(&mint, OIDC, None).await;
    assert_eq!(api.get(&token).await, ADMITTED);
    assert_eq!(api.keys.count(), 3);
    api.clock.advance(61 * MINUTE);
    assert_eq!(api.get(&token).await, ADMITTED);
    assert_eq!(api.keys.count(), 5, "the metadata and the keys");
    let set = publish([&mint]);
    let base = api.keys.url("");
    api.keys.follow(move |request| match request.head.split(' ').nth(1).unwrap() {
        OIDC => Reply::status(410),
        OAUTH => metadata(&base),
        _ => set.clone(),
    });
    api.clock.advance(61 * MINUTE);
    assert_eq!(api.get(&token).await, ADMITTED);
    assert_eq!(api.keys.count(), 8, "the old address, the first one, and the keys");
}

#[tokio::test]
async fn w20_when_no_address_has_metadata_each_is_named_with_its_answer() {
    let mint = Mint::new();
    let (api, token) = scripted(&mint, |path, _| match path {
        OAUTH => Reply::status(403),
        _ => Reply::json("[]"),
    })
    .await;
    assert!(unavailable(api.get(&token).await));
    let error = api.readiness().last_error.unwrap();
    assert!(error.contains(&format!("{OAUTH} answers 403")), "{error}");
    assert!(error.contains(&format!("{OIDC}: ")), "{error}");
}

#[tokio::test]
async fn w25_metadata_is_json_by_its_type_and_a_key_set_by_its_bytes() {
    let mint = Mint::new();
    let typed = |reply: Reply, name: &'static str| match reply {
        Reply::Answer(status, _, body) => {
            Reply::Answer(status, vec![("content-type", name.into())], body)
        }
        other => other,
    };
    for (set, document, admitted) in [
        ("application/octet-stream", "application/json", true),
        ("text/plain", "application/json; charset=utf-8", true),
        ("application/jwk-set+json", "application/oauth-authorization-server+json", true),
        ("application/json", "text/plain", false),
    ] {
        let keys = publish([&mint]);
        let (api, token) = scripted(&mint, move |path, base| match path {
            "/jwks" => typed(keys.clone(), set),
            _ => typed(metadata(base), document),
        })
        .await;
        assert_eq!(api.get(&token).await == ADMITTED, admitted, "{set}, {document}");
        let error = api.readiness().last_error.unwrap_or_default();
        assert_eq!(error.contains("text/plain"), !admitted, "{error}");
    }
}
