use http::{StatusCode, header};
use serde_json::json;
use tower_bearer::{
    challenge::Challenge,
    error::{BearerError, BearerErrorKind, TokenFaultKind},
    verify::MAX_TOKEN_BYTES,
};

use super::{builder, call, get_with, open_app, outcome, request, text};
use crate::support::Mint;

const INVALID_TOKEN: &str = "Bearer realm=\"urn:api:announcements\", error=\"invalid_token\", \
    error_description=\"the token is invalid or expired\"";

#[tokio::test]
async fn r01_a_bearer_token_is_admitted() {
    let mint = Mint::new();
    let app = open_app(&mint);
    let response = get_with(&app, "/", &mint.sign()).await;
    assert_eq!(outcome(&response), (StatusCode::OK, None));
    assert_eq!(text(response).await, "in");
}

#[tokio::test]
async fn r09_r10_and_r11_a_request_without_credentials_gets_a_challenge_without_error() {
    let app = open_app(&Mint::new());
    let challenge = Some("Bearer realm=\"urn:api:announcements\"");
    for authorization in [None, Some("Basic dXNlcjpwYXNz")] {
        let response = call(&app, request("/", authorization)).await;
        assert_eq!(outcome(&response), (StatusCode::UNAUTHORIZED, challenge));
    }
}

#[tokio::test]
async fn r12_a_bad_token_is_401_and_a_bad_credential_400() {
    let mint = Mint::new();
    let app = open_app(&mint);
    let expired = mint.clone().claim("exp", 1).sign();
    let response = get_with(&app, "/", &expired).await;
    assert_eq!(outcome(&response), (StatusCode::UNAUTHORIZED, Some(INVALID_TOKEN)));

    let malformed = call(&app, request("/", Some("Bearer a b"))).await;
    let challenge = Some(
        "Bearer realm=\"urn:api:announcements\", error=\"invalid_request\", \
         error_description=\"the bearer credential is malformed or repeated\"",
    );
    assert_eq!(outcome(&malformed), (StatusCode::BAD_REQUEST, challenge));
    assert_eq!(get_with(&app, "/", &mint.sign()).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn r03_what_no_credential_holds_is_400_in_whatever_part_of_whatever_token() {
    let mint = Mint::new();
    let app = open_app(&mint);
    let foreign = mint.clone().claim("iss", "https://other.example").sign();
    let expired = mint.clone().claim("exp", 1).sign();
    for (token, otherwise) in [(mint.sign(), 200), (foreign, 401), (expired, 401)] {
        assert_eq!(get_with(&app, "/", &token).await.status(), otherwise);
        for (place, _) in token.match_indices('.').chain([(token.len() - 2, "")]) {
            let with = |put| format!("{}{put}{}", &token[..place - 1], &token[place..]);
            for put in ["!", "=", ",", "\"", " "] {
                let status = get_with(&app, "/", &with(put)).await.status();
                assert_eq!(status, StatusCode::BAD_REQUEST, "{put} at {place}");
            }
            for put in ["/", "+", "~"] {
                let status = get_with(&app, "/", &with(put)).await.status();
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{put} at {place}");
            }
        }
        let padded = get_with(&app, "/", &format!("{token}==")).await.status();
        assert_eq!(padded, StatusCode::UNAUTHORIZED, "base64url of tokens is not padded");
    }
}

#[tokio::test]
async fn r30_a_token_too_long_is_401_whatever_it_holds() {
    let app = open_app(&Mint::new());
    for (length, character, status) in [
        (MAX_TOKEN_BYTES, "!", StatusCode::BAD_REQUEST),
        (MAX_TOKEN_BYTES, "a", StatusCode::UNAUTHORIZED),
        (MAX_TOKEN_BYTES + 1, "!", StatusCode::UNAUTHORIZED),
        (MAX_TOKEN_BYTES + 2, "!", StatusCode::UNAUTHORIZED),
    ] {
        let response = get_with(&app, "/", &character.repeat(length)).await;
        assert_eq!(response.status(), status, "{length} times {character}");
    }
}

#[tokio::test]
async fn r04_two_credentials_are_400() {
    let mint = Mint::new();
    let app = open_app(&mint);
    let mut twice = request("/", Some(&format!("Bearer {}", mint.sign())));
    assert_eq!(
        call(&app, request("/", Some(&format!("Bearer {}", mint.sign())))).await.status(),
        200
    );
    let again = twice.headers()[header::AUTHORIZATION].clone();
    twice.headers_mut().append(header::AUTHORIZATION, again);
    assert_eq!(call(&app, twice).await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn r05_a_token_in_the_query_is_not_looked_at() {
    let mint = Mint::new();
    let app = open_app(&mint);
    let path = format!("/?access_token={}", mint.sign());
    assert_eq!(call(&app, request(&path, None)).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(get_with(&app, &path, &mint.sign()).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn r14_nothing_that_the_caller_sent_is_in_the_answer() {
    let mint = Mint::new();
    let app = open_app(&mint);
    let marked = mint.clone().claim("iss", "evil-marker").header("kid", "evil-marker");
    let response = get_with(&app, "/", &marked.sign()).await;
    assert_eq!(outcome(&response), (StatusCode::UNAUTHORIZED, Some(INVALID_TOKEN)));
    assert!(!format!("{response:?}").contains("evil-marker"));
}

#[tokio::test]
async fn r13_no_parameter_stands_twice_in_a_challenge() {
    let mint = Mint::new();
    let url = "https://api.example/.well-known/oauth-protected-resource".parse().unwrap();
    let api = builder(&mint).realm("maps").resource_metadata(url).build().unwrap();
    let app = axum::Router::new()
        .route("/", axum::routing::get(|| async {}))
        .route_layer(tower_bearer::RequireScope("announce:delete"))
        .layer(api.layer());
    let bad = mint.clone().claim("exp", 1).sign();
    for (authorization, status) in [
        (None, 401),
        (Some("Bearer a b".to_owned()), 400),
        (Some(format!("Bearer {bad}")), 401),
        (Some(format!("Bearer {}", mint.sign())), 403),
    ] {
        let response = call(&app, request("/", authorization.as_deref())).await;
        assert_eq!(response.status(), status);
        let challenge = outcome(&response).1.unwrap();
        let names = challenge.strip_prefix("Bearer ").unwrap().split(", ");
        let mut names: Vec<_> = names.map(|pair| pair.split_once('=').unwrap().0).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all, "{challenge}");
    }
}

#[tokio::test]
async fn r16_the_metadata_of_the_resource_is_named_where_it_is_configured() {
    let mint = Mint::new();
    let url = "https://api.example/.well-known/oauth-protected-resource";
    let api = builder(&mint).realm("maps").resource_metadata(url.parse().unwrap()).build().unwrap();
    let app = axum::Router::new().route("/", axum::routing::get(|| async {})).layer(api.layer());
    let response = call(&app, request("/", None)).await;
    let challenge = format!("Bearer realm=\"maps\", resource_metadata=\"{url}\"");
    assert_eq!(outcome(&response), (StatusCode::UNAUTHORIZED, Some(challenge.as_str())));
}

#[tokio::test]
async fn a_refused_response_tells_layers_outside_why() {
    let mint = Mint::new();
    let app = open_app(&mint);
    let response = get_with(&app, "/", &mint.clone().without("exp").sign()).await;
    let error = response.extensions().get::<BearerError>().unwrap();
    assert_eq!(*error.kind(), BearerErrorKind::InvalidToken);
    assert_eq!(*error.fault().unwrap().kind(), TokenFaultKind::Missing("exp"));
}

#[tokio::test]
async fn a_refused_request_gets_the_body_of_the_hook() {
    let mint = Mint::new();
    let api = builder(&mint).problem_details().build().unwrap();
    let app = axum::Router::new().route("/", axum::routing::get(|| async {})).layer(api.layer());
    let response = call(&app, request("/", None)).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    let body: serde_json::Value = serde_json::from_str(&text(response).await).unwrap();
    let expected = json!({
        "title": "Unauthorized", "status": 401, "detail": "a bearer token is required",
    });
    assert_eq!(body, expected);
}

#[test]
fn a_caller_can_read_the_challenge() {
    let read = Challenge::parse_all(&format!("Basic realm=\"a\", {INVALID_TOKEN}, Digest x=y"));
    assert_eq!(read.len(), 1);
    assert_eq!(read[0].error(), Some("invalid_token"));
    assert_eq!(read[0].realm(), Some("urn:api:announcements"));
}
