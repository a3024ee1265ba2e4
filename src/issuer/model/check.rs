//! Checks a model before it is used: every rule speaks of something that exists.

use std::{collections::HashSet, time::Duration};

use http::Uri;

use crate::issuer::{
    grant::rules::Rules,
    model::account::{Account, Grant},
    model::application::Application,
    model::profile::Profile,
    model::quota::Quota,
    model::registry::{GrantRecord, MAX_SECRETS, Registry},
    model::rule::Effect,
    model::secret_hash as secret,
};
use crate::{
    claims::{Audience, Issuer},
    error::{ConfigError, Problems, Setting},
    scope::Pattern,
    secret::NoRandomness,
    transport::UrlRule,
};

/// The longest that a token may live.
pub const MAX_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The longest key of an account, in bytes: it stands in every request's Authorization header.
pub const MAX_KEY_BYTES: usize = 256;

/// The issuer's identifier is the URL that everything hangs from (RFC 8414 §2).
pub(in crate::issuer) fn issuer(
    issuer: &Issuer,
    rule: UrlRule,
    profile: Profile,
    problems: &mut Problems,
) {
    let url = issuer.as_str();
    match url.parse::<Uri>().map(|uri| rule.check(&uri)) {
        Err(_) => problems.add("issuer", "is no URL: give the one that clients reach it at"),
        Ok(Err(fault)) => problems.add("issuer", fault),
        Ok(Ok(())) if url.contains(['?', '#']) => {
            problems.add("issuer", "must have neither query nor fragment");
        }
        Ok(Ok(())) => {}
    }
    if profile == Profile::Auth0 && !url.ends_with('/') {
        problems.add("issuer", "must end in `/` with the profile Auth0: add the slash");
    }
}

pub(in crate::issuer) fn lifetime(
    setting: impl Into<Setting>,
    lifetime: Duration,
    problems: &mut Problems,
) {
    if lifetime.is_zero() || lifetime > MAX_LIFETIME || lifetime.subsec_nanos() != 0 {
        problems.add(
            setting,
            format!("cannot be {lifetime:?}: give whole seconds, 1 second to 30 days"),
        );
    }
}

/// What is wrong with a quota of nothing.
pub(in crate::issuer) const ZERO_QUOTA: &str = "has a quota of zero: delete the account instead";

/// How many keys that have signed may be published at a time: each reader keeps them all.
const MAX_RETIRED: u32 = 16;

const SHORTEST_PERIOD: Duration = Duration::from_secs(60 * 60);
const LONGEST_PERIOD: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// How often the keys change.
pub(in crate::issuer) fn rotation(
    every: Duration,
    longest_lifetime: Duration,
    problems: &mut Problems,
) {
    if !(SHORTEST_PERIOD..=LONGEST_PERIOD).contains(&every) {
        problems.add("rotate_every", format!("cannot be {every:?}: give an hour to a year"));
    } else if longest_lifetime > every.saturating_mul(MAX_RETIRED) {
        problems.add(
            "rotate_every",
            "would publish more than 16 keys that have signed: rotate less often, or let tokens \
             live shorter",
        );
    }
}

pub(in crate::issuer) fn no_randomness(error: NoRandomness) -> ConfigError {
    ConfigError::one("secret", format!("cannot be made: {error}"))
}

pub(in crate::issuer) fn applications(applications: &[Application], problems: &mut Problems) {
    let mut names = HashSet::new();
    for (index, application) in applications.iter().enumerate() {
        let setting = || Setting::Application { index, id: application.id.as_str().into() };
        let audience = application.audience_or_id();
        if let Err(error) = Audience::new(audience) {
            problems.add(setting(), format!("has a wrong audience: {error}"));
        }
        let other_name = Some(audience).filter(|audience| *audience != application.id);
        for name in [application.id.as_str()].into_iter().chain(other_name) {
            if !names.insert(name) {
                problems.add(
                    setting(),
                    format!("shares the name `{name}`: give each an id and an audience of its own"),
                );
            }
        }
        for scope in &application.scopes {
            if let Err(error) = Pattern::parse(scope) {
                problems.add(setting(), format!("defines `{scope}`: {error}"));
            }
        }
    }
}

/// Checks an account against the applications and resolves its rules.
pub(in crate::issuer) fn account(
    account: &Account,
    registry: &Registry,
) -> Result<Vec<GrantRecord>, ConfigError> {
    let mut problems = Problems::default();
    let key = account.key.as_str();
    if key.is_empty() || key.len() > MAX_KEY_BYTES || key.chars().any(char::is_control) {
        problems.add(
            of_account(account, None),
            "needs a key of 1 to 256 bytes without control characters",
        );
    }
    check_secrets(account, &mut problems);
    check_public_keys(account, &mut problems);
    if account.quota.is_some_and(Quota::is_zero) {
        problems.add(of_account(account, None), ZERO_QUOTA);
    }
    if let Some(value) = account.lifetime {
        lifetime(of_account(account, Some("lifetime")), value, &mut problems);
    }
    let mut records: Vec<GrantRecord> = Vec::new();
    for grant in grants(account, &mut problems) {
        let name = &grant.application;
        match registry.by_name(name).and_then(|at| Some((at, registry.applications().get(at)?))) {
            None => problems.add(
                of_rule(account, name, None),
                format!("has a rule for `{name}`, which is no application's id or audience"),
            ),
            Some((at, _)) if records.iter().any(|record| record.application == at) => problems.add(
                of_rule(account, name, None),
                format!("names `{name}` by its id and by its audience: choose one of them"),
            ),
            Some((application, known)) => {
                check_rules(account, &grant, known, &mut problems);
                let rules = Rules::new(&grant.allow, &grant.deny);
                records.push(GrantRecord { application, rules, disabled: grant.disabled });
            }
        }
    }
    problems.or(records)
}

fn of_account(account: &Account, member: Option<&'static str>) -> Setting {
    Setting::Account { key: account.key.as_str().into(), member }
}

fn of_rule(account: &Account, application: &str, rule: Option<&str>) -> Setting {
    Setting::Rule {
        account: account.key.as_str().into(),
        application: application.into(),
        rule: rule.map(Into::into),
    }
}

/// The rules of an account for each application, those in words among them.
fn grants(account: &Account, problems: &mut Problems) -> Vec<Grant> {
    let mut all = account.clone();
    for rule in &account.rules {
        match (rule.scopes(), rule.effect) {
            (Ok(scopes), Effect::Allow) => all.grant(&rule.application).allow.extend(scopes),
            (Ok(scopes), Effect::Deny) => all.grant(&rule.application).deny.extend(scopes),
            (Err(fault), _) => {
                let setting = of_rule(account, &rule.application, Some(&rule.resource));
                problems.add(setting, fault);
            }
        }
    }
    all.grants
}

fn check_secrets(account: &Account, problems: &mut Problems) {
    let secrets = account.secrets.len() + account.secret_hashes.len();
    if secrets == 0 && account.public_keys.is_none() {
        problems.add(
            of_account(account, Some("credentials")),
            "are missing: give it a `secret`, a `secret_hash` or `public_keys`, or use \
             `create_account`",
        );
    }
    if secrets > MAX_SECRETS {
        problems.add(of_account(account, None), "has more than two secrets: remove the oldest");
    }
    for weakness in account.secrets.iter().filter_map(secret::weakness) {
        let fault = format!("has a secret that {weakness}: make one with `Secret::generate`");
        problems.add(of_account(account, None), fault);
    }
}

/// Each key of a configured set must serve: one that is passed over would be missed later.
fn check_public_keys(account: &Account, problems: &mut Problems) {
    let Some(keys) = &account.public_keys else { return };
    if keys.is_empty() && keys.skipped().is_empty() {
        let fault = "has a set of public keys without a key: leave it out, or fill it";
        problems.add(of_account(account, None), fault);
    }
    for skipped in keys.skipped() {
        let setting = of_account(account, None);
        problems.add(setting, format!("has a public key that cannot be used: {skipped}"));
    }
}

fn check_rules(
    account: &Account,
    grant: &Grant,
    application: &Application,
    problems: &mut Problems,
) {
    fn resource(scope: &str) -> Option<&str> {
        scope.split(':').next()
    }
    let defined: Vec<_> =
        application.scopes.iter().filter_map(|scope| Pattern::parse(scope).ok()).collect();
    let setting = |rule: &str| of_rule(account, &grant.application, Some(rule));
    for rule in grant.allow.iter().chain(&grant.deny) {
        let pattern = match Pattern::parse(rule) {
            Ok(pattern) => pattern,
            Err(error) => {
                problems.add(setting(rule), format!("has a rule `{rule}`: {error}"));
                continue;
            }
        };
        if application.scopes.is_empty() || defined.iter().any(|scope| scope.overlaps(pattern)) {
            continue;
        }
        let known = application.scopes.iter().any(|scope| resource(scope) == resource(rule));
        let what = if known { "an operation" } else { "a resource" };
        problems.add(
            setting(rule),
            format!(
                "has a rule `{rule}` about {what} that `{}` does not define: \
                 define it in the application, or correct the rule",
                application.id
            ),
        );
    }
}
