//! A token endpoint that is found by the issuer's metadata.

use tower_bearer::{
    Issuer,
    client::{ClientCredentials, TokenClient, TokenRequestErrorKind as Kind},
    secret::Secret,
};

use super::{granted, token_of};
use crate::support::{ManualClock, NOW, Reply, Server};

const OAUTH: &str = "GET /.well-known/oauth-authorization-server/tenant ";
const OIDC_INSERTED: &str = "GET /.well-known/openid-configuration/tenant ";
const OIDC: &str = "GET /tenant/.well-known/openid-configuration ";

fn client(server: &Server) -> TokenClient {
    let credentials = ClientCredentials::new("gifts", Secret::new("s3cret"));
    let issuer = Issuer::new(server.url("/tenant")).unwrap();
    TokenClient::discover(issuer, credentials)
        .clock(ManualClock::at(NOW))
        .allow_loopback_http()
        .build()
        .unwrap()
}

/// A server with this metadata, which it gives for requests that begin with `path`.
async fn serving(path: &'static str, metadata: impl Fn(&str) -> String + Send + 'static) -> Server {
    let server = Server::start(|_| Reply::Close).await;
    let url = server.url("");
    server.follow(move |request| {
        if request.head.starts_with("POST /token ") {
            granted("a")
        } else if request.head.starts_with(path) {
            Reply::json(metadata(&url))
        } else {
            Reply::status(404)
        }
    });
    server
}

fn good(url: &str) -> String {
    format!("{{\"issuer\":\"{url}/tenant\",\"token_endpoint\":\"{url}/token\"}}")
}

#[tokio::test]
async fn c5_metadata_are_found_by_rfc_8414_or_openid_and_fetched_once() {
    for (path, requests) in [(OAUTH, 2), (OIDC_INSERTED, 3), (OIDC, 4)] {
        let server = serving(path, good).await;
        let client = client(&server);
        assert_eq!(token_of(&client).await, "a");
        assert_eq!(server.count(), requests);
        client.invalidate(&client.token().await.unwrap());
        assert_eq!(token_of(&client).await, "a");
        assert_eq!(server.count(), requests + 1, "they are kept");
        assert!(server.received()[0].field("authorization").is_none());
    }
}

#[tokio::test]
async fn c5_metadata_of_another_issuer_get_no_credentials() {
    type Metadata = fn(&str) -> String;
    let cases: [(usize, Metadata); 6] = [
        (3, |url| good(url).replace("/tenant", "/other")),
        (3, |url| good(url).replace("/tenant", "/tenant/")),
        (3, |url| format!("{{\"token_endpoint\":\"{url}/token\"}}")),
        (3, |url| format!("{{\"issuer\":\"{url}/tenant\"}}")),
        (1, |url| {
            good(url)
                .replace("http:", "https:")
                .replacen("https:", "http:", 1)
                .replace("https://127.0.0.1", "http://issuer.example")
        }),
        (3, |_| "[]".to_owned()),
    ];
    for (requests, metadata) in cases {
        let server = serving(OAUTH, metadata).await;
        let error = client(&server).token().await.unwrap_err();
        assert_eq!(*error.kind(), Kind::InvalidMetadata, "{error}");
        assert_eq!(server.count(), requests, "{error}");
    }
}

#[tokio::test]
async fn w20_the_token_client_passes_over_what_is_not_the_issuers_metadata() {
    let not_here = [
        Reply::status(301).with("location", "/elsewhere"),
        Reply::status(403),
        Reply::Answer(200, vec![("content-type", "text/html".to_owned())], b"<html>".to_vec()),
        Reply::json("{}"),
        Reply::json(r#"{"issuer":"https://other.example","token_endpoint":"https://o.example/"}"#),
    ];
    for reply in not_here {
        let server = serving(OIDC, good).await;
        let url = server.url("");
        let first = reply.clone();
        server.follow(move |request| {
            if request.head.starts_with("POST /token ") {
                granted("a")
            } else if request.head.starts_with(OIDC) {
                Reply::json(good(&url))
            } else {
                first.clone()
            }
        });
        assert_eq!(token_of(&client(&server)).await, "a", "{reply:?}");
        assert_eq!(server.count(), 4, "{reply:?}");
    }
}

#[tokio::test]
async fn w20_an_issuer_that_cannot_be_asked_now_ends_the_search_of_the_token_client() {
    let twice = r#"{"issuer":"a","issuer":"a"}"#;
    for (reply, kind) in [
        (Reply::status(429), Kind::Status(http::StatusCode::TOO_MANY_REQUESTS)),
        (Reply::status(408), Kind::Status(http::StatusCode::REQUEST_TIMEOUT)),
        (Reply::status(500), Kind::Status(http::StatusCode::INTERNAL_SERVER_ERROR)),
        (Reply::json(twice), Kind::InvalidMetadata),
        (Reply::Close, Kind::Unreachable),
    ] {
        let server = Server::start(|_| Reply::Close).await;
        server.always(reply);
        let error = client(&server).token().await.unwrap_err();
        assert_eq!(*error.kind(), kind, "{error}");
        assert!(server.count() <= 2, "only the first address is asked");
    }
    let server = Server::start(|_| Reply::status(404)).await;
    let error = client(&server).token().await.unwrap_err();
    assert_eq!(*error.kind(), Kind::Status(http::StatusCode::NOT_FOUND));
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_discovered_anew() {
    let server = serving(OAUTH, good).await;
    let clock = ManualClock::at(NOW);
    let credentials = ClientCredentials::new("gifts", Secret::new("s3cret"));
    let issuer = Issuer::new(server.url("/tenant")).unwrap();
    let client = TokenClient::discover(issuer, credentials)
        .clock(clock.clone())
        .allow_loopback_http()
        .build()
        .unwrap();
    token_of(&client).await;
    let url = server.url("");
    server.follow(move |request| match request.head.split(' ').nth(1) {
        Some("/token") => Reply::status(404),
        Some("/moved") => granted("b"),
        _ => Reply::json(good(&url).replace("/token", "/moved")),
    });
    clock.advance(std::time::Duration::from_secs(3_600));
    assert_eq!(
        *client.token().await.unwrap_err().kind(),
        Kind::Status(http::StatusCode::NOT_FOUND)
    );
    clock.advance(std::time::Duration::from_secs(60));
    assert_eq!(token_of(&client).await, "b");
}

#[tokio::test]
async fn an_issuer_that_is_away_is_said_to_be() {
    let server = Server::start(|_| Reply::status(503)).await;
    let status = Kind::Status(http::StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(*client(&server).token().await.unwrap_err().kind(), status);
    server.always(Reply::Close);
    assert_eq!(*client(&server).token().await.unwrap_err().kind(), Kind::Unreachable);
}

#[test]
fn c6_an_issuer_is_discovered_over_https() {
    let build = |issuer: &str| {
        let credentials = ClientCredentials::new("gifts", Secret::new("s3cret"));
        TokenClient::discover(Issuer::new(issuer).unwrap(), credentials).build()
    };
    for issuer in ["http://issuer.example", "http://127.0.0.1:1", "issuer"] {
        let error = build(issuer).unwrap_err();
        assert_eq!(error.problems()[0].setting().to_string(), "issuer", "{error}");
    }
    assert!(build("https://issuer.example").is_ok());
}
