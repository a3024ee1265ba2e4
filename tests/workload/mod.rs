//! Workload identity: tokens of other issuers as credentials at the token endpoint, over real
//! sockets, with key servers that a test commands.

mod configuration;
mod discovery;
mod forms;
mod hostile;
mod keys;
mod logs;
mod replay;
mod requests;
mod spiffe;

use std::time::Duration;

use serde_json::{Value, json};
use tower_bearer::{
    Audience, Issuer,
    algorithm::Algorithm,
    issuer::{
        Account, Application, Loopback, RunningIssuer, TokenIssuer, TokenIssuerBuilder,
        WorkloadIssuer, WorkloadRule,
    },
    jwks::RemoteJwks,
    key::{SigningKey, public_jwk_set},
    secret::Secret,
};

use crate::support::{ManualClock, Mint, NOW, Reply, Server};

/// The audience that platforms' tokens must name.
const AUDIENCE: &str = "https://issuer.example";
const SUBJECT: &str = "system:serviceaccount:gifts:deliveries";
const ACCOUNT: &str = "gift-deliveries";
const SECRET: &str = "p3YkTq0ZfVbN7sGm1xWcRj9uHdLo5aEi8vKt2yQnB4M";

/// A platform that signs tokens for its workloads: its key server, and the key that it signs with.
struct Platform {
    server: Server,
    key: SigningKey,
}

impl Platform {
    async fn start() -> Self {
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        let server = Server::start(|_| Reply::Close).await;
        server.always(published([&key]));
        Self { server, key }
    }

    fn issuer(&self) -> Issuer {
        Issuer::new(self.server.url("")).unwrap()
    }

    fn trusted(&self) -> WorkloadIssuer {
        let keys = RemoteJwks::new(self.server.url("/jwks").parse().unwrap());
        WorkloadIssuer::new(self.issuer(), Audience::new(AUDIENCE).unwrap(), keys)
    }

    /// A good token of the workload, as Kubernetes signs it; each has an id of its own.
    fn token(&self) -> Mint {
        let id = SigningKey::generate(Algorithm::EdDSA).unwrap().kid().to_owned();
        let now = NOW.as_secs();
        Mint::with_key(&self.key)
            .without_header("typ")
            .claim("iss", self.issuer().as_str())
            .claim("sub", SUBJECT)
            .claim("aud", json!([AUDIENCE]))
            .claim("iat", now)
            .claim("nbf", now)
            .claim("exp", now + 600)
            .claim("jti", id)
            .claim("environment", "production")
            .claim("protected", true)
            .claim("repository_id", 74)
            .without("client_id")
            .without("scope")
    }
}

fn published<'a>(keys: impl IntoIterator<Item = &'a SigningKey>) -> Reply {
    Reply::json(public_jwk_set(keys))
}

/// A rule that demands three claims as well.
fn rule() -> WorkloadRule {
    WorkloadRule::new(SUBJECT, ACCOUNT)
        .claim("environment", "production")
        .claim("protected", true)
        .claim("repository_id", 74)
}

fn account() -> Account {
    Account::new(ACCOUNT).allow("maps", "directions")
}

/// The application and an account with a secret.
fn configured<I>(builder: TokenIssuerBuilder<I>) -> TokenIssuerBuilder<I> {
    builder
        .algorithm(Algorithm::ES256)
        .application(Application::new("maps").audience("urn:worldmappers").scopes("directions"))
        .account(Account::new("other").secret(&Secret::new(SECRET)).allow("maps", "directions"))
}

fn without_trust(clock: &ManualClock) -> TokenIssuerBuilder<Loopback> {
    configured(TokenIssuer::on_loopback()).clock(clock.clone())
}

/// An issuer that trusts the platform.
fn trusting(clock: &ManualClock, trusted: WorkloadIssuer) -> TokenIssuerBuilder<Loopback> {
    without_trust(clock).account(account()).trusted_issuer(trusted)
}

/// The next configuration of an issuer that runs.
fn next(issuer: &TokenIssuer) -> TokenIssuerBuilder {
    configured(TokenIssuer::builder(issuer.issuer().clone()).allow_loopback_http())
}

/// A platform and an issuer that trusts it, on sockets of their own.
struct World {
    platform: Platform,
    clock: ManualClock,
    issuer: RunningIssuer,
}

impl World {
    async fn start() -> Self {
        Self::with(|trusted| trusted).await
    }

    async fn with(set: impl FnOnce(WorkloadIssuer) -> WorkloadIssuer) -> Self {
        let (platform, clock) = (Platform::start().await, ManualClock::at(NOW));
        let trusted = set(platform.trusted().rule(rule()));
        let issuer = trusting(&clock, trusted).start().await.unwrap();
        Self { platform, clock, issuer }
    }

    fn token(&self) -> Mint {
        self.platform.token()
    }

    async fn ask(&self, form: Form, assertion: &str) -> Answer {
        Request::new(form, assertion).send(&self.issuer).await
    }

    /// Sends a good token as a grant; the status.
    async fn good(&self) -> u16 {
        self.ask(Form::JwtGrant, &self.token().sign()).await.status
    }
}

/// How a request carries its assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    ClientAssertion,
    JwtGrant,
    TokenExchange,
}

impl Form {
    const ALL: [Self; 3] = [Self::ClientAssertion, Self::JwtGrant, Self::TokenExchange];

    /// Status and error code of an assertion that is refused.
    const fn refused(self) -> (u16, &'static str) {
        match self {
            Self::ClientAssertion => (401, "invalid_client"),
            Self::JwtGrant => (400, "invalid_grant"),
            Self::TokenExchange => (400, "invalid_request"),
        }
    }
}

/// A token request that a test extends.
#[derive(Clone)]
struct Request {
    fields: Vec<(String, String)>,
    basic: Option<(String, String)>,
    json: bool,
}

/// What the issuer answered.
#[derive(Debug)]
struct Answer {
    status: u16,
    retry_after: Option<u64>,
    json: Value,
}

impl Answer {
    fn error(&self) -> (u16, &str) {
        (self.status, self.json["error"].as_str().unwrap_or_default())
    }

    fn member(&self, name: &str) -> &str {
        self.json[name].as_str().unwrap_or_default()
    }
}

impl Request {
    fn new(form: Form, assertion: &str) -> Self {
        let request = Self { fields: Vec::new(), basic: None, json: false };
        match form {
            Form::ClientAssertion => request
                .with("grant_type", "client_credentials")
                .with(
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                )
                .with("client_assertion", assertion),
            Form::JwtGrant => request
                .with("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
                .with("assertion", assertion),
            Form::TokenExchange => request
                .with("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange")
                .with("subject_token_type", "urn:ietf:params:oauth:token-type:jwt")
                .with("subject_token", assertion),
        }
    }

    /// Sets a field instead of the one that is there.
    fn with(self, name: &str, value: &str) -> Self {
        let mut request = self.without(name);
        request.fields.push((name.to_owned(), value.to_owned()));
        request
    }

    fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self
    }

    fn basic(self, id: &str, secret: &str) -> Self {
        Self { basic: Some((id.to_owned(), secret.to_owned())), ..self }
    }

    fn into_json(self) -> Self {
        Self { json: true, ..self }
    }

    async fn send(&self, issuer: &TokenIssuer) -> Answer {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut request = client.post(issuer.token_endpoint());
        if let Some((id, secret)) = &self.basic {
            request = request.basic_auth(id, Some(secret));
        }
        let fields = self.fields.iter().map(|(name, value)| (name.clone(), value.as_str().into()));
        let (content_type, body) = if self.json {
            ("application/json", Value::Object(fields.collect()).to_string())
        } else {
            let mut form = form_urlencoded::Serializer::new(String::new());
            ("application/x-www-form-urlencoded", form.extend_pairs(&self.fields).finish())
        };
        let answer = request.header("content-type", content_type).body(body).send();
        let answer = tokio::time::timeout(Duration::from_secs(20), answer).await.unwrap().unwrap();
        let retry_after = answer.headers().get("retry-after");
        Answer {
            status: answer.status().as_u16(),
            retry_after: retry_after.map(|value| value.to_str().unwrap().parse().unwrap()),
            json: serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap(),
        }
    }
}

/// The claims of a token that the issuer made, unverified.
fn claims(token: &str) -> Value {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
