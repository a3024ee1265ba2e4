//! A server that caches verified tokens decides on any credential as one that does not: no token is
//! admitted for another, whatever part of a cached one it has.
#![no_main]

use std::{convert::Infallible, sync::LazyLock};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header::AUTHORIZATION};
use http_body_util::Empty;
use libfuzzer_sys::fuzz_target;
use tower::{Layer, ServiceExt, service_fn};
use tower_bearer::{Audience, ResourceServer};
use tower_bearer_fuzz::{AUDIENCE, ISSUER, KEYS, NOW, Stopped, block_on, issuer, sign};

static PLAIN: LazyLock<ResourceServer> = LazyLock::new(|| server(None));

/// Both levels of its cache hold the token.
static CACHING: LazyLock<ResourceServer> = LazyLock::new(|| {
    let server = server(Some(1 << 20));
    for _ in 0..4 {
        assert_eq!(status(&server, TOKEN.as_bytes()), Some(200));
    }
    server
});

static TOKEN: LazyLock<String> = LazyLock::new(|| {
    let exp = NOW.as_secs() + 1_000_000;
    let payload = format!(r#"{{"iss":"{ISSUER}","aud":"{AUDIENCE}","exp":{exp}}}"#);
    sign(br#"{"alg":"EdDSA"}"#, payload.as_bytes())
});

fn server(cache: Option<usize>) -> ResourceServer {
    let audience = Audience::new(AUDIENCE).unwrap();
    let builder = ResourceServer::builder(issuer(), audience, KEYS.clone()).clock(Stopped);
    let builder = match cache {
        Some(bytes) => builder.cache_verified_tokens(bytes),
        None => builder,
    };
    builder.build().unwrap()
}

fn status(server: &ResourceServer, credential: &[u8]) -> Option<u16> {
    let mut request = Request::new(());
    let value = HeaderValue::from_bytes(&[b"Bearer ", credential].concat()).ok()?;
    request.headers_mut().insert(AUTHORIZATION, value);
    let service = service_fn(async |_: Request<()>| {
        Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
    });
    let response = block_on(server.layer().layer(service).oneshot(request)).unwrap();
    Some(response.status().as_u16())
}

// The parts of the token that stay, and what comes between them.
fuzz_target!(|pieces: Vec<(u16, u16, Vec<u8>)>| {
    let mut credential = Vec::new();
    for (start, end, between) in pieces.iter().take(4) {
        let (start, end) = (usize::from(*start), usize::from(*end));
        credential.extend(TOKEN.as_bytes().get(start..end).unwrap_or_default());
        credential.extend(between);
    }
    let caching = status(&CACHING, &credential);
    assert_eq!(caching, status(&PLAIN, &credential));
    let admitted = caching == Some(200);
    assert!(!admitted || credential == TOKEN.as_bytes());
});
