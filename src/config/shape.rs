//! The shapes of settings, from which both the check of a file and the JSON Schema are derived.

use std::time::Duration;

/// A named setting.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: &'static str,
    /// A sentence on its effect, for the JSON Schema.
    pub(super) about: &'static str,
    pub(super) required: bool,
    pub(super) shape: Shape,
}

/// The settings of a table.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) members: &'static [Member],
    pub(super) rules: &'static [Rule],
}

/// A relation between several settings of a table.
#[derive(Debug)]
pub(super) enum Rule {
    /// At most one of them.
    OneAtMost(&'static [&'static str]),
    /// At least one of them.
    OneAtLeast(&'static [&'static str]),
}

/// The values that a setting may have.
#[derive(Debug)]
pub(super) enum Shape {
    Table(Table),
    /// Tables in a row.
    Tables(Table),
    /// Strings in a row, or one string with spaces between them.
    Words(&'static Self),
    /// Strings and tables in a row, or one string with spaces between words.
    WordsOrTables(Table),
    /// An identifier without white space, compared byte for byte.
    Identifier,
    /// An absolute URL.
    Url,
    /// A string that is not empty.
    Text,
    /// A name of HTTP (RFC 9110 section 5.6.2), such as that of a header.
    Token,
    /// A JSON pointer.
    Pointer,
    /// The name of a file.
    File,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A number and its unit, such as `30s`, between two bounds, both included.
    Duration(Duration, Duration),
    /// A whole number between two bounds, both included.
    Integer(u64, u64),
    /// `true` or `false`.
    Flag,
    /// `true`, which somebody has to write down.
    True,
}

impl Member {
    pub(super) const fn required(name: &'static str, about: &'static str, shape: Shape) -> Self {
        Self { name, about, required: true, shape }
    }

    pub(super) const fn optional(name: &'static str, about: &'static str, shape: Shape) -> Self {
        Self { name, about, required: false, shape }
    }
}
