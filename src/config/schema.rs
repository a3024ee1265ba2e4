//! The JSON Schema of the description.

use serde_json::{Map, Value, json};

use super::shape::{Member, Rule, Shape, Table};

const DURATION: &str = "^[0-9]+(ms|s|m|h|d)$";

/// The whole schema as text, with a line end.
pub(super) fn document(root: &Table) -> String {
    let mut schema = table(root);
    schema.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("title".into(), "A resource server of tower-bearer".into());
    format!("{:#}\n", Value::Object(schema))
}

fn table(table: &Table) -> Map<String, Value> {
    let properties: Map<String, Value> =
        table.members.iter().map(|member| (member.name.to_owned(), described(member))).collect();
    let required: Vec<_> =
        table.members.iter().filter(|member| member.required).map(|member| member.name).collect();
    let mut schema = Map::new();
    schema.insert("type".into(), "object".into());
    schema.insert("additionalProperties".into(), false.into());
    schema.insert("properties".into(), properties.into());
    if !required.is_empty() {
        schema.insert("required".into(), required.into());
    }
    let rules: Vec<Value> = table.rules.iter().flat_map(rule).collect();
    if !rules.is_empty() {
        schema.insert("allOf".into(), rules.into());
    }
    schema
}

fn described(member: &Member) -> Value {
    let mut schema = shape(&member.shape);
    if let Value::Object(members) = &mut schema {
        members.insert("description".into(), member.about.into());
    }
    schema
}

fn shape(shape: &Shape) -> Value {
    match shape {
        Shape::Table(members) => table(members).into(),
        Shape::Tables(members) => {
            json!({"type": "array", "minItems": 1, "items": table(members)})
        }
        Shape::Words(each) => {
            json!({"anyOf": [
                {"type": "array", "minItems": 1, "items": self::shape(each)},
                {"type": "string", "minLength": 1},
            ]})
        }
        Shape::WordsOrTables(members) => {
            json!({"anyOf": [
                {"type": "array", "minItems": 1, "items": {"anyOf": [
                    {"type": "string", "minLength": 1},
                    table(members),
                ]}},
                {"type": "string", "minLength": 1},
            ]})
        }
        Shape::Pointer => json!({"type": "string", "pattern": "^/"}),
        Shape::Token => json!({"type": "string", "pattern": "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"}),
        Shape::Identifier => json!({"type": "string", "pattern": "^\\S{1,2048}$"}),
        Shape::Url => json!({"type": "string", "format": "uri"}),
        Shape::Text | Shape::File => json!({"type": "string", "minLength": 1}),
        Shape::Choice(choices) => json!({"type": "string", "enum": choices}),
        Shape::Duration(..) => json!({"type": "string", "pattern": DURATION}),
        Shape::Integer(least, most) => json!({"anyOf": [
            {"type": "integer", "minimum": least, "maximum": most},
            {"type": "string", "pattern": "^[0-9]+$"},
        ]}),
        Shape::Flag => json!({"enum": [true, false, "true", "false"]}),
        Shape::True => json!({"enum": [true, "true"]}),
    }
}

fn rule(rule: &Rule) -> Vec<Value> {
    match rule {
        Rule::OneAtMost(names) => names
            .iter()
            .enumerate()
            .flat_map(|(index, one)| names.iter().skip(index + 1).map(move |other| (one, other)))
            .map(|(one, other)| json!({"not": {"required": [one, other]}}))
            .collect(),
        Rule::OneAtLeast(names) => {
            let each: Vec<_> = names.iter().map(|name| json!({"required": [name]})).collect();
            vec![json!({"anyOf": each})]
        }
    }
}
