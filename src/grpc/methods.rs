//! The list of methods, and what each requires. Pure.

use std::collections::BTreeMap;

use crate::scope::Requirement;

/// What a method needs of the caller.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    /// Nothing, not even a token.
    Open,
    /// A valid token.
    AnyToken,
    /// A valid token with these scopes.
    Scopes(Requirement),
}

/// The rules by path, checked.
#[derive(Debug, Default)]
pub(super) struct Methods {
    pub(super) by_method: BTreeMap<Box<str>, Rule>,
    pub(super) by_service: BTreeMap<Box<str>, Rule>,
}

impl Methods {
    /// Returns the rule for the path of a call, with its service and method; `None` if no rule
    /// lists it, or if it has other names than Protocol Buffers allow: a server that decodes `%43`
    /// would find a method that has a rule of its own.
    pub(super) fn find<'p>(&self, path: &'p str) -> Option<(&Rule, &'p str, &'p str)> {
        let (service, method) = split(path).filter(|parts| are_names(*parts))?;
        let rule = self.by_method.get(path).or_else(|| self.by_service.get(service))?;
        Some((rule, service, method))
    }
}

/// Returns the service and the method of a path that has exactly these two segments.
pub(super) fn split(path: &str) -> Option<(&str, &str)> {
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    (!service.is_empty() && !method.is_empty() && !method.contains('/'))
        .then_some((service, method))
}

/// Returns true for names of Protocol Buffers, and for `*` as the method.
pub(super) fn are_names((service, method): (&str, &str)) -> bool {
    let is_name = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    service.split('.').all(is_name) && (method == "*" || is_name(method))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_whose_method_has_another_spelling_has_no_rule() {
        let mut methods = Methods::default();
        methods.by_method.insert("/a.v1.Gifts/Create".into(), Rule::AnyToken);
        methods.by_service.insert("a.v1.Gifts".into(), Rule::Open);
        assert!(matches!(methods.find("/a.v1.Gifts/Create"), Some((Rule::AnyToken, ..))));
        assert!(matches!(methods.find("/a.v1.Gifts/Get_2"), Some((Rule::Open, ..))));
        for path in [
            "/a.v1.Gifts/%43reate",
            "/a.v1.Gifts/Create%2F",
            "/a.v1.Gifts/Create;v=1",
            "/a.v1.Gifts/Create.",
            "/a.v1.Gifts/Create/",
            "/a.v1.Gifts//Create",
            "//a.v1.Gifts/Create",
            "a.v1.Gifts/Create",
            "/A.v1.Gifts/Create",
            "/a.v1.Gifts/",
        ] {
            assert!(methods.find(path).is_none(), "{path}");
        }
    }
}
