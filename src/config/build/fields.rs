//! Reads the settings of a table. One that has no valid value is `None`: the check of its shape has
//! reported it.

use std::time::Duration;

use super::super::{duration, value::Value};

pub(super) fn text<'v>(table: &'v Value, name: &str) -> Option<&'v str> {
    table.member(name)?.text()
}

pub(super) fn words(table: &Value, name: &str) -> Option<Vec<String>> {
    let words = table.member(name)?.words()?;
    Some(words.iter().filter_map(|word| word.text().map(str::to_owned)).collect())
}

pub(super) fn time(table: &Value, name: &str) -> Option<Duration> {
    duration::parse(text(table, name)?)
}

pub(super) fn count(table: &Value, name: &str) -> Option<usize> {
    table.member(name)?.integer()?.try_into().ok()
}
