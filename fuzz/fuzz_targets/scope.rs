//! Lists of scopes, and pairs against a second engine.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tower_bearer::scope::{MAX_SCOPES, Matching, Pattern, ScopeSet};

/// The three components by the definition; `None` for an opaque item.
fn components(item: &str) -> Option<[&str; 3]> {
    if ["openid", "profile", "email", "address", "phone", "offline_access"].contains(&item) {
        return None;
    }
    let parts: Vec<&str> = item.split(':').collect();
    if parts.iter().any(|part| part.is_empty() || part.contains('*') && *part != "*") {
        return None;
    }
    match parts[..] {
        [r] => Some([r, "*", "*"]),
        [r, o] => Some([r, "*", o]),
        [r, i, o] => Some([r, i, o]),
        _ => None,
    }
}

/// Component by component; an opaque item is covered by itself alone.
fn covers(granted: &str, required: &str) -> bool {
    match (components(granted), components(required)) {
        (Some(granted), Some(required)) => {
            granted.iter().zip(required).all(|(g, r)| *g == "*" || *g == r)
        }
        _ => granted == required,
    }
}

fuzz_target!(|text: &str| {
    if let Ok(set) = ScopeSet::parse(text) {
        assert!(set.len() <= MAX_SCOPES);
        for item in set.iter() {
            if let Ok(pattern) = Pattern::parse(item) {
                assert!(set.covers(pattern, Matching::Patterns), "{item:?}");
                assert!(set.covers(pattern, Matching::Exact), "{item:?}");
            }
        }
        let items: Vec<&str> = set.iter().take(8).collect();
        for one in &items {
            if let Ok(required) = Pattern::parse(one) {
                let by_hand = set
                    .iter()
                    .any(|granted| Pattern::parse(granted).is_ok() && covers(granted, one));
                assert_eq!(set.covers(required, Matching::Patterns), by_hand, "{one}");
            }
            for other in &items {
                if let (Ok(p), Ok(q)) = (Pattern::parse(one), Pattern::parse(other)) {
                    assert_eq!(p.covers(q), covers(one, other), "{one} {other}");
                    assert!(p.overlaps(q) || p.intersection(q).is_none());
                }
            }
        }
    }
});
