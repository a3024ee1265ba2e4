//! Compares the values that a reader found with the description, and reports every difference.

use super::{
    duration,
    shape::{Member, Rule, Shape, Table},
    suggest::suggestion,
    value::Value,
};
use crate::{claims::Audience, error::Problems};

/// The longest part of a value that a problem repeats, in characters.
const SHOWN_CHARS: usize = 64;

/// Checks the whole file.
pub(super) fn file(value: &Value, table: &Table, problems: &mut Problems) {
    match value {
        Value::Object(_) => members(value, table, "", problems),
        _ => problems.add("configuration", format!("must be a table, not {}", value.kind())),
    }
}

fn members(value: &Value, table: &Table, path: &str, problems: &mut Problems) {
    let Value::Object(found) = value else { return };
    for (index, (name, value)) in found.iter().enumerate() {
        let here = join(path, name);
        if found.iter().take(index).any(|(earlier, _)| earlier == name) {
            problems.add(here, "is given twice; give it once");
            continue;
        }
        match table.members.iter().find(|member| member.name == name) {
            Some(member) => shape(value, &member.shape, &here, problems),
            None => problems.add(here, format!("is not a setting; {}", suggestion(name, table))),
        }
    }
    let is_missing = |member: &&Member| member.required && value.member(member.name).is_none();
    for member in table.members.iter().filter(is_missing) {
        problems.add(join(path, member.name), format!("is missing: {}", member.shape.wanted()));
    }
    for rule in table.rules {
        check_rule(value, rule, path, problems);
    }
}

fn check_rule(value: &Value, rule: &Rule, path: &str, problems: &mut Problems) {
    let given = |names: &&'static [&'static str]| -> Vec<&'static str> {
        names.iter().copied().filter(|name| value.member(name).is_some()).collect()
    };
    match rule {
        Rule::OneAtMost(names) => {
            if let [first, rest @ ..] = &given(names)[..] {
                for name in rest {
                    let help = format!("cannot be given together with `{first}`; keep one");
                    problems.add(join(path, name), help);
                }
            }
        }
        Rule::OneAtLeast(names) => {
            if let ([], [first, ..]) = (&given(names)[..], names) {
                let help = format!("is missing: give one of {}", quoted(names));
                problems.add(join(path, first), help);
            }
        }
    }
}

fn shape(value: &Value, shape: &Shape, path: &str, problems: &mut Problems) {
    match shape {
        Shape::Table(table) => match value {
            Value::Object(_) => members(value, table, path, problems),
            _ => wrong_kind(value, shape, path, problems),
        },
        Shape::Tables(table) => {
            let Some(items) = value.list() else {
                return wrong_kind(value, shape, path, problems);
            };
            if items.is_empty() {
                problems.add(path, "must not be empty; give at least one");
            }
            for (index, item) in items.into_iter().enumerate() {
                let here = format!("{path}[{index}]");
                match item {
                    Value::Object(_) => members(item, table, &here, problems),
                    _ => problems.add(here, format!("must be a table, not {}", item.kind())),
                }
            }
        }
        Shape::Words(each) => list(value, path, problems, |item, here, problems| {
            self::shape(item, each, here, problems);
        }),
        Shape::WordsOrTables(table) => {
            list(value, path, problems, |item, here, problems| match item {
                Value::Object(_) => members(item, table, here, problems),
                _ => self::shape(item, &Shape::Text, here, problems),
            })
        }
        Shape::Duration(least, most) => match value.text().map(duration::parse) {
            Some(Some(given)) if (*least..=*most).contains(&given) => {}
            Some(_) => cannot_be(value, shape, path, problems),
            None => wrong_kind(value, shape, path, problems),
        },
        Shape::Integer(least, most) => match value.integer() {
            Some(given) if (i128::from(*least)..=i128::from(*most)).contains(&given) => {}
            Some(_) => cannot_be(value, shape, path, problems),
            None => wrong_kind(value, shape, path, problems),
        },
        Shape::Flag if value.flag().is_some() => {}
        Shape::True if value.flag() == Some(true) => {}
        Shape::True if value.flag() == Some(false) => {
            problems.add(path, "can only be true; leave the setting out otherwise");
        }
        Shape::Flag | Shape::True => wrong_kind(value, shape, path, problems),
        _ => match value.text() {
            Some(text) => string(text, shape, path, problems),
            None => wrong_kind(value, shape, path, problems),
        },
    }
}

fn list(
    value: &Value,
    path: &str,
    problems: &mut Problems,
    mut check: impl FnMut(&Value, &str, &mut Problems),
) {
    let Some(items) = value.words() else {
        let help = format!("must be a list of strings, not {}", value.kind());
        return problems.add(path, help);
    };
    if items.is_empty() {
        problems.add(path, "is empty; give at least one, or leave the setting out");
    }
    // The items of a list that is written as one string have no paths of their own.
    let one = matches!(value, Value::Text(_));
    for (index, item) in items.iter().enumerate() {
        let here = if one { path.to_owned() } else { format!("{path}[{index}]") };
        check(item, &here, problems);
    }
}

fn string(text: &str, shape: &Shape, path: &str, problems: &mut Problems) {
    match shape {
        Shape::Choice(choices) if !choices.contains(&text) => {
            cannot_be(&Value::Text(text.to_owned()), shape, path, problems);
        }
        Shape::Identifier if Audience::new(text).is_err() => {
            let help = "is not an identifier: give it exactly as tokens have it, without white \
                        space, in 1 to 2,048 bytes";
            problems.add(path, help);
        }
        // The text may hold a password, so it is not repeated.
        Shape::Url if text.parse::<http::Uri>().map_or(true, |url| url.host().is_none()) => {
            problems.add(path, "is not an absolute URL; give one such as https://issuer.example");
        }
        Shape::Token if http::HeaderName::from_bytes(text.as_bytes()).is_err() => {
            problems.add(path, "is not a name of HTTP; give letters, digits and `-`");
        }
        Shape::Pointer if !text.starts_with('/') => {
            problems.add(path, "is not a JSON pointer; begin it with `/`");
        }
        Shape::Text | Shape::File if text.trim().is_empty() => {
            problems.add(path, "is empty; give a value, or leave the setting out");
        }
        _ => {}
    }
}

fn wrong_kind(value: &Value, shape: &Shape, path: &str, problems: &mut Problems) {
    problems.add(path, format!("must be {}, not {}", shape.expected(), value.kind()));
}

fn cannot_be(value: &Value, shape: &Shape, path: &str, problems: &mut Problems) {
    let shown = match value {
        Value::Integer(number) => number.to_string(),
        other => {
            let shown: String =
                other.text().unwrap_or_default().chars().take(SHOWN_CHARS).collect();
            format!("{shown:?}")
        }
    };
    problems.add(path, format!("cannot be {shown}: {}", shape.wanted()));
}

/// The path of a member; a name with unusual characters is quoted, and cut.
pub(super) fn join(path: &str, name: &str) -> String {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    let name = if plain && !name.is_empty() && name.len() <= SHOWN_CHARS {
        name.to_owned()
    } else {
        format!("{:?}", name.chars().take(SHOWN_CHARS).collect::<String>())
    };
    if path.is_empty() { name } else { format!("{path}.{name}") }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

impl Shape {
    /// Returns the kind of value, for "must be ..".
    fn expected(&self) -> String {
        match self {
            Self::Table(_) => "a table".to_owned(),
            Self::Tables(_) => "a list of tables".to_owned(),
            Self::Words(_) | Self::WordsOrTables(_) => "a list of strings".to_owned(),
            Self::Duration(..) => "a string with a number and its unit, such as 30s".to_owned(),
            Self::Integer(..) => "a whole number".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::True => "true".to_owned(),
            _ => "a string".to_owned(),
        }
    }

    /// Returns what to give, as an instruction.
    fn wanted(&self) -> String {
        match self {
            Self::Choice(choices) => format!("give one of {}", quoted(choices)),
            Self::Duration(least, most) => {
                format!("give {} to {}", duration::shown(*least), duration::shown(*most))
            }
            Self::Integer(least, most) => format!("give {least} to {most}"),
            Self::Url => "give an absolute URL".to_owned(),
            other => format!("give {}", other.expected()),
        }
    }
}
