//! Compares a document with the server, route by route and token by token.

use std::collections::BTreeSet;

use axum::{Router, body::Body};
use http::{Request, StatusCode, header::AUTHORIZATION};
use serde_json::Value;
use tower::ServiceExt;

use crate::support::{Mint, NOW};

/// The value of each path parameter.
const VALUE: &str = "7";
/// The scopes that a route of one of the apps needs, filled, and one that none needs. They are written
/// here, so that an alternative which a document leaves out is asked for as well.
const SCOPES: [&str; 20] = [
    "*",
    "admin",
    "announce:7:delete",
    "announce:7:read",
    "announce:7:update",
    "announce:admin",
    "announce:create",
    "announce:read",
    "audit:read",
    "book:7:read",
    "book:7:update",
    "book:read",
    "finance",
    "news:7:read",
    "news:publish",
    "revenue:7:read",
    "revenue:create",
    "revenue:read",
    "shelf:7:read",
    "decoy:7:read",
];

/// One operation of a document.
struct Operation<'d> {
    method: String,
    path: String,
    /// The alternatives, each with its scopes if it needs a token; `None` if the operation is open.
    security: Option<Vec<Option<BTreeSet<String>>>>,
    responses: &'d Value,
}

/// A credential of a request.
enum Credential {
    None,
    Expired,
    Token(BTreeSet<String>),
}

/// The number of operations, of requests made, and what differs.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub(super) operations: usize,
    pub(super) requests: usize,
    pub(super) differences: Vec<String>,
}

fn fill(text: &str) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (_, end) = after.split_once('}').unwrap();
        filled.push_str(before);
        filled.push_str(VALUE);
        rest = end;
    }
    filled + rest
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let scopes = |alternative: &Value| -> Option<BTreeSet<String>> {
        let scopes = alternative.get("oauth2")?.as_array().unwrap();
        Some(scopes.iter().map(|scope| fill(scope.as_str().unwrap())).collect())
    };
    let paths = document["paths"].as_object().unwrap().iter();
    let operations = paths.flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, operation)| Operation {
            method: method.to_uppercase(),
            path: fill(path),
            security: operation
                .get("security")
                .and_then(Value::as_array)
                .filter(|it| !it.is_empty())
                .map(|alternatives| alternatives.iter().map(scopes).collect()),
            responses: &operation["responses"],
        })
    });
    operations.collect()
}

/// Each scope alone, all of them, and each alternative of the document, whole and without one scope.
fn credentials(operations: &[Operation<'_>]) -> Vec<Credential> {
    let alternatives: Vec<&BTreeSet<String>> =
        operations.iter().flat_map(|it| &it.security).flatten().flatten().collect();
    let mut sets: BTreeSet<BTreeSet<String>> = BTreeSet::new();
    for alternative in &alternatives {
        sets.insert((*alternative).clone());
        for left_out in *alternative {
            sets.insert(alternative.iter().filter(|it| *it != left_out).cloned().collect());
        }
    }
    sets.insert(SCOPES.map(str::to_owned).into());
    sets.insert(BTreeSet::new());
    sets.extend(SCOPES.map(|scope| BTreeSet::from([scope.to_owned()])));
    let tokens = sets.into_iter().map(Credential::Token);
    [Credential::None, Credential::Expired].into_iter().chain(tokens).collect()
}

/// What the document says that the server answers.
fn expected(operation: &Operation<'_>, credential: &Credential) -> StatusCode {
    let Some(alternatives) = &operation.security else { return StatusCode::OK };
    match credential {
        Credential::Expired => StatusCode::UNAUTHORIZED,
        Credential::None if alternatives.contains(&None) => StatusCode::OK,
        Credential::None => StatusCode::UNAUTHORIZED,
        Credential::Token(scopes) => {
            let met = |needed: &Option<BTreeSet<String>>| {
                needed.as_ref().is_none_or(|needed| needed.is_subset(scopes))
            };
            if alternatives.iter().any(met) { StatusCode::OK } else { StatusCode::FORBIDDEN }
        }
    }
}

fn header(mint: &Mint, credential: &Credential) -> Option<String> {
    let token = match credential {
        Credential::None => return None,
        Credential::Expired => mint.clone().claim("exp", NOW.as_secs() - 3_600).sign(),
        Credential::Token(scopes) if scopes.is_empty() => mint.clone().without("scope").sign(),
        Credential::Token(scopes) => {
            let scopes: Vec<_> = scopes.iter().map(String::as_str).collect();
            mint.clone().scope(&scopes.join(" ")).sign()
        }
    };
    Some(format!("Bearer {token}"))
}

async fn ask(app: &Router, operation: &Operation<'_>, header: Option<&str>) -> StatusCode {
    let mut request = Request::builder().method(&*operation.method).uri(&operation.path);
    if let Some(value) = header {
        request = request.header(AUTHORIZATION, value);
    }
    app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
}

/// Asks each operation of the document with each credential.
pub(super) async fn compare(document: &Value, app: &Router, mint: &Mint) -> Comparison {
    let operations = operations(document);
    let mut comparison = Comparison { operations: operations.len(), ..Comparison::default() };
    for credential in credentials(&operations) {
        let header = header(mint, &credential);
        for operation in &operations {
            let says = expected(operation, &credential);
            let does = ask(app, operation, header.as_deref()).await;
            comparison.requests += 1;
            let Operation { method, path, .. } = operation;
            if says != does {
                let scopes = match &credential {
                    Credential::Token(scopes) => format!("a token for {scopes:?}"),
                    Credential::None => "no token".to_owned(),
                    Credential::Expired => "an expired token".to_owned(),
                };
                let text =
                    format!("{method} {path} with {scopes}: documented {says}, answered {does}");
                comparison.differences.push(text);
            }
            if operation.responses.get(does.as_str()).is_none() {
                comparison.differences.push(format!("{method} {path}: {does} is not documented"));
            }
        }
    }
    comparison
}

/// Asks each operation while the issuer is down: what needs a token is answered 503, as documented.
pub(super) async fn compare_in_an_outage(
    document: &Value,
    app: &Router,
    mint: &Mint,
) -> Comparison {
    let operations = operations(document);
    let mut comparison = Comparison { operations: operations.len(), ..Comparison::default() };
    let header = header(mint, &Credential::Token(BTreeSet::new()));
    for operation in &operations {
        let guarded = operation.security.is_some();
        let says = if guarded { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
        let does = ask(app, operation, header.as_deref()).await;
        comparison.requests += 1;
        if says != does || operation.responses.get(does.as_str()).is_none() {
            let Operation { method, path, .. } = operation;
            comparison.differences.push(format!("{method} {path}: {does} in an outage"));
        }
    }
    comparison
}
