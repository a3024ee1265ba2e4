use std::{fs, path::Path};

use http::{HeaderName, Uri};

use super::{
    super::{issuer_config::KeyLocation, value::Value},
    fields::{count, text, time, words},
};
use crate::{
    claims::Issuer,
    error::Problems,
    jwks::{KeyFile, Keys, RemoteJwks, RemovedKeys, keys_of_text},
    key::{KeySet, MAX_KEYS},
    transport::HttpSettings,
};

/// Makes the keys of an issuer; `None` if the settings are wrong.
pub(super) fn keys(
    table: Option<&Value>,
    issuer: &Issuer,
    folder: &Path,
    path: &str,
    problems: &mut Problems,
) -> Option<(Keys, KeyLocation)> {
    let Some(table) = table else {
        return Some((RemoteJwks::discover(issuer.clone()).into(), KeyLocation::Metadata));
    };
    let (setting, keys) = match (text(table, "file"), text(table, "pem"), text(table, "jwks_uri")) {
        (Some(file), ..) => ("file", key_file(&folder.join(file))),
        (None, Some(pem), _) => ("pem", keys_of_text(pem.as_bytes(), MAX_KEYS)),
        (None, None, Some(url)) => {
            let url: Uri = url.parse().ok()?;
            let keys = remote_keys(table, RemoteJwks::new(url.clone()), folder);
            return Some((keys.into(), KeyLocation::Address(url)));
        }
        (None, None, None) => {
            let keys = remote_keys(table, RemoteJwks::discover(issuer.clone()), folder);
            return Some((keys.into(), KeyLocation::Metadata));
        }
    };
    match keys {
        Ok(keys) => {
            let source = match text(table, "file") {
                Some(file) => KeyFile::new(folder.join(file)).into(),
                None => keys.clone().into(),
            };
            Some((source, KeyLocation::Here(keys)))
        }
        Err(help) => {
            problems.add(format!("{path}.keys.{setting}"), help);
            None
        }
    }
}

fn key_file(path: &Path) -> Result<KeySet, String> {
    let document = fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    keys_of_text(&document, MAX_KEYS)
}

fn remote_keys(table: &Value, mut keys: RemoteJwks, folder: &Path) -> RemoteJwks {
    if let Some(table) = table.member("http") {
        keys = keys.http(http_settings(table, folder));
    }
    if let Some(ttl) = time(table, "max_ttl") {
        keys = keys.max_ttl(ttl);
    }
    if let Some(stale) = time(table, "stale_if_error") {
        keys = keys.stale_if_error(stale);
    }
    if let Some(wait) = time(table, "max_wait") {
        keys = keys.max_wait(wait);
    }
    if let Some(timeout) = time(table, "fetch_timeout") {
        keys = keys.fetch_timeout(timeout);
    }
    if let Some(grace) = time(table, "removed_key_grace").filter(|grace| !grace.is_zero()) {
        keys = keys.removed_keys(RemovedKeys::Grace(grace));
    }
    if let Some(most) = count(table, "max_keys") {
        keys = keys.max_keys(most);
    }
    if let Some(most) = count(table, "max_document_bytes") {
        keys = keys.max_document_bytes(most);
    }
    keys
}

/// How keys are fetched.
fn http_settings(table: &Value, folder: &Path) -> HttpSettings {
    let file = |table: &Value, name| {
        text(table, name).filter(|path| !path.is_empty()).map(|path| folder.join(path))
    };
    let mut http = HttpSettings::new();
    if let Some(path) = file(table, "root_certificates") {
        http = http.root_certificates_file(path);
    }
    if let Some(url) = text(table, "proxy").and_then(|url| url.parse().ok()) {
        http = http.proxy(url);
    }
    if table.member("no_proxy").and_then(Value::flag) == Some(true) {
        http = http.no_proxy();
    }
    if let Some(limit) = time(table, "connect_timeout") {
        http = http.connect_timeout(limit);
    }
    if let Some(path) = file(table, "bearer_file") {
        http = http.bearer_file(path);
    }
    if let Some(header) = table.member("header")
        && let Some(name) = text(header, "name")
        && let (Ok(name), Some(path)) =
            (HeaderName::from_bytes(name.as_bytes()), file(header, "value_file"))
    {
        http = http.header_file(name, path);
    }
    for origin in words(table, "credentials_to").unwrap_or_default() {
        http = http.credentials_to(origin);
    }
    http
}
