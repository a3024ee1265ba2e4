//! Standard output: a reader that has gone away is an error, not a panic.

use std::io::{self, Write};

use serde_json::Value;

use super::error::{Failure, Outcome};

/// Prints a text and ends its line.
pub(crate) fn line(text: &str) -> Outcome {
    let mut out = io::stdout().lock();
    let written = writeln!(out, "{text}").and_then(|()| out.flush());
    written.map_err(|error| Failure::unavailable(format!("standard output: {error}")))
}

/// Prints a JSON value for people and machines.
pub(crate) fn json(value: &Value) -> Outcome {
    line(&harmless(&format!("{value:#}")))
}

/// The text without characters that could move a cursor, turn the direction of writing or hide: in
/// their places stand JSON escapes, so that JSON stays JSON.
pub(crate) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || !(c.is_control() || is_format(c)) {
            shown.push(c);
        } else {
            // All of them are below U+10000.
            shown.push_str(&format!("\\u{:04x}", u32::from(c)));
        }
    }
    shown
}

/// Marks that turn the direction of writing, or have no width.
const fn is_format(c: char) -> bool {
    matches!(
        c,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_harmless_is_still_the_same_json() {
        let value = Value::from("a\u{1b}[2J\u{202e}b\u{9b}\nc\u{e4}");
        let shown = harmless(&value.to_string());
        assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{9b}']), "{shown}");
        assert_eq!(serde_json::from_str::<Value>(&shown).ok(), Some(value));
    }
}
