//! Reads a table of a TOML document: each value by its name and type, each problem with its line.

use std::{ops::Range, time::Duration};

use serde_json::{Map, Value};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{duration::duration, lines::Lines, problem::Collector};

/// Where a document is read and its problems go.
#[derive(Debug)]
pub(super) struct Page<'p> {
    pub(super) lines: &'p Lines,
    pub(super) problems: &'p Collector,
}

/// A table that is being read.
pub(super) struct Section<'p> {
    page: &'p Page<'p>,
    table: &'p DeTable<'p>,
    line: usize,
    /// How the table is called in a sentence: `account`, or nothing for the document itself.
    title: &'static str,
    read: Vec<&'static str>,
}

/// A value and the line it stands in.
#[derive(Clone, Debug)]
pub(crate) struct At<T> {
    pub(crate) line: usize,
    pub(crate) value: T,
}

impl<'p> Section<'p> {
    pub(super) fn new(
        page: &'p Page<'p>,
        table: &'p DeTable<'p>,
        span: &Range<usize>,
        title: &'static str,
    ) -> Self {
        let line = page.lines.number(span.start);
        Self { page, table, line, title, read: Vec::new() }
    }

    pub(super) const fn line(&self) -> usize {
        self.line
    }

    /// The line of a value, or that of the table when it has no such value.
    pub(super) fn line_of(&self, name: &str) -> usize {
        self.table.get(name).map_or(self.line, |value| self.number(value))
    }

    pub(super) fn problem(&self, line: usize, text: impl Into<String>) {
        self.page.problems.add(line, text);
    }

    pub(super) fn text(&mut self, name: &'static str) -> Option<At<String>> {
        let value = self.value(name)?;
        match value.get_ref() {
            DeValue::String(text) => Some(self.at(value, text.to_string())),
            _ => self.wrong(name, value, "a text in quotes"),
        }
    }

    pub(super) fn required_text(&mut self, name: &'static str, cure: &str) -> Option<At<String>> {
        if !self.table.contains_key(name) {
            self.read.push(name);
            let owner = if self.title.is_empty() { "the file" } else { self.title };
            self.problem(self.line, format!("{owner} has no `{name}`: {cure}"));
            return None;
        }
        self.text(name)
    }

    /// A text, or a list of texts.
    pub(super) fn texts(&mut self, name: &'static str) -> Vec<At<String>> {
        const WHAT: &str = "a list of texts, as [\"a\", \"b\"]";
        let Some(value) = self.value(name) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            return self.wrong(name, value, WHAT).unwrap_or_default();
        };
        let read = |item: &'p Spanned<DeValue<'p>>| match item.get_ref() {
            DeValue::String(text) => Some(self.at(item, text.to_string())),
            _ => self.wrong(name, item, WHAT),
        };
        items.iter().filter_map(read).collect()
    }

    /// A list of texts that has at least one where it is given: an empty one might be meant as none
    /// or as all.
    pub(super) fn some_texts(&mut self, name: &'static str, cure: &str) -> Vec<At<String>> {
        if let Some(value) = self.table.get(name)
            && let DeValue::Array(items) = value.get_ref()
            && items.is_empty()
        {
            self.problem(self.number(value), format!("`{name}` is empty: {cure}"));
        }
        self.texts(name)
    }

    pub(super) fn flag(&mut self, name: &'static str) -> bool {
        let Some(value) = self.value(name) else { return false };
        match value.get_ref() {
            DeValue::Boolean(flag) => *flag,
            _ => self.wrong(name, value, "true or false").unwrap_or_default(),
        }
    }

    pub(super) fn number(&self, value: &Spanned<DeValue<'_>>) -> usize {
        self.page.lines.number(value.span().start)
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

    pub(super) fn duration(&mut self, name: &'static str) -> Option<At<Duration>> {
        let At { line, value } = self.text(name)?;
        match duration(&value) {
            Ok(value) => Some(At { line, value }),
            Err(fault) => {
                self.problem(line, format!("`{name}` {fault}"));
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
        let At { line, value } = self.text(name)?;
        let chosen = choices.iter().find(|(word, _)| *word == value);
        if chosen.is_none() {
            let words: Vec<_> = choices.iter().map(|(word, _)| format!("`{word}`")).collect();
            let words = words.join(", ");
            self.problem(line, format!("`{name}` cannot be `{value}`: write one of {words}"));
        }
        chosen.map(|(_, value)| *value)
    }

    /// A table of this table.
    pub(super) fn section(&mut self, name: &'static str) -> Option<Self> {
        let value = self.value(name)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(Section::new(self.page, table, &value.span(), name)),
            _ => self.wrong(name, value, &format!("a table: begin it with [{name}]")),
        }
    }

    /// The tables of an array of tables.
    pub(super) fn sections(&mut self, name: &'static str) -> Vec<Self> {
        let what = format!("a list of tables: begin each with [[{name}]]");
        let Some(value) = self.value(name) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            return self.wrong(name, value, &what).unwrap_or_default();
        };
        let read = |item: &'p Spanned<DeValue<'p>>| match item.get_ref() {
            DeValue::Table(table) => Some(Section::new(self.page, table, &item.span(), name)),
            _ => self.wrong(name, item, &what),
        };
        items.iter().filter_map(read).collect()
    }

    /// Lists of texts under names that the file chooses.
    pub(super) fn lists(&mut self, name: &'static str) -> Vec<(At<String>, Vec<String>)> {
        const WHAT: &str = "lists of texts under their names, as announce = [\"read\"]";
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
            let texts = items.iter().filter_map(|item| match item.get_ref() {
                DeValue::String(text) => Some(text.to_string()),
                _ => self.wrong(name, item, WHAT),
            });
            let texts = texts.collect();
            let line = self.page.lines.number(key.span().start);
            lists.push((At { line, value: key.get_ref().to_string() }, texts));
        }
        lists.sort_by_key(|(name, _)| name.line);
        lists
    }

    /// Values of any kind under names that the file chooses.
    pub(super) fn json(&mut self, name: &'static str) -> Map<String, Value> {
        let Some(value) = self.value(name) else { return Map::new() };
        match value.get_ref() {
            DeValue::Table(table) => object(table),
            _ => self.wrong(name, value, "values under their names").unwrap_or_default(),
        }
    }

    /// Complains of what nobody has asked for.
    pub(super) fn finish(self) {
        for (name, value) in self.table {
            let name = name.get_ref().as_ref();
            if self.read.contains(&name) {
                continue;
            }
            let near = self.read.iter().filter(|known| is_near(known, name)).copied();
            let cure = match near.min_by_key(|known| distance(known, name)) {
                Some(known) => format!("did you mean `{known}`?"),
                None => "remove it, or see what `tower-bearer issuer init` writes".to_owned(),
            };
            let owner = match self.title {
                "" => "setting".to_owned(),
                title => format!("setting of `{title}`"),
            };
            self.problem(self.number(value), format!("`{name}` is no {owner}: {cure}"));
        }
    }

    fn value(&mut self, name: &'static str) -> Option<&'p Spanned<DeValue<'p>>> {
        self.read.push(name);
        self.table.get(name)
    }

    fn at<T>(&self, place: &Spanned<DeValue<'_>>, value: T) -> At<T> {
        At { line: self.number(place), value }
    }

    fn wrong<T>(&self, name: &str, value: &Spanned<DeValue<'_>>, what: &str) -> Option<T> {
        self.problem(self.number(value), format!("`{name}` must be {what}"));
        None
    }
}

fn object(table: &DeTable<'_>) -> Map<String, Value> {
    let member = |(name, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let name: &std::borrow::Cow<'_, str> = name.get_ref();
        (name.to_string(), json(value.get_ref()))
    };
    table.iter().map(member).collect()
}

/// The JSON value that says the same; what JSON cannot say becomes text.
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

fn is_near(known: &str, name: &str) -> bool {
    distance(known, name) <= 1 + known.len() / 4
}

/// How many letters must be changed, added or removed (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut last = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = last + usize::from(x != *y);
            last = row[j + 1];
            row[j + 1] = changed.min(last + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
