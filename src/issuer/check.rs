//! Checks a model before it is used: every rule speaks of something that exists.

use std::{collections::HashSet, time::Duration};

use http::Uri;

use super::{
    account::{Account, Grant},
    application::Application,
    config::Problems,
    grant::Rules,
    profile::Profile,
    registry::{GrantRecord, MAX_SECRETS, Registry},
};
use crate::{
    claims::{Audience, Issuer},
    scope::Pattern,
    transport::UrlRule,
};

/// The longest that a token may live.
pub const MAX_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The longest key of an account, in bytes: it stands in every request's Authorization header.
pub const MAX_KEY_BYTES: usize = 256;

/// The issuer's identifier is the URL that everything hangs from (RFC 8414 §2).
pub(super) fn issuer(issuer: &Issuer, rule: UrlRule, profile: Profile, problems: &mut Problems) {
    const CURE: &str = "give the URL that clients reach the issuer at, without query and fragment";
    let url = issuer.as_str();
    match url.parse::<Uri>() {
        Err(_) => problems.add("issuer", "it is no URL", CURE),
        Ok(uri) => {
            if let Err(fault) = rule.check(&uri) {
                problems.add("issuer", format!("it {fault}"), CURE);
            }
            if url.contains(['?', '#']) {
                problems.add("issuer", "it has a query or a fragment", CURE);
            }
        }
    }
    if profile == Profile::Auth0 && !url.ends_with('/') {
        problems.add("issuer", "it does not end in `/`, as Auth0's do", "add the slash");
    }
}

pub(super) fn lifetime(setting: &str, lifetime: Duration, problems: &mut Problems) {
    const CURE: &str = "give whole seconds, 1 second to 30 days";
    if lifetime.is_zero() {
        problems.add(setting, "the token lifetime is zero", CURE);
    } else if lifetime > MAX_LIFETIME {
        problems.add(setting, "the token lifetime is longer than 30 days", CURE);
    } else if lifetime.subsec_nanos() != 0 {
        problems.add(setting, "the token lifetime has a fraction of a second", CURE);
    }
}

pub(super) fn applications(applications: &[Application], problems: &mut Problems) {
    let mut names = HashSet::new();
    for application in applications {
        let setting = format!("application `{}`", application.id);
        let audience = application.audience_or_id();
        if let Err(error) = Audience::new(audience) {
            problems.add(&setting, error.to_string(), "see `Application::audience`");
        }
        let both = [application.id.as_str(), audience];
        for name in both.iter().take(if both[0] == both[1] { 1 } else { 2 }) {
            if !names.insert(*name) {
                problems.add(
                    &setting,
                    format!("the name `{name}` is an application's id or audience already"),
                    "give each application an id and an audience of its own",
                );
            }
        }
        for scope in &application.scopes {
            if let Err(error) = Pattern::parse(scope) {
                problems.add(&setting, format!("the scope `{scope}`: {error}"), "see `scope`");
            }
        }
    }
}

/// Checks an account against the applications and resolves its rules.
pub(super) fn account(
    account: &Account,
    registry: &Registry,
    problems: &mut Problems,
) -> Vec<GrantRecord> {
    let setting = format!("account `{}`", account.key);
    if account.key.is_empty()
        || account.key.len() > MAX_KEY_BYTES
        || account.key.chars().any(char::is_control)
    {
        problems.add(
            &setting,
            "the key is empty, too long or holds a control character",
            "give 1 to 256 bytes of visible text",
        );
    }
    match account.secrets.len() {
        0 => problems.add(
            &setting,
            "it has no secret",
            "give it one with `Account::secret`, or let `TokenIssuer::create_account` make one",
        ),
        1..=MAX_SECRETS => {}
        _ => problems.add(&setting, "it has more than two secrets", "remove the oldest"),
    }
    if let Some(value) = account.lifetime {
        lifetime(&setting, value, problems);
    }
    let mut records: Vec<GrantRecord> = Vec::new();
    for grant in &account.grants {
        match registry.by_name(&grant.application) {
            None => problems.add(
                &setting,
                format!("there is no application `{}`", grant.application),
                "name an application by its id or its audience",
            ),
            Some(at) if records.iter().any(|record| record.application == at) => problems.add(
                &setting,
                format!("`{}` is named by its id and by its audience", grant.application),
                "name an application the same way in every rule of an account",
            ),
            Some(at) => {
                check_rules(&setting, grant, &registry.applications()[at], problems);
                let rules = Rules::new(&grant.allow, &grant.deny);
                records.push(GrantRecord { application: at, rules, disabled: grant.disabled });
            }
        }
    }
    records
}

fn check_rules(setting: &str, grant: &Grant, application: &Application, problems: &mut Problems) {
    for rule in grant.allow.iter().chain(&grant.deny) {
        let about = |fault: &str| format!("the rule `{rule}` for `{}` {fault}", grant.application);
        let pattern = match Pattern::parse(rule) {
            Ok(pattern) => pattern,
            Err(error) => {
                problems.add(setting, format!("{}: {error}", about("cannot be read")), "see `scope`");
                continue;
            }
        };
        let defined = || application.scopes.iter().filter_map(|s| Pattern::parse(s).ok());
        if defined().next().is_none() || defined().any(|scope| scope.overlaps(pattern)) {
            continue;
        }
        let resource = rule.split(':').next().unwrap_or_default();
        let known = application.scopes.iter().any(|s| s.split(':').next() == Some(resource));
        if known {
            problems.add(
                setting,
                about("names an operation that its resource does not have"),
                "define the operation with `Application::resource`, or correct the rule",
            );
        } else {
            problems.add(
                setting,
                about("names a resource that the application does not have"),
                "define the resource with `Application::resource`, or correct the rule",
            );
        }
    }
}
