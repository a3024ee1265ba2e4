use std::collections::BTreeMap;

use serde_json::Value;
use tower_bearer::{
    Audience, Issuer, RequireScope, ResourceServer, algorithm::Algorithm, time::UnixTime,
};

use super::{app, serve};
use crate::support::{ManualClock, Reply, ScriptedIssuer, vectors, vectors_json};

const JWKS_URI: &str = "https://issuer.example/jwks";

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

#[tokio::test]
async fn hostile_tokens_get_their_verdict_over_http() {
    let Some(document) = vectors_json("hostile-tokens.json") else { return };
    let issuer = ScriptedIssuer::publishing([]);
    issuer.always(Reply::json(vectors("hostile-tokens-jwks.json").unwrap()));
    let algorithms = document["allowed_algs"].as_array().unwrap().iter();
    let server = ResourceServer::builder(
        Issuer::new(text(&document, "issuer")).unwrap(),
        Audience::new(text(&document, "audience")).unwrap(),
        issuer.keys(),
    )
    .algorithms(algorithms.map(|name| Algorithm::from_name(name.as_str().unwrap()).unwrap()))
    .clock(ManualClock::at(UnixTime::from_secs(document["now"].as_u64().unwrap())))
    .build()
    .unwrap();
    let required: &'static str = text(&document, "required_scope").to_owned().leak();
    let served = serve(app().route_layer(RequireScope(required)).layer(server.layer())).await;
    let mut wrong = BTreeMap::new();
    let mut carried = 0;
    for case in document["cases"].as_array().unwrap() {
        let (id, token) = (case["id"].as_u64().unwrap(), text(case, "token"));
        if token.contains(['\r', '\n', '\0']) {
            continue; // No header can carry it.
        }
        let status = served.get(format!("authorization: Bearer {token}").as_bytes()).await;
        let expected = match id {
            // An array of scopes is read (W8).
            353 => "accept",
            // Over 8 KiB, the default limit.
            357 => "reject",
            _ => text(case, "expect"),
        };
        let right = match expected {
            "accept" => status == 200,
            "forbidden" => status == 403,
            _ => matches!(status, 400 | 401 | 431),
        };
        if !right {
            wrong.insert(id, format!("{}: {status}, not {expected}", text(case, "name")));
        }
        carried += 1;
    }
    assert_eq!(wrong, BTreeMap::new(), "{} of {carried} rows", wrong.len());
    assert_eq!(carried, 216, "all but those with a line break");
    let asked = issuer.received();
    assert!(asked.iter().all(|request| *request.uri() == JWKS_URI), "{asked:?}");
}
