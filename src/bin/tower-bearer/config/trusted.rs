//! The issuers that are trusted for workloads, and their rules.

use std::time::Duration;

use serde_json::{Map, Value};
use tower_bearer::{
    algorithm::Algorithm,
    claims::{Audience, Issuer},
    issuer::{ReplayRule, WorkloadIssuer, WorkloadRule},
    jwks::{Keys, RemoteJwks},
};

use super::{
    diagnostics::Collector,
    public_keys::key_set,
    reader::{Spanned, Table},
    vocabulary::{ALGORITHMS, REPLAY},
};

/// A `[[trusted_issuer]]`.
#[derive(Clone, Debug)]
pub(crate) struct TrustedIssuerEntry {
    pub(crate) line: usize,
    pub(crate) issuer: Issuer,
    pub(crate) audiences: Vec<Audience>,
    pub(crate) keys: TrustedKeys,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) max_lifetime: Option<Duration>,
    pub(crate) replay: Option<ReplayRule>,
    pub(crate) rules: Vec<TrustedRuleEntry>,
}

/// Where the keys of a trusted issuer are.
#[derive(Clone, Debug)]
pub(crate) enum TrustedKeys {
    /// In its metadata.
    Discovered,
    At(http::Uri),
    /// In the file, each as the text of a JWK.
    Here(Vec<Spanned<String>>),
}

/// A `[[trusted_issuer.rule]]`.
#[derive(Clone, Debug)]
pub(crate) struct TrustedRuleEntry {
    pub(crate) line: usize,
    pub(crate) subject: String,
    pub(crate) account: String,
    pub(crate) claims: Map<String, Value>,
}

impl TrustedIssuerEntry {
    pub(super) fn read(mut table: Table<'_>) -> Option<Self> {
        let help = "give the `iss` of its tokens";
        let issuer = table.required_string("issuer", help);
        let issuer = issuer.and_then(|Spanned { line, value }| {
            Issuer::new(value)
                .map_err(|error| table.problem(line, format!("`issuer`: {error}")))
                .ok()
        });
        let line = table.line();
        let audiences = audiences(&mut table);
        let keys = keys(&mut table);
        let algorithms = algorithms(&mut table);
        let max_lifetime = table.duration("max_lifetime").map(|lifetime| lifetime.value);
        let replay = table.choice("replay", &REPLAY);
        let rules = table.tables("rule").into_iter().filter_map(TrustedRuleEntry::read).collect();
        let entry = issuer.map(|issuer| Self {
            line,
            issuer,
            audiences,
            keys,
            algorithms,
            max_lifetime,
            replay,
            rules,
        });
        if entry.is_some() {
            table.finish();
        }
        entry
    }

    fn is_trust_domain(&self) -> bool {
        self.issuer.as_str().starts_with("spiffe://")
    }

    /// The issuer for the library; `None` if its keys are wrong.
    pub(super) fn workload_issuer(&self, problems: &Collector) -> Option<WorkloadIssuer> {
        let keys: Keys = match &self.keys {
            TrustedKeys::Discovered => RemoteJwks::discover(self.issuer.clone()).into(),
            TrustedKeys::At(jwks_uri) => RemoteJwks::new(jwks_uri.clone()).into(),
            TrustedKeys::Here(keys) => key_set(keys, self.line, problems)?.into(),
        };
        let (issuer, audiences) = (self.issuer.clone(), self.audiences.clone());
        let mut trusted = match &self.keys {
            TrustedKeys::At(bundle) if self.is_trust_domain() => {
                WorkloadIssuer::spiffe(issuer, audiences, RemoteJwks::new(bundle.clone()))
            }
            _ if self.is_trust_domain() => {
                let help = "give the address of its bundle as `jwks_uri`";
                problems.add(self.line, format!("a SPIFFE trust domain has no metadata: {help}"));
                return None;
            }
            _ => WorkloadIssuer::new(issuer, audiences, keys),
        };
        if let Some(replay) = self.replay {
            trusted = trusted.replay(replay);
        }
        if !self.algorithms.is_empty() {
            trusted = trusted.algorithms(self.algorithms.iter().copied());
        }
        if let Some(lifetime) = self.max_lifetime {
            trusted = trusted.max_lifetime(lifetime);
        }
        for rule in &self.rules {
            let mut added = WorkloadRule::new(&rule.subject, &rule.account);
            for (name, value) in &rule.claims {
                added = added.claim(name, value.clone());
            }
            trusted = trusted.rule(added);
        }
        Some(trusted)
    }
}

impl TrustedRuleEntry {
    fn read(mut table: Table<'_>) -> Option<Self> {
        let subject = table.required_string("subject", "give the `sub` of the workload's tokens");
        let account = table.required_string("account", "name an account by its key");
        let claims = table.json("claims");
        let line = table.line_of("subject");
        let entry = subject.zip(account).map(|(subject, account)| Self {
            line,
            subject: subject.value,
            account: account.value,
            claims,
        });
        if entry.is_some() {
            table.finish();
        }
        entry
    }
}

/// Reads `audience`, or several `audiences`; one of them is required.
fn audiences(table: &mut Table<'_>) -> Vec<Audience> {
    let one = table.string("audience");
    let several = table.strings("audiences");
    if one.is_none() && several.is_empty() {
        let help = "give the `aud` of its tokens for this issuer";
        table.problem(table.line(), format!("trusted_issuer has no `audience`: {help}"));
    }
    let mut audiences = Vec::new();
    for Spanned { line, value } in one.into_iter().chain(several) {
        match Audience::new(value) {
            Ok(audience) => audiences.push(audience),
            Err(error) => table.problem(line, error.to_string()),
        }
    }
    audiences
}

fn keys(table: &mut Table<'_>) -> TrustedKeys {
    let jwks_uri = table.string("jwks_uri");
    let public_keys = table.strings("public_keys");
    if let Some(Spanned { line, .. }) = jwks_uri.as_ref().filter(|_| !public_keys.is_empty()) {
        table.problem(*line, "`jwks_uri` and `public_keys` exclude each other: leave one out");
    }
    match jwks_uri {
        Some(Spanned { line, value }) => match value.parse() {
            Ok(uri) => TrustedKeys::At(uri),
            Err(_) => {
                table.problem(line, format!("`jwks_uri` cannot be `{value}`: give a URL"));
                TrustedKeys::Discovered
            }
        },
        None if public_keys.is_empty() => TrustedKeys::Discovered,
        None => TrustedKeys::Here(public_keys),
    }
}

fn algorithms(table: &mut Table<'_>) -> Vec<Algorithm> {
    let help = "leave it out for every algorithm, or name some";
    let named = table.non_empty_strings("algorithms", help);
    let mut algorithms = Vec::new();
    for Spanned { line, value } in named {
        match ALGORITHMS.iter().find(|(word, _)| *word == value) {
            Some((_, algorithm)) => algorithms.push(*algorithm),
            None => table.problem(line, format!("`algorithms` cannot have `{value}`")),
        }
    }
    algorithms
}
