//! `tower-bearer token inspect`

mod decode;
mod described;
mod expectations;
mod pasted;
mod report;

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::Bytes;
use clap::{ArgGroup, Args};
use http::Uri;
use tower_bearer::{
    algorithm::Algorithm,
    claims::{Audience, Issuer},
    config::KeyLocation,
    key::KeySet,
    scope::{Matching, Requirement},
    time::{Clock, SystemClock, UnixTime},
    transport::ReqwestTransport,
    verify::{MAX_LEEWAY, Verifier},
};

use self::{decode::Decoded, expectations::InspectOptions, pasted::Pasted, report::Report};
use super::{
    discovery,
    fetch::{block_on, document},
};
use crate::ui::{self, Failure, Format, Outcome, parse_duration};

/// Shows what a token contains, and why an API accepts or refuses it
///
/// With the token alone, its header and claims are shown, and nothing is verified. With --issuer
/// and --audience it is verified as an API with these settings would, check by check: `ok`, `FAILED`
/// with both sides of the comparison, or `not reached` after the first failure. The keys come from
/// --jwks, or from the issuer's metadata. --config takes all of this from the file of an API, and
/// chooses the issuer that the token names.
///
/// `Authorization: Bearer`, quotes and line breaks around a pasted token are left out, with a note.
/// Neither the token nor its signature is printed. Without --issuer nothing is fetched.
///
/// Examples:
///
///   tower-bearer token inspect - < token.txt
///
///   tower-bearer token inspect - --issuer https://issuer.example \
///       --audience https://display.example --scope announce:read < token.txt
///
///   tower-bearer token inspect - --jwks jwks.json --issuer https://issuer.example \
///       --audience https://display.example < token.txt
///
///   tower-bearer token inspect - --config api.toml --scope announce:read < token.txt
///
/// Exit status: 0 accepted, or shown; 1 refused; 2 the command line is wrong; 3 the keys are
/// unavailable; 4 the input is not a JWT.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, group = ArgGroup::new("api").args(["issuer", "config"]))]
pub(crate) struct Command {
    /// The token, or `-` to read it from standard input, which other processes cannot see.
    token: String,
    /// The issuer's JWK Set: a file, or a URL (plain http on this machine alone) [default: the
    /// `jwks_uri` of the issuer's metadata].
    #[arg(long, value_name = "FILE|URL", requires = "api")]
    jwks: Option<String>,
    /// A TOML file that describes the API, as `config::ResourceServerConfig` reads it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The issuer, which must match `iss` exactly.
    #[arg(long, value_name = "URL", requires = "audience")]
    issuer: Option<Issuer>,
    /// The API, which must be in `aud`. If given several times, one of them must be.
    #[arg(long, value_name = "AUDIENCE", requires = "issuer")]
    audience: Vec<Audience>,
    /// A scope that the token must grant. If given several times, all of them.
    #[arg(long, value_name = "SCOPE", requires = "api", value_parser = scope)]
    scope: Vec<Requirement>,
    /// The accepted algorithms, separated by commas [default: every asymmetric one].
    #[arg(long, value_name = "ALG", requires = "issuer", value_delimiter = ',', value_parser = algorithm)]
    algorithms: Vec<Algorithm>,
    /// Verifies as if it were this time, in seconds since 1970 [default: now].
    #[arg(long, value_name = "UNIX_TIME")]
    at: Option<u64>,
    /// How far clocks may differ, at most 5m.
    #[arg(long, value_name = "DURATION", requires = "issuer", value_parser = leeway, default_value = "30s")]
    leeway: Duration,
    /// Refuses tokens that were issued longer ago.
    #[arg(long, value_name = "DURATION", requires = "issuer", value_parser = parse_duration)]
    max_age: Option<Duration>,
    /// Requires everything that RFC 9068 requires.
    #[arg(long, requires = "issuer")]
    strict: bool,
    /// Compares scopes byte for byte, for an issuer whose scopes have no wildcards.
    #[arg(long, requires = "issuer")]
    exact: bool,
    /// Reads the scopes from this claim, as scp or permissions.
    #[arg(long, value_name = "CLAIM", requires = "issuer", default_value = "scope")]
    scope_claim: String,
    #[command(flatten)]
    format: Format,
}

impl Command {
    pub(super) fn run(self) -> Outcome {
        let Pasted { token, left_out } = Pasted::new(&self.token()?);
        if !left_out.is_empty() {
            ui::note(&format!("left out around the token: {}", left_out.join(", ")));
        }
        let now = self.at.map_or_else(|| SystemClock.now(), UnixTime::from_secs);
        let decoded = Decoded::of(&token);
        let described = match &self.config {
            Some(file) => Some(described::issuer(file, &decoded)?),
            None => None,
        };
        let report = match (&described, &self.issuer) {
            (Some(api), _) => {
                let keys = match (&self.jwks, api.keys()) {
                    (None, KeyLocation::Here(keys)) => keys.clone(),
                    (None, KeyLocation::Address(url)) => self.keys(api.issuer(), Some(url))?,
                    _ => self.keys(api.issuer(), None)?,
                };
                let explanation = api.verifier().explain(&token, &keys, now);
                let options = described::options(api, &keys, now);
                Report::new(&explanation, &self.scope, &options, &decoded)
            }
            (None, Some(issuer)) => {
                let keys = self.keys(issuer, None)?;
                let explanation = self.verifier(issuer).explain(&token, &keys, now);
                let options = InspectOptions {
                    issuer,
                    audiences: &self.audience,
                    algorithms: &self.algorithms,
                    keys: &keys,
                    now,
                    leeway: self.leeway,
                    max_age: self.max_age,
                    strict: self.strict,
                    scope_claim: &self.scope_claim,
                };
                Report::new(&explanation, &self.scope, &options, &decoded)
            }
            (None, None) => return self.show(&decoded, now),
        };
        if self.format.json {
            ui::json(&report.json(&decoded, now))?;
        } else {
            ui::line(&report.text(&decoded, now))?;
        }
        match decoded.fault() {
            _ if report.admitted() => Ok(()),
            None => Err(Failure::already_reported()),
            Some(_) => Err(Failure::already_reported().malformed()),
        }
    }

    fn show(&self, decoded: &Decoded, now: UnixTime) -> Outcome {
        if self.format.json {
            ui::json(&decoded.json())?;
        } else {
            ui::line(&decoded.text(now))?;
        }
        let Some(fault) = decoded.fault() else { return Ok(()) };
        Err(Failure::refused(format!("not a JWT: {fault}"))
            .help("pass the whole token, as `token get` prints it")
            .malformed())
    }

    fn token(&self) -> Result<String, Failure> {
        if self.token != "-" {
            return Ok(self.token.clone());
        }
        let mut bytes = Vec::new();
        let read = io::stdin().read_to_end(&mut bytes);
        read.map_err(|error| Failure::unavailable(format!("standard input: {error}")))?;
        let text = String::from_utf8(bytes);
        text.map_err(|_| Failure::refused("not a JWT: standard input is not UTF-8").malformed())
    }

    fn verifier(&self, issuer: &Issuer) -> Verifier {
        let mut verifier = Verifier::new(issuer.clone(), self.audience.clone()).leeway(self.leeway);
        if !self.algorithms.is_empty() {
            verifier = verifier.algorithms(self.algorithms.iter().copied());
        }
        if let Some(age) = self.max_age {
            verifier = verifier.max_token_age(age);
        }
        if self.strict {
            verifier = verifier.strict_rfc9068();
        }
        if self.exact {
            verifier = verifier.matching(Matching::Exact);
        }
        if self.scope_claim != "scope" {
            verifier = verifier.scope_claim(self.scope_claim.as_str());
        }
        verifier
    }

    /// The issuer's keys: from `--jwks`, a file or a URL; else from `url`, else by discovery.
    fn keys(&self, issuer: &Issuer, url: Option<&Uri>) -> Result<KeySet, Failure> {
        let transport = ReqwestTransport::new();
        let place = self.jwks.clone().or_else(|| url.map(Uri::to_string));
        let (source, document) = match &place {
            Some(place) if place.starts_with("https://") || place.starts_with("http://") => {
                let url: Uri =
                    place.parse().map_err(|error| Failure::usage(format!("--jwks: {error}")))?;
                (place.clone(), block_on(fetch_keys(&transport, &url))?)
            }
            Some(place) => {
                let text = fs::read(Path::new(place))
                    .map_err(|error| Failure::unavailable(format!("--jwks {place}: {error}")))?;
                (place.clone(), text.into())
            }
            None => block_on(async {
                let url = discovery::jwks_uri(&transport, issuer).await?;
                Ok((url.to_string(), fetch_keys(&transport, &url).await?))
            })?,
        };
        KeySet::parse(&document).map_err(|error| {
            Failure::unavailable(format!("{source}: {error}"))
                .help("pass the issuer's JWK Set (RFC 7517 §5), as its `jwks_uri` answers it")
        })
    }
}

async fn fetch_keys(transport: &ReqwestTransport, url: &Uri) -> Result<Bytes, Failure> {
    document(transport, url).await?.ok_or_else(|| {
        Failure::unavailable(format!("{url} does not answer 200"))
            .help("pass the `jwks_uri` of the issuer's metadata, or a file, with --jwks")
    })
}

fn algorithm(name: &str) -> Result<Algorithm, String> {
    Algorithm::from_name(name).ok_or_else(|| {
        let names = Algorithm::ALL.map(Algorithm::name).join(", ");
        format!("write one of {names}; `none` and symmetric ones are never accepted")
    })
}

fn leeway(text: &str) -> Result<Duration, String> {
    let leeway = parse_duration(text)?;
    if leeway <= MAX_LEEWAY {
        Ok(leeway)
    } else {
        Err("give 5m at most; synchronize the clocks instead".to_owned())
    }
}

fn scope(text: &str) -> Result<Requirement, String> {
    let requirement = Requirement::parse(text.to_owned()).map_err(|error| error.to_string())?;
    match requirement.is_template() {
        true => Err("replace the braces by a value, as book:1:read".to_owned()),
        false => Ok(requirement),
    }
}
