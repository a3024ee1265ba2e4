//! The settings of the issuer itself.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use tower_bearer::{
    algorithm::Algorithm,
    claims::Issuer,
    issuer::{
        DEFAULT_LIFETIME, EmptyGrant, ExcessScope, GrantPolicy, MissingScope, Profile, Quota,
    },
};

use super::{
    entries::Effect,
    section::{At, Section},
};

/// The algorithms that an issuer can sign with, by name.
pub(super) const ALGORITHMS: [(&str, Algorithm); 9] = [
    ("RS256", Algorithm::RS256),
    ("RS384", Algorithm::RS384),
    ("RS512", Algorithm::RS512),
    ("PS256", Algorithm::PS256),
    ("PS384", Algorithm::PS384),
    ("PS512", Algorithm::PS512),
    ("ES256", Algorithm::ES256),
    ("ES384", Algorithm::ES384),
    ("EdDSA", Algorithm::EdDSA),
];

/// The shapes of tokens, by name.
pub(super) const PROFILES: [(&str, Profile); 3] =
    [("rfc9068", Profile::Rfc9068), ("auth0", Profile::Auth0), ("authing", Profile::Authing)];

/// The effects of rules, by name.
pub(super) const EFFECTS: [(&str, Effect); 2] = [("allow", Effect::Allow), ("deny", Effect::Deny)];

const EXCESS: [(&str, ExcessScope); 3] = [
    ("reject", ExcessScope::Reject),
    ("narrow", ExcessScope::Narrow),
    ("refuse", ExcessScope::Refuse),
];
const UNSCOPED: [(&str, MissingScope); 2] =
    [("everything", MissingScope::Everything), ("refuse", MissingScope::Refuse)];
const NOTHING: [(&str, EmptyGrant); 2] =
    [("refuse", EmptyGrant::Refuse), ("empty-token", EmptyGrant::EmptyToken)];

/// What stands at the head of the file.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) issuer: Issuer,
    pub(crate) listen: SocketAddr,
    pub(crate) allow_loopback_http: bool,
    pub(crate) algorithm: Algorithm,
    pub(crate) lifetime: Duration,
    pub(crate) rotation: Option<Duration>,
    pub(crate) profile: Profile,
    pub(crate) answers: GrantPolicy,
    pub(crate) default_application: Option<String>,
    pub(crate) quota: Option<Quota>,
    pub(crate) legacy_assertion_audience: bool,
}

impl Settings {
    /// What is missing or wrong is told to the page, and others stand in its place, so that the rest
    /// of the file can be judged.
    pub(super) fn read(page: &mut Section<'_>) -> Option<Self> {
        let issuer = page.required_text("issuer", "give the URL that clients reach it at");
        let issuer = issuer.and_then(|At { line, value }| match Issuer::new(value) {
            Ok(issuer) => Some(issuer),
            Err(error) => {
                page.problem(line, format!("`issuer` is wrong: {error}"));
                None
            }
        });
        let listen = page.required_text("listen", "give an address, as \"127.0.0.1:8080\"");
        let listen = listen.and_then(|At { line, value }| match value.parse() {
            Ok(address) => Some(address),
            Err(_) => {
                let cure = "write an IP address and a port, as \"127.0.0.1:8080\"";
                page.problem(line, format!("`listen` cannot be `{value}`: {cure}"));
                None
            }
        });
        let allow_loopback_http = page.flag("allow_loopback_http");
        let algorithm = page.choice("algorithm", &ALGORITHMS).unwrap_or(Algorithm::RS256);
        let lifetime = page.duration("lifetime").map_or(DEFAULT_LIFETIME, |at| at.value);
        let rotation = page.duration("rotation").map(|at| at.value);
        let profile = page.choice("profile", &PROFILES).unwrap_or_default();
        let default_application = page.text("default_application").map(|at| at.value);
        let legacy_assertion_audience = page.flag("legacy_assertion_audience");
        let quota = page.section("quota").map(quota);
        let answers = page.section("answers").map(answers).unwrap_or_default();
        Some(Self {
            issuer: issuer.or_else(|| Issuer::new("https://issuer.invalid/").ok())?,
            listen: listen.unwrap_or_else(|| (Ipv4Addr::LOCALHOST, 0).into()),
            allow_loopback_http,
            algorithm,
            lifetime,
            rotation,
            profile,
            answers,
            default_application,
            quota,
            legacy_assertion_audience,
        })
    }
}

/// How much a client may ask for: what is not named is unlimited.
pub(super) fn quota(mut section: Section<'_>) -> Quota {
    let mut quota = Quota::unlimited();
    if let Some(requests) = section.count("requests_per_minute") {
        quota = quota.requests_per_minute(requests);
    }
    if let Some(tokens) = section.count("tokens_per_hour") {
        quota = quota.tokens_per_hour(tokens);
    }
    if let Some(tokens) = section.count("tokens_per_day") {
        quota = quota.tokens_per_day(tokens);
    }
    section.finish();
    quota
}

fn answers(mut section: Section<'_>) -> GrantPolicy {
    let answers = GrantPolicy::default()
        .excess(section.choice("excess", &EXCESS).unwrap_or_default())
        .missing(section.choice("unscoped", &UNSCOPED).unwrap_or_default())
        .empty(section.choice("nothing", &NOTHING).unwrap_or_default());
    section.finish();
    answers
}
