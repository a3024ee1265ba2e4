//! `tower-bearer token inspect`

mod decode;
mod expectations;
mod report;

use std::{
    fs,
    io::{self, Read},
    path::Path,
    time::Duration,
};

use clap::Args;
use http::Uri;
use tower_bearer::{
    algorithm::Algorithm,
    claims::{Audience, Issuer},
    key::KeySet,
    scope::{Matching, Requirement},
    time::{Clock, SystemClock, UnixTime},
    transport::ReqwestTransport,
    verify::{MAX_LEEWAY, Verifier},
};

use self::{decode::Decoded, expectations::Asked, report::Report};
use super::fetch::{block_on, document};
use crate::ui::{self, Failure, Outcome, parse_duration};

/// Shows what a token says, and why an API admits it or not
///
/// With the token alone, its header and claims are shown, and nothing is checked. With --jwks,
/// --issuer and --audience it is judged as an API with these settings judges it, check by check:
/// `ok`, `FAILED` with both sides of the comparison, or `not reached`, for the first check that
/// fails ends the matter.
///
/// The token itself and its signature are never printed. Nothing is fetched unless --jwks is a URL.
///
/// Examples:
///
///   tower-bearer token inspect - < token.txt
///
///   tower-bearer token inspect - --jwks https://issuer.example/.well-known/jwks.json \
///       --issuer https://issuer.example --audience https://display.example \
///       --scope announce:read < token.txt
///
/// Exit status: 0 admitted, or shown; 1 refused, or not to be read; 2 the command line is wrong;
/// 3 the keys cannot be had.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Command {
    /// The token, or `-` to read it from standard input, where no other process can see it.
    token: String,
    /// The issuer's JWK Set: a file, or a URL (plain http on this machine alone).
    #[arg(long, value_name = "FILE|URL", requires_all = ["issuer", "audience"])]
    jwks: Option<String>,
    /// What `iss` must be.
    #[arg(long, value_name = "URL", requires = "jwks")]
    issuer: Option<Issuer>,
    /// What must be in `aud`; given several times, one of them.
    #[arg(long, value_name = "AUDIENCE", requires = "jwks")]
    audience: Vec<Audience>,
    /// A scope that the token must grant. Given several times, all of them.
    #[arg(long, value_name = "SCOPE", requires = "jwks", value_parser = scope)]
    scope: Vec<Requirement>,
    /// The algorithms that are admitted, with commas between them; every asymmetric one unless given.
    #[arg(long, value_name = "ALG", requires = "jwks", value_delimiter = ',', value_parser = algorithm)]
    algorithms: Vec<Algorithm>,
    /// Judges as if it were this time, in seconds since 1970; now unless given.
    #[arg(long, value_name = "UNIX_TIME")]
    at: Option<u64>,
    /// How far clocks may differ, 5m at most.
    #[arg(long, value_name = "DURATION", requires = "jwks", value_parser = leeway, default_value = "30s")]
    leeway: Duration,
    /// Refuses tokens that were issued longer ago.
    #[arg(long, value_name = "DURATION", requires = "jwks", value_parser = parse_duration)]
    max_age: Option<Duration>,
    /// Demands all that RFC 9068 demands.
    #[arg(long, requires = "jwks")]
    strict: bool,
    /// Compares scopes byte for byte, for an issuer whose scopes are no patterns.
    #[arg(long, requires = "jwks")]
    exact: bool,
    /// Reads the scopes from this claim, as scp or permissions.
    #[arg(long, value_name = "CLAIM", requires = "jwks", default_value = "scope")]
    scope_claim: String,
    /// For machines.
    #[arg(long)]
    json: bool,
}

impl Command {
    pub(super) fn run(self) -> Outcome {
        let token = self.token()?;
        let now = self.at.map_or_else(|| SystemClock.now(), UnixTime::from_secs);
        let decoded = Decoded::of(&token);
        let (Some(jwks), Some(issuer)) = (&self.jwks, &self.issuer) else {
            return self.show(&decoded, now);
        };
        let keys = keys(jwks)?;
        let explanation = self.verifier(issuer).explain(&token, &keys, now);
        let asked = Asked {
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
        let report = Report::new(&explanation, &self.scope, &asked, &decoded);
        if self.json {
            ui::json(&report.json(&decoded, now))?;
        } else {
            ui::line(&report.text(&decoded, now))?;
        }
        if report.admitted() { Ok(()) } else { Err(Failure::already_reported()) }
    }

    fn show(&self, decoded: &Decoded, now: UnixTime) -> Outcome {
        if self.json {
            ui::json(&decoded.json())?;
        } else {
            ui::line(&decoded.text(now))?;
        }
        if decoded.is_whole() {
            return Ok(());
        }
        Err(Failure::refused("this is no token of three parts with a JSON header and payload")
            .help("give the whole token, and nothing beside it"))
    }

    fn token(&self) -> Result<String, Failure> {
        if self.token != "-" {
            return Ok(self.token.clone());
        }
        let mut bytes = Vec::new();
        let read = io::stdin().read_to_end(&mut bytes);
        read.map_err(|error| Failure::unavailable(format!("standard input: {error}")))?;
        let text = String::from_utf8(bytes);
        let text = text.map_err(|_| Failure::refused("standard input is no UTF-8, so no token"))?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
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
}

/// The keys of a file or of an address.
fn keys(place: &str) -> Result<KeySet, Failure> {
    let document = if place.starts_with("https://") || place.starts_with("http://") {
        let url: Uri = place.parse().map_err(|error| Failure::usage(format!("--jwks: {error}")))?;
        let body = block_on(document(&ReqwestTransport::new(), &url))?;
        body.ok_or_else(|| {
            Failure::unavailable(format!("{url} does not answer 200"))
                .help("give the `jwks_uri` of the issuer's metadata, or a file")
        })?
    } else {
        let text = fs::read(Path::new(place))
            .map_err(|error| Failure::unavailable(format!("--jwks {place}: {error}")))?;
        text.into()
    };
    KeySet::parse(&document).map_err(|error| {
        Failure::unavailable(format!("--jwks {place}: {error}"))
            .help("give the issuer's JWK Set (RFC 7517 §5), as its `jwks_uri` answers it")
    })
}

fn algorithm(name: &str) -> Result<Algorithm, String> {
    Algorithm::from_name(name).ok_or_else(|| {
        let names = Algorithm::ALL.map(Algorithm::name).join(", ");
        format!("write one of {names}; `none` and symmetric ones are never admitted")
    })
}

fn leeway(text: &str) -> Result<Duration, String> {
    let leeway = parse_duration(text)?;
    if leeway <= MAX_LEEWAY {
        Ok(leeway)
    } else {
        Err("give 5m at most; set the clocks".to_owned())
    }
}

fn scope(text: &str) -> Result<Requirement, String> {
    let requirement = Requirement::parse(text.to_owned()).map_err(|error| error.to_string())?;
    match requirement.is_template() {
        true => Err("write the value in the place of the braces, as book:1:read".to_owned()),
        false => Ok(requirement),
    }
}
