//! The credentials of a token request, from the command line.

use std::{
    env,
    ffi::OsString,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use tower_bearer::{
    algorithm::Algorithm,
    client::{AssertionSource, ClientCredentials, TokenExchange, TokenGrant},
    key::SigningKey,
    secret::Secret,
};
use zeroize::Zeroizing;

use crate::ui::Failure;

/// The variable that holds the secret unless another one is named.
const SECRET_VARIABLE: &str = "TOWER_BEARER_CLIENT_SECRET";

/// The algorithms that are tried for a key in PEM, one for each kind of key.
const PEM_ALGORITHMS: [Algorithm; 5] =
    [Algorithm::RS256, Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::EdDSA];

#[derive(Debug, Args)]
pub(super) struct CredentialOptions {
    /// The client id: the account's key. Not needed where an assertion identifies the client.
    #[arg(long, value_name = "ID", env = "TOWER_BEARER_CLIENT_ID", hide_env_values = true)]
    client_id: Option<String>,
    /// Reads the secret from this variable.
    #[arg(long, value_name = "NAME", group = "secret")]
    secret_env: Option<String>,
    /// Reads the secret from a file (trailing newline stripped).
    #[arg(long, value_name = "FILE", group = "secret")]
    secret_file: Option<PathBuf>,
    /// Reads the secret from standard input (trailing newline stripped).
    #[arg(long, group = "secret")]
    secret_stdin: bool,
    /// Signs an assertion with this private key (private_key_jwt): PKCS #8 in PEM, or a JWK.
    #[arg(long, value_name = "FILE", group = "secret")]
    key_file: Option<PathBuf>,
    /// The `kid` by which the issuer knows the key [default: that of the JWK, or its thumbprint].
    #[arg(long, value_name = "KID", requires = "key_file")]
    key_id: Option<String>,
    /// Takes an assertion from a file, such as the projected token of a Kubernetes pod.
    #[arg(long, value_name = "FILE", group = "assertion")]
    assertion_file: Option<PathBuf>,
    /// Takes an assertion from GitHub, in a job with `permissions: id-token: write`.
    #[arg(long, group = "assertion")]
    assertion_github_actions: bool,
    /// Takes an assertion from the standard output of a program, run without a shell.
    #[arg(long, value_name = "PROGRAM", group = "assertion")]
    assertion_command: Option<OsString>,
    /// An argument of that program. May be given several times.
    #[arg(
        long,
        value_name = "ARGUMENT",
        requires = "assertion_command",
        allow_hyphen_values = true
    )]
    assertion_argument: Vec<OsString>,
    /// The audience of an assertion that is signed or fetched here [default: the issuer, or the
    /// endpoint].
    #[arg(long, value_name = "AUDIENCE")]
    pub(super) assertion_audience: Option<String>,
    /// The grant. In `jwt-bearer` and `token-exchange` the assertion is the grant, and a secret or a
    /// key authenticates the client only if it is named.
    #[arg(long, value_enum, default_value_t)]
    grant: Grant,
}

/// The grant of the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Grant {
    /// RFC 6749 §4.4
    #[default]
    ClientCredentials,
    /// the JWT grant, RFC 7523 §2.1
    JwtBearer,
    /// RFC 8693
    TokenExchange,
}

impl CredentialOptions {
    /// Reads the credentials, and the grant that they are for.
    pub(super) fn read(&self) -> Result<(ClientCredentials, TokenGrant), Failure> {
        let assertion = self.assertion();
        if self.grant == Grant::ClientCredentials {
            let grant = TokenGrant::ClientCredentials;
            return match assertion {
                Some(_) if self.names_secret() => Err(Failure::usage(
                    "an assertion and a secret or key are two credentials of one client",
                )
                .help("leave one out, or name another --grant, which takes the assertion")),
                Some(source) => Ok((self.by_assertion(source), grant)),
                None => Ok((self.by_secret()?, grant)),
            };
        }
        let source = assertion.ok_or_else(|| {
            Failure::usage("this grant needs an assertion")
                .help("give --assertion-file, --assertion-github-actions or --assertion-command")
        })?;
        let credentials = match (self.names_secret(), &self.client_id) {
            (true, _) => self.by_secret()?,
            (false, None) => ClientCredentials::none(),
            (false, Some(_)) => {
                return Err(Failure::usage("a client id alone authenticates nobody")
                    .help("name a secret or a key as well, or leave --client-id out"));
            }
        };
        let grant = match self.grant {
            Grant::TokenExchange => TokenGrant::TokenExchange(TokenExchange::new(source)),
            _ => TokenGrant::JwtBearer(source),
        };
        Ok((credentials, grant))
    }

    const fn names_secret(&self) -> bool {
        self.secret_env.is_some()
            || self.secret_file.is_some()
            || self.secret_stdin
            || self.key_file.is_some()
    }

    fn assertion(&self) -> Option<AssertionSource> {
        if let Some(path) = &self.assertion_file {
            return Some(AssertionSource::file(path));
        }
        if let Some(program) = &self.assertion_command {
            return Some(AssertionSource::command(program, self.assertion_argument.clone()));
        }
        self.assertion_github_actions.then(AssertionSource::github_actions)
    }

    fn by_assertion(&self, source: AssertionSource) -> ClientCredentials {
        match &self.client_id {
            Some(id) => ClientCredentials::assertion(id.as_str(), source),
            None => ClientCredentials::workload(source),
        }
    }

    fn by_secret(&self) -> Result<ClientCredentials, Failure> {
        let id = self.client_id.as_deref().ok_or_else(|| {
            Failure::usage("there is no client id")
                .help("give --client-id, or an assertion that identifies the client")
        })?;
        match &self.key_file {
            Some(path) => Ok(ClientCredentials::private_key_jwt(id, self.key(path)?)),
            None => Ok(ClientCredentials::new(id, self.secret()?)),
        }
    }

    fn key(&self, path: &Path) -> Result<SigningKey, Failure> {
        let shown = path.display();
        let text = fs::read_to_string(path).map(Zeroizing::new);
        let text = text.map_err(|error| Failure::unavailable(format!("{shown}: {error}")))?;
        let key = if text.trim_start().starts_with('{') {
            SigningKey::from_jwk(text.as_bytes())
                .map_err(|error| Failure::usage(format!("{shown}: {error}")))?
        } else {
            let mut tried = PEM_ALGORITHMS.into_iter();
            tried
                .find_map(|algorithm| SigningKey::from_pkcs8_pem(algorithm, &text).ok())
                .ok_or_else(|| {
                    Failure::usage(format!("{shown} has no private key that can sign"))
                        .help("give PKCS #8 in PEM (`PRIVATE KEY`), or a private JWK")
                })?
        };
        Ok(match &self.key_id {
            Some(kid) => key.with_kid(kid.as_str()),
            None => key,
        })
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
