//! What OpenAPI calls `security`, without a library of OpenAPI. Pure.

use std::collections::BTreeMap;

use crate::{require::ToRequirement, scope::Requirement, server::BearerLayer};

/// The name under which operations refer to the API's security scheme.
pub const SCHEME_NAME: &str = "oauth2";

/// The security schemes that a request needs, all of them, each with its scopes. An empty one needs
/// nothing.
pub(super) type Alternative = BTreeMap<String, Vec<String>>;

/// What a request needs: one of these alternatives (OpenAPI 3.1 §4.8.10.1, `security`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Security(Vec<Alternative>);

impl Security {
    /// What an operation needs already; nothing if there is no alternative.
    pub(super) fn new(alternatives: impl IntoIterator<Item = Alternative>) -> Self {
        let alternatives: Vec<_> = alternatives.into_iter().collect();
        if alternatives.is_empty() { Self(vec![Alternative::new()]) } else { Self(alternatives) }
    }

    /// A token, whatever its scopes.
    pub(super) fn token() -> Self {
        Self(vec![needs([])])
    }

    /// A token or none.
    pub(super) fn optional_token() -> Self {
        Self(vec![Alternative::new(), needs([])])
    }

    /// What a layer needs.
    pub(super) fn of_layer(layer: &BearerLayer) -> Self {
        if layer.is_optional() { Self::optional_token() } else { Self::token() }
    }

    /// The scopes that a route requires. Nobody passes a malformed requirement; it counts as one for
    /// a token.
    pub(super) fn of(requirement: &impl ToRequirement) -> Self {
        requirement.to_requirement().map_or_else(|_| Self::token(), |it| Self::scopes(&it))
    }

    pub(super) fn scopes(requirement: &Requirement) -> Self {
        Self(requirement.alternatives().into_iter().map(needs).collect())
    }

    /// Needs both: each alternative of the one together with each of the other.
    pub(super) fn and(self, other: &Self) -> Self {
        let mut both: Vec<Alternative> = Vec::new();
        for (one, another) in self.0.iter().flat_map(|one| other.0.iter().map(move |it| (one, it)))
        {
            let joined = join(one, another);
            if !both.contains(&joined) {
                both.push(joined);
            }
        }
        Self(both)
    }

    /// The alternatives, in their order.
    pub(super) fn into_alternatives(self) -> Vec<Alternative> {
        self.0
    }
}

fn needs<'s>(scopes: impl IntoIterator<Item = &'s str>) -> Alternative {
    let scopes = scopes.into_iter().map(str::to_owned).collect();
    Alternative::from([(SCHEME_NAME.to_owned(), scopes)])
}

fn join(one: &Alternative, another: &Alternative) -> Alternative {
    let mut joined = one.clone();
    for (scheme, scopes) in another {
        let known = joined.entry(scheme.clone()).or_default();
        for scope in scopes {
            if !known.contains(scope) {
                known.push(scope.clone());
            }
        }
    }
    joined
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::require::any_of;

    fn shown(security: Security) -> serde_json::Value {
        json!(security.into_alternatives())
    }

    #[test]
    fn a_list_of_scopes_is_one_alternative_and_any_of_is_several() {
        for (security, expected) in [
            (Security::of(&"a"), json!([{"oauth2": ["a"]}])),
            (Security::of(&"a b"), json!([{"oauth2": ["a", "b"]}])),
            (Security::of(&any_of(["a", "b"])), json!([{"oauth2": ["a"]}, {"oauth2": ["b"]}])),
            (Security::of(&"book:{id}:read"), json!([{"oauth2": ["book:{id}:read"]}])),
            (Security::of(&"a\tb"), json!([{"oauth2": []}])),
            (Security::optional_token(), json!([{}, {"oauth2": []}])),
        ] {
            assert_eq!(shown(security), expected);
        }
    }

    #[test]
    fn requirements_add_up() {
        let a = || Security::of(&"a");
        assert_eq!(shown(Security::new([]).and(&a())), json!([{"oauth2": ["a"]}]));
        assert_eq!(shown(a().and(&Security::token())), json!([{"oauth2": ["a"]}]));
        assert_eq!(shown(a().and(&Security::optional_token())), json!([{"oauth2": ["a"]}]));
        assert_eq!(
            shown(Security::of(&any_of(["a", "b"])).and(&Security::of(&any_of(["a", "c"])))),
            json!([{"oauth2": ["a"]}, {"oauth2": ["a", "c"]}, {"oauth2": ["b", "a"]}, {"oauth2": ["b", "c"]}])
        );
        let with_key = Security::new([Alternative::from([("api_key".to_owned(), Vec::new())])]);
        assert_eq!(shown(with_key.and(&a())), json!([{"api_key": [], "oauth2": ["a"]}]));
    }
}
