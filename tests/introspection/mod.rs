//! Opaque tokens, by an introspection endpoint on a real socket.

mod answers;
#[cfg(all(feature = "client", feature = "issuer"))]
mod bundled;
mod caching;
mod claims;
mod credentials;
mod floods;
mod outages;
mod routing;
mod signed;

use std::{collections::HashMap, time::Duration};

use axum::{Router, body::Body, response::Response, routing::get};
use http::{Request, header};
use serde_json::{Value, json};
use tower::ServiceExt;
use tower_bearer::{
    RequireScope, ResourceServer,
    error::{BearerError, ConfigError},
    introspection::{ClientCredentials, Introspection, SecretSource},
    secret::Secret,
    server::ResourceServerBuilder,
};

use crate::support::{ManualClock, Mint, NOW, Received, Reply, Server};

/// The tests listen for it in all that is logged.
const SECRET: &str = "s3cret+/=";
const CLIENT_ID: &str = "announcements-api";

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn credentials() -> ClientCredentials {
    ClientCredentials::new(CLIENT_ID, SecretSource::from(Secret::new(SECRET)))
}

/// What the issuer says about a good token.
fn active() -> Value {
    json!({
        "active": true,
        "iss": Mint::ISSUER,
        "aud": Mint::AUDIENCE,
        "sub": "somebody",
        "client_id": "gift-deliveries",
        "iat": NOW.as_secs(),
        "exp": NOW.as_secs() + 3_600,
        "jti": "1",
        "scope": "announce:read",
        "token_type": "Bearer",
    })
}

/// The good answer with members set; null removes one.
fn with(changes: &Value) -> Value {
    let mut answer = active();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => answer.as_object_mut().unwrap().remove(name),
            value => answer.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    answer
}

fn inactive() -> Reply {
    Reply::json(r#"{"active":false}"#)
}

fn json_reply(answer: &Value) -> Reply {
    Reply::json(answer.to_string())
}

/// The fields of a form.
fn form(request: &Received) -> HashMap<String, String> {
    form_urlencoded::parse(request.body.as_bytes()).into_owned().collect()
}

/// An API that asks a server which a test commands, at a clock that a test moves.
struct Api {
    endpoint: Server,
    clock: ManualClock,
    server: ResourceServer,
    app: Router,
}

impl Api {
    async fn new() -> Self {
        Self::with(|introspection| introspection).await
    }

    async fn with(set: impl FnOnce(Introspection) -> Introspection) -> Self {
        Self::build(set, |builder| builder).await.unwrap()
    }

    /// An API whose issuer says of every token that it is active.
    async fn build(
        set: impl FnOnce(Introspection) -> Introspection,
        set_server: impl FnOnce(ResourceServerBuilder) -> ResourceServerBuilder,
    ) -> Result<Self, ConfigError> {
        let endpoint = Server::start(|_| json_reply(&active())).await;
        let clock = ManualClock::at(NOW);
        let url = endpoint.url("/introspect").parse().unwrap();
        let introspection = set(Introspection::new(url, credentials()));
        let builder = ResourceServer::builder(Mint::issuer(), Mint::audience(), Mint::new().keys())
            .introspection(introspection)
            .allow_loopback_http()
            .clock(clock.clone());
        let server = set_server(builder).build()?;
        let app = Router::new()
            .route("/", get(async || "in"))
            .route("/write", get(async || ()).route_layer(RequireScope("announce:write")))
            .route("/read", get(read))
            .layer(server.layer());
        Ok(Self { endpoint, clock, server, app })
    }

    async fn response(&self, path: &str, token: &str) -> Response {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    async fn get(&self, token: &str) -> u16 {
        self.response("/", token).await.status().as_u16()
    }

    /// Why a token is refused.
    async fn fault(&self, token: &str) -> String {
        let response = self.response("/", token).await;
        let error = response.extensions().get::<BearerError>().unwrap();
        error.fault().map_or_else(|| error.to_string(), ToString::to_string)
    }

    fn always(&self, answer: &Value) {
        self.endpoint.always(json_reply(answer));
    }

    fn asked(&self) -> usize {
        self.endpoint.count()
    }
}

async fn read(RequireScope(token): RequireScope!["announce:read"]) -> String {
    #[derive(serde::Deserialize)]
    struct Claims<'a> {
        username: Option<&'a str>,
    }
    let claims: Claims<'_> = token.claims().unwrap();
    let aud: Vec<_> = token.audience().collect();
    let (issuer, subject) = (token.issuer(), token.subject().unwrap_or_default());
    let client = token.client_id().unwrap_or_default();
    format!("{issuer} {subject} {client} {} {}", aud.join(","), claims.username.unwrap_or("-"))
}
