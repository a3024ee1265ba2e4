//! Durations as people write them.

use std::time::Duration;

const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

/// Reads `90s`, `10m`, `1h` or `30d`.
///
/// # Errors
/// When the text is nothing of the kind; the error ends a sentence that begins with the setting.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let read = || {
        let (unit, seconds) = UNITS.into_iter().find(|(unit, _)| text.ends_with(unit))?;
        let number = text.strip_suffix(unit)?;
        let number: u64 =
            number.bytes().all(|b| b.is_ascii_digit()).then(|| number.parse().ok())??;
        number.checked_mul(seconds).map(Duration::from_secs)
    };
    read().ok_or_else(|| {
        format!("cannot be `{text}`: write a number and its unit, as 90s, 10m, 1h or 30d")
    })
}

/// A duration in its greatest whole unit.
pub(crate) fn shown(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let whole = |(_, unit): &(&str, u64)| seconds.is_multiple_of(*unit) && seconds >= *unit;
    match UNITS.into_iter().find(whole) {
        Some((name, unit)) => format!("{}{name}", seconds / unit),
        None => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_and_a_unit_and_is_shown_as_it_was_written() {
        for text in ["1s", "90s", "10m", "1h", "25h", "30d"] {
            assert_eq!(duration(text).map(shown).as_deref(), Ok(text));
        }
        assert_eq!(shown(Duration::from_secs(120)), "2m");
        for text in ["", "s", "10", "1.5h", "-1s", "+1s", "1 h", "1w", "99999999999999999999s"] {
            assert!(duration(text).is_err(), "{text}");
        }
        assert!(duration("18446744073709551615d").is_err());
    }
}
