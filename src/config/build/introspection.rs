use std::path::Path;

use super::{
    super::{check::join, value::Value},
    fields::{count, text, time},
};
use crate::{
    error::Problems,
    introspection::{ClientAuthentication, ClientCredentials, Introspection, SecretSource},
};

/// Makes the introspection of an issuer; `None` if the settings are wrong.
pub(super) fn introspection(table: &Value, folder: &Path) -> Option<Introspection> {
    let secret = match (text(table, "secret_env"), text(table, "secret_file")) {
        (Some(name), _) => SecretSource::env(name),
        (None, Some(file)) => SecretSource::file(folder.join(file)),
        (None, None) => return None,
    };
    let credentials = ClientCredentials::new(text(table, "client_id")?, secret);
    let mut introspection = match text(table, "endpoint") {
        Some(url) => Introspection::new(url.parse().ok()?, credentials),
        None => Introspection::discover(credentials),
    };
    if text(table, "authentication") == Some("post") {
        introspection = introspection.authentication(ClientAuthentication::Post);
    }
    if let Some(time) = time(table, "cache_for") {
        introspection = introspection.cache_for(time);
    }
    if let Some(time) = time(table, "cache_refusals_for") {
        introspection = introspection.cache_refusals_for(time);
    }
    if let Some(time) = time(table, "stale_if_error") {
        introspection = introspection.stale_if_error(time);
    }
    if let Some(time) = time(table, "timeout") {
        introspection = introspection.timeout(time);
    }
    if let Some(requests) = count(table, "max_in_flight") {
        introspection = introspection.max_in_flight(requests);
    }
    let is_set = |name| table.member(name).and_then(Value::flag) == Some(true);
    if is_set("allow_missing_audience") {
        introspection = introspection.allow_missing_audience();
    }
    if is_set("require_signed_answers") {
        introspection = introspection.require_signed_answers();
    }
    if is_set("every_token") {
        introspection = introspection.every_token();
    }
    Some(introspection)
}

/// Reports what is wrong with the introspection of several issuers together.
pub(super) fn check_together(issuers: &[&Value], problems: &mut Problems) {
    let tables = issuers.iter().enumerate();
    let introspecting = tables.filter_map(|(index, issuer)| {
        Some((format!("issuers[{index}].introspection"), issuer.member("introspection")?))
    });
    for (place, (path, table)) in introspecting.enumerate() {
        if place > 0 {
            let help =
                "is set for another issuer already; an opaque token does not say whose it is";
            problems.add(&*path, help);
        }
        let every_token = table.member("every_token").and_then(Value::flag) == Some(true);
        if every_token && issuers.len() > 1 {
            let help = "would send the tokens of the other issuers to this one; trust it alone";
            problems.add(join(&path, "every_token"), help);
        }
    }
}

/// The path of a setting below its issuer, if it is one of the introspection's.
pub(super) fn place(setting: &str) -> Option<&'static str> {
    Some(match setting {
        "introspection" => "introspection",
        "introspection endpoint" => "introspection.endpoint",
        "client id" => "introspection.client_id",
        "client secret" => "introspection.secret_env",
        "cache_for" => "introspection.cache_for",
        "cache_refusals_for" => "introspection.cache_refusals_for",
        "introspection stale_if_error" => "introspection.stale_if_error",
        "timeout" => "introspection.timeout",
        "max_in_flight" => "introspection.max_in_flight",
        "require_signed_answers" => "introspection.require_signed_answers",
        _ => return None,
    })
}
