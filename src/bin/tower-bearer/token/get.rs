//! `tower-bearer token get`

use std::{
    env,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use clap::{ArgGroup, Args, ValueEnum};
use http::{Request, Response, Uri};
use serde_json::Value;
use tower_bearer::{
    claims::Issuer,
    client::{
        ClientAuthentication, TokenClient, TokenRequestError, TokenRequestErrorKind, TokenResponse,
    },
    transport::{ReqwestTransport, Transport, TransportError, TransportFuture},
};

use super::{credentials::CredentialOptions, discovery, fetch::block_on};
use crate::ui::{self, Failure, Outcome, harmless};

/// Names the issuer if there is neither `--issuer` nor `--endpoint`.
const ISSUER_VARIABLE: &str = "TOWER_BEARER_ISSUER";

/// Requests a token, and prints it
///
/// Name the issuer by its URL, whose metadata names the token endpoint, or name the endpoint itself.
/// Plain http is accepted on this machine alone.
///
/// The client authenticates by a secret, by a private key (--key-file), or by an assertion that its
/// platform signs (--assertion-file and others). The secret is read from the variable
/// TOWER_BEARER_CLIENT_SECRET, from the one that --secret-env names, from a file or from standard
/// input; never from the command line, which every process of the machine can read.
///
/// Scopes that are not granted are noted on standard error; with --whole they are an error.
///
/// Examples:
///
///   tower-bearer token get --issuer https://issuer.example --client-id outsourcer-a \
///       --audience https://display.example --scope announce:read
///
///   pass show issuer | tower-bearer token get --endpoint https://tenant.auth0.com/oauth/token \
///       --client-id abc --secret-stdin --auth json --audience https://api.example --json
///
///   tower-bearer token get --issuer https://issuer.example --grant token-exchange \
///       --assertion-file /var/run/secrets/tokens/issuer --audience https://display.example
///
/// Exit status: 0 a token; 1 the issuer refused; 2 the command line is wrong; 3 the issuer cannot
/// be reached, or its response does not follow RFC 6749.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
#[command(group(ArgGroup::new("where").args(["issuer", "endpoint"])))]
pub(crate) struct Command {
    /// The issuer, exactly as in the `iss` of its tokens; its metadata is fetched
    /// [env: TOWER_BEARER_ISSUER].
    #[arg(long, value_name = "URL")]
    issuer: Option<Issuer>,
    /// The token endpoint; no metadata is fetched.
    #[arg(long, value_name = "URL")]
    endpoint: Option<Uri>,
    #[command(flatten)]
    credentials: CredentialOptions,
    /// How the credentials are sent.
    #[arg(long, value_enum, default_value_t)]
    auth: Authentication,
    /// The API that the token is for, as Auth0 and others name it.
    #[arg(long, value_name = "AUDIENCE")]
    audience: Option<String>,
    /// The API that the token is for, as RFC 8707 names it: an absolute URI.
    #[arg(long, value_name = "URI")]
    resource: Option<String>,
    /// A scope to request, or several separated by spaces. May be given several times.
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,
    /// Fails if not every requested scope is granted.
    #[arg(long)]
    whole: bool,
    /// Prints the issuer's complete response as JSON instead of the token alone.
    #[arg(long)]
    json: bool,
}

/// How the credentials are sent.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Authentication {
    /// HTTP Basic
    #[default]
    Basic,
    /// in the form
    Post,
    /// in a JSON body, as Auth0 takes it
    Json,
}

impl Command {
    pub(super) fn run(self) -> Outcome {
        let transport = Arc::new(Recording::default());
        let granted = block_on(self.granted(&transport))?;
        let rejected = harmless(granted.rejected().as_str());
        if !rejected.is_empty() {
            if self.whole {
                return Err(Failure::refused(format!("not granted: {rejected}"))
                    .help("request less, or leave out --whole"));
            }
            ui::note(&format!("not granted: {rejected}"));
        }
        if self.json {
            return ui::json(&transport.answer().ok_or_else(no_json)?);
        }
        ui::line(granted.secret())
    }

    async fn granted(&self, transport: &Arc<Recording>) -> Result<Arc<TokenResponse>, Failure> {
        let (credentials, grant) = self.credentials.read()?;
        let mut audience = self.credentials.assertion_audience.clone();
        let endpoint = match &self.endpoint {
            Some(endpoint) => endpoint.clone(),
            None => {
                let issuer = self.issuer()?;
                audience = audience.or_else(|| Some(issuer.to_string()));
                discovery::token_endpoint(transport, &issuer).await?
            }
        };
        let mut builder = TokenClient::builder(endpoint, credentials)
            .authentication(self.auth.into())
            .grant(grant)
            .transport(transport.clone())
            .allow_loopback_http();
        if let Some(audience) = audience {
            builder = builder.assertion_audience(audience);
        }
        if let Some(audience) = &self.audience {
            builder = builder.audience(audience.as_str());
        }
        if let Some(resource) = &self.resource {
            builder = builder.resource(resource.as_str());
        }
        if !self.scope.is_empty() {
            builder = builder.scope(self.scope.join(" "));
        }
        let client = builder.build().map_err(|error| Failure::usage(error.to_string()))?;
        client.token().await.map_err(|error| failure(&error))
    }

    /// The issuer of the option, or else of the environment.
    fn issuer(&self) -> Result<Issuer, Failure> {
        if let Some(issuer) = &self.issuer {
            return Ok(issuer.clone());
        }
        let named = env::var(ISSUER_VARIABLE).ok().filter(|issuer| !issuer.is_empty());
        let named = named.ok_or_else(|| {
            Failure::usage("neither --issuer nor --endpoint is given")
                .help(format!("pass one of them, or set {ISSUER_VARIABLE}"))
        })?;
        Issuer::new(named).map_err(|error| Failure::usage(format!("{ISSUER_VARIABLE}: {error}")))
    }
}

impl From<Authentication> for ClientAuthentication {
    fn from(authentication: Authentication) -> Self {
        match authentication {
            Authentication::Basic => Self::Basic,
            Authentication::Post => Self::Post,
            Authentication::Json => Self::Json,
        }
    }
}

/// Adds to the issuer's error what the user can do.
fn failure(error: &TokenRequestError) -> Failure {
    use TokenRequestErrorKind as Kind;

    let message = harmless(&error.to_string());
    let refused = Failure::refused(&message);
    match error.kind() {
        Kind::InvalidClient => refused
            .help("check the client id and the secret, key or assertion, and how the issuer expects them (--auth)"),
        Kind::InvalidScope { .. } => {
            refused.help("request another --scope, or change the issuer's rules")
        }
        Kind::InvalidTarget => {
            refused.help("name the API by --audience or --resource as the issuer knows it")
        }
        Kind::Denied => {
            refused.help("ask the issuer's operator: this client may not get this token")
        }
        Kind::InvalidRequest => {
            refused.help("name the API by --audience or --resource, or try another --auth")
        }
        _ => match error.retry_after() {
            Some(wait) => Failure::unavailable(message)
                .help(format!("try again in {} seconds", wait.as_secs())),
            None => Failure::unavailable(message)
                .help("check that the issuer runs and that this is its token endpoint"),
        },
    }
}

fn no_json() -> Failure {
    Failure::unavailable("the issuer's response has no token")
}

/// The default transport, which records the last response.
#[derive(Debug, Default)]
struct Recording {
    transport: ReqwestTransport,
    last: Mutex<Bytes>,
}

impl Recording {
    fn answer(&self) -> Option<Value> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        serde_json::from_slice(&last).ok()
    }
}

impl Transport for Recording {
    fn send(&self, request: Request<Bytes>, max_body: usize) -> TransportFuture<'_> {
        Box::pin(async move {
            let answer: Result<Response<Bytes>, TransportError> =
                self.transport.send(request, max_body).await;
            if let Ok(answer) = &answer {
                let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
                *last = answer.body().clone();
            }
            answer
        })
    }
}
