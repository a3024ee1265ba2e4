//! Reads the values of a TOML table by name and type, and reports each problem with its line.
//!
//! `toml` reads the document rather than `toml-span`: it reports every syntax error of a file, not
//! only the first, and it knows dates.

use std::{ops::Range, time::Duration};

use serde_json::{Map, Value};
use toml::de::{DeTable, DeValue};

use super::diagnostics::{Collector, Lines};
use crate::ui::parse_duration;

type Item<'p> = toml::Spanned<DeValue<'p>>;

/// The lines of a document, and its problems so far.
#[derive(Debug)]
pub(super) struct Reader<'p> {
    pub(super) lines: &'p Lines,
    pub(super) problems: &'p Collector,
}

/// A table that is being read.
pub(super) struct Table<'p> {
    reader: &'p Reader<'p>,
    table: &'p DeTable<'p>,
    line: usize,
    /// The name of the table; empty for the document itself.
    name: &'static str,
    /// The settings that have been asked for.
    known: Vec<&'static str>,
}

/// A value and its line.
#[derive(Clone, Debug)]
pub(crate) struct Spanned<T> {
    pub(crate) line: usize,
    pub(crate) value: T,
}

impl<'p> Table<'p> {
    pub(super) fn new(
        reader: &'p Reader<'p>,
        table: &'p DeTable<'p>,
        span: &Range<usize>,
        name: &'static str,
    ) -> Self {
        let line = reader.lines.number(span.start);
        Self { reader, table, line, name, known: Vec::new() }
    }

    pub(super) const fn line(&self) -> usize {
        self.line
    }

    /// The line of a value, or of the table if it has no such value.
    pub(super) fn line_of(&self, name: &str) -> usize {
        self.table.get(name).map_or(self.line, |value| self.number(value))
    }

    pub(super) fn problem(&self, line: usize, text: impl Into<String>) {
        self.reader.problems.add(line, text);
    }

    pub(super) fn string(&mut self, name: &'static str) -> Option<Spanned<String>> {
        let value = self.value(name)?;
        match value.get_ref() {
            DeValue::String(text) => Some(self.spanned(value, text.to_string())),
            _ => self.wrong(name, value, "a string in quotes"),
        }
    }

    pub(super) fn required_string(
        &mut self,
        name: &'static str,
        help: &str,
    ) -> Option<Spanned<String>> {
        if !self.table.contains_key(name) {
            self.known.push(name);
            let owner = if self.name.is_empty() { "the file" } else { self.name };
            self.problem(self.line, format!("{owner} has no `{name}`: {help}"));
            return None;
        }
        self.string(name)
    }

    pub(super) fn strings(&mut self, name: &'static str) -> Vec<Spanned<String>> {
        const WHAT: &str = "a list of strings, as [\"a\", \"b\"]";
        let Some(value) = self.value(name) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            return self.wrong(name, value, WHAT).unwrap_or_default();
        };
        let read = |item: &'p Item<'p>| match item.get_ref() {
            DeValue::String(text) => Some(self.spanned(item, text.to_string())),
            _ => self.wrong(name, item, WHAT),
        };
        items.iter().filter_map(read).collect()
    }

    /// A list that is either absent or not empty: an empty one could mean none or all.
    pub(super) fn non_empty_strings(
        &mut self,
        name: &'static str,
        help: &str,
    ) -> Vec<Spanned<String>> {
        if let Some(value) = self.table.get(name)
            && let DeValue::Array(items) = value.get_ref()
            && items.is_empty()
        {
            self.problem(self.number(value), format!("`{name}` is empty: {help}"));
        }
        self.strings(name)
    }

    pub(super) fn flag(&mut self, name: &'static str) -> bool {
        self.choice_of_two(name).unwrap_or_default()
    }

    /// A flag whose default depends on other settings.
    pub(super) fn choice_of_two(&mut self, name: &'static str) -> Option<bool> {
        let value = self.value(name)?;
        match value.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            _ => self.wrong(name, value, "true or false"),
        }
    }

    pub(super) fn number(&self, value: &Item<'_>) -> usize {
        self.reader.lines.number(value.span().start)
    }

    /// A whole number of at least one.
    pub(super) fn count(&mut self, name: &'static str) -> Option<u32> {
        let value = self.value(name)?;
        let number = match value.get_ref() {
            DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        let number = number.filter(|number| *number > 0);
        number.or_else(|| self.wrong(name, value, "a whole number from 1 to 4294967295"))
    }

    pub(super) fn duration(&mut self, name: &'static str) -> Option<Spanned<Duration>> {
        let Spanned { line, value } = self.string(name)?;
        match parse_duration(&value) {
            Ok(value) => Some(Spanned { line, value }),
            Err(error) => {
                self.problem(line, format!("`{name}` {error}"));
                None
            }
        }
    }

    /// One of several words.
    pub(super) fn choice<T: Copy>(
        &mut self,
        name: &'static str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let Spanned { line, value } = self.string(name)?;
        let chosen = choices.iter().find(|(word, _)| *word == value);
        if chosen.is_none() {
            let words: Vec<_> = choices.iter().map(|(word, _)| format!("`{word}`")).collect();
            let words = words.join(", ");
            self.problem(line, format!("`{name}` cannot be `{value}`: write one of {words}"));
        }
        chosen.map(|(_, value)| *value)
    }

    /// A table in this table.
    pub(super) fn table(&mut self, name: &'static str) -> Option<Self> {
        let value = self.value(name)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(Table::new(self.reader, table, &value.span(), name)),
            _ => self.wrong(name, value, &format!("a table: begin it with [{name}]")),
        }
    }

    /// The tables of an array of tables.
    pub(super) fn tables(&mut self, name: &'static str) -> Vec<Self> {
        let what = format!("a list of tables: begin each with [[{name}]]");
        let Some(value) = self.value(name) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            return self.wrong(name, value, &what).unwrap_or_default();
        };
        let read = |item: &'p Item<'p>| match item.get_ref() {
            DeValue::Table(table) => Some(Table::new(self.reader, table, &item.span(), name)),
            _ => self.wrong(name, item, &what),
        };
        items.iter().filter_map(read).collect()
    }

    /// Lists of strings under names that the file chooses, in the order of the file.
    pub(super) fn lists(&mut self, name: &'static str) -> Vec<(String, Vec<String>)> {
        const WHAT: &str = "a table of lists, as { announce = [\"read\"] }";
        let Some(value) = self.value(name) else { return Vec::new() };
        let DeValue::Table(table) = value.get_ref() else {
            return self.wrong(name, value, WHAT).unwrap_or_default();
        };
        let mut lists = Vec::new();
        for (key, list) in table {
            let DeValue::Array(items) = list.get_ref() else {
                self.wrong::<()>(name, list, WHAT);
                continue;
            };
            let strings = items.iter().filter_map(|item| match item.get_ref() {
                DeValue::String(text) => Some(text.to_string()),
                _ => self.wrong(name, item, WHAT),
            });
            let strings = strings.collect();
            lists.push((key.span().start, (key.get_ref().to_string(), strings)));
        }
        lists.sort_by_key(|(offset, _)| *offset);
        lists.into_iter().map(|(_, list)| list).collect()
    }

    /// Values of any type under names that the file chooses.
    pub(super) fn json(&mut self, name: &'static str) -> Map<String, Value> {
        let Some(value) = self.value(name) else { return Map::new() };
        match value.get_ref() {
            DeValue::Table(table) => object(table),
            _ => self.wrong(name, value, "a table, as { team = \"blue\" }").unwrap_or_default(),
        }
    }

    /// Reports the settings that are not known.
    pub(super) fn finish(self) {
        for (name, value) in self.table {
            let name = name.get_ref().as_ref();
            if self.known.contains(&name) {
                continue;
            }
            let distance = |known: &&str| strsim::levenshtein(known, name);
            let near = self.known.iter().filter(|known| distance(known) <= 1 + known.len() / 4);
            let help = match near.min_by_key(|known| distance(known)) {
                Some(known) => format!("did you mean `{known}`?"),
                None => "remove it, or see what `tower-bearer issuer init` writes".to_owned(),
            };
            let owner = match self.name {
                "" => String::new(),
                owner => format!(" in `{owner}`"),
            };
            self.problem(self.number(value), format!("unknown setting `{name}`{owner}: {help}"));
        }
    }

    fn value(&mut self, name: &'static str) -> Option<&'p Item<'p>> {
        self.known.push(name);
        self.table.get(name)
    }

    fn spanned<T>(&self, item: &Item<'_>, value: T) -> Spanned<T> {
        Spanned { line: self.number(item), value }
    }

    fn wrong<T>(&self, name: &str, value: &Item<'_>, what: &str) -> Option<T> {
        self.problem(self.number(value), format!("`{name}` must be {what}"));
        None
    }
}

fn object(table: &DeTable<'_>) -> Map<String, Value> {
    let member = |(name, value): (&toml::Spanned<_>, &Item<'_>)| {
        let name: &std::borrow::Cow<'_, str> = name.get_ref();
        (name.to_string(), json(value.get_ref()))
    };
    table.iter().map(member).collect()
}

/// Converts to JSON; what JSON does not have, as a date, becomes a string.
fn json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| number.to_string().into(), Value::from),
        DeValue::Float(number) => number
            .as_str()
            .parse::<f64>()
            .ok()
            .and_then(serde_json::Number::from_f64)
            .map_or_else(|| number.to_string().into(), Value::Number),
        DeValue::Boolean(flag) => (*flag).into(),
        DeValue::Datetime(time) => time.to_string().into(),
        DeValue::Array(items) => items.iter().map(|item| json(item.get_ref())).collect(),
        DeValue::Table(table) => Value::Object(object(table)),
    }
}
