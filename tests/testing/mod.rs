//! An API that trusts a test issuer, over real sockets: what each fault makes of it.

mod absent;
mod client;
mod control;
mod keys;
mod outages;
mod tokens;

use std::time::Duration;

use axum::{Router, routing::get};
use http::{Method, header};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};
use tower_bearer::{
    Audience, Issuer, RequireScope, ResourceServer,
    algorithm::Algorithm,
    issuer::{
        Account, Application, TokenIssuer,
        testing::{Faults, TestIssuer, TokenChanges},
    },
    secret::Secret,
};

use crate::support::{ManualClock, NOW};

const AUDIENCE: &str = "urn:display";
const MINUTE: Duration = Duration::from_secs(60);
/// How long an API may keep the keys that it has.
const KEPT: Duration = Duration::from_secs(301);

/// An issuer, the API that trusts it and what a caller needs, at one standing clock.
struct World {
    issuer: TestIssuer,
    secret: Secret,
    clock: ManualClock,
    server: ResourceServer,
    api: String,
    http: reqwest::Client,
    serving: JoinHandle<()>,
}

/// What a caller of the API was answered.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    status: u16,
    error: Option<String>,
    retry_after: Option<u64>,
}

fn admitted() -> Outcome {
    Outcome { status: 200, error: None, retry_after: None }
}

fn refused() -> Outcome {
    Outcome { status: 401, error: Some("invalid_token".to_owned()), retry_after: None }
}

fn good() -> TokenChanges {
    TokenChanges::none().claim("scope", "announce:read")
}

impl World {
    async fn start() -> Self {
        let clock = ManualClock::at(NOW);
        let secret = Secret::generate().unwrap();
        let application =
            Application::new("display").audience(AUDIENCE).scopes("announce:read revenue:read");
        let account = Account::new("screen").secret(&secret).allow("display", "announce:read");
        let issuer = TokenIssuer::on_loopback()
            .algorithm(Algorithm::ES256)
            .clock(clock.clone())
            .application(application)
            .account(account)
            .start_testing()
            .await
            .unwrap();
        let server = ResourceServer::discover(
            Issuer::new(issuer.url()).unwrap(),
            Audience::new(AUDIENCE).unwrap(),
        )
        .allow_loopback_http()
        .clock(clock.clone())
        .build()
        .unwrap();
        let app = Router::new()
            .route("/", get(|| async {}).route_layer(RequireScope("announce:read")))
            .layer(server.layer());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = format!("http://{}/", listener.local_addr().unwrap());
        let serving = tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { issuer, secret, clock, server, api, http, serving }
    }

    /// The same, with the keys fetched.
    async fn warm() -> Self {
        let world = Self::start().await;
        world.server.warm_up().await.unwrap();
        world
    }

    fn set(&self, faults: Faults) {
        self.issuer.set_faults(faults);
    }

    fn mint(&self, changes: &TokenChanges) -> String {
        self.issuer.mint(changes).unwrap()
    }

    /// Calls the API with a token.
    async fn call(&self, token: &str) -> Outcome {
        let request = self.http.get(&self.api).bearer_auth(token);
        let answer = request.send().await.unwrap();
        let field = |name| Some(answer.headers().get(name)?.to_str().unwrap().to_owned());
        let error = field(header::WWW_AUTHENTICATE).and_then(|challenge| {
            let (_, rest) = challenge.split_once("error=\"")?;
            Some(rest.split('"').next().unwrap().to_owned())
        });
        Outcome {
            status: answer.status().as_u16(),
            error,
            retry_after: field(header::RETRY_AFTER).map(|seconds| seconds.parse().unwrap()),
        }
    }

    /// Calls the API with a good token.
    async fn call_well(&self) -> Outcome {
        self.call(&self.mint(&good())).await
    }

    /// Asks the token endpoint; the error is that of the connection.
    async fn ask(&self) -> reqwest::Result<reqwest::Response> {
        let request = self.http.post(self.issuer.token_endpoint());
        request
            .basic_auth("screen", Some(self.secret.expose()))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials")
            .send()
            .await
    }

    /// A token as the token endpoint issues it.
    async fn issued(&self) -> String {
        let body = self.ask().await.unwrap().bytes().await.unwrap();
        let answer: Value = serde_json::from_slice(&body).unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// Commands the issuer over HTTP; the status and the JSON that comes back, if any.
    async fn command(&self, method: Method, action: &str, body: &str) -> (u16, Value) {
        let url = format!("{}/testing/{action}", self.issuer.url());
        let answer = self.http.request(method, url).body(body.to_owned()).send().await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.bytes().await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
