//! Keys as the text of a file.

use std::{fs::File, io::Read, path::Path};

use crate::{error::Problems, key::KeySet};

/// Reports a file that holds no keys now.
pub(super) fn check(path: &Path, max_bytes: usize, max_keys: usize, problems: &mut Problems) {
    let keys = read_bounded(path, max_bytes).and_then(|text| keys_of_text(&text, max_keys));
    if let Err(help) = keys {
        problems.add("key_file", help);
    }
}

/// Reads a file of at most `max_bytes`.
pub(super) fn read_bounded(path: &Path, max_bytes: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX).saturating_add(1);
    let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    read.map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() > max_bytes {
        return Err(format!("has more than {max_bytes} bytes"));
    }
    Ok(bytes)
}

/// Reads a JWK Set, or PEM where the text has a PEM block.
pub(crate) fn keys_of_text(document: &[u8], max_keys: usize) -> Result<KeySet, String> {
    let pem = std::str::from_utf8(document).ok().filter(|text| text.contains("-----BEGIN "));
    let keys = match pem {
        Some(pem) => KeySet::from_pem(pem),
        None => KeySet::parse_with_limit(document, max_keys),
    };
    let keys = keys.map_err(|error| format!("has no keys: {error}"))?;
    match keys.skipped().first() {
        Some(skipped) if keys.is_empty() => Err(format!("has no key that can be used: {skipped}")),
        _ if keys.is_empty() => Err("has no key".to_owned()),
        _ => Ok(keys),
    }
}
