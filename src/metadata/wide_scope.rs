//! Scopes of an issuer that mean less to it than they grant as patterns.

use crate::scope::Pattern;

/// The number of listed scopes that are compared: real issuers list fewer.
const MAX_COMPARED: usize = 256;

/// A scope of an issuer that covers another one as a pattern, such as `read` and
/// `read:appointments`. To the issuer they are two scopes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WideScope {
    pub(crate) scope: Box<str>,
    pub(crate) covered: Box<str>,
}

impl WideScope {
    /// Finds the first one in a list.
    pub(super) fn find<T: AsRef<str>>(scopes: impl IntoIterator<Item = T>) -> Option<Self> {
        let scopes: Vec<T> = scopes.into_iter().take(MAX_COMPARED).collect();
        let patterns: Vec<_> =
            scopes.iter().filter_map(|scope| Pattern::parse(scope.as_ref()).ok()).collect();
        let (wide, covered) = patterns.iter().find_map(|wide| {
            let covers =
                |other: &&Pattern<'_>| !wide.is_equivalent(**other) && wide.covers(**other);
            patterns.iter().find(covers).map(|covered| (wide, covered))
        })?;
        Some(Self { scope: wide.to_string().into(), covered: covered.to_string().into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(scopes: &[&str]) -> Option<(String, String)> {
        WideScope::find(scopes).map(|wide| (wide.scope.to_string(), wide.covered.to_string()))
    }

    #[test]
    fn w09b_a_bare_scope_beside_a_longer_one_of_its_first_part_is_found() {
        for (scopes, wide, covered) in [
            (&["read", "read:appointments"][..], "read", "read:appointments"),
            (&["read:appointments", "write", "read"], "read", "read:appointments"),
            (&["announce:*:read", "announce:17:read"], "announce:*:read", "announce:17:read"),
        ] {
            assert_eq!(found(scopes), Some((wide.into(), covered.into())), "{scopes:?}");
        }
    }

    #[test]
    fn w09b_scopes_that_cover_no_other_are_no_reason_for_a_warning() {
        for scopes in [
            &["read", "write"][..],
            &["read", "reader:appointments"],
            &["read:a", "read:b"],
            &["a:b:c", "a:b"],
            &["read", "read"],
            &["openid", "email", "email:send", "profile:read"],
            &["", "two words", "read"],
            &[],
        ] {
            assert_eq!(found(scopes), None, "{scopes:?}");
        }
    }
}
