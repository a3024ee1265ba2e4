use axum::{Router, routing::get};
use http::{Method, StatusCode, header};
use tower_bearer::RequireScope;
use tower_http::cors::{Any, CorsLayer};

use super::{api, call, get_with, request};
use crate::support::Mint;

#[tokio::test]
async fn cors_preflights_pass_and_refusals_carry_the_cors_headers() {
    let mint = Mint::new();
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_headers([header::AUTHORIZATION])
        .expose_headers([header::WWW_AUTHENTICATE]);
    let app = Router::new()
        .route("/", get(|| async {}))
        .route_layer(RequireScope("announce:read"))
        .layer(api(&mint).layer())
        .layer(cors);
    let with_origin = |method: Method| {
        let mut request = request("/", None);
        *request.method_mut() = method;
        let headers = request.headers_mut();
        headers.insert(header::ORIGIN, "https://app.example".parse().unwrap());
        headers.insert(header::ACCESS_CONTROL_REQUEST_METHOD, "GET".parse().unwrap());
        request
    };
    let preflight = call(&app, with_origin(Method::OPTIONS)).await;
    assert_eq!(preflight.status(), StatusCode::OK);
    assert!(preflight.headers().contains_key(header::ACCESS_CONTROL_ALLOW_HEADERS));
    let refused = call(&app, with_origin(Method::GET)).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(refused.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    assert!(refused.headers().contains_key(header::WWW_AUTHENTICATE));
}

#[tokio::test]
async fn with_route_layer_unknown_paths_stay_404() {
    let mint = Mint::new();
    let app = Router::new()
        .route("/", get(|| async {}))
        .route_layer(RequireScope("announce:read"))
        .route_layer(api(&mint).layer());
    assert_eq!(call(&app, request("/nowhere", None)).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(call(&app, request("/", None)).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(get_with(&app, "/", &mint.sign()).await.status(), StatusCode::OK);
}

/// An app whose fallback is behind a `RequireScope` that was added by `layer`.
fn app_with_fallback(mint: &Mint, scope: &'static str) -> Router {
    Router::new()
        .route("/announcements/{id}", get(|| async {}))
        .fallback(|| async { StatusCode::IM_A_TEAPOT })
        .layer(RequireScope(scope))
        .layer(api(mint).layer())
}

#[tokio::test]
async fn w12_an_unknown_path_behind_a_template_is_403() {
    let mint = Mint::new().scope("announce:1:read");
    let app = app_with_fallback(&mint, "announce:{id}:read");
    assert_eq!(get_with(&app, "/announcements/1", &mint.sign()).await.status(), StatusCode::OK);
    let response = get_with(&app, "/nowhere", &mint.sign()).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let challenge = response.headers()[header::WWW_AUTHENTICATE].to_str().unwrap();
    assert!(challenge.ends_with("scope=\"announce:*:read\""), "{challenge}");
    // Not even a scope that covers every instance is granted on a path that does not exist.
    let all = mint.scope("*").sign();
    assert_eq!(get_with(&app, "/nowhere", &all).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn w12_an_unknown_path_without_a_token_is_401() {
    let mint = Mint::new();
    let app = app_with_fallback(&mint, "announce:{id}:read");
    let response = call(&app, request("/nowhere", None)).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn w12_a_route_without_the_parameter_is_still_500() {
    let mint = Mint::new().scope("*");
    let app = Router::new()
        .route("/announcements/{ident}", get(|| async {}))
        .layer(RequireScope("announce:{id}:read"))
        .layer(api(&mint).layer());
    let response = get_with(&app, "/announcements/1", &mint.sign()).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[axum::debug_handler]
async fn handler(RequireScope(token): RequireScope!["announce:read"]) -> String {
    token.client_id().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn an_extractor_binds_the_token_and_works_over_a_real_socket() {
    let mint = Mint::new();
    let app = Router::new().route("/", get(handler)).layer(api(&mint).layer());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = tokio::spawn(axum::serve(listener, app).into_future());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(&url).bearer_auth(mint.sign()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.text().await.unwrap(), "gift-deliveries");
    let refused = client.get(&url).bearer_auth(mint.scope("other").sign()).send().await.unwrap();
    assert_eq!(refused.status(), 403);
    server.abort();
}
