//! The answer of an introspection endpoint, as an API reads it: JSON, or a signed answer whose
//! payload is the input.
#![no_main]

use std::convert::Infallible;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header::AUTHORIZATION};
use http_body_util::Empty;
use libfuzzer_sys::fuzz_target;
use tower::{Layer, ServiceExt, service_fn};
use tower_bearer::{
    AccessToken, Audience, ResourceServer,
    introspection::{ClientCredentials, Introspection},
    secret::Secret,
    transport::{Transport, TransportFuture},
};
use tower_bearer_fuzz::{AUDIENCE, ISSUER, KEYS, NOW, Stopped, block_on, issuer, sign};

/// Answers with a body of this type.
#[derive(Debug)]
struct Typed(&'static str, Bytes);

impl Transport for Typed {
    fn send(&self, _: Request<Bytes>, _: usize) -> TransportFuture<'_> {
        let answer = Response::builder().header("content-type", self.0).body(self.1.clone());
        Box::pin(async { Ok(answer.unwrap()) })
    }
}

/// The token that is admitted by this answer.
fn admitted(content_type: &'static str, body: Bytes) -> Option<AccessToken> {
    let credentials = ClientCredentials::new("api", Secret::new("s"));
    let introspection =
        Introspection::new("https://issuer.example/introspect".parse().unwrap(), credentials)
            .transport(Typed(content_type, body));
    let server = ResourceServer::builder(issuer(), Audience::new(AUDIENCE).unwrap(), KEYS.clone())
        .introspection(introspection)
        .clock(Stopped)
        .build()
        .unwrap();
    let mut request = Request::new(());
    request.headers_mut().insert(AUTHORIZATION, HeaderValue::from_static("Bearer opaque"));
    let service = service_fn(async |request: Request<()>| {
        let mut response = Response::new(Empty::<Bytes>::new());
        response
            .extensions_mut()
            .insert(request.extensions().get::<AccessToken>().unwrap().clone());
        Ok::<_, Infallible>(response)
    });
    let response = block_on(server.layer().layer(service).oneshot(request)).unwrap();
    let status = response.status().as_u16();
    assert!([200, 401, 503].contains(&status), "{status}");
    response.extensions().get::<AccessToken>().cloned()
}

/// What is admitted says so itself, read by another reader.
fn check(token: &AccessToken) {
    let claims: serde_json::Value = token.claims().unwrap();
    assert_eq!(claims["active"], true);
    assert_eq!(token.issuer(), ISSUER);
    assert!(token.audience().any(|audience| audience == AUDIENCE));
    assert!(claims.get("cnf").is_none_or(serde_json::Value::is_null));
    assert!(token.expires_at() + std::time::Duration::from_secs(30) > NOW);
}

fuzz_target!(|input: (u8, Vec<u8>)| {
    let (kind, body) = input;
    let token = match kind % 3 {
        0 => admitted("application/json", body.into()),
        1 => admitted("application/token-introspection+jwt", body.into()),
        _ => {
            let header = br#"{"alg":"EdDSA","typ":"token-introspection+jwt"}"#;
            let payload = [
                format!(
                    r#"{{"iss":"{ISSUER}","aud":"api","iat":{},"token_introspection":"#,
                    NOW.as_secs()
                )
                .as_bytes(),
                &body,
                b"}",
            ]
            .concat();
            let signed = sign(header, &payload);
            admitted("application/token-introspection+jwt", signed.into())
        }
    };
    if let Some(token) = token {
        check(&token);
    }
});
