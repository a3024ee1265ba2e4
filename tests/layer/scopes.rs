use axum::{Router, routing::get};
use http::StatusCode;
use tower_bearer::{
    AccessToken, RequireScope, ResourceServer,
    require::any_of,
    scope,
    scope::{Matching, Requirement},
};

use super::{api, builder, call, get_with, outcome, request};
use crate::support::Mint;

/// The same requirements as layers and as extractors.
fn app(api: &ResourceServer) -> Router {
    let text = "directions".to_owned();
    Router::new()
        .merge(by_layer("/layer/one", RequireScope("announce:read")))
        .merge(by_layer("/layer/all", RequireScope("announce:read revenue:read")))
        .merge(by_layer("/layer/any", RequireScope(any_of(["announce:read", "revenue:read"]))))
        .merge(by_layer("/layer/id/{id}", RequireScope("announce:{id}:read")))
        .merge(by_layer("/layer/const", RequireScope(scope!("announce:read"))))
        .merge(by_layer("/layer/string", RequireScope(text)))
        .merge(by_layer("/layer/parsed", RequireScope(Requirement::parse("directions").unwrap())))
        .route("/extractor/one", get(|_: RequireScope!["announce:read"]| async {}))
        .route("/extractor/all", get(|_: RequireScope!["announce:read", "revenue:read"]| async {}))
        .route("/extractor/list", get(|_: RequireScope!["announce:read revenue:read"]| async {}))
        .route(
            "/extractor/any",
            get(|_: RequireScope![any "announce:read", "revenue:read"]| async {}),
        )
        .route("/extractor/id/{id}", get(|_: RequireScope!["announce:{id}:read"]| async {}))
        .route("/extractor/token", get(|_: AccessToken| async {}))
        .layer(api.layer())
}

fn by_layer<T: tower_bearer::require::ToRequirement + Clone + Send + Sync + 'static>(
    path: &str,
    scope: RequireScope<T>,
) -> Router {
    Router::new().route(path, get(|| async {})).route_layer(scope)
}

async fn status(app: &Router, path: &str, mint: &Mint, scopes: &str) -> u16 {
    get_with(app, path, &mint.clone().scope(scopes).sign()).await.status().as_u16()
}

#[tokio::test]
async fn one_scope_admits_what_covers_it() {
    let mint = Mint::new();
    let app = app(&api(&mint));
    for path in ["/layer/one", "/extractor/one", "/layer/const"] {
        for scopes in
            ["announce:read", "x announce:*:read", "announce", "announce:*", "*", "*:read"]
        {
            assert_eq!(status(&app, path, &mint, scopes).await, 200, "{path} {scopes}");
        }
        for scopes in ["", "announce:1:read", "announce:update", "Announce:read", "announce:read:"]
        {
            assert_eq!(status(&app, path, &mint, scopes).await, 403, "{path} {scopes}");
        }
    }
    for path in ["/layer/string", "/layer/parsed"] {
        assert_eq!(status(&app, path, &mint, "directions").await, 200);
        assert_eq!(status(&app, path, &mint, "direction").await, 403);
    }
    assert_eq!(status(&app, "/extractor/token", &mint, "").await, 200);
}

#[tokio::test]
async fn all_of_several_scopes_are_needed() {
    let mint = Mint::new();
    let app = app(&api(&mint));
    for path in ["/layer/all", "/extractor/all", "/extractor/list"] {
        assert_eq!(status(&app, path, &mint, "revenue:read announce:read").await, 200, "{path}");
        assert_eq!(status(&app, path, &mint, "announce:read").await, 403, "{path}");
        assert_eq!(status(&app, path, &mint, "revenue:read").await, 403, "{path}");
    }
}

#[tokio::test]
async fn one_of_several_scopes_is_enough() {
    let mint = Mint::new();
    let app = app(&api(&mint));
    for path in ["/layer/any", "/extractor/any"] {
        assert_eq!(status(&app, path, &mint, "announce:read").await, 200, "{path}");
        assert_eq!(status(&app, path, &mint, "revenue:read").await, 200, "{path}");
        assert_eq!(status(&app, path, &mint, "directions").await, 403, "{path}");
    }
}

#[tokio::test]
async fn a_path_parameter_fills_one_component_whatever_it_holds() {
    let mint = Mint::new();
    let app = app(&api(&mint));
    for path in ["/layer/id", "/extractor/id"] {
        let check = async |id: &str, scopes: &str| {
            status(&app, &format!("{path}/{id}"), &mint, scopes).await
        };
        assert_eq!(check("1", "announce:1:read").await, 200);
        assert_eq!(check("1", "announce:2:read").await, 403);
        assert_eq!(check("1", "announce:read").await, 200);
        assert_eq!(check("*", "announce:1:read").await, 403, "a star asks for everything");
        assert_eq!(check("*", "announce:*:read").await, 200);
        assert_eq!(check("%2A", "announce:1:read").await, 403);
        assert_eq!(check("1:read", "announce:1:read").await, 403);
        assert_eq!(check("1%3Aread", "announce:1:read").await, 403);
        assert_eq!(check("1%20announce:2", "announce:1 announce:2:read").await, 403);
        assert_eq!(check("%31", "announce:1:read").await, 200, "percent-decoded");
        assert_eq!(check("%ff", "*").await, 400, "not UTF-8");
    }
}

#[tokio::test]
async fn r15_a_403_names_all_scopes_that_are_needed() {
    let mint = Mint::new();
    let app = app(&api(&mint));
    let poor = mint.clone().scope("directions").sign();
    for (path, scope) in [
        ("/layer/all", "announce:read revenue:read"),
        ("/extractor/all", "announce:read revenue:read"),
        ("/layer/any", "announce:read revenue:read"),
        ("/layer/id/7", "announce:7:read"),
        ("/extractor/id/7", "announce:7:read"),
        ("/extractor/id/a%22b", "announce:*:read"),
        ("/layer/id/a%20b", "announce:*:read"),
    ] {
        let response = get_with(&app, path, &poor).await;
        let challenge = format!(
            "Bearer realm=\"urn:api:announcements\", error=\"insufficient_scope\", \
             error_description=\"the token lacks a required scope\", scope=\"{scope}\""
        );
        assert_eq!(outcome(&response), (StatusCode::FORBIDDEN, Some(challenge.as_str())), "{path}");
    }
}

#[tokio::test]
async fn an_issuer_with_exact_matching_grants_byte_for_byte() {
    let mint = Mint::new();
    let app = app(&builder(&mint).matching(Matching::Exact).build().unwrap());
    for path in ["/layer/one", "/extractor/one"] {
        assert_eq!(status(&app, path, &mint, "announce:read").await, 200);
        for wider in ["announce:*:read", "announce", "*"] {
            assert_eq!(status(&app, path, &mint, wider).await, 403, "{wider}");
        }
    }
    assert_eq!(status(&app, "/layer/id/1", &mint, "announce:1:read").await, 200);
    assert_eq!(status(&app, "/layer/id/1", &mint, "announce:*:read").await, 403);
    assert_eq!(status(&app, "/layer/id/*", &mint, "announce:*:read").await, 200);
}

#[tokio::test]
async fn without_a_layer_outside_nobody_is_admitted() {
    let mint = Mint::new();
    let app = Router::new()
        .merge(by_layer("/layer", RequireScope("announce:read")))
        .route("/extractor", get(|_: RequireScope!["announce:read"]| async {}))
        .route("/token", get(|_: AccessToken| async {}))
        .route("/optional", get(|_: Option<AccessToken>| async {}));
    let guarded = app.clone().layer(api(&mint).layer());
    for path in ["/layer", "/extractor", "/token", "/optional"] {
        assert_eq!(get_with(&app, path, &mint.sign()).await.status(), 500, "{path}");
        assert_eq!(get_with(&guarded, path, &mint.sign()).await.status(), 200, "{path}");
    }
}

#[tokio::test]
async fn a_malformed_requirement_or_template_admits_nobody() {
    let mint = Mint::new();
    let everything = mint.clone().scope("*").sign();
    let app = Router::new()
        .merge(by_layer("/empty", RequireScope("")))
        .merge(by_layer("/braces", RequireScope("a:{b")))
        .merge(by_layer("/none", RequireScope(any_of(Vec::<String>::new()))))
        .merge(by_layer("/space", RequireScope(any_of(["a b"]))))
        .merge(by_layer("/name", RequireScope("a:{id}:read")))
        .merge(by_layer("/any/{x}", RequireScope(any_of(["*", "a:{id}"]))))
        .merge(by_layer("/good", RequireScope("a:b")))
        .layer(api(&mint).layer());
    for path in ["/empty", "/braces", "/none", "/space", "/name", "/any/1"] {
        assert_eq!(get_with(&app, path, &everything).await.status(), 500, "{path}");
        assert_eq!(call(&app, request(path, None)).await.status(), 401, "{path}");
    }
    assert_eq!(get_with(&app, "/good", &everything).await.status(), 200);
}

#[tokio::test]
async fn nested_routers_with_two_parameters_of_one_name_admit_nobody() {
    let mint = Mint::new();
    let inner = by_layer("/{id}", RequireScope("announce:{id}:read"));
    let app = Router::new().nest("/outer/{id}", inner.clone()).nest("/plain", inner);
    let app = app.layer(api(&mint).layer());
    let token = mint.clone().scope("announce:1:read announce:2:read").sign();
    assert_eq!(get_with(&app, "/plain/1", &token).await.status(), 200);
    assert_eq!(get_with(&app, "/outer/1/2", &token).await.status(), 500);
}

/// 128 bytes, which is as long as a literal may be; `tests/ui/fail/too_long.rs` is its twin.
#[cfg(feature = "axum")]
type Longest = tower_bearer::RequireScope![
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
];

#[cfg(feature = "axum")]
#[test]
fn r30_a_literal_of_128_bytes_is_taken() {
    fn takes(longest: Option<&Longest>) -> bool {
        longest.is_none()
    }
    assert!(takes(None));
}
