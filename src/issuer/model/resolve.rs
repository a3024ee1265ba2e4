//! Checks an account and resolves its rules: each of them names an application that exists.

use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    account::{Account, Grant},
    application::Application,
    applications::Applications,
    lifetime::check_lifetime,
    quota::Quota,
    record::{AccountRecord, GrantRecord},
    rule::Effect,
    rules::Rules,
    secret_hash::{SecretHash, weakness},
    usage::Usage,
};
use crate::{
    error::{ConfigError, Problems, Setting},
    issuer::workload::workloads::Workloads,
    key::KeySet,
    scope::Pattern,
    secret::NoRandomness,
};

/// The longest key of an account, in bytes: it is in every request's `Authorization` header.
pub const MAX_KEY_BYTES: usize = 256;

/// The most secrets of an account that are valid at the same time: the old and the new one.
pub const MAX_SECRETS: usize = 2;

/// Checks an account, hashes its secrets and resolves its rules. `usage` counts the used part of
/// its quota.
///
/// # Errors
/// Every problem of the account. It does **not** check whether the key is taken.
pub(in crate::issuer) fn resolve(
    account: Account,
    applications: &Applications,
    workloads: &Workloads,
    usage: Arc<Usage>,
) -> Result<AccountRecord, ConfigError> {
    let mut problems = Problems::default();
    let key = account.key.as_str();
    if key.is_empty() || key.len() > MAX_KEY_BYTES || key.chars().any(char::is_control) {
        problems.add(
            of_account(&account, None),
            "needs a key of 1 to 256 bytes without control characters",
        );
    }
    if workloads.trusts(key) {
        let fault = "has the name of a trusted issuer as its key: give it another one";
        problems.add(of_account(&account, None), fault);
    }
    check_secrets(&account, workloads.has_rule_for(key), &mut problems);
    check_public_keys(&account, &mut problems);
    if account.quota.is_some_and(Quota::is_zero) {
        problems.add(of_account(&account, None), "has a quota of zero: delete the account instead");
    }
    if let Some(value) = account.lifetime {
        check_lifetime(of_account(&account, Some("lifetime")), value, &mut problems);
    }
    let grants = resolve_grants(&account, applications, &mut problems);
    let introspects = resolve_introspects(&account, applications, &mut problems);
    let credentials = fingerprints(&account, workloads.has_rule_for(&account.key));
    let hashes = account.secrets.iter().map(SecretHash::from_secret).collect::<Result<Vec<_>, _>>();
    let mut secrets = problems.or(hashes)?.map_err(no_randomness)?;
    secrets.extend(account.secret_hashes);
    Ok(AccountRecord {
        secrets,
        credentials,
        public_keys: account.public_keys.unwrap_or_default(),
        quota: account.quota,
        usage,
        key: account.key,
        lifetime: account.lifetime,
        remark: account.remark,
        metadata: account.metadata,
        grants,
        introspects,
    })
}

fn resolve_introspects(
    account: &Account,
    applications: &Applications,
    problems: &mut Problems,
) -> Vec<usize> {
    let mut places = Vec::new();
    for name in &account.introspects {
        match applications.by_name(name) {
            Some(place) => places.push(place),
            None => problems.add(
                of_account(account, Some("introspects")),
                format!("names `{name}`, which is no application's id or audience"),
            ),
        }
    }
    places
}

/// Names each credential by 64 bits of a hash, from which nobody learns anything about a secret of 256
/// random bits: so it is noticed when one is removed, also after a restart. A secret and its hash
/// have different names.
fn fingerprints(account: &Account, has_workload: bool) -> String {
    let of = |kind: &str, text: &str| {
        let mut context = Context::new(&SHA256);
        for part in [kind, "\0", &account.key, "\0", text] {
            context.update(part.as_bytes());
        }
        URL_SAFE_NO_PAD.encode(context.finish().as_ref().get(..8).unwrap_or_default())
    };
    let secrets = account.secrets.iter().map(|secret| of("secret", secret.expose()));
    let hashes = account.secret_hashes.iter().map(|hash| of("hash", &hash.to_string()));
    let keys = account.public_keys.iter().flat_map(KeySet::keys);
    let keys = keys.map(|key| of("key", &key.thumbprint()));
    let workload = has_workload.then(|| of("workload", ""));
    let mut all: Vec<_> = secrets.chain(hashes).chain(keys).chain(workload).collect();
    all.sort_unstable();
    all.join(" ")
}

pub(in crate::issuer) fn no_randomness(error: NoRandomness) -> ConfigError {
    ConfigError::single("secret", format!("cannot be made: {error}"))
}

fn resolve_grants(
    account: &Account,
    applications: &Applications,
    problems: &mut Problems,
) -> Vec<GrantRecord> {
    let mut records: Vec<GrantRecord> = Vec::new();
    for grant in grants(account, problems) {
        let name = &grant.application;
        match applications.by_name(name).and_then(|at| Some((at, applications.get(at)?))) {
            None => problems.add(
                of_rule(account, name, None),
                format!("has a rule for `{name}`, which is no application's id or audience"),
            ),
            Some((at, _)) if records.iter().any(|record| record.application == at) => problems.add(
                of_rule(account, name, None),
                format!("names `{name}` by its id and by its audience: choose one of them"),
            ),
            Some((application, known)) => {
                check_rules(account, &grant, known, problems);
                let rules = Rules::new(&grant.allow, &grant.deny);
                records.push(GrantRecord { application, rules, disabled: grant.disabled });
            }
        }
    }
    records
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

/// Returns the rules of an account for each application, including those in words.
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

fn check_secrets(account: &Account, is_workload: bool, problems: &mut Problems) {
    let secrets = account.secrets.len() + account.secret_hashes.len();
    if secrets == 0 && account.public_keys.is_none() && !is_workload {
        problems.add(
            of_account(account, Some("credentials")),
            "are missing: give it a `secret`, a `secret_hash` or `public_keys`, name it in a rule \
             of a `trusted_issuer`, or use `create_account`",
        );
    }
    if secrets > MAX_SECRETS {
        problems.add(of_account(account, None), "has more than two secrets: remove the oldest");
    }
    for weakness in account.secrets.iter().filter_map(weakness) {
        let fault = format!("has a secret that {weakness}: make one with `Secret::generate`");
        problems.add(of_account(account, None), fault);
    }
}

/// Checks that every key of a configured set is usable: a skipped key would otherwise be noticed
/// only later.
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
