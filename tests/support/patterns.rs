//! Scopes to generate, from so few names that they meet often.

use proptest::{prelude::*, sample::select};

/// The names of one component. The same for each, so that a mistaken component is noticed.
pub(crate) const NAMES: [&str; 3] = ["a", "b", "ab"];

/// One plain segment.
pub(crate) fn word() -> impl Strategy<Value = String> {
    select(&NAMES[..]).prop_map(str::to_owned)
}

/// One item of the pattern language, in any of its spellings.
pub(crate) fn pattern() -> impl Strategy<Value = String> {
    let segment = prop_oneof![word(), Just("*".to_owned())];
    prop::collection::vec(segment, 1..=3).prop_map(|segments| segments.join(":"))
}

/// Any scope token: mostly patterns, some opaque.
pub(crate) fn item() -> impl Strategy<Value = String> {
    let opaque = select(&["a:b:ab:a", "a::b", ":", "a*", "**", "a:*b", "*:*:*:*"][..]);
    prop_oneof![6 => pattern(), 1 => opaque.prop_map(str::to_owned)]
}
