//! Which requirement an operation has. Pure.

use super::operation::Operation;
use crate::{require::PathParams, scope::Requirement};

/// The name in braces that stands for the tool, the prompt or the URI.
pub(super) const TEMPLATE_NAME: &str = "mcp-name";

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Method,
    Tool,
    Resource,
    Prompt,
}

/// A rule: the operations of its kind with this name, or with names that begin so, need this.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) kind: Kind,
    /// A name; a `*` at its end stands for any text.
    pub(super) pattern: Box<str>,
    pub(super) requirement: Requirement,
}

/// All rules, and what an operation needs that none of them lists.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) default: Requirement,
    pub(super) rules: Vec<Rule>,
}

impl Rules {
    /// What an operation needs.
    pub(super) fn required(&self, operation: &Operation<'_>) -> Vec<(&Requirement, PathParams)> {
        let Some(method) = operation.method.as_deref() else { return self.default() };
        let kind = match method {
            "tools/call" => Kind::Tool,
            "resources/read" => Kind::Resource,
            "prompts/get" => Kind::Prompt,
            _ => Kind::Method,
        };
        let name = operation.name.as_deref();
        let found = match name {
            Some(uri) if kind == Kind::Resource && is_ambiguous(uri) => return self.strictest(uri),
            Some(name) => self.find(kind, name),
            None => None,
        };
        let found = found.or_else(|| self.find(Kind::Method, method));
        found.map_or_else(|| self.default(), |rule| vec![demand(&rule.requirement, name)])
    }

    /// The requirement of what no rule lists.
    pub(super) fn default(&self) -> Vec<(&Requirement, PathParams)> {
        vec![demand(&self.default, None)]
    }

    /// Returns the rule for a name: of several the one with the longest pattern; a name without `*`
    /// before all.
    fn find(&self, kind: Kind, name: &str) -> Option<&Rule> {
        let rules = self.rules.iter().filter(|rule| rule.kind == kind);
        rules.filter(|rule| rule.covers(name)).max_by_key(|rule| match rule.prefix() {
            Some(prefix) => (false, prefix.len()),
            None => (true, 0),
        })
    }

    /// What all rules of resources need together: for a URI that a server may read as another.
    fn strictest(&self, uri: &str) -> Vec<(&Requirement, PathParams)> {
        let rules = self.rules.iter().filter(|rule| rule.kind == Kind::Resource);
        let mut all = self.default();
        all.extend(rules.map(|rule| demand(&rule.requirement, Some(uri))));
        all
    }
}

impl Rule {
    pub(super) fn prefix(&self) -> Option<&str> {
        self.pattern.strip_suffix('*')
    }

    fn covers(&self, name: &str) -> bool {
        match self.prefix() {
            Some(prefix) => name.starts_with(prefix),
            None => *self.pattern == *name,
        }
    }
}

fn demand<'r>(requirement: &'r Requirement, name: Option<&str>) -> (&'r Requirement, PathParams) {
    let params = match name {
        Some(name) if requirement.is_template() => PathParams::new([(TEMPLATE_NAME, name)]),
        _ => PathParams::default(),
    };
    (requirement, params)
}

/// The schemes whose URLs have several spellings (the special schemes of the URL Standard).
const SPECIAL_SCHEMES: [&str; 6] = ["file", "http", "https", "ws", "wss", "ftp"];

/// Returns true for a URI that has another spelling, or that a server may read as that of another
/// resource:
///
/// - an escape, a backslash, a fragment, or a character outside ASCII;
/// - upper case in the scheme or the authority, which are compared without case;
/// - user information, a default port or an empty one, and `localhost` as the host of a file;
/// - a special scheme without `//` or without a path, and a file with a query;
/// - `..`, `.` or nothing as a segment of the path.
fn is_ambiguous(uri: &str) -> bool {
    let (scheme, rest) = uri.split_once(':').unwrap_or(("", uri));
    let named = rest.strip_prefix("//");
    let end = |rest: &str| rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = named.map_or(("", rest), |rest| rest.split_at(end(rest)));
    let is_special = SPECIAL_SCHEMES.contains(&scheme);
    let has_upper = |text: &str| text.contains(|c: char| c.is_ascii_uppercase());
    uri.contains(|c: char| !c.is_ascii_graphic() || matches!(c, '%' | '\\' | '#'))
        || has_upper(scheme)
        || has_upper(authority)
        || authority.contains('@')
        || [":", ":80", ":443"].iter().any(|port| authority.ends_with(port))
        || (scheme == "file" && (authority == "localhost" || path.contains('?')))
        || (is_special && (named.is_none() || !path.starts_with('/')))
        || path.split(['/', '?']).any(|segment| matches!(segment, "." | ".."))
        || path.contains("//")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        let rule = |kind, pattern: &str, scope: &'static str| Rule {
            kind,
            pattern: pattern.into(),
            requirement: Requirement::parse(scope).unwrap(),
        };
        Rules {
            default: Requirement::parse("default").unwrap(),
            rules: vec![
                rule(Kind::Tool, "report_*", "reports"),
                rule(Kind::Tool, "report_secret", "secret"),
                rule(Kind::Tool, "report_secret_*", "secrets"),
                rule(Kind::Method, "tools/call", "tools"),
                rule(Kind::Method, "tools/list", "list"),
                rule(Kind::Resource, "file:///a/*", "a"),
                rule(Kind::Resource, "file:///b/*", "b"),
                rule(Kind::Prompt, "*", "prompts"),
            ],
        }
    }

    fn required(method: &str, name: Option<&str>) -> String {
        let operation =
            Operation { method: Some(method.into()), name: name.map(std::borrow::Cow::from) };
        let rules = rules();
        let required = rules.required(&operation);
        let scopes: Vec<_> = required.iter().map(|(each, _)| each.to_string()).collect();
        scopes.join(" ")
    }

    #[test]
    fn the_most_specific_rule_decides() {
        for (method, name, expected) in [
            ("tools/call", Some("report_secret"), "secret"),
            ("tools/call", Some("report_secret_2"), "secrets"),
            ("tools/call", Some("report_"), "reports"),
            ("tools/call", Some("Report_"), "tools"),
            ("tools/call", Some("other"), "tools"),
            ("tools/list", None, "list"),
            ("prompts/get", Some("any"), "prompts"),
            ("prompts/list", None, "default"),
            ("resources/read", Some("file:///a/1"), "a"),
            ("resources/read", Some("file:///c"), "default"),
            ("initialize", None, "default"),
        ] {
            assert_eq!(required(method, name), expected, "{method} {name:?}");
        }
    }

    #[test]
    fn a_uri_with_another_spelling_needs_what_all_resources_need() {
        for uri in [
            "file:///a/../b/1",
            "file:///a/./1",
            "file:///a/%2e%2e/b",
            "file:///a\\..\\b",
            "file:///a//b",
            "file:///a/b c",
            "file:///a/\u{e9}",
            "file:////a/1",
            "file:/a/1",
            "file:a/1",
            "FILE:///a/1",
            "file://LOCALHOST/a/1",
            "file://localhost/a/1",
            "file:///a/1?b",
            "file:///a/1#b",
            "https://Docs.example/1",
            "https://docs.example:443/1",
            "https://docs.example:/1",
            "https://me@docs.example/1",
            "https://docs.example",
            "https:docs.example/1",
        ] {
            assert_eq!(required("resources/read", Some(uri)), "default a b", "{uri}");
        }
        assert_eq!(required("resources/read", Some("file:///a/b.c/..d")), "a");
        for uri in ["https://docs.example:8080/A?b=/c", "memo:insights", "urn:a:B", "notes"] {
            assert_eq!(required("resources/read", Some(uri)), "default", "{uri}");
        }
    }
}
