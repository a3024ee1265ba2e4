//! Properties against another JSON reader: both return the same for any text.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*};
use serde_json::Value;

use super::*;

/// Generates texts of valid values, except that a name may occur twice.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop_oneof![Just("null"), Just("true"), Just("false")].prop_map(str::to_owned),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,4})?([eE][+-]?[0-9]{1,2})?",
        string(),
    ];
    leaf.prop_recursive(4, 24, 4, |value| {
        prop_oneof![
            (vec(value.clone(), 0..4), space()).prop_map(|(all, space)| {
                format!("[{space}{}{space}]", all.join(&format!("{space},")))
            }),
            object(value),
        ]
    })
}

fn object(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let member = (string(), space(), value)
        .prop_map(|(name, space, value)| format!("{space}{name}{space}:{space}{value}{space}"));
    vec(member, 0..20).prop_map(|members| format!("{{{}}}", members.join(",")))
}

/// Generates a JSON string, with and without escapes.
fn string() -> impl Strategy<Value = String> {
    let escape =
        r#"\\["\\/bfnrt]|\\u[0-9abcefABCEF][0-9a-fA-F]{3}|\\u[dD]83[4-9]\\u[dD][c-fC-F][0-9]{2}"#;
    let piece = prop_oneof![4 => "[ !a-c:,{}\\[\\]~\u{e9}\u{1d11e}]{0,10}", 1 => escape];
    vec(piece, 0..3).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

fn space() -> impl Strategy<Value = &'static str> {
    prop_oneof![6 => Just(""), 1 => Just(" "), 1 => Just("\r\n\t ")]
}

/// Returns what this reader reads, as the other reader's values.
fn seen(text: &str) -> Result<BTreeMap<String, Value>, JsonFault> {
    let mut seen = BTreeMap::new();
    read(text, &mut |name, value| {
        let value = match value {
            Member::Bool(value) => value.into(),
            Member::Number(value) => value.into(),
            Member::Text(text) => text.into(),
            Member::Texts(texts) => texts.collect(),
            Member::Null => Value::Null,
            Member::Array(text) | Member::Object(text) => serde_json::from_str(text).unwrap(),
        };
        assert_eq!(seen.insert(name.to_owned(), value), None, "a name that was handed out twice");
    })
    .map(|()| seen)
}

/// Returns true if both readers return the same value. The other one does not round to the nearest
/// number.
fn is_same(seen: &Value, other: &Value) -> bool {
    match (seen.as_f64(), other) {
        (Some(seen), other) => {
            other.as_f64().is_some_and(|other| (seen - other).abs() <= seen.abs() * 1e-15)
        }
        (None, other) => seen == other,
    }
}

fn agree(text: &str) -> Result<(), TestCaseError> {
    let other: Result<BTreeMap<String, Value>, _> = serde_json::from_str(text);
    match (seen(text), other) {
        (Ok(seen), Ok(other)) => {
            prop_assert!(seen.keys().eq(other.keys()), "{:?}", seen);
            prop_assert!(
                seen.values().zip(other.values()).all(|(a, b)| is_same(a, b)),
                "{:?}",
                seen
            );
        }
        (Err(_), Err(_)) => {}
        // The other reader accepts duplicate members, deep nesting and many members.
        (Err(fault), Ok(_)) => prop_assert_ne!(fault, JsonFault::Syntax),
        (Ok(_), Err(error)) => prop_assert!(false, "only this reader takes it: {}", error),
    }
    Ok(())
}

proptest! {
    // Generating texts is slow; fuzzing covers the rare cases.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn another_reader_sees_the_same_members(text in object(value())) {
        prop_assert_ne!(seen(&text).err(), Some(JsonFault::Syntax));
        agree(&text)?;
    }

    #[test]
    fn another_reader_judges_a_damaged_text_alike(
        text in object(value()),
        place: prop::sample::Index,
        length in 0_usize..3,
        put in r#"[ "\\\[\]{},:u0-9eE.+a-]{0,2}|\u{e9}|\u{0}|\u{1f}"#,
    ) {
        let mut characters: Vec<char> = text.chars().collect();
        let start = place.index(characters.len());
        let end = (start + length).min(characters.len());
        characters.splice(start..end, put.chars());
        agree(&characters.iter().collect::<String>())?;
    }

    #[test]
    fn another_reader_judges_any_text_alike(text in r#"\{?("[a-b"\\u0-9]{0,9}"|[ \n:,{}\[\]]|-?[0-9.eE]{1,4}|true|false|null){0,9}\}?"#) {
        agree(&text)?;
    }

    #[test]
    fn raw_values_are_valid_json_for_another_reader(text in object(value())) {
        let mut valid = true;
        let read = read_raw(&text, &mut |_, raw| {
            valid &= serde_json::from_str::<serde::de::IgnoredAny>(raw).is_ok();
        });
        prop_assert_eq!(read, Ok(()));
        prop_assert!(valid);
    }
}
