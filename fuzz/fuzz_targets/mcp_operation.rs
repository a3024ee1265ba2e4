//! The body of an MCP request. The layer and serde_json read the same operation: a tool that needs a
//! scope which the token lacks is never called, however the body is written.
#![no_main]

use std::{convert::Infallible, sync::LazyLock, time::Duration};

use bytes::Bytes;
use http::{Request, Response, header::AUTHORIZATION};
use http_body_util::{BodyExt, Empty, Full};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tower::{Layer, ServiceExt, service_fn};
use tower_bearer::{
    Audience, ResourceServer,
    mcp::{McpBody, McpScopes, McpScopesLayer},
};
use tower_bearer_fuzz::{AUDIENCE, KEYS, Stopped, block_on, issuer, sign};

static API: LazyLock<ResourceServer> = LazyLock::new(|| {
    let audience = Audience::new(AUDIENCE).unwrap();
    ResourceServer::builder(issuer(), audience, KEYS.clone()).clock(Stopped).build().unwrap()
});
static SCOPES: LazyLock<McpScopesLayer> = LazyLock::new(|| {
    let scopes = McpScopes::new("a").tool("secret", "b").prompt("secret", "b");
    let scopes = scopes.resource("secret", "b").method("secret", "b");
    scopes.read_bodies(1 << 20, Duration::from_secs(1)).build().unwrap()
});
static TOKEN: LazyLock<String> = LazyLock::new(|| {
    let payload = r#"{"iss":"https://issuer.example","aud":"urn:api:announcements",
        "exp":1800003600,"scope":"a"}"#;
    let header = format!(r#"{{"alg":"EdDSA","kid":"{}"}}"#, tower_bearer_fuzz::KEY.kid());
    format!("Bearer {}", sign(header.as_bytes(), payload.as_bytes()))
});

/// Whether a server would do what the token does not grant.
fn is_secret(message: &Value) -> bool {
    let name =
        |member: &str| message.pointer(&format!("/params/{member}")) == Some(&"secret".into());
    match message.get("method").and_then(Value::as_str) {
        Some("secret") => true,
        Some("tools/call" | "prompts/get") => name("name"),
        Some("resources/read") => name("uri"),
        _ => false,
    }
}

fuzz_target!(|body: &[u8]| {
    let mut request = Request::post("/mcp").body(Full::new(Bytes::copy_from_slice(body))).unwrap();
    request.headers_mut().insert(AUTHORIZATION, TOKEN.parse().unwrap());
    let service = service_fn(async |request: Request<McpBody<Full<Bytes>>>| {
        let came = request.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(came, body);
        match serde_json::from_slice::<Value>(&came) {
            Ok(Value::Array(batch)) => assert!(!batch.iter().any(is_secret)),
            Ok(message) => assert!(!is_secret(&message)),
            Err(_) => {}
        }
        Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
    });
    let service = API.layer().layer(SCOPES.layer(service));
    let status = block_on(service.oneshot(request)).unwrap().status().as_u16();
    assert!(matches!(status, 200 | 400 | 403), "{status}");
});
