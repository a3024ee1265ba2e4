use std::time::Duration;

use ::http::{Request, StatusCode, header::AUTHORIZATION};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use super::{Served, app, serve, serve_bare, server};
use crate::support::Mint;

async fn api() -> (Served, String) {
    let mint = Mint::new();
    (serve(app().layer(server(&mint).layer())).await, mint.sign())
}

async fn bare_api() -> (Served, String) {
    let mint = Mint::new();
    (serve_bare(&server(&mint)).await, mint.sign())
}

/// The good twin is admitted: nothing that came before has harmed the server.
async fn still_admits(api: &Served, token: &str) {
    assert_eq!(api.get(format!("Authorization: Bearer {token}").as_bytes()).await, 200);
}

#[tokio::test]
async fn r04_a_credential_that_a_proxy_repeated_or_folded_is_400() {
    let (api, token) = api().await;
    for fields in [
        format!("authorization: Bearer {token}\r\nauthorization: Bearer {token}"),
        format!("authorization: Bearer {token}\r\nAuthorization: Basic YTpi"),
        format!("authorization: Bearer {token}, Bearer {token}"),
        format!("authorization: Bearer\r\n {token}"),
        format!("authorization: Bearer {token}\r\n x: y"),
    ] {
        assert_eq!(api.get(fields.as_bytes()).await, 400, "{fields}");
    }
    still_admits(&api, &token).await;
}

#[tokio::test]
async fn r03_tabs_controls_and_bytes_beyond_ascii_are_400() {
    let (api, token) = api().await;
    let mut shapes = vec![
        format!("authorization: Bearer\t{token}").into_bytes(),
        format!("authorization: Bearer \t{token}").into_bytes(),
        format!("authorization: Bearer {token}\u{e9}").into_bytes(),
        format!("authorization: Bearer {token}\u{1f600}").into_bytes(),
        format!("authorization: Bearer \u{a0}{token}").into_bytes(),
    ];
    for byte in [0x00, 0x01, 0x7f, 0x80, 0xff] {
        let mut shape = format!("authorization: Bearer {token}").into_bytes();
        shape.insert(30, byte);
        shapes.push(shape);
    }
    for shape in shapes {
        let shown = String::from_utf8_lossy(&shape).into_owned();
        assert_eq!(api.get(&shape).await, 400, "{shown}");
    }
    still_admits(&api, &token).await;
}

#[tokio::test]
async fn r30_a_header_of_64_kib_or_a_megabyte_is_a_4xx() {
    let (api, token) = api().await;
    for length in [8_193, 65_536, 1_048_576] {
        for field in ["authorization: Bearer ", "x-filler: "] {
            let mut fields = field.as_bytes().to_vec();
            fields.resize(fields.len() + length, b'a');
            let status = api.get(&fields).await;
            // A server that has read enough may close before the rest is sent.
            assert!(matches!(status, 0 | 400 | 401 | 431), "{length}: {status}");
        }
    }
    still_admits(&api, &token).await;
}

#[tokio::test]
async fn r05_a_token_in_the_query_or_the_body_is_not_looked_at() {
    let (api, token) = api().await;
    let query =
        format!("GET /?access_token={token} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    let form = format!("access_token={token}");
    let body = format!(
        "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    );
    for request in [query, body] {
        assert_eq!(api.statuses(request.as_bytes()).await, [401]);
    }
    still_admits(&api, &token).await;
}

#[tokio::test]
async fn a_request_smuggled_into_another_is_never_admitted_by_the_others_token() {
    for (api, token) in [api().await, bare_api().await] {
        smuggles_nothing(&api, &token).await;
    }
}

async fn smuggles_nothing(api: &Served, token: &str) {
    let inner = "GET /?smuggled HTTP/1.1\r\nhost: a\r\n\r\n";
    let good = format!("host: a\r\nauthorization: Bearer {token}\r\n");
    let length = inner.len();
    for outer in [
        format!("POST / HTTP/1.1\r\n{good}content-length: 0\r\ncontent-length: {length}\r\n\r\n"),
        format!("POST / HTTP/1.1\r\n{good}content-length: +0\r\n\r\n"),
        format!("POST / HTTP/1.1\r\n{good}content-length: 0, {length}\r\n\r\n"),
        format!("POST / HTTP/1.1\r\n{good}transfer-encoding: xchunked\r\n\r\n"),
        format!("POST / HTTP/1.1\r\n{good}transfer-encoding: chunked, identity\r\n\r\n"),
        format!("POST / HTTP/1.1\r\n{good}transfer-encoding : chunked\r\n\r\n"),
        format!("POST / HTTP/1.1\r\n{good} transfer-encoding: chunked\r\n\r\n"),
        format!("GET / HTTP/1.1\r\n{good}\0: x\r\n\r\n"),
    ] {
        let closing =
            format!("{outer}{}", inner.replace("host: a", "connection: close\r\nhost: a"));
        let statuses = api.statuses(closing.as_bytes()).await;
        let admitted = statuses.iter().filter(|status| **status == 200).count();
        assert!(admitted <= 1, "{outer}: {statuses:?}");
        let rest = statuses.iter().skip(admitted);
        assert!(rest.clone().all(|status| (400..500).contains(status)), "{outer}: {statuses:?}");
        assert!(!statuses.is_empty(), "{outer}");
    }
    still_admits(api, token).await;
}

#[tokio::test]
async fn over_http_2_the_same_rules_hold() {
    let (api, token) = api().await;
    let stream = TcpStream::connect(api.address).await.unwrap();
    let handshake =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (mut sender, connection) = handshake.await.unwrap();
    tokio::spawn(connection);
    let good = format!("Bearer {token}");
    let long = format!("Bearer {}", "a".repeat(12_000));
    for (fields, expected) in [
        (vec![good.as_str()], StatusCode::OK),
        (vec![], StatusCode::UNAUTHORIZED),
        (vec![good.as_str(), good.as_str()], StatusCode::BAD_REQUEST),
        (vec!["Bearer a b"], StatusCode::BAD_REQUEST),
        (vec!["bearer a.b.c"], StatusCode::UNAUTHORIZED),
        (vec![long.as_str()], StatusCode::UNAUTHORIZED),
        (vec![good.as_str()], StatusCode::OK),
    ] {
        let mut request = Request::get(format!("http://{}/", api.address));
        for field in &fields {
            request = request.header(AUTHORIZATION, *field);
        }
        let answer = sender.send_request(request.body(Empty::<Bytes>::new()).unwrap());
        let answer = tokio::time::timeout(Duration::from_secs(5), answer).await.unwrap().unwrap();
        assert_eq!(answer.status(), expected, "{}", fields.len());
        let challenge = answer.headers().get_all("www-authenticate").iter().count();
        assert_eq!(challenge, usize::from(expected != StatusCode::OK));
        answer.into_body().collect().await.unwrap();
    }
}
