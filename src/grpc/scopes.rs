use std::collections::btree_map::Entry;

use super::{
    methods::{Methods, Rule, are_names, split},
    service::MethodScopesLayer,
};
use crate::{
    error::{ConfigError, Problems},
    require::ToRequirement,
    scope::{Requirements, ScopeError},
};

/// The names that a template may have.
const TEMPLATE_NAMES: [&str; 2] = ["service", "method"];

/// Lists the methods of a gRPC server and the scopes that each requires.
///
/// A method is named as gRPC names it in the path of a call, `/package.Service/Method`; `*` instead
/// of the method names all methods of a service that are not listed by name. **A method that is not
/// listed is refused**, whatever the token, as is a path with other characters than such names have.
///
/// ```
/// use tower_bearer::{grpc::MethodScopes, require::any_of};
///
/// let layer = MethodScopes::new()
///     .require("/announce.v1.Announcements/Create", "announce:create")
///     .require("/announce.v1.Announcements/Watch", any_of(["announce:watch", "announce:read"]))
///     .require("/audit.v1.Log/*", "rpc:{service}:{method}") // such as `rpc:audit.v1.Log:Read`
///     .any_token("/account.v1.Account/WhoAmI")
///     .open("/grpc.health.v1.Health/*")
///     .build()?;
/// # Ok::<(), tower_bearer::error::ConfigError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct MethodScopes {
    rules: Vec<(Box<str>, Result<Rule, ScopeError>)>,
    requirements: Option<Requirements>,
}

impl MethodScopes {
    /// Creates an empty list, which refuses every method.
    pub fn new() -> Self {
        Self::default()
    }

    /// Requires scopes for a method, `/package.Service/Method`, or for the other methods of a
    /// service, `/package.Service/*`. In a template, `{service}` is the service with its package and
    /// `{method}` the method.
    #[expect(clippy::needless_pass_by_value, reason = "as `RequireScope` takes it")]
    pub fn require(self, method: impl Into<Box<str>>, required: impl ToRequirement) -> Self {
        let rule = required.to_requirement().map(Rule::Scopes);
        self.rule(method.into(), rule)
    }

    /// Admits every valid token to a method or to the other methods of a service.
    pub fn any_token(self, method: impl Into<Box<str>>) -> Self {
        self.rule(method.into(), Ok(Rule::AnyToken))
    }

    /// Opens a method, or the other methods of a service, to callers without a token, such as
    /// `/grpc.health.v1.Health/*`. The layer of the resource server outside must be
    /// [`optional`](crate::server::BearerLayer::optional).
    pub fn open(self, method: impl Into<Box<str>>) -> Self {
        self.rule(method.into(), Ok(Rule::Open))
    }

    /// Adds what the methods require to the requirements of the API.
    pub fn requirements(self, requirements: &Requirements) -> Self {
        Self { requirements: Some(requirements.clone()), ..self }
    }

    fn rule(mut self, method: Box<str>, rule: Result<Rule, ScopeError>) -> Self {
        self.rules.push((method, rule));
        self
    }

    /// Builds the layer.
    ///
    /// # Errors
    /// Each path that is malformed or listed twice, and each malformed scope.
    pub fn build(self) -> Result<MethodScopesLayer, ConfigError> {
        let mut problems = Problems::default();
        let mut methods = Methods::default();
        for (path, rule) in self.rules {
            let mut problem = |help: &str| problems.add(format!("method `{path}`"), help);
            let rule = match rule {
                Ok(rule) => rule,
                Err(error) => {
                    problem(&format!("requires a malformed scope: {error}"));
                    continue;
                }
            };
            if let Rule::Scopes(requirement) = &rule {
                let unknown = requirement.template_names().find(|n| !TEMPLATE_NAMES.contains(n));
                if unknown.is_some() {
                    problem("has a scope with a name in braces that is not `service` or `method`");
                    continue;
                }
            }
            let Some((service, method)) = split(&path).filter(|parts| are_names(*parts)) else {
                problem("is not a method; write `/package.Service/Method` or `/package.Service/*`");
                continue;
            };
            let entry = match method {
                "*" => methods.by_service.entry(service.into()),
                _ => methods.by_method.entry(path.clone()),
            };
            match entry {
                Entry::Occupied(_) => problem("is listed twice; list it once"),
                Entry::Vacant(entry) => {
                    if let (Some(requirements), Rule::Scopes(requirement)) =
                        (&self.requirements, &rule)
                    {
                        requirements.add(requirement.clone());
                    }
                    entry.insert(rule);
                }
            }
        }
        problems.or(MethodScopesLayer::new(methods))
    }
}
