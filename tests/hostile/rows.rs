use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use ::http::{Request, Response, Uri};
use bytes::Bytes;
use serde_json::Value;
use tower_bearer::{
    Audience, Issuer, RequireScope, ResourceServer,
    algorithm::Algorithm,
    jwks::RemoteJwks,
    time::UnixTime,
    transport::{Transport, TransportFuture},
};

use super::{app, serve};
use crate::support::{ManualClock, vectors, vectors_json};

const JWKS_URI: &str = "https://issuer.example/jwks";

/// Answers with one document, and remembers what was asked for.
#[derive(Clone, Debug)]
struct Recorder {
    document: Bytes,
    asked: Arc<Mutex<Vec<Uri>>>,
}

impl Transport for Recorder {
    fn send(&self, request: Request<Bytes>, _: usize) -> TransportFuture<'_> {
        self.asked.lock().unwrap().push(request.uri().clone());
        let answer = Response::builder().header("content-type", "application/json");
        let answer = answer.body(self.document.clone()).unwrap();
        Box::pin(async { Ok(answer) })
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

#[tokio::test]
async fn hostile_tokens_get_their_verdict_over_http() {
    let Some(document) = vectors_json("hostile-tokens.json") else { return };
    let recorder = Recorder {
        document: vectors("hostile-tokens-jwks.json").unwrap().into(),
        asked: Arc::default(),
    };
    let algorithms = document["allowed_algs"].as_array().unwrap().iter();
    let server = ResourceServer::builder(
        Issuer::new(text(&document, "issuer")).unwrap(),
        Audience::new(text(&document, "audience")).unwrap(),
        RemoteJwks::new(JWKS_URI.parse().unwrap()).transport(recorder.clone()),
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
    let asked = recorder.asked.lock().unwrap();
    assert!(asked.iter().all(|url| *url == JWKS_URI), "{asked:?}");
}
