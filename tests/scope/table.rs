use tower_bearer::scope::{Matching, Pattern, Requirement, ScopeSet};

use crate::support::truth_table;

/// Each row: what is granted, what is required, whether that is enough.
fn rows() -> Option<Vec<(u64, String, String, bool)>> {
    let table = truth_table()?;
    let rows = table["coverage"].as_array().unwrap();
    let row = |row: &serde_json::Value| {
        let granted: Vec<_> =
            row["granted"].as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect();
        (
            row["n"].as_u64().unwrap(),
            granted.join(" "),
            row["required"].as_str().unwrap().to_owned(),
            row["allow"].as_bool().unwrap(),
        )
    };
    Some(rows.iter().map(row).collect())
}

fn no_params(name: &str) -> Result<&'static str, tower_bearer::scope::TemplateError> {
    Err(tower_bearer::scope::TemplateError::missing(name))
}

#[test]
fn every_coverage_row_holds() {
    let Some(rows) = rows() else { return };
    assert_eq!(rows.len(), 153);
    for (n, granted, required, allow) in rows {
        let scopes = ScopeSet::parse(&granted).unwrap();
        let pattern = Pattern::parse(&required).unwrap();
        assert_eq!(scopes.covers(pattern, Matching::Patterns), allow, "row {n}: {granted}");
        let requirement = Requirement::parse(required).unwrap();
        let satisfied = requirement.satisfied_by(&scopes, Matching::Patterns, &no_params);
        assert_eq!(satisfied, Ok(allow), "row {n} as a requirement");
    }
}

#[test]
fn in_exact_mode_every_coverage_row_is_byte_equality() {
    let Some(rows) = rows() else { return };
    for (n, granted, required, _) in rows {
        let scopes = ScopeSet::parse(&granted).unwrap();
        let equal = granted.split(' ').any(|item| item == required);
        let pattern = Pattern::parse(&required).unwrap();
        assert_eq!(scopes.covers(pattern, Matching::Exact), equal, "row {n}: {granted}");
    }
}
