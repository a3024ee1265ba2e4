//! Durations as people write them.

use std::time::Duration;

const UNITS: [(&str, u64); 5] =
    [("ms", 1), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];

/// Reads `250ms`, `30s`, `10m`, `1h` or `30d`.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let (unit, millis) = UNITS.into_iter().find(|(unit, _)| text.ends_with(unit))?;
    let number = text.strip_suffix(unit)?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    number.parse::<u64>().ok()?.checked_mul(millis).map(Duration::from_millis)
}

/// Writes a duration in its largest whole unit.
pub(super) fn shown(duration: Duration) -> String {
    let total = duration.as_millis();
    let mut units = UNITS;
    units.sort_by_key(|(_, millis)| std::cmp::Reverse(*millis));
    let whole = |(_, millis): &(&str, u64)| {
        total >= u128::from(*millis) && total.is_multiple_of(u128::from(*millis))
    };
    match units.into_iter().find(whole) {
        Some((unit, millis)) => format!("{}{unit}", total / u128::from(millis)),
        None => "0s".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        for text in ["0s", "250ms", "1s", "90s", "10m", "1h", "25h", "30d"] {
            assert_eq!(parse(text).map(shown).as_deref(), Some(text));
        }
        for text in ["", "s", "10", "1.5h", "-1s", "+1s", "1 h", "1w", "99999999999999999999s"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("18446744073709551615d"), None);
    }
}
