//! The settings of the issuer itself.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use tower_bearer::{
    algorithm::Algorithm,
    claims::Issuer,
    issuer::{DEFAULT_LIFETIME, DEFAULT_STATUS_LIST_TTL, GrantPolicy, Profile, Quota},
};

use super::{
    reader::{Spanned, Table},
    vocabulary::{ALGORITHMS, EXCESS, NOTHING, PROFILES, UNSCOPED},
};

/// The settings at the head of the file.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) issuer: Issuer,
    pub(crate) listen: SocketAddr,
    pub(crate) allow_loopback_http: bool,
    pub(crate) allow_http_to: Vec<String>,
    pub(crate) allowed_origins: Vec<String>,
    pub(crate) algorithm: Algorithm,
    pub(crate) lifetime: Duration,
    pub(crate) rotation: Option<Duration>,
    pub(crate) profile: Profile,
    pub(crate) answers: GrantPolicy,
    pub(crate) default_application: Option<String>,
    pub(crate) quota: Option<Quota>,
    pub(crate) legacy_assertion_audience: bool,
    /// `None` leaves it to the profile.
    pub(crate) status_lists: Option<bool>,
    pub(crate) status_list_ttl: Duration,
}

impl Settings {
    /// Reports problems and substitutes defaults, so that the rest of the file can be checked.
    pub(super) fn read(table: &mut Table<'_>) -> Option<Self> {
        let issuer = table.required_string("issuer", "give the URL that clients reach it at");
        let issuer = issuer.and_then(|Spanned { line, value }| match Issuer::new(value) {
            Ok(issuer) => Some(issuer),
            Err(error) => {
                table.problem(line, format!("`issuer` is wrong: {error}"));
                None
            }
        });
        let listen = table.required_string("listen", "give an address, as \"127.0.0.1:8080\"");
        let listen = listen.and_then(|Spanned { line, value }| match value.parse() {
            Ok(address) => Some(address),
            Err(_) => {
                let help = "write an IP address and a port, as \"127.0.0.1:8080\"";
                table.problem(line, format!("`listen` cannot be `{value}`: {help}"));
                None
            }
        });
        let allow_loopback_http = table.flag("allow_loopback_http");
        let allow_http_to = texts(table.strings("allow_http_to"));
        let allowed_origins = texts(table.strings("allowed_origins"));
        let algorithm = table.choice("algorithm", &ALGORITHMS).unwrap_or(Algorithm::RS256);
        let lifetime =
            table.duration("lifetime").map_or(DEFAULT_LIFETIME, |lifetime| lifetime.value);
        let rotation = table.duration("rotation").map(|spanned| spanned.value);
        let profile = table.choice("profile", &PROFILES).unwrap_or_default();
        let default_application = table.string("default_application").map(|spanned| spanned.value);
        let legacy_assertion_audience = table.flag("legacy_assertion_audience");
        let status_lists = table.choice_of_two("status_lists");
        let status_list_ttl =
            table.duration("status_list_ttl").map_or(DEFAULT_STATUS_LIST_TTL, |ttl| ttl.value);
        let quota = table.table("quota").map(quota);
        let answers = table.table("answers").map(answers).unwrap_or_default();
        Some(Self {
            issuer: issuer.or_else(|| Issuer::new("https://issuer.invalid/").ok())?,
            listen: listen.unwrap_or_else(|| (Ipv4Addr::LOCALHOST, 0).into()),
            allow_loopback_http,
            allow_http_to,
            allowed_origins,
            algorithm,
            lifetime,
            rotation,
            profile,
            answers,
            default_application,
            quota,
            legacy_assertion_audience,
            status_lists,
            status_list_ttl,
        })
    }

    /// Returns true if tokens have a status.
    pub(crate) fn has_status_lists(&self) -> bool {
        self.status_lists.unwrap_or(self.profile == Profile::Rfc9068)
    }
}

fn texts(strings: Vec<Spanned<String>>) -> Vec<String> {
    strings.into_iter().map(|spanned| spanned.value).collect()
}

/// Reads a quota; what is not named is unlimited.
pub(super) fn quota(mut table: Table<'_>) -> Quota {
    let mut quota = Quota::unlimited();
    if let Some(requests) = table.count("requests_per_minute") {
        quota = quota.requests_per_minute(requests);
    }
    if let Some(tokens) = table.count("tokens_per_hour") {
        quota = quota.tokens_per_hour(tokens);
    }
    if let Some(tokens) = table.count("tokens_per_day") {
        quota = quota.tokens_per_day(tokens);
    }
    table.finish();
    quota
}

fn answers(mut table: Table<'_>) -> GrantPolicy {
    let answers = GrantPolicy::default()
        .excess(table.choice("excess", &EXCESS).unwrap_or_default())
        .missing(table.choice("unscoped", &UNSCOPED).unwrap_or_default())
        .empty(table.choice("nothing", &NOTHING).unwrap_or_default());
    table.finish();
    answers
}
