//! The caching headers of a fetched document (RFC 9110, RFC 9111).

use std::time::Duration;

use http::{
    HeaderMap, HeaderValue,
    header::{
        AGE, CACHE_CONTROL, DATE, ETAG, EXPIRES, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
    },
};

use crate::{
    time::UnixTime,
    transport::{date, field},
};

/// Recognizes an answer that has not changed (RFC 9110 §8.8).
#[derive(Clone, Debug, Default)]
pub(crate) struct Validators {
    etag: Option<HeaderValue>,
    last_modified: Option<HeaderValue>,
}

impl Validators {
    /// The validators of an answer.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Self {
        Self {
            etag: headers.get(ETAG).cloned(),
            last_modified: headers.get(LAST_MODIFIED).cloned(),
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }

    /// Makes a request conditional.
    pub(crate) fn apply_to(&self, headers: &mut HeaderMap) {
        if let Some(etag) = &self.etag {
            headers.insert(IF_NONE_MATCH, etag.clone());
        } else if let Some(date) = &self.last_modified {
            headers.insert(IF_MODIFIED_SINCE, date.clone());
        }
    }
}

/// Returns how long an answer is fresh (RFC 9111 §4.2); `None` if it does not say, or must not be
/// kept.
pub(crate) fn max_age(headers: &HeaderMap, now: UnixTime) -> Option<Duration> {
    let mut age = None;
    for field in headers.get_all(CACHE_CONTROL) {
        for directive in field.to_str().unwrap_or_default().split(',') {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "no-store" | "no-cache" => return None,
                "max-age" => age = age.or(value.trim().trim_matches('"').parse().ok()),
                _ => {}
            }
        }
    }
    let spent = field(headers, &AGE).and_then(|age| age.trim().parse().ok()).unwrap_or(0_u64);
    match age {
        Some(seconds) => Some(Duration::from_secs(u64::saturating_sub(seconds, spent))),
        None => {
            let answered_at = field(headers, &DATE).and_then(date).unwrap_or(now);
            Some(field(headers, &EXPIRES).and_then(date)?.saturating_since(answered_at))
        }
    }
}
