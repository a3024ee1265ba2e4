//! Durations and dates as people write and read them.

use std::time::{Duration, SystemTime};

use tower_bearer::time::UnixTime;

/// 9999-12-31T23:59:59Z: the last second of a year with four digits.
const LAST: u64 = 253_402_300_799;

/// The date as HTTP writes it; `None` after the year 9999.
pub(crate) fn format_date(time: UnixTime) -> Option<String> {
    let seconds = Some(time.as_secs()).filter(|seconds| *seconds <= LAST)?;
    Some(httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)))
}

/// Reads `90s`, `10m`, `1h`, `1h 30m` or `30d`, in whole seconds.
///
/// # Errors
/// The end of a sentence that begins with the name of the setting.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text).ok();
    duration.filter(|duration| duration.subsec_nanos() == 0).ok_or_else(|| {
        format!("cannot be `{text}`: write numbers with units, as 90s, 10m, 1h, 1h 30m or 30d")
    })
}

/// The duration in its largest whole unit, as [`parse_duration`] reads it.
pub(crate) fn format_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [("d", 86_400), ("h", 3_600), ("m", 60)];
    let whole = |(_, unit): &(&str, u64)| seconds.is_multiple_of(*unit) && seconds >= *unit;
    let (name, unit) = units.into_iter().find(whole).unwrap_or(("s", 1));
    format!("{}{name}", seconds / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_shown_as_it_was_written() {
        for text in ["0s", "1s", "90s", "10m", "1h", "25h", "30d"] {
            assert_eq!(parse_duration(text).map(format_duration).as_deref(), Ok(text));
        }
        assert_eq!(format_duration(Duration::from_secs(120)), "2m");
        assert_eq!(parse_duration("1h 30m"), Ok(Duration::from_secs(5_400)));
        assert_eq!(parse_duration("1hour"), parse_duration("60 min"));
        assert_eq!(parse_duration("1.5h"), parse_duration("90m"));
    }

    #[test]
    fn a_duration_without_a_unit_or_with_parts_of_a_second_is_refused() {
        for text in ["", "s", "10", "1.5s", "-1s", "+1s", "an hour", "1ms", "99999999999999999999s"]
        {
            assert!(parse_duration(text).is_err(), "{text}");
        }
        assert!(parse_duration("18446744073709551615d").is_err());
    }
}
