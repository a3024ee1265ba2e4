//! Reads lists of scopes that issuers and APIs write. Pure.

use std::collections::HashSet;

use crate::scope::{MAX_SCOPES, Pattern, items};

/// The longest list that is read, in bytes.
const MAX_LIST_BYTES: usize = 4_096;

/// Returns the items of a list that are scopes (RFC 6749 §3.3), up to 4,096 bytes: its author must
/// not be able to write arbitrary text to logs and terminals.
pub(super) fn scopes_in(list: &str) -> impl Iterator<Item = &str> {
    let mut room = MAX_LIST_BYTES;
    items(list).filter(|item| Pattern::parse(item).is_ok()).take_while(move |item| {
        let left = room.checked_sub(item.len() + 1);
        room = left.unwrap_or_default();
        left.is_some()
    })
}

/// Returns the items in their order, each once, and at most [`MAX_SCOPES`]. A hash decides which
/// are new, so that a list of 1,300 short scopes costs no comparison of each with all others.
pub(super) fn distinct<'l>(items: impl Iterator<Item = &'l str>) -> Vec<&'l str> {
    let mut seen = HashSet::new();
    items.filter(|item| seen.insert(*item)).take(MAX_SCOPES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_cut_after_4096_bytes_and_256_scopes() {
        let long = format!("{} b", "a".repeat(4_095));
        assert_eq!(scopes_in(&long).map(str::len).collect::<Vec<_>>(), [4_095]);
        let many = (0..5_000).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
        let listed = distinct(scopes_in(&many));
        assert_eq!((listed.len(), listed[0], listed[255]), (256, "0", "255"));
    }

    #[test]
    fn each_scope_is_listed_once_in_its_order_and_other_texts_not_at_all() {
        assert_eq!(distinct(scopes_in("b a  b \u{1b}[2J a c")), ["b", "a", "c"]);
    }
}
