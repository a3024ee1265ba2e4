//! Every leaf of a full file deleted, mistyped, misspelt and out of range.

use serde_json::{Value, json};

use super::{full, opaque, problems};

/// The leaves that a file cannot do without, by the ends of their paths.
const REQUIRED: [&str; 23] = [
    "token_sources[0].header",
    "token_sources[1].cookie",
    "header.name",
    "header.value_file",
    "introspection.client_id",
    "introspection.secret_env",
    "introspection.secret_file",
    "cache.max_bytes",
    "protected_resource.resource",
    "].issuer",
    "].audience",
    "audience_claim.claim",
    "demand.claim",
    "demand.value",
    "access_token_claim.claim",
    "access_token_claim.value",
    "scope_claims[1].claim",
    "scope_claims[2].pointer",
    "scope_claims[3].member_names",
    "without_demand",
    "status.mode",
    "status.admit_for",
    "status.refuse_in_outage",
];

/// Where the lack of a leaf is reported, if not at its own path: at the first of several of which one
/// is needed.
const ELSEWHERE: [(&str, &str); 6] = [
    ("token_sources[1].cookie", "token_sources[1].header"),
    ("secret_file", "secret_env"),
    ("without_demand", "demand"),
    ("refuse_in_outage", "admit_for"),
    ("scope_claims[2].pointer", "scope_claims[2].claim"),
    ("scope_claims[3].member_names", "scope_claims[3].claim"),
];

/// A value of the right type that is out of the range of a setting.
fn out_of_range(name: &str) -> Value {
    match name {
        "client_id" | "secret_file" | "realm" | "name" | "issuer" | "audience" | "claim"
        | "value" => json!(""),
        "header" | "scheme" | "cookie" => json!("no name"),
        "allow_http_to" => json!(["keycloak:8080", "*.example:80"]),
        "root_certificates" => json!("absent.pem"),
        "proxy" => json!("ftp://proxy.example"),
        "no_proxy" => json!(false),
        "connect_timeout" => json!("31s"),
        "bearer_file" | "value_file" => json!(" "),
        "credentials_to" => json!(["https://keys.example", "http://10.0.0.1"]),
        "pointer" | "member_names" => json!("no/slash"),
        "without_demand"
        | "add_user_roles_to_scopes"
        | "allow_missing_audience"
        | "require_signed_answers"
        | "every_token"
        | "refuse_in_outage" => json!(false),
        "secret_env" => json!("A_VARIABLE_THAT_IS_NOT_SET"),
        "cache_for" => json!("301s"),
        "cache_refusals_for" => json!("61s"),
        "timeout" => json!("99ms"),
        "max_in_flight" => json!(1),
        "token_types" => json!(["at", "logout+jwt"]),
        "max_token_bytes" => json!(65_537),
        "max_header_bytes" => json!(16_385),
        "max_members" => json!(1_025),
        "max_scopes" => json!("2049"),
        "documentation" => json!("/page"),
        "scopes" => json!(["announce:read", "announce\"read"]),
        "at_root" => json!("perhaps"),
        "resource_metadata" | "resource" | "jwks_uri" | "endpoint" => {
            json!("http://keys.example/jwks")
        }
        "allow_loopback_http" => json!("perhaps"),
        "max_bytes" => json!(1_023),
        "algorithms" => json!(["ES256", "HS256"]),
        "profile" | "matching" | "authentication" | "mode" => json!("strictest"),
        "origins" => json!(["http://lists.example"]),
        "max_lists" => json!(1_025),
        "max_list_bytes" | "max_inflated_bytes" => json!(0),
        "leeway" => json!("301s"),
        "max_token_age" => json!("0s"),
        "max_ttl" => json!("299s"),
        "stale_if_error" | "admit_for" => json!("25h"),
        "max_wait" => json!("31s"),
        "fetch_timeout" => json!("999ms"),
        "removed_key_grace" => json!("2h"),
        "max_keys" | "max_document_bytes" => json!(0),
        "file" => json!("absent.json"),
        "pem" => json!("-----BEGIN PUBLIC KEY-----"),
        other => panic!("what is out of range for {other}?"),
    }
}

/// The settings, each with its path in the file and the way to it.
fn leaves(file: &Value) -> Vec<(String, Vec<String>)> {
    fn walk(value: &Value, path: &str, way: &[String], found: &mut Vec<(String, Vec<String>)>) {
        let Value::Object(members) = value else { return };
        for (name, value) in members {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let way = [way, std::slice::from_ref(name)].concat();
            match value {
                Value::Object(_) => walk(value, &path, &way, found),
                Value::Array(items) if items.iter().any(Value::is_object) => {
                    let tables = items.iter().enumerate().filter(|(_, item)| item.is_object());
                    for (index, item) in tables {
                        let way = [&way[..], &[index.to_string()]].concat();
                        walk(item, &format!("{path}[{index}]"), &way, found);
                    }
                }
                _ => found.push((path, way)),
            }
        }
    }
    let mut found = Vec::new();
    walk(file, "", &[], &mut found);
    found
}

/// A file with one table changed.
fn changed(
    file: &Value,
    way: &[String],
    change: impl FnOnce(&mut serde_json::Map<String, Value>),
) -> Value {
    let mut file = file.clone();
    let pointer: String = way[..way.len() - 1].iter().map(|step| format!("/{step}")).collect();
    change(file.pointer_mut(&pointer).unwrap().as_object_mut().unwrap());
    file
}

#[test]
fn each_leaf_spoiled_is_reported_by_its_path_and_nothing_else_is() {
    let files = [full(), opaque()];
    let mut cases = 0;
    let leaves = files.iter().flat_map(|file| leaves(file).into_iter().map(move |it| (file, it)));
    for (file, (path, way)) in leaves {
        let name = way.last().unwrap();
        let check = |what: &str, spoiled: &Value, expected: &[String]| {
            assert_eq!(problems(spoiled), expected, "{what}: {path}");
        };

        let deleted = changed(file, &way, |table| drop(table.remove(name)));
        let required = REQUIRED.iter().any(|end| path.ends_with(end));
        let lacking = match ELSEWHERE.iter().find(|(end, _)| path.ends_with(end)) {
            Some((end, first)) => format!("{}{first}", path.strip_suffix(end).unwrap()),
            None => path.clone(),
        };
        check("deleted", &deleted, if required { std::slice::from_ref(&lacking) } else { &[] });

        for wrong in [json!(null), json!(1.5), json!({"a": {"b": []}}), json!([["x"]])] {
            let spoiled = changed(file, &way, |table| drop(table.insert(name.clone(), wrong)));
            let found = problems(&spoiled);
            let within = |found: &String| *found == path || *found == format!("{path}[0]");
            assert!(!found.is_empty() && found.iter().all(within), "mistyped: {path} {found:?}");
        }

        for misspelt in [format!("{name}_"), name.to_uppercase()] {
            let spoiled = changed(file, &way, |table| {
                let value = table.remove(name).unwrap();
                table.insert(misspelt.clone(), value);
            });
            let unknown = format!("{}{misspelt}", path.strip_suffix(&**name).unwrap());
            let missing = required.then(|| lacking.clone());
            let expected: Vec<_> = [Some(unknown), missing].into_iter().flatten().collect();
            check("misspelt", &spoiled, &expected);
        }

        let far = changed(file, &way, |table| drop(table.insert(name.clone(), out_of_range(name))));
        let place = if name == "algorithms" { format!("{path}[1]") } else { path.clone() };
        check("out of range", &far, &[place]);
        cases += 8;
    }
    assert!(cases >= 350, "{cases} cases");
}
