//! Dates in words.

use std::time::{Duration, SystemTime};

use tower_bearer::time::UnixTime;

/// 9999-12-31T23:59:59Z: the last date that is written with a year of four digits.
const LAST: u64 = 253_402_300_799;

/// The date as HTTP writes it; `None` for one that no calendar of ours names.
pub(crate) fn date(time: UnixTime) -> Option<String> {
    let seconds = Some(time.as_secs()).filter(|seconds| *seconds <= LAST)?;
    Some(httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)))
}
