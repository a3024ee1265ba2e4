//! Suggests the setting that a misspelt name may stand for.

use super::shape::Table;

/// Names that differ in more places are not taken for a typing error.
const MAX_DISTANCE: usize = 3;

/// Returns the fix for an unknown name.
pub(super) fn suggestion(name: &str, table: &Table) -> String {
    let names = table.members.iter().map(|member| member.name);
    let close = names
        .clone()
        .map(|known| (strsim::levenshtein(name, known), known))
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
