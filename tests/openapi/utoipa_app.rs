use axum::Router;
use serde_json::{Value, json};
use tower_bearer::{
    ResourceServer,
    openapi::{
        SecurityScheme,
        utoipa::{add_scheme, guarded, requires},
    },
    require::any_of,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    api, api_in_an_outage,
    differences::{compare, compare_in_an_outage},
};
use crate::support::Mint;

/// Handlers that answer 200, with their methods and paths.
macro_rules! handlers {
    ($($name:ident: $method:ident $path:tt;)*) => {
        $(
            #[utoipa::path($method, path = $path, responses((status = 200)))]
            async fn $name() {}
        )*
    };
}

handlers! {
    health: get "/health";
    version: get "/version";
    me: get "/me";
    rename: post "/me";
    announcements: get "/announcements";
    announce: post "/announcements";
    announcement: get "/announcements/{id}";
    edit: put "/announcements/{id}";
    withdraw: delete "/announcements/{id}";
    revenue: get "/revenue";
    revenue_of: get "/revenue/{year}";
    book_revenue: post "/revenue";
    books: get "/books";
    correct: patch "/books/{id}";
    shelf: get "/shelves/{room}/{id}";
    wipe: delete "/everything";
    audit: get "/audit";
    news: get "/news";
    news_item: get "/news/{id}";
    publish: put "/news";
}

fn app(api: &ResourceServer) -> (Router, Value) {
    let private = OpenApiRouter::new()
        .routes(routes!(me, rename))
        .routes(requires("announce:read", routes!(announcements)))
        .routes(requires("announce:create announce:read", routes!(announce)))
        .routes(requires("announce:{id}:read", routes!(announcement)))
        .routes(requires(any_of(["announce:{id}:update", "announce:admin"]), routes!(edit)))
        .routes(requires(any_of(["announce:{id}:delete", "admin"]), routes!(withdraw)))
        .routes(requires("revenue:read", routes!(revenue)))
        .routes(requires("revenue:{year}:read", routes!(revenue_of)))
        .routes(requires(
            "revenue:create",
            requires(any_of(["finance", "admin"]), routes!(book_revenue)),
        ))
        .routes(requires(String::from("book:read"), routes!(books)))
        .routes(requires("book:{id}:read book:{id}:update", routes!(correct)))
        .routes(requires("shelf:{room}:read book:{id}:read", routes!(shelf)))
        .routes(requires("*", routes!(wipe)))
        .routes(requires(any_of(["audit:read", "admin", "finance"]), routes!(audit)));
    let optional = OpenApiRouter::new()
        .routes(routes!(news))
        .routes(requires("news:{id}:read", routes!(news_item)))
        .routes(requires(any_of(["news:publish", "admin"]), routes!(publish)));
    let (app, mut document) = guarded(api.layer(), private)
        .merge(guarded(api.layer().optional(), optional))
        .routes(routes!(health))
        .routes(routes!(version))
        .split_for_parts();
    let scheme = SecurityScheme::client_credentials("https://issuer.example/oauth/token")
        .describe_scope("announce:read", "Read announcements");
    add_scheme(&mut document, &scheme);
    (app, serde_json::to_value(&document).unwrap())
}

#[tokio::test]
async fn utoipas_document_says_what_the_server_does_for_20_routes() {
    let mint = Mint::new();
    let (app, document) = app(&api(&mint));
    let comparison = compare(&document, &app, &mint).await;
    assert_eq!(comparison.operations, 20);
    assert!(comparison.requests > 20 * 25, "{comparison:?}");
    assert!(comparison.differences.is_empty(), "{comparison:#?}");
}

#[tokio::test]
async fn utoipas_document_says_what_the_server_does_while_the_issuer_is_down() {
    let mint = Mint::new();
    let (app, document) = app(&api_in_an_outage());
    let comparison = compare_in_an_outage(&document, &app, &mint).await;
    assert!(comparison.differences.is_empty(), "{comparison:#?}");
}

/// The comparison finds each way in which a document can differ: with the differences gone, it is
/// the one above.
#[tokio::test]
async fn a_document_that_differs_from_the_server_is_found() {
    let mint = Mint::new();
    let (app, good) = app(&api(&mint));
    let spoil = |path: &str, method: &str, member: &str, value: Option<Value>| {
        let mut document = good.clone();
        let operation = document["paths"][path][method].as_object_mut().unwrap();
        match value {
            Some(value) => operation.insert(member.to_owned(), value),
            None => operation.remove(member),
        };
        document
    };
    for (what, document) in [
        ("it is said to be open", spoil("/revenue", "get", "security", None)),
        ("it is said to need a token", {
            spoil("/health", "get", "security", Some(json!([{"oauth2": []}])))
        }),
        ("another scope", {
            spoil("/revenue", "get", "security", Some(json!([{"oauth2": ["revenue:write"]}])))
        }),
        ("one of two scopes", {
            spoil(
                "/announcements",
                "post",
                "security",
                Some(json!([{"oauth2": ["announce:read"]}])),
            )
        }),
        ("one of two alternatives", {
            spoil("/news", "put", "security", Some(json!([{"oauth2": ["admin"]}])))
        }),
        ("a token is said to be needed", {
            spoil("/news", "get", "security", Some(json!([{"oauth2": []}])))
        }),
        ("a token is said to be optional", {
            spoil("/me", "get", "security", Some(json!([{}, {"oauth2": []}])))
        }),
        ("the refusals are missing", {
            spoil("/revenue", "get", "responses", Some(json!({"200": {}})))
        }),
    ] {
        let comparison = compare(&document, &app, &mint).await;
        assert!(!comparison.differences.is_empty(), "{what}: not found");
    }
}

#[tokio::test]
async fn a_response_that_an_operation_describes_itself_stays() {
    #[utoipa::path(get, path = "/", responses((status = 403, description = "closed on Sundays")))]
    async fn closed() {}

    let (_, document) = guarded(
        api(&Mint::new()).layer(),
        OpenApiRouter::<()>::new().routes(requires("a", routes!(closed))),
    )
    .split_for_parts();
    let document = serde_json::to_value(&document).unwrap();
    let responses = &document["paths"]["/"]["get"]["responses"];
    assert_eq!(responses["403"]["description"], "closed on Sundays");
    assert!(responses["401"]["headers"]["WWW-Authenticate"].is_object(), "{responses}");
    assert!(responses["503"]["headers"]["Retry-After"].is_object(), "{responses}");
}

#[test]
fn utoipas_document_has_the_scheme_with_every_scope() {
    let (_, document) = app(&api(&Mint::new()));
    let scheme = &document["components"]["securitySchemes"]["oauth2"];
    assert_eq!(scheme["type"], "oauth2");
    let flow = &scheme["flows"]["clientCredentials"];
    assert_eq!(flow["tokenUrl"], "https://issuer.example/oauth/token");
    assert_eq!(flow["scopes"]["announce:read"], "Read announcements");
    assert_eq!(flow["scopes"]["book:{id}:update"], "", "a template is shown as it is written");
    assert_eq!(flow["scopes"].as_object().unwrap().len(), 19, "{flow}");
}
