use aide::{
    axum::{
        ApiRouter,
        routing::{delete, get, patch, post},
    },
    openapi::OpenApi,
};
use axum::Router;
use serde_json::{Value, json};
use tower_bearer::{
    AccessToken, RequireScope, ResourceServer,
    openapi::{
        SecurityScheme,
        aide::{OptionalToken, add_scheme, guarded, requires},
    },
    require::any_of,
};

use super::{
    api, api_in_an_outage,
    differences::{compare, compare_in_an_outage},
};
use crate::support::Mint;

type CanRead = RequireScope!["announce:{id}:read"];

async fn open() {}
async fn me(_: AccessToken) {}
async fn either(_: OptionalToken) {}
async fn both(_: AccessToken, _: RequireScope!["revenue:create"]) {}

fn app(api: &ResourceServer) -> (Router, Value) {
    let private = ApiRouter::new()
        .api_route("/me", get(me).post(open))
        .api_route(
            "/announcements",
            get(async |_: RequireScope!["announce:read"]| {})
                .post(async |_: RequireScope!["announce:create", "announce:read"]| {}),
        )
        .api_route(
            "/announcements/{id}",
            get(async |_: CanRead| {})
                .put(async |_: RequireScope![any "announce:{id}:update", "announce:admin"]| {})
                .delete(async |_: RequireScope![any "announce:{id}:delete", "admin"]| {}),
        )
        .api_route("/revenue/{year}", get(async |_: RequireScope!["revenue:{year}:read"]| {}))
        .merge(requires(
            any_of(["finance", "admin"]),
            ApiRouter::new().api_route("/revenue", post(both).get(open)),
        ))
        .api_route("/books", get(async |_: RequireScope!["book:read"]| {}))
        .api_route(
            "/books/{id}",
            patch(async |_: RequireScope!["book:{id}:read book:{id}:update"]| {}),
        )
        .nest(
            "/shelves",
            requires(
                "shelf:{room}:read",
                ApiRouter::new()
                    .api_route("/{room}/{id}", get(async |_: RequireScope!["book:{id}:read"]| {})),
            ),
        )
        .api_route("/everything", delete(async |_: RequireScope!["*"]| {}))
        .api_route(
            "/audit",
            get(async |_: RequireScope![any "audit:read", "admin", "finance"]| {}),
        );
    let optional = ApiRouter::new()
        .api_route(
            "/news",
            get(either).put(async |_: RequireScope![any "news:publish", "admin"]| {}),
        )
        .api_route("/news/{id}", get(async |_: RequireScope!["news:{id}:read"]| {}).put(me));
    let mut document = OpenApi::default();
    let app = guarded(api.layer(), private)
        .merge(guarded(api.layer().optional(), optional))
        .api_route("/health", get(open))
        .finish_api(&mut document);
    add_scheme(
        &mut document,
        &SecurityScheme::client_credentials("https://issuer.example/oauth/token"),
    );
    (app, serde_json::to_value(&document).unwrap())
}

#[tokio::test]
async fn aides_document_says_what_the_server_does_for_20_routes() {
    let mint = Mint::new();
    let (app, document) = app(&api(&mint));
    let comparison = compare(&document, &app, &mint).await;
    assert_eq!(comparison.operations, 20);
    assert!(comparison.requests > 20 * 25, "{comparison:?}");
    assert!(comparison.differences.is_empty(), "{comparison:#?}");
}

#[tokio::test]
async fn aides_document_says_what_the_server_does_while_the_issuer_is_down() {
    let mint = Mint::new();
    let (app, document) = app(&api_in_an_outage());
    let comparison = compare_in_an_outage(&document, &app, &mint).await;
    assert!(comparison.differences.is_empty(), "{comparison:#?}");
}

#[test]
fn an_extractor_describes_its_operation() {
    let (_, document) = app(&api(&Mint::new()));
    let operation = &document["paths"]["/announcements/{id}"]["put"];
    let expected = json!([{"oauth2": ["announce:{id}:update"]}, {"oauth2": ["announce:admin"]}]);
    assert_eq!(operation["security"], expected);
    assert_eq!(
        operation["responses"]["403"]["headers"]["WWW-Authenticate"]["schema"]["type"],
        "string"
    );
    assert_eq!(document["paths"]["/news"]["get"]["security"], json!([{}, {"oauth2": []}]));
    let scheme = &document["components"]["securitySchemes"]["oauth2"];
    assert_eq!(scheme["flows"]["clientCredentials"]["scopes"].as_object().unwrap().len(), 18);
    assert!(!document.to_string().contains(":null"), "OpenAPI knows no null here");
}
