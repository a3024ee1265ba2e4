//! What somebody may have meant by a name that is not a setting.

use super::shape::Table;

/// Names that differ in more places are not taken for a typing error.
const MAX_DISTANCE: usize = 3;

/// What to do about an unknown name.
pub(super) fn suggestion(name: &str, table: &Table) -> String {
    let names = table.members.iter().map(|member| member.name);
    let close = names
        .clone()
        .map(|known| (distance(name, known), known))
        .filter(|(distance, known)| *distance <= MAX_DISTANCE.min(known.len() / 2))
        .min();
    match close {
        Some((_, known)) => format!("did you mean `{known}`?"),
        None => {
            let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
            format!("the settings here are {}", names.join(", "))
        }
    }
}

/// How many characters are to be inserted, removed or replaced (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    // A long name is not close to a short one, and its length is the file's choice.
    if one.len().abs_diff(other.len()) > MAX_DISTANCE {
        return usize::MAX;
    }
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, left) in one.chars().enumerate() {
        let mut previous = index;
        let mut next = vec![index + 1];
        for (right, above) in other.iter().zip(row.iter().skip(1)) {
            let last = next.last().copied().unwrap_or_default();
            next.push((previous + usize::from(left != *right)).min(above + 1).min(last + 1));
            previous = *above;
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_the_characters_that_differ() {
        for (one, other, expected) in [
            ("audience", "audience", 0),
            ("audiance", "audience", 1),
            ("audince", "audience", 1),
            ("leeways", "leeway", 1),
            ("", "abc", 3),
            ("issuer", "realm", 6),
        ] {
            assert_eq!(distance(one, other), expected, "{one} {other}");
        }
    }
}
