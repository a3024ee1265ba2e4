//! The value of an `Authorization` field: refused as a client's fault, whatever it is.
#![no_main]

use std::{convert::Infallible, sync::LazyLock};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header::AUTHORIZATION};
use http_body_util::Empty;
use libfuzzer_sys::fuzz_target;
use tower::{Layer, ServiceExt, service_fn};
use tower_bearer::{Audience, ResourceServer};
use tower_bearer_fuzz::{AUDIENCE, KEYS, Stopped, block_on, issuer};

static API: LazyLock<ResourceServer> = LazyLock::new(|| {
    let audience = Audience::new(AUDIENCE).unwrap();
    ResourceServer::builder(issuer(), audience, KEYS.clone()).clock(Stopped).build().unwrap()
});

fuzz_target!(|fields: Vec<Vec<u8>>| {
    let mut request = Request::new(());
    for field in fields.iter().take(4) {
        let Ok(value) = HeaderValue::from_bytes(field) else { return };
        request.headers_mut().append(AUTHORIZATION, value);
    }
    let service = service_fn(async |_: Request<()>| {
        Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
    });
    let response = block_on(API.layer().layer(service).oneshot(request)).unwrap();
    let status = response.status().as_u16();
    assert!(status == 401 || status == 400, "{status}");
    assert_eq!(response.headers().get_all("www-authenticate").iter().count(), 1);
});
