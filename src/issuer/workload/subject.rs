//! Patterns of subjects.

/// The characters that end a component of a subject: Kubernetes, GitHub and GitLab use the colon,
/// and paths in subjects, as in SPIFFE IDs and names of repositories, the slash.
const SEPARATORS: [char; 2] = [':', '/'];

/// A whole component of this text stands for any component.
const WILDCARD: &str = "*";

/// The longest pattern, in bytes: real subjects have at most 300.
const MAX_PATTERN_BYTES: usize = 1_024;

/// Subjects, component by component: each is equal, byte for byte, or `*`, which stands for one
/// component that is not empty. Separators are equal, so that a `*` never spans several components.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SubjectPattern(Box<str>);

impl SubjectPattern {
    /// Parses a pattern. The error is the end of a sentence that begins with the pattern.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Err("is empty; give the `sub` of the tokens");
        }
        if text.len() > MAX_PATTERN_BYTES || text.chars().any(char::is_control) {
            return Err("is longer than 1,024 bytes or has a control character");
        }
        let is_mixed = |(body, _): (&str, &str)| body.contains(WILDCARD) && body != WILDCARD;
        if components(text).any(is_mixed) {
            return Err("has a `*` in a component; let it be a whole component between `:` or `/`");
        }
        if components(text).all(|(body, _)| body.is_empty() || body == WILDCARD) {
            return Err("admits every subject; name at least one component");
        }
        Ok(Self(text.into()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn matches(&self, subject: &str) -> bool {
        let mut subject = components(subject);
        let all = components(&self.0).all(|(body, separator)| {
            subject.next().is_some_and(|(found, found_separator)| {
                let is_wild = body == WILDCARD && !found.is_empty();
                (is_wild || body == found) && separator == found_separator
            })
        });
        all && subject.next().is_none()
    }

    /// Returns true if the component of this index stands for any.
    pub(super) fn is_wild_at(&self, index: usize) -> bool {
        components(&self.0).nth(index).is_some_and(|(body, _)| body == WILDCARD)
    }
}

/// The components of a text, each with the separator that ends it; the last one has none.
fn components(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split_inclusive(SEPARATORS).map(|piece| {
        let body = piece.strip_suffix(SEPARATORS).unwrap_or(piece);
        piece.split_at(body.len())
    })
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select};

    use super::*;

    fn pattern(text: &str) -> SubjectPattern {
        SubjectPattern::parse(text).unwrap()
    }

    #[test]
    fn a_pattern_is_exact_unless_it_has_a_wildcard() {
        let exact = pattern("system:serviceaccount:gifts:deliveries");
        assert!(exact.matches("system:serviceaccount:gifts:deliveries"));
        for other in [
            "system:serviceaccount:gifts:deliveries2",
            "system:serviceaccount:gifts:deliverie",
            "system:serviceaccount:gifts:Deliveries",
            "system:serviceaccount:gifts:deliveries:",
            "system:serviceaccount:gifts/deliveries",
            "system:serviceaccount:gifts",
            "*:*:*:*",
            "",
        ] {
            assert!(!exact.matches(other), "{other}");
        }
    }

    #[test]
    fn a_wildcard_is_one_component_and_not_empty() {
        let any = pattern("repo:octo-org/*:ref:refs/heads/main");
        assert!(any.matches("repo:octo-org/gifts:ref:refs/heads/main"));
        for other in [
            "repo:octo-org/gifts/x:ref:refs/heads/main",
            "repo:octo-org/:ref:refs/heads/main",
            "repo:octo-org/gifts:x:ref:refs/heads/main",
            "repo:octo-org/gifts:ref:refs/heads/main/x",
            "repo:octo-orgs/gifts:ref:refs/heads/main",
            "repo:octo-org:gifts:ref:refs/heads/main",
        ] {
            assert!(!any.matches(other), "{other}");
        }
        assert!(!pattern("repo:*:ref:x").matches("repo:stranger/gifts:ref:x"));
        assert!(
            pattern("spiffe://example.org/ns/*/sa/gifts")
                .matches("spiffe://example.org/ns/gifts/sa/gifts")
        );
        assert!(!pattern("spiffe://*/ns/gifts").matches("spiffe:///ns/gifts"));
    }

    #[test]
    fn a_pattern_that_cannot_be_meant_is_refused() {
        for wrong in ["", "*", "*:*", "*/*:*", ":", "a*", "a:b*:c", "**", "a:**", "a\0", "a\n"] {
            assert!(SubjectPattern::parse(wrong).is_err(), "{wrong:?}");
        }
        assert!(SubjectPattern::parse(&"a".repeat(1_024)).is_ok());
        assert!(SubjectPattern::parse(&"a".repeat(1_025)).is_err());
    }

    /// A text of components and separators from so few that they meet often.
    fn text(bodies: &'static [&'static str]) -> impl Strategy<Value = String> {
        let component = (select(bodies), select(&[":", "/"][..]));
        (prop::collection::vec(component, 0..5), select(bodies)).prop_map(|(parts, last)| {
            let parts = parts.into_iter().map(|(body, separator)| format!("{body}{separator}"));
            parts.chain([last.to_owned()]).collect()
        })
    }

    /// The same decision, made on lists of bodies and of separators.
    fn model(pattern: &str, subject: &str) -> bool {
        let separators = |text: &str| text.matches(SEPARATORS).collect::<String>();
        let bodies = |text: &str| {
            let mut bodies: Vec<_> = text.split(SEPARATORS).map(str::to_owned).collect();
            // A separator at the end begins no component.
            if bodies.last().is_some_and(String::is_empty) {
                bodies.pop();
            }
            bodies
        };
        let (pattern_bodies, subject_bodies) = (bodies(pattern), bodies(subject));
        separators(pattern) == separators(subject)
            && pattern_bodies.len() == subject_bodies.len()
            && pattern_bodies
                .iter()
                .zip(&subject_bodies)
                .all(|(one, other)| one == other || one == "*" && !other.is_empty())
    }

    proptest! {
        #[test]
        fn patterns_decide_as_the_model_does(
            pattern in text(&["a", "b", "*", ""]),
            subject in text(&["a", "b", "*", "", "ab"]),
        ) {
            if let Ok(parsed) = SubjectPattern::parse(&pattern) {
                prop_assert_eq!(parsed.matches(&subject), model(&pattern, &subject));
            }
        }

        #[test]
        fn a_pattern_without_a_wildcard_matches_itself_and_nothing_else(
            pattern in text(&["a", "b", "ab"]),
            subject in text(&["a", "b", "ab", "*", ""]),
        ) {
            let parsed = SubjectPattern::parse(&pattern).unwrap();
            prop_assert!(parsed.matches(&pattern));
            prop_assert_eq!(parsed.matches(&subject), pattern == subject);
        }

        #[test]
        fn no_pattern_matches_a_subject_with_more_or_fewer_components(
            pattern in text(&["a", "*"]),
            subject in text(&["a", "b"]),
            more in "[:/][a-z]{1,3}",
        ) {
            if let Ok(parsed) = SubjectPattern::parse(&pattern) && parsed.matches(&subject) {
                let longer = format!("{subject}{more}");
                prop_assert!(!parsed.matches(&longer));
            }
        }

        #[test]
        fn no_text_panics(pattern in ".{0,20}", subject in ".{0,20}") {
            if let Ok(parsed) = SubjectPattern::parse(&pattern) {
                let _ = parsed.matches(&subject);
            }
        }
    }
}
