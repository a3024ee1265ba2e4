//! Standard output for results, standard error for notes.

use std::{
    io::{self, ErrorKind, Write},
    process,
    sync::atomic::{AtomicBool, Ordering},
};

use clap::Args;
use serde_json::Value;

use super::error::{Failure, Outcome};

/// Set once, by `--quiet`.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Suppresses notes and the confirmations of [`Format::done`].
pub(crate) fn set_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Prints a text and ends its line. If the reader has closed the pipe, the program ends without an
/// error, as `ls | head -1` does.
pub(crate) fn line(text: &str) -> Outcome {
    bytes(format!("{text}\n").as_bytes())
}

/// Prints bytes as they are; see [`line`].
pub(crate) fn bytes(bytes: &[u8]) -> Outcome {
    let mut out = io::stdout().lock();
    let written = out.write_all(bytes).and_then(|()| out.flush());
    written.or_else(|error| match error.kind() {
        ErrorKind::BrokenPipe => process::exit(0),
        _ => Err(Failure::unavailable(format!("standard output: {error}"))),
    })
}

/// The option of commands that can print JSON.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Format {
    /// Prints JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Format {
    /// Confirms what a command has done: as a sentence, as JSON, or not at all with `--quiet`.
    pub(crate) fn done(self, text: &str, value: &Value) -> Outcome {
        match (self.json, is_quiet()) {
            (true, _) => json(value),
            (false, true) => Ok(()),
            (false, false) => line(text),
        }
    }
}

/// Prints a JSON value for people and machines.
pub(crate) fn json(value: &Value) -> Outcome {
    line(&harmless(&format!("{value:#}")))
}

/// Prints a note to standard error, but not with `--quiet`.
pub(crate) fn note(text: &str) {
    if !is_quiet() {
        // Nobody is left to hear that standard error is closed.
        let _ = writeln!(io::stderr(), "note: {text}");
    }
}

/// `1 rule`, `2 rules`.
pub(crate) fn plural(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

/// Replaces characters that could move a cursor, change the direction of writing or hide. They
/// become JSON escapes, so that JSON stays JSON.
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

/// Returns true for characters that change the direction of writing or have no width.
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
    fn escaped_json_is_the_same_json() {
        let value = Value::from("a\u{1b}[2J\u{202e}b\u{9b}\nc\u{e4}");
        let shown = harmless(&value.to_string());
        assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{9b}']), "{shown}");
        assert_eq!(serde_json::from_str::<Value>(&shown).ok(), Some(value));
    }

    #[test]
    fn one_of_a_kind_has_no_plural() {
        let texts = [0, 1, 2].map(|count| plural(count, "rule"));
        assert_eq!(texts, ["0 rules", "1 rule", "2 rules"]);
    }
}
