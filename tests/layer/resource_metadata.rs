//! What an API publishes about itself (RFC 9728), over real sockets.

use std::convert::Infallible;

use axum::{Router, body::Body, routing::get};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::{ServiceBuilder, service_fn};
use tower_bearer::{
    RequireScope, ResourceServer,
    challenge::Challenge,
    claims::Issuer,
    config::ResourceServerConfig,
    metadata::ProtectedResource,
    scope,
    scope::Requirements,
    server::{ResourceServerBuilder, TokenSource},
};

use super::builder;
use crate::support::Mint;

const RESOURCE: &str = "https://api.example/public/mcp";
const INSERTED: &str = "/.well-known/oauth-protected-resource/public/mcp";
const ROOT: &str = "/.well-known/oauth-protected-resource";

/// A server on loopback until it is dropped.
struct Running {
    url: String,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    async fn axum(app: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, task }
    }

    /// The same without axum.
    async fn tower(api: &ResourceServer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = ServiceBuilder::new()
            .layer(api.metadata_layer())
            .layer(api.layer())
            .layer(RequireScope("announce:read"))
            .service(service_fn(|_: Request<hyper::body::Incoming>| async {
                Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("in")))
            }));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = TowerToHyperService::new(service.clone());
                tokio::spawn(async move {
                    let builder = Builder::new(TokioExecutor::new());
                    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { url, task }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

fn described(mint: &Mint, resource: ProtectedResource) -> ResourceServerBuilder {
    builder(mint).protected_resource(resource)
}

fn routes() -> Router {
    Router::new().route("/public/mcp", get(|| async { "in" }))
}

/// The challenge of a refused call.
async fn challenge(url: &str, token: Option<&str>, status: u16) -> Challenge {
    let request = client().get(url);
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), status, "{url}");
    let field = answer.headers()["www-authenticate"].to_str().unwrap();
    Challenge::parse_all(field).pop().unwrap()
}

#[tokio::test]
async fn r60_the_metadata_is_open_to_everybody_at_the_inserted_and_at_the_root_path() {
    let mint = Mint::new();
    let requirements = Requirements::new();
    let resource = ProtectedResource::new(RESOURCE)
        .name("Announcements")
        .documentation("https://api.example/manual")
        .requirements(&requirements);
    let api = described(&mint, resource).build().unwrap();
    let app = routes().layer(api.layer()).merge(api.metadata_router());
    let _ = requirements.require("announce:read announce:{id}:delete"); // later than the router
    for server in [Running::axum(app).await, Running::tower(&api).await] {
        for path in [INSERTED, ROOT] {
            let url = format!("{}{path}", server.url);
            let answer = client().get(&url).send().await.unwrap();
            assert_eq!(answer.status(), 200);
            let field = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
            assert_eq!(field("content-type"), "application/json");
            assert_eq!(field("cache-control"), "public, max-age=3600");
            assert_eq!(field("access-control-allow-origin"), "*");
            let document: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
            let expected = json!({
                "resource": RESOURCE,
                "authorization_servers": [Mint::ISSUER],
                "scopes_supported": ["announce:read", "announce:*:delete"],
                "bearer_methods_supported": ["header"],
                "resource_name": "Announcements",
                "resource_documentation": "https://api.example/manual",
            });
            assert_eq!(document, expected);

            let head = client().head(&url).send().await.unwrap();
            assert_eq!((head.status().as_u16(), head.bytes().await.unwrap().len()), (200, 0));
            let preflight = client().request(reqwest::Method::OPTIONS, &url).send().await.unwrap();
            assert_eq!(preflight.status(), 204);
            assert_eq!(preflight.headers()["access-control-allow-headers"], "*");
            let post = client().post(&url).send().await.unwrap();
            assert_eq!(post.status(), 405);
        }
        let other = client().get(format!("{}{ROOT}/other", server.url)).send().await.unwrap();
        assert_ne!(other.status(), 200);
    }
}

#[tokio::test]
async fn r16_and_r60_an_address_that_a_challenge_names_is_served() {
    let mint = Mint::new();
    let api = || described(&mint, ProtectedResource::new(RESOURCE)).build().unwrap();
    let guarded = |api: &ResourceServer| routes().route_layer(RequireScope("x")).layer(api.layer());
    let poor = mint.clone().scope("other").sign();

    let outside = api();
    let inside = api();
    let nested = api();
    let by_route_layer = api();
    let tower = api();
    let servers = [
        Running::axum(guarded(&outside).merge(outside.metadata_router())).await,
        // The wrong order: the routes of the metadata are guarded as well.
        Running::axum(
            routes()
                .route_layer(RequireScope("x"))
                .merge(inside.metadata_router())
                .layer(inside.layer()),
        )
        .await,
        Running::axum(
            Router::new()
                .nest(
                    "/public",
                    Router::new()
                        .route("/mcp", get(|| async {}))
                        .route_layer(RequireScope("x"))
                        .layer(nested.layer()),
                )
                .merge(nested.metadata_router()),
        )
        .await,
        Running::axum(
            routes()
                .route_layer(RequireScope("x"))
                .route_layer(by_route_layer.layer())
                .merge(by_route_layer.metadata_router()),
        )
        .await,
        Running::tower(&tower).await,
    ];
    for server in &servers {
        let url = format!("{}/public/mcp", server.url);
        for (token, status) in [(None, 401), (Some("a.b.c"), 401), (Some(&*poor), 403)] {
            let challenge = challenge(&url, token, status).await;
            let named = challenge.resource_metadata().unwrap();
            let path = named.strip_prefix("https://api.example").unwrap();
            let answer = client().get(format!("{}{path}", server.url)).send().await.unwrap();
            assert_eq!(answer.status(), 200);
            let document: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
            assert_eq!(document["resource"], RESOURCE);
        }
    }

    // Nobody serves the metadata, so no challenge names it.
    let silent = api();
    let server = Running::axum(guarded(&silent)).await;
    let challenge = challenge(&format!("{}/public/mcp", server.url), None, 401).await;
    assert_eq!(challenge.resource_metadata(), None);
}

#[tokio::test]
async fn r16_and_r61_the_resource_is_the_address_of_clients_behind_a_path_and_a_proxy() {
    let mint = Mint::new();
    let api = described(&mint, ProtectedResource::new(RESOURCE)).build().unwrap();
    let app = Router::new()
        .route("/mcp", get(|| async { "in" }))
        .layer(api.layer())
        .merge(api.metadata_router());
    let server = Running::axum(app).await;
    // The proxy removes `/public`, and passes the well-known paths on as they are.
    let target = server.url.clone();
    let proxy = Router::new().fallback(move |request: Request<Body>| {
        let target = target.clone();
        async move {
            let path = request.uri().path();
            let path = path.strip_prefix("/public").unwrap_or(path);
            let answer = client()
                .get(format!("{target}{path}"))
                .header("host", "internal.example")
                .send()
                .await
                .unwrap();
            let mut response = Response::new(Body::empty());
            *response.status_mut() = answer.status();
            *response.headers_mut() = answer.headers().clone();
            *response.body_mut() = answer.bytes().await.unwrap().into();
            response
        }
    });
    let proxy = Running::axum(proxy).await;

    let challenge = challenge(&format!("{}/public/mcp", proxy.url), None, 401).await;
    let named = challenge.resource_metadata().unwrap();
    assert_eq!(named, format!("https://api.example{INSERTED}"));
    let answer = client().get(format!("{}{INSERTED}", proxy.url)).send().await.unwrap();
    let document: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!(document["resource"], RESOURCE);
}

#[tokio::test]
async fn a_401_names_the_scopes_of_the_baseline() {
    let mint = Mint::new();
    let requirements = Requirements::new();
    requirements.add_baseline(scope!("mcp:read"));
    let resource = ProtectedResource::new(RESOURCE).requirements(&requirements);
    let api = described(&mint, resource).build().unwrap();
    let app = routes()
        .route_layer(requirements.require("announce:create"))
        .layer(api.layer())
        .merge(api.metadata_router());
    let server = Running::axum(app).await;
    let url = format!("{}/public/mcp", server.url);
    assert_eq!(challenge(&url, None, 401).await.scope(), Some("mcp:read"));
    assert_eq!(challenge(&url, Some("a.b.c"), 401).await.scope(), Some("mcp:read"));
    let poor = mint.sign();
    assert_eq!(challenge(&url, Some(&poor), 403).await.scope(), Some("announce:create"));
}

#[tokio::test]
async fn r60_what_is_empty_is_omitted_and_what_is_set_is_shown() {
    let mint = Mint::new();
    let other = Issuer::new("https://login.example").unwrap();
    let resource = ProtectedResource::new("https://api.example").authorization_servers([other]);
    let api = described(&mint, resource)
        .token_source(TokenSource::cookie("__Host-token"))
        .build()
        .unwrap();
    let server = Running::tower(&api).await;
    let answer = client().get(format!("{}{ROOT}", server.url)).send().await.unwrap();
    let document: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    let expected = json!({
        "resource": "https://api.example",
        "authorization_servers": ["https://login.example"],
    });
    assert_eq!(document, expected);
}

#[test]
fn r60_the_resource_is_https_and_its_metadata_where_it_says() {
    let mint = Mint::new();
    let problem = |builder: ResourceServerBuilder| {
        builder.build().err().map(|error| error.to_string()).unwrap_or_default()
    };
    let described = |resource: &str| described(&mint, ProtectedResource::new(resource));
    assert!(problem(described("http://api.example")).contains("protected_resource must be https"));
    assert!(problem(described("http://127.0.0.1:8080/a")).contains("allow_loopback_http"));
    assert_eq!(problem(described("http://127.0.0.1:8080/a").allow_loopback_http()), "");
    assert!(problem(described("https://api.example/#a")).contains("fragment"));

    let elsewhere = "https://api.example/metadata.json".parse().unwrap();
    let error = problem(described(RESOURCE).resource_metadata(elsewhere));
    assert!(error.starts_with("resource_metadata is not an address of"), "{error}");
    let prefixed = format!("https://api.example/public{ROOT}").parse().unwrap();
    assert_eq!(problem(described(RESOURCE).resource_metadata(prefixed)), "");
}

#[tokio::test]
async fn r16_the_address_may_have_a_prefix_that_a_proxy_removes() {
    let mint = Mint::new();
    let url = format!("https://api.example/public{ROOT}");
    let api = described(&mint, ProtectedResource::new(RESOURCE))
        .resource_metadata(url.parse().unwrap())
        .build()
        .unwrap();
    let app = routes().layer(api.layer()).merge(api.metadata_router());
    let server = Running::axum(app).await;
    let challenge = challenge(&format!("{}/public/mcp", server.url), None, 401).await;
    assert_eq!(challenge.resource_metadata(), Some(&*url));
}

#[tokio::test]
async fn a_configuration_file_describes_the_resource() {
    let file = json!({
        "issuers": [{"issuer": Mint::ISSUER, "audience": RESOURCE}],
        "protected_resource": {
            "resource": RESOURCE,
            "name": "Announcements",
            "scopes": "announce:read announce:list",
            "at_root": false,
        },
    });
    let config: ResourceServerConfig = serde_json::from_value(file).unwrap();
    let api = config.builder().unwrap().build().unwrap();
    let server = Running::axum(routes().layer(api.layer()).merge(api.metadata_router())).await;
    let challenge = challenge(&format!("{}/public/mcp", server.url), None, 401).await;
    assert_eq!(challenge.scope(), Some("announce:read announce:list"));
    let answer = client().get(format!("{}{INSERTED}", server.url)).send().await.unwrap();
    let document: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    let expected = json!({
        "resource": RESOURCE,
        "authorization_servers": [Mint::ISSUER],
        "scopes_supported": ["announce:read", "announce:list"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Announcements",
    });
    assert_eq!(document, expected);
    let root = client().get(format!("{}{ROOT}", server.url)).send().await.unwrap();
    assert_ne!(root.status(), 200);
}
