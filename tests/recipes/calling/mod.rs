//! "Calling it from" of five pages: each page prints a file of this folder, which is compiled and
//! asks a scripted token endpoint with that vendor's peculiarities.

mod auth0;
mod cognito;
mod entra;
mod keycloak;
mod okta;

use std::{collections::HashMap, error::Error};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use tower_bearer::{
    client::{
        ClientAuthentication as Authentication, TokenClientBuilder, TokenRequestErrorKind as Kind,
    },
    secret::Secret,
};

use super::page;
use crate::support::{ManualClock, NOW, Reply, ScriptedIssuer};

const SECRET: &str = "s3cret+/=";

/// Changes one setting of a block.
type Spoil = fn(TokenClientBuilder) -> TokenClientBuilder;
type Build = fn(Secret) -> Result<TokenClientBuilder, Box<dyn Error>>;

struct Vendor {
    page: &'static str,
    source: &'static str,
    build: Build,
    endpoint: fn(&Asked) -> Reply,
    /// The scope of the token, as the client sees it.
    scope: &'static str,
    spoiled: Vec<(&'static str, Spoil, Kind)>,
}

/// A token request as an endpoint reads it.
struct Asked {
    url: String,
    is_json: bool,
    basic: Option<(String, String)>,
    fields: HashMap<String, String>,
}

impl Asked {
    fn read(request: &Request<Bytes>) -> Self {
        let header = |name: &str| request.headers().get(name).map(|it| it.to_str().unwrap());
        let is_json = header("content-type") == Some("application/json");
        let fields = if is_json {
            serde_json::from_slice(request.body()).unwrap()
        } else {
            form_urlencoded::parse(request.body()).into_owned().collect()
        };
        let basic = header("authorization").map(|value| {
            let text = STANDARD.decode(value.strip_prefix("Basic ").unwrap()).unwrap();
            let text = String::from_utf8(text).unwrap();
            let (id, secret) = text.split_once(':').unwrap();
            let decode = |text: &str| {
                let pair = format!("x={text}");
                form_urlencoded::parse(pair.as_bytes()).next().unwrap().1.into_owned()
            };
            (decode(id), decode(secret))
        });
        Self { url: request.uri().to_string(), is_json, basic, fields }
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    /// The client id if the secret is the right one, by Basic or in the body.
    fn client(&self) -> Option<&str> {
        let (id, secret) = match &self.basic {
            Some((id, secret)) => (id.as_str(), secret.as_str()),
            None => (self.field("client_id")?, self.field("client_secret")?),
        };
        (secret == SECRET && self.field("grant_type") == Some("client_credentials")).then_some(id)
    }
}

fn refused(status: u16, error: &str, description: &str) -> Reply {
    let body = json!({"error": error, "error_description": description}).to_string();
    Reply::Answer(status, vec![("content-type", "application/json".to_owned())], body.into())
}

fn granted(members: &Value) -> Reply {
    let mut all = json!({"access_token": "token-1", "token_type": "Bearer", "expires_in": 3_600});
    all.as_object_mut().unwrap().extend(members.as_object().cloned().unwrap());
    Reply::json(all.to_string()).with("cache-control", "no-store")
}

/// It takes JSON and forms, and gives a token of an API only if the request names the API.
fn auth0_endpoint(asked: &Asked) -> Reply {
    match (asked.client(), asked.field("audience")) {
        _ if asked.url != "https://example.eu.auth0.com/oauth/token" => Reply::status(404),
        (Some("awZfdIir8YFdGZWkvCejDoUb7SjTDicx"), _) if !asked.is_json => {
            refused(401, "access_denied", "Unauthorized")
        }
        (None, _) | (Some(_), None) => refused(401, "access_denied", "Unauthorized"),
        (Some(_), Some("https://api.example/patients")) => {
            granted(&json!({"scope": "read:patients", "expires_in": 86_400}))
        }
        (Some(_), Some(other)) => {
            refused(403, "access_denied", &format!("Service not found: {other}"))
        }
    }
}

/// A scope ends with `/.default`, and nothing else names the API.
fn entra_endpoint(asked: &Asked) -> Reply {
    let tenant = "https://login.microsoftonline.com/6fc5a5a5-6c0f-4d5e-9c35-6f0b3f2ad1c1";
    if asked.url != format!("{tenant}/oauth2/v2.0/token") {
        return Reply::status(404);
    }
    if asked.is_json {
        return refused(400, "invalid_request", "AADSTS900144: The request body must contain ..");
    }
    if asked.field("resource").is_some() {
        return refused(
            400,
            "invalid_request",
            "AADSTS901002: The 'resource' request parameter ..",
        );
    }
    match (asked.client(), asked.field("scope")) {
        (Some(_), Some(scope)) if scope.ends_with("/.default") => {
            granted(&json!({"expires_in": 3_599, "ext_expires_in": 3_599}))
        }
        (Some(_), _) => {
            refused(400, "invalid_scope", "AADSTS1002012: The provided value for scope ..")
        }
        (None, _) => {
            refused(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.")
        }
    }
}

/// A scope is required, and an app of "client_secret_basic" gets nothing for a secret in the body.
fn okta_endpoint(asked: &Asked) -> Reply {
    let issuer = "https://example.okta.com/oauth2/default";
    let endpoint = format!("{issuer}/v1/token");
    if asked.url.contains("/.well-known/") {
        return Reply::json(json!({"issuer": issuer, "token_endpoint": endpoint}).to_string());
    }
    if asked.url != endpoint {
        return Reply::status(404);
    }
    match (&asked.basic, asked.client(), asked.field("scope")) {
        (Some(_), Some(_), Some("announce:read")) => granted(&json!({"scope": "announce:read"})),
        (Some(_), Some(_), Some(_)) => refused(
            400,
            "invalid_scope",
            "One or more scopes are not configured for the authorization server resource.",
        ),
        (Some(_), Some(_), None) => refused(
            400,
            "invalid_scope",
            "The authorization server resource does not have any configured default scopes, 'scope' must be provided.",
        ),
        _ => refused(401, "invalid_client", "Client authentication failed."),
    }
}

/// A form with Basic; errors have no description, and a wrong secret is 400.
fn cognito_endpoint(asked: &Asked) -> Reply {
    let error = |code: &str| {
        let fields = vec![("content-type", "application/json;charset=UTF-8".to_owned())];
        Reply::Answer(400, fields, json!({"error": code}).to_string().into())
    };
    match (&asked.basic, asked.client(), asked.field("scope")) {
        _ if asked.url != "https://example.auth.eu-west-1.amazoncognito.com/oauth2/token" => {
            Reply::status(404)
        }
        _ if asked.is_json => error("invalid_request"),
        (None, ..) | (_, None, _) => error("invalid_client"),
        (_, _, None | Some("announcements/read")) => granted(&json!({})),
        _ => error("invalid_scope"),
    }
}

/// The answer has members of a session that there is not, and a wrong secret is `unauthorized_client`.
fn keycloak_endpoint(asked: &Asked) -> Reply {
    let issuer = "https://login.example/realms/maps";
    let endpoint = format!("{issuer}/protocol/openid-connect/token");
    if asked.url == format!("{issuer}/.well-known/openid-configuration") {
        return Reply::json(json!({"issuer": issuer, "token_endpoint": endpoint}).to_string());
    }
    match (asked.client(), asked.field("scope")) {
        _ if asked.url != endpoint => Reply::status(404),
        _ if asked.is_json => refused(400, "invalid_request", "Missing form parameter: grant_type"),
        (None, _) => {
            refused(401, "unauthorized_client", "Invalid client or Invalid client credentials")
        }
        (Some(_), None | Some("announce:read")) => granted(&json!({
            "refresh_expires_in": 0,
            "not-before-policy": 0,
            "scope": "announce:read email profile",
        })),
        (Some(_), Some(other)) => {
            refused(400, "invalid_scope", &format!("Invalid scopes: {other}"))
        }
    }
}

fn vendors() -> [Vendor; 5] {
    [
        Vendor {
            page: "auth0.md",
            source: include_str!("auth0.rs"),
            build: auth0::tokens,
            endpoint: auth0_endpoint,
            scope: "read:patients",
            spoiled: vec![
                ("another audience", |it| it.audience("https://api.example"), Kind::Denied),
                ("Basic", |it| it.authentication(Authentication::Basic), Kind::Denied),
            ],
        },
        Vendor {
            page: "entra.md",
            source: include_str!("entra.rs"),
            build: entra::tokens,
            endpoint: entra_endpoint,
            scope: "api://0d2f7bcd-9a42-4f68-8f6c-3d5f0f7e2b11/.default",
            spoiled: vec![
                (
                    "a scope of its own",
                    |it| it.scope("announce.read"),
                    Kind::InvalidScope { rejected: Default::default() },
                ),
                ("a resource", |it| it.resource("api://x"), Kind::InvalidRequest),
                ("JSON", |it| it.authentication(Authentication::Json), Kind::InvalidRequest),
            ],
        },
        Vendor {
            page: "okta.md",
            source: include_str!("okta.rs"),
            build: okta::tokens,
            endpoint: okta_endpoint,
            scope: "announce:read",
            spoiled: vec![
                (
                    "another scope",
                    |it| it.scope("x"),
                    Kind::InvalidScope { rejected: Default::default() },
                ),
                (
                    "a secret in the form",
                    |it| it.authentication(Authentication::Post),
                    Kind::InvalidClient,
                ),
            ],
        },
        Vendor {
            page: "cognito.md",
            source: include_str!("cognito.rs"),
            build: cognito::tokens,
            endpoint: cognito_endpoint,
            scope: "announcements/read",
            spoiled: vec![
                (
                    "another scope",
                    |it| it.scope("x"),
                    Kind::InvalidScope { rejected: Default::default() },
                ),
                (
                    "a secret in the form",
                    |it| it.authentication(Authentication::Post),
                    Kind::InvalidClient,
                ),
                ("JSON", |it| it.authentication(Authentication::Json), Kind::InvalidRequest),
            ],
        },
        Vendor {
            page: "keycloak.md",
            source: include_str!("keycloak.rs"),
            build: keycloak::tokens,
            endpoint: keycloak_endpoint,
            scope: "announce:read email profile",
            spoiled: vec![
                (
                    "another scope",
                    |it| it.scope("x"),
                    Kind::InvalidScope { rejected: Default::default() },
                ),
                ("JSON", |it| it.authentication(Authentication::Json), Kind::InvalidRequest),
            ],
        },
    ]
}

#[tokio::test(start_paused = true)]
async fn the_block_of_each_page_gets_a_token_from_its_vendor_and_fails_spoiled() {
    for vendor in vendors() {
        let Vendor { page, endpoint, build, scope, spoiled, .. } = vendor;
        let scripted = || ScriptedIssuer::reading(move |request| endpoint(&Asked::read(request)));
        let client = |secret: &str, change: Spoil| {
            let builder = change(build(Secret::new(secret)).unwrap());
            builder.transport(scripted()).clock(ManualClock::at(NOW)).build().unwrap()
        };
        let token = client(SECRET, |it| it).token().await;
        let token = token.unwrap_or_else(|error| panic!("{page}: {error}"));
        assert_eq!((token.secret(), token.scope().as_str()), ("token-1", scope), "{page}");
        for (what, spoil, expected) in spoiled {
            let error = client(SECRET, spoil).token().await.err();
            let kind = error.map(|error| error.kind().clone());
            let same =
                |kind: &Kind| std::mem::discriminant(kind) == std::mem::discriminant(&expected);
            assert!(kind.as_ref().is_some_and(same), "{page}, {what}: {kind:?}");
        }
        let error = client("wrong", |it| it).token().await.unwrap_err();
        assert!(matches!(error.kind(), Kind::InvalidClient | Kind::Denied), "{page}: {error}");
    }
}

#[test]
fn each_page_prints_the_block_that_is_tested() {
    for Vendor { page, source, .. } in vendors() {
        let text = page::read(page);
        let (_, section) = text.split_once("\n## Calling it from Rust\n").expect(page);
        let (_, block) = section.split_once("```rust\n").expect(page);
        let (block, _) = block.split_once("```\n").expect(page);
        assert!(block == source, "{page} differs from tests/recipes/calling");
    }
}
