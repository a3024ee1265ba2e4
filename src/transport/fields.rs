//! Response headers that hold a time.

use std::time::{Duration, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, header::RETRY_AFTER};

use crate::time::UnixTime;

/// Reads `Retry-After` (RFC 9110 §10.2.3): seconds, or a date.
pub(crate) fn retry_after(headers: &HeaderMap, now: UnixTime) -> Option<Duration> {
    let value = field(headers, &RETRY_AFTER)?;
    match value.trim().parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(date(value)?.saturating_since(now)),
    }
}

pub(crate) fn field<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// An HTTP date (RFC 9110 §5.6.7).
pub(crate) fn date(value: &str) -> Option<UnixTime> {
    let time = httpdate::parse_http_date(value.trim()).ok()?;
    Some(UnixTime::from_secs(time.duration_since(UNIX_EPOCH).ok()?.as_secs()))
}
