use std::time::Duration;

use super::{
    rules::{Kind, Rule, Rules, TEMPLATE_NAME},
    service::{McpScopesLayer, Source},
};
use crate::{
    error::{ConfigError, Problems},
    require::ToRequirement,
    scope,
    scope::{Requirement, Requirements, ScopeError},
};

/// The longest body that [`read_bodies`](McpScopes::read_bodies) allows, in bytes: as `rmcp` does.
pub const MAX_BODY_BYTES: usize = 4 << 20;

/// The longest time that [`read_bodies`](McpScopes::read_bodies) allows for a body: a minute, as a
/// request whose body does not come keeps its memory for as long.
pub const MAX_BODY_TIME: Duration = Duration::from_secs(60);

/// Lists the operations of an MCP server and the scopes that each requires.
///
/// Names are compared byte for byte. A `*` at the end of a name stands for any text. Of several
/// rules that cover a name, the one without `*` decides, or else the longest. An operation that no rule
/// lists needs the default.
///
/// In the scope of a tool, resource or prompt, `{mcp-name}` is its name: with
/// `tool:{mcp-name}:call`, a call of `report` needs `tool:report:call`.
#[derive(Clone, Debug)]
#[must_use]
pub struct McpScopes {
    default: Result<Requirement, ScopeError>,
    rules: Vec<(Kind, Box<str>, Result<Requirement, ScopeError>)>,
    requirements: Option<Requirements>,
    bodies: Option<(usize, Duration)>,
}

#[expect(clippy::needless_pass_by_value, reason = "as `RequireScope` takes requirements")]
impl McpScopes {
    /// Creates a list with the default: what every operation needs that no rule lists.
    pub fn new(default: impl ToRequirement) -> Self {
        Self {
            default: default.to_requirement(),
            rules: Vec::new(),
            requirements: None,
            bodies: None,
        }
    }

    /// Requires scopes for calls of a tool, instead of the default.
    pub fn tool(self, name: impl Into<Box<str>>, required: impl ToRequirement) -> Self {
        self.rule(Kind::Tool, name.into(), required.to_requirement())
    }

    /// Requires scopes for reading a resource, by its URI, instead of the default.
    ///
    /// A URI that has another spelling, such as one with `..`, `%`, `//` or a backslash in its path, or
    /// with upper case in its scheme or host, needs what all rules of resources need together: a server
    /// might read it as another.
    pub fn resource(self, uri: impl Into<Box<str>>, required: impl ToRequirement) -> Self {
        self.rule(Kind::Resource, uri.into(), required.to_requirement())
    }

    /// Requires scopes for getting a prompt, instead of the default.
    pub fn prompt(self, name: impl Into<Box<str>>, required: impl ToRequirement) -> Self {
        self.rule(Kind::Prompt, name.into(), required.to_requirement())
    }

    /// Requires scopes for a method such as `tools/list`, instead of the default. For `tools/call`,
    /// `resources/read` and `prompts/get` it applies to names that no other rule lists.
    pub fn method(self, method: impl Into<Box<str>>, required: impl ToRequirement) -> Self {
        self.rule(Kind::Method, method.into(), required.to_requirement())
    }

    /// Adds what the operations require to the requirements of the API.
    pub fn requirements(self, requirements: &Requirements) -> Self {
        Self { requirements: Some(requirements.clone()), ..self }
    }

    /// Judges by the bodies of requests instead of their headers, and admits any revision of the
    /// protocol. A body of more than `max_bytes`, one that takes longer than `time`, and one that is
    /// not clear, is refused with 400. A batch needs what all its messages need.
    pub fn read_bodies(self, max_bytes: usize, time: Duration) -> Self {
        Self { bodies: Some((max_bytes, time)), ..self }
    }

    fn rule(
        mut self,
        kind: Kind,
        pattern: Box<str>,
        requirement: Result<Requirement, ScopeError>,
    ) -> Self {
        self.rules.push((kind, pattern, requirement));
        self
    }

    /// Builds the layer.
    ///
    /// # Errors
    /// Each rule that is malformed or listed twice, and limits that are zero or too great.
    pub fn build(self) -> Result<McpScopesLayer, ConfigError> {
        let mut problems = Problems::default();
        let mut rules: Vec<Rule> = Vec::new();
        for (kind, pattern, requirement) in self.rules {
            let mut problem = |help: &str| {
                let kind = match kind {
                    Kind::Method => "method",
                    Kind::Tool => "tool",
                    Kind::Resource => "resource",
                    Kind::Prompt => "prompt",
                };
                problems.add(format!("{kind} `{pattern}`"), help);
            };
            let requirement = match requirement {
                Ok(requirement) => requirement,
                Err(error) => {
                    problem(&format!("requires a malformed scope: {error}"));
                    continue;
                }
            };
            let mut names = requirement.template_names();
            if names.any(|name| name != TEMPLATE_NAME || kind == Kind::Method) {
                problem("has a scope with a name in braces that is not `mcp-name`");
            }
            drop(names);
            if pattern.is_empty() || pattern.strip_suffix('*').unwrap_or(&pattern).contains('*') {
                problem("is not a name; write a name, with `*` only at its end");
            }
            if rules.iter().any(|rule| rule.kind == kind && rule.pattern == pattern) {
                problem("is listed twice; list it once");
            }
            rules.push(Rule { kind, pattern, requirement });
        }
        let default = self.default.unwrap_or_else(|error| {
            problems.add("default", format!("is a malformed scope: {error}"));
            scope!("*")
        });
        if default.is_template() {
            problems.add("default", "has a name in braces; give a scope without");
        }
        if let Some((bytes, time)) = self.bodies {
            if bytes == 0 || bytes > MAX_BODY_BYTES {
                problems.add("read_bodies", "has a limit that is not between 1 byte and 4 MiB");
            }
            if time.is_zero() || time > MAX_BODY_TIME {
                problems.add("read_bodies", "has a time that is not between 1 ms and a minute");
            }
        }
        if let Some(requirements) = &self.requirements {
            requirements.add(default.clone());
            rules.iter().for_each(|rule| requirements.add(rule.requirement.clone()));
        }
        let source = match self.bodies {
            None => Source::Headers,
            Some((max_bytes, time)) => Source::Body { max_bytes, time },
        };
        problems.or(McpScopesLayer::new(Rules { default, rules }, source))
    }
}
