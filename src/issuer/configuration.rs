//! The settings of an issuer, and how they are checked.

use std::{collections::HashMap, sync::Arc, time::Duration};

use super::{
    hooks::Hooks,
    model::{
        account::Account,
        application::Application,
        applications::Applications,
        grant_policy::GrantPolicy,
        lifetime::{DEFAULT_LIFETIME, check_lifetime},
        profile::Profile,
        quota::Quota,
        registry::Registry,
        resolve::resolve,
        rule::Rule,
        usage::Usage,
    },
    workload::{
        issuer::WorkloadIssuer,
        workloads::{WorkloadContext, Workloads},
    },
};
use crate::{
    algorithm::Algorithm,
    error::{ConfigError, Problems},
};

/// The settings that are used as they are configured.
#[derive(Debug)]
pub(super) struct Settings {
    /// The algorithm of the next new key.
    pub(super) algorithm: Option<Algorithm>,
    pub(super) rotate_every: Option<Duration>,
    pub(super) profile: Profile,
    /// The lifetime of tokens whose account does not set one.
    pub(super) lifetime: Duration,
    pub(super) grant_policy: GrantPolicy,
    pub(super) hooks: Hooks,
    /// The quota of accounts that do not have their own.
    pub(super) quota: Quota,
    pub(super) legacy_assertion_audience: bool,
    /// The origins whose scripts may read responses in a browser.
    pub(super) allowed_origins: Vec<String>,
    /// Tokens have a status; `None` leaves it to the profile.
    pub(super) status_lists: Option<bool>,
    pub(super) status_list_ttl: Duration,
}

/// How long an API need not fetch a status list again, unless the issuer sets another time: 1 minute.
pub const DEFAULT_STATUS_LIST_TTL: Duration = Duration::from_secs(60);

/// The longest time that an API need not fetch a status list again: 1 hour.
pub const MAX_STATUS_LIST_TTL: Duration = Duration::from_secs(60 * 60);

impl Settings {
    /// Returns true if tokens have a status.
    pub(super) fn has_status_lists(&self) -> bool {
        self.status_lists.unwrap_or(self.profile == Profile::Rfc9068)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            algorithm: None,
            rotate_every: None,
            profile: Profile::default(),
            lifetime: DEFAULT_LIFETIME,
            grant_policy: GrantPolicy::default(),
            hooks: Hooks::default(),
            quota: Quota::default(),
            legacy_assertion_audience: false,
            allowed_origins: Vec::new(),
            status_lists: None,
            status_list_ttl: DEFAULT_STATUS_LIST_TTL,
        }
    }
}

/// The definitions that refer to each other and must be resolved.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    pub(super) applications: Vec<Application>,
    pub(super) accounts: Vec<Account>,
    pub(super) rules: Vec<Rule>,
    pub(super) default_application: Option<String>,
    pub(super) trusted_issuers: Vec<WorkloadIssuer>,
}

/// A checked configuration. A request is answered by the one that it began with.
#[derive(Debug)]
pub(super) struct Configuration {
    pub(super) settings: Settings,
    pub(super) registry: Registry,
    pub(super) default_application: Option<usize>,
    pub(super) workloads: Workloads,
}

impl Configuration {
    /// Checks everything and adds each problem to `problems`. An account that `last` has as well
    /// keeps its quota counts.
    pub(super) fn new(
        settings: Settings,
        definitions: Definitions,
        context: WorkloadContext,
        last: Option<&Self>,
        mut problems: Problems,
    ) -> Result<Self, ConfigError> {
        let workloads = Workloads::open(
            definitions.trusted_issuers,
            last.map(|last| &last.workloads),
            context,
            &mut problems,
        );
        check_lifetime("lifetime", settings.lifetime, &mut problems);
        let applications = Applications::new(definitions.applications, &mut problems);
        let registry = Registry::new(applications, settings.lifetime);
        for account in with_rules(definitions.accounts, definitions.rules, &mut problems) {
            let known = last.and_then(|last| last.registry.account(&account.key));
            let usage = known.map_or_else(|| Arc::new(Usage::new()), |known| known.usage.clone());
            let added = resolve(account, &registry.applications, &workloads, usage)
                .and_then(|record| registry.add(record));
            if let Err(error) = added {
                problems.append(error);
            }
        }
        workloads.check_accounts(|key| registry.account(key).is_some(), &mut problems);
        let default_application = definitions.default_application.and_then(|name| {
            let place = registry.applications.by_name(&name);
            if place.is_none() {
                let fault =
                    format!("names no application: `{name}` is neither an id nor an audience");
                problems.add("default_application", fault);
            }
            place
        });
        if let Some(every) = settings.rotate_every {
            check_rotation(every, registry.longest_lifetime(), &mut problems);
        }
        for origin in settings.allowed_origins.iter().filter(|origin| !is_origin(origin)) {
            let fault =
                format!("cannot be `{origin}`: give an origin such as `https://app.example`");
            problems.add("allowed_origin", fault);
        }
        let ttl = settings.status_list_ttl;
        if ttl.is_zero() || ttl > MAX_STATUS_LIST_TTL || ttl.subsec_nanos() != 0 {
            let fault = format!("cannot be {ttl:?}: give whole seconds, 1 second to 1 hour");
            problems.add("status_list_ttl", fault);
        }
        if settings.quota.is_zero() {
            problems.add("quota", "limits something to nothing, so that nobody gets a token");
        }
        problems.or(Self { settings, registry, default_application, workloads })
    }
}

/// Returns true for a scheme, a host and perhaps a port in lower case, as browsers send them.
fn is_origin(text: &str) -> bool {
    let authority = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.:[]".contains(c);
    authority.is_some_and(|authority| !authority.is_empty() && authority.chars().all(is_plain))
}

/// Adds each rule to the account that is its subject.
fn with_rules(
    mut accounts: Vec<Account>,
    rules: Vec<Rule>,
    problems: &mut Problems,
) -> Vec<Account> {
    let by_key: HashMap<String, usize> =
        accounts.iter().enumerate().map(|(at, account)| (account.key.clone(), at)).collect();
    for (place, rule) in rules.into_iter().enumerate() {
        let subject = rule.subject.as_ref();
        let account = subject.and_then(|key| accounts.get_mut(*by_key.get(key)?));
        match (account, subject) {
            (Some(account), _) => account.rules.push(rule),
            (None, None) => problems.add(
                format!("rule {}", place + 1),
                "has no subject: name the account that it is about with `subject`",
            ),
            (None, Some(key)) => problems.add(
                format!("rule {}", place + 1),
                format!("has the subject `{key}`, which is no account's key"),
            ),
        }
    }
    accounts
}

/// The most retired keys that are published at a time: each reader of the JWK Set keeps them all.
const MAX_RETIRED_KEYS: u32 = 16;

const MIN_ROTATION_PERIOD: Duration = Duration::from_secs(60 * 60);
const MAX_ROTATION_PERIOD: Duration = Duration::from_secs(366 * 24 * 60 * 60);

fn check_rotation(every: Duration, longest_lifetime: Duration, problems: &mut Problems) {
    if !(MIN_ROTATION_PERIOD..=MAX_ROTATION_PERIOD).contains(&every) {
        problems.add("rotate_every", format!("cannot be {every:?}: give an hour to a year"));
    } else if longest_lifetime > every.saturating_mul(MAX_RETIRED_KEYS) {
        problems.add(
            "rotate_every",
            "would publish more than 16 keys that have signed: rotate less often, or let tokens \
             live shorter",
        );
    }
}
