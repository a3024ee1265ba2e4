use axum::{Router, routing::get};
use http::{StatusCode, header};
use tower_bearer::{AccessToken, RequireScope};

use super::{api, call, get_with, outcome, request, text};
use crate::support::Mint;

fn app(mint: &Mint) -> Router {
    Router::new()
        .route(
            "/",
            get(|token: Option<AccessToken>| async move { token.map_or("nobody", |_| "somebody") }),
        )
        .route("/guarded", get(|_: RequireScope!["announce:read"]| async {}))
        .merge(
            Router::new()
                .route("/layer", get(|| async {}))
                .route_layer(RequireScope("announce:read")),
        )
        .layer(api(mint).layer().optional())
}

#[tokio::test]
async fn no_credentials_pass_as_nobody() {
    let mint = Mint::new();
    let app = app(&mint);
    for authorization in [None, Some("Basic dXNlcjpwYXNz")] {
        let response = call(&app, request("/", authorization)).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(text(response).await, "nobody");
    }
    assert_eq!(text(get_with(&app, "/", &mint.sign()).await).await, "somebody");
}

#[tokio::test]
async fn a_bad_token_is_still_refused() {
    let mint = Mint::new();
    let app = app(&mint);
    assert_eq!(get_with(&app, "/", &mint.clone().without("exp").sign()).await.status(), 401);
    assert_eq!(call(&app, request("/", Some("Bearer a b"))).await.status(), 400);
}

#[tokio::test]
async fn a_route_that_needs_a_scope_answers_nobody_with_a_challenge() {
    let mint = Mint::new();
    let app = app(&mint);
    for path in ["/guarded", "/layer"] {
        let response = call(&app, request(path, None)).await;
        let challenge = Some("Bearer realm=\"urn:api:announcements\"");
        assert_eq!(outcome(&response), (StatusCode::UNAUTHORIZED, challenge), "{path}");
        assert_eq!(get_with(&app, path, &mint.sign()).await.status(), 200, "{path}");
    }
    assert!(call(&app, request("/", None)).await.headers().get(header::WWW_AUTHENTICATE).is_none());
}
