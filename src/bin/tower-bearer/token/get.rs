//! `tower-bearer token get`

use std::{
    env, fs,
    io::{self, Read},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use clap::{ArgGroup, Args, ValueEnum};
use http::{Request, Response, Uri};
use serde_json::Value;
use tower_bearer::{
    claims::Issuer,
    client::{
        ClientAuthentication, ClientCredentials, TokenClient, TokenRequestError,
        TokenRequestErrorKind, TokenResponse,
    },
    secret::Secret,
    transport::{ReqwestTransport, Transport, TransportError, TransportFuture},
};
use zeroize::Zeroizing;

use super::{endpoint::discover, fetch::block_on};
use crate::ui::{self, Failure, Outcome, harmless};

/// The variable that holds the secret unless another one is named.
const SECRET_VARIABLE: &str = "TOWER_BEARER_CLIENT_SECRET";

/// Asks an issuer for a token by client credentials (RFC 6749 §4.4), and prints it
///
/// The issuer is named by its URL, whose metadata tell the token endpoint, or by the endpoint
/// itself. Plain http is taken on this machine alone.
///
/// The secret comes from the variable TOWER_BEARER_CLIENT_SECRET, from the one that --secret-env
/// names, from a file or from standard input; never from the command line, which every process of
/// the machine can read.
///
/// What was asked for and is not granted is told on standard error; with --whole it is a failure.
///
/// Examples:
///
///   tower-bearer token get --issuer https://issuer.example --client-id outsourcer-a \
///       --audience https://display.example --scope announce:read
///
///   pass show issuer | tower-bearer token get --endpoint https://tenant.auth0.com/oauth/token \
///       --client-id abc --secret-stdin --auth json --audience https://api.example --json
///
/// Exit status: 0 a token; 1 the issuer refused; 2 the command line is wrong; 3 the issuer cannot
/// be reached, or its answer is none of RFC 6749.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
#[command(group(ArgGroup::new("where").required(true).args(["issuer", "endpoint"])))]
#[command(group(ArgGroup::new("secret").args(["secret_env", "secret_file", "secret_stdin"])))]
pub(crate) struct Command {
    /// The issuer, byte for byte as in the `iss` of its tokens; its metadata are fetched.
    #[arg(long, value_name = "URL")]
    issuer: Option<Issuer>,
    /// The token endpoint; no metadata are fetched.
    #[arg(long, value_name = "URL")]
    endpoint: Option<Uri>,
    /// The client id: the account's key.
    #[arg(long, value_name = "ID")]
    client_id: String,
    /// Takes the secret from this variable.
    #[arg(long, value_name = "NAME")]
    secret_env: Option<String>,
    /// Takes the secret from this file, without its last line's end.
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Takes the secret from standard input, without its last line's end.
    #[arg(long)]
    secret_stdin: bool,
    /// How the credentials are sent.
    #[arg(long, value_enum, default_value_t)]
    auth: Authentication,
    /// The API that the token is for, as Auth0 and others call it.
    #[arg(long, value_name = "AUDIENCE")]
    audience: Option<String>,
    /// The API that the token is for, as RFC 8707 calls it: an absolute URI.
    #[arg(long, value_name = "URI")]
    resource: Option<String>,
    /// A scope to ask for, or several in one text. May be given several times.
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,
    /// Fails when not everything that was asked for is granted.
    #[arg(long)]
    whole: bool,
    /// Prints the issuer's whole answer instead of the token alone.
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
                return Err(Failure::refused(format!("not everything is granted: {rejected}"))
                    .help("ask for less, or without --whole"));
            }
            eprintln!("note: not granted: {rejected}");
        }
        if self.json {
            return ui::json(&transport.answer().ok_or_else(no_json)?);
        }
        ui::line(granted.secret())
    }

    async fn granted(&self, transport: &Arc<Recording>) -> Result<Arc<TokenResponse>, Failure> {
        let secret = self.secret()?;
        let endpoint = match (&self.endpoint, &self.issuer) {
            (Some(endpoint), _) => endpoint.clone(),
            (None, Some(issuer)) => discover(transport, issuer).await?,
            (None, None) => return Err(Failure::usage("name --issuer or --endpoint")),
        };
        let credentials = ClientCredentials::new(self.client_id.as_str(), secret);
        let mut builder = TokenClient::builder(endpoint, credentials)
            .authentication(self.auth.into())
            .transport(transport.clone())
            .allow_loopback_http();
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

    fn secret(&self) -> Result<Secret, Failure> {
        let text = Zeroizing::new(if self.secret_stdin {
            let mut text = String::new();
            let read = io::stdin().read_to_string(&mut text).map(|_| text);
            read.map_err(|error| Failure::unavailable(format!("standard input: {error}")))?
        } else if let Some(path) = &self.secret_file {
            fs::read_to_string(path)
                .map_err(|error| Failure::unavailable(format!("{}: {error}", path.display())))?
        } else {
            let name = self.secret_env.as_deref().unwrap_or(SECRET_VARIABLE);
            env::var(name).map_err(|_| {
                Failure::usage(format!("there is no secret in the variable {name}"))
                    .help(format!("set {name}, or give --secret-file or --secret-stdin"))
            })?
        });
        Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
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

/// What the issuer's refusal means for the one who asked.
fn failure(error: &TokenRequestError) -> Failure {
    use TokenRequestErrorKind as Kind;

    let message = harmless(&error.to_string());
    let refused = Failure::refused(&message);
    match error.kind() {
        Kind::InvalidClient => refused
            .help("check the client id and the secret, and how the issuer takes them (--auth)"),
        Kind::InvalidScope { .. } => {
            refused.help("ask for another --scope, or have the issuer's rules changed")
        }
        Kind::InvalidTarget => {
            refused.help("name the API by --audience or --resource as the issuer knows it")
        }
        Kind::Denied => refused.help("ask the issuer's owner: this client may not have this token"),
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
    Failure::unavailable("the issuer's answer holds no token")
}

/// Sends as the default transport does, and keeps the last answer.
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
