//! A tonic server behind the layer, called by a tonic client and by grpc-web over real sockets.

use std::{error::Error, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use bytes::Bytes;
use http::uri::PathAndQuery;
use tokio::{net::TcpListener, task::JoinHandle};
use tonic::{
    Code, Request, Status,
    client::Grpc,
    transport::{Channel, Endpoint, Server, server::TcpIncoming},
};
use tonic_types::StatusExt;
use tower::ServiceBuilder;
use tower_bearer::{
    ResourceServer, grpc::MethodScopes, jwks::RemoteJwks, metadata::ProtectedResource,
    require::any_of, scope::Requirements, server::ResourceServerBuilder,
};

use crate::support::{ManualClock, Mint, NOW};

use service::{Announcements, Codec, Text};

#[path = "../../examples/shared/grpc_service.rs"]
mod service;

const LIST: &str = "/announce.v1.Announcements/List";

/// A server on loopback until it is dropped.
struct Running {
    url: String,
    task: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn methods() -> MethodScopes {
    MethodScopes::new()
        .require("/announce.v1.Announcements/Create", "announce:create")
        .require("/announce.v1.Announcements/Delete", "announce:delete announce:create")
        .require("/announce.v1.Announcements/Pin", any_of(["announce:pin", "announce:create"]))
        .require("/announce.v1.Announcements/*", "announce:read")
        .require("/audit.v1.Log/*", "rpc:{service}:{method}")
        .any_token("/account.v1.Account/WhoAmI")
        .open("/grpc.health.v1.Health/Check")
}

async fn serve(api: ResourceServerBuilder) -> Running {
    let api = api.grpc_statuses().build().unwrap();
    let layer = ServiceBuilder::new()
        .layer(tonic_web::GrpcWebLayer::new())
        .layer(api.layer().optional())
        .layer(methods().build().unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = Server::builder()
        .accept_http1(true)
        .layer(layer.into_inner())
        .serve_with_incoming(Announcements, TcpIncoming::from(listener));
    let task = tokio::spawn(async move { server.await.unwrap() });
    Running { url, task }
}

fn builder(mint: &Mint) -> ResourceServerBuilder {
    ResourceServer::builder(Mint::issuer(), Mint::audience(), mint.keys())
        .clock(ManualClock::at(NOW))
}

fn builder_without_keys() -> ResourceServerBuilder {
    let keys = RemoteJwks::new("http://127.0.0.1:1/jwks".parse().unwrap());
    ResourceServer::builder(Mint::issuer(), Mint::audience(), keys)
        .allow_loopback_http()
        .clock(ManualClock::at(NOW))
}

async fn call(url: &str, method: &str, authorization: Option<&str>) -> Result<String, Box<Status>> {
    let channel: Channel = Endpoint::new(url.to_owned()).unwrap().connect().await.unwrap();
    let mut client = Grpc::new(channel);
    client.ready().await.unwrap();
    let mut request = Request::new(Text { text: "hello".to_owned() });
    if let Some(value) = authorization {
        request.metadata_mut().insert("authorization", value.parse().unwrap());
    }
    let path: PathAndQuery = method.parse().unwrap();
    let answer = client.unary(request, path, Codec::default()).await.map_err(Box::new)?;
    Ok(answer.into_inner().text)
}

/// The code that a call by grpc-web gets, and the details of the status.
async fn call_by_web(url: &str, method: &str, authorization: Option<&str>) -> (i32, String) {
    let mut body = vec![0, 0, 0, 0, 7];
    body.extend(b"\x0a\x05hello");
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client
        .post(format!("{url}{method}"))
        .header("content-type", "application/grpc-web+proto")
        .header("accept", "application/grpc-web+proto")
        .body(body);
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/grpc-web+proto");
    let fields = answer.headers().clone();
    let body = answer.bytes().await.unwrap();
    let field = |name: &str| match fields.get(name) {
        Some(value) => Some(value.to_str().unwrap().to_owned()),
        None => trailer(&body, name),
    };
    let code = field("grpc-status").unwrap().parse().unwrap();
    (code, field("grpc-status-details-bin").unwrap_or_default())
}

/// A field of the frame of trailers at the end of a body of grpc-web.
fn trailer(body: &Bytes, name: &str) -> Option<String> {
    let mut rest = &body[..];
    while rest.len() >= 5 {
        let length = u32::from_be_bytes([rest[1], rest[2], rest[3], rest[4]]) as usize;
        if rest[0] & 0x80 != 0 {
            let text = std::str::from_utf8(&rest[5..5 + length]).unwrap();
            return text.lines().find_map(|line| {
                let (field, value) = line.split_once(':')?;
                (field.trim() == name).then(|| value.trim().to_owned())
            });
        }
        rest = &rest[5 + length..];
    }
    None
}

/// What a method needs.
#[derive(Clone, Copy, PartialEq)]
enum Needs {
    Scopes(&'static [&'static str]),
    Any,
    Nothing,
    Unlisted,
}

const READ: Needs = Needs::Scopes(&["announce:read"]);
const LOG: &str = "rpc:audit.v1.Log:Read";

/// Twenty methods with a scope each that is enough.
const METHODS: [(&str, Needs); 20] = [
    ("/announce.v1.Announcements/Create", Needs::Scopes(&["announce:create"])),
    ("/announce.v1.Announcements/Delete", Needs::Scopes(&["announce:delete", "announce:create"])),
    ("/announce.v1.Announcements/Pin", Needs::Scopes(&["announce:pin", "announce:create"])),
    (LIST, READ),
    ("/announce.v1.Announcements/Get", READ),
    ("/announce.v1.Announcements/Search", READ),
    ("/announce.v1.Announcements/Count", READ),
    ("/announce.v1.Announcements/create", READ),
    ("/announce.v1.Announcements/Created", READ),
    ("/audit.v1.Log/Read", Needs::Scopes(&[LOG])),
    ("/account.v1.Account/WhoAmI", Needs::Any),
    ("/grpc.health.v1.Health/Check", Needs::Nothing),
    ("/grpc.health.v1.Health/Watch", Needs::Unlisted),
    ("/account.v1.Account/Delete", Needs::Unlisted),
    ("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", Needs::Unlisted),
    ("/announce.v1.AnnouncementsAdmin/Create", Needs::Unlisted),
    ("/announce.v1/Create", Needs::Unlisted),
    ("/announce.v1.Announcements/Create/", Needs::Unlisted),
    ("/Announce.v1.Announcements/List", Needs::Unlisted),
    ("/announce.v1.Announcements/a/b", Needs::Unlisted),
];

/// The code of a call whose token has a scope of the method, or has not.
fn expected(needs: Needs, is_granted: bool) -> Code {
    match needs {
        Needs::Nothing | Needs::Any => Code::Ok,
        Needs::Scopes(_) if is_granted => Code::Ok,
        Needs::Scopes(_) | Needs::Unlisted => Code::PermissionDenied,
    }
}

#[tokio::test]
async fn each_of_20_methods_answers_each_of_6_kinds_of_token_by_its_status() {
    let mint = Mint::new();
    let server = serve(builder(&mint)).await;
    let without_keys = serve(builder_without_keys()).await;
    let bearer = |mint: &Mint| format!("Bearer {}", mint.sign());
    let mut cells = 0;
    for (method, needs) in METHODS {
        let scope = match needs {
            Needs::Scopes(scopes) => scopes.join(" "),
            _ => "announce:read".to_owned(),
        };
        let good = bearer(&mint.clone().scope(&scope));
        let poor = bearer(&mint.clone().scope("other"));
        let expired = bearer(&mint.clone().claim("exp", 1));
        // A bad credential is refused at an open method, too.
        let no_token = if needs == Needs::Nothing { Code::Ok } else { Code::Unauthenticated };
        for (url, authorization, code) in [
            (&server.url, None, no_token),
            (&server.url, Some("Bearer a b"), Code::Unauthenticated),
            (&server.url, Some(expired.as_str()), Code::Unauthenticated),
            (&server.url, Some(poor.as_str()), expected(needs, false)),
            (&server.url, Some(good.as_str()), expected(needs, true)),
            (&without_keys.url, Some(good.as_str()), Code::Unavailable),
        ] {
            let outcome = call(url, method, authorization).await;
            let by_tonic = outcome.as_ref().err().map_or(Code::Ok, |status| status.code());
            assert_eq!(by_tonic, code, "{method} {authorization:?} {outcome:?}");
            let (by_web, _) = call_by_web(url, method, authorization).await;
            assert_eq!(by_web, code as i32, "{method} {authorization:?} by grpc-web");
            cells += 1;
        }
    }
    assert_eq!(cells, 120);
}

#[tokio::test]
async fn w43_a_credential_with_a_space_is_unauthenticated() {
    let mint = Mint::new();
    let server = serve(builder(&mint)).await;
    let status = call(&server.url, LIST, Some("Bearer a b")).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    let challenge = status.metadata().get("www-authenticate").unwrap().to_str().unwrap();
    assert!(challenge.contains("error=\"invalid_request\""), "{challenge}");
    let answer = call(&server.url, LIST, Some(&format!("Bearer {}", mint.sign()))).await;
    assert_eq!(answer.unwrap(), "hello from gift-deliveries");
}

#[tokio::test]
async fn a_refusal_has_message_details_and_challenge_for_tonic_and_for_the_web() {
    let mint = Mint::new();
    let resource = ProtectedResource::new("https://api.example");
    let api = builder(&mint).realm("announcements").protected_resource(resource);
    let server = serve(api).await;
    let token = format!("Bearer {}", mint.clone().scope("other").sign());
    let method = "/announce.v1.Announcements/Delete";
    let status = call(&server.url, method, Some(&token)).await.unwrap_err();
    assert_eq!(status.message(), "the token lacks a required scope");
    let info = status.get_details_error_info().unwrap();
    assert_eq!((&*info.reason, &*info.domain), ("INSUFFICIENT_SCOPE", "announcements"));
    assert_eq!(info.metadata["scope"], "announce:delete announce:create");
    let challenge = status.metadata().get("www-authenticate").unwrap().to_str().unwrap();
    assert!(challenge.contains("scope=\"announce:delete announce:create\""), "{challenge}");
    let (_, details) = call_by_web(&server.url, method, Some(&token)).await;
    let details = STANDARD_NO_PAD.decode(details.trim_end_matches('=')).unwrap();
    assert_eq!(details, status.details());

    let status = call(&server.url, LIST, None).await.unwrap_err();
    assert_eq!(status.get_details_error_info().unwrap().reason, "MISSING_TOKEN");
    assert!(status.get_details_retry_info().is_none());
}

#[tokio::test]
async fn without_keys_the_status_says_when_to_call_again() {
    let mint = Mint::new();
    let server = serve(builder_without_keys()).await;
    let token = format!("Bearer {}", mint.sign());
    let status = call(&server.url, LIST, Some(&token)).await.unwrap_err();
    assert_eq!(status.get_details_error_info().unwrap().reason, "KEYS_UNAVAILABLE");
    let delay = status.get_details_retry_info().unwrap().retry_delay.unwrap();
    assert!(delay > Duration::ZERO && delay <= Duration::from_secs(60), "{delay:?}");
    assert!(status.metadata().get("retry-after").is_some());
    assert!(status.metadata().get("www-authenticate").is_none());
}

#[tokio::test]
async fn without_the_setting_a_content_type_does_not_turn_a_refusal_into_a_200() {
    let mint = Mint::new();
    for (grpc, status) in [(false, 401), (true, 200)] {
        let api = builder(&mint);
        let api = if grpc { api.grpc_statuses() } else { api }.build().unwrap();
        let service =
            ServiceBuilder::new().layer(api.layer()).service_fn(|_: http::Request<()>| async {
                Ok::<_, Box<dyn Error>>(http::Response::new(String::new()))
            });
        let request =
            http::Request::post("/").header("content-type", "application/grpc").body(()).unwrap();
        let answer = tower::ServiceExt::oneshot(service, request).await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers().contains_key("grpc-status"), grpc);
        assert!(answer.headers().contains_key("www-authenticate"));
    }
}

#[tokio::test]
async fn without_a_bearer_layer_the_status_is_internal() {
    let methods = methods().build().unwrap();
    let service = ServiceBuilder::new().layer(methods).service_fn(|_: http::Request<()>| async {
        Ok::<_, Box<dyn Error>>(http::Response::new(String::new()))
    });
    let request =
        http::Request::post(LIST).header("content-type", "application/grpc").body(()).unwrap();
    let answer = tower::ServiceExt::oneshot(service, request).await.unwrap();
    assert_eq!(answer.headers()["grpc-status"], "13");
}

#[test]
fn every_mistake_in_a_list_of_methods_is_reported() {
    let error = MethodScopes::new()
        .require("announce.v1.Announcements/Create", "announce:create")
        .require("/announce.v1.*/Create", "announce:create")
        .require("/a.B/C", "")
        .require("/a.B/D", "book:{id}:read")
        .open("/a.B/E")
        .any_token("/a.B/E")
        .build()
        .unwrap_err();
    let settings: Vec<_> = error.problems().iter().map(|it| it.setting().to_string()).collect();
    let expected = [
        "method `announce.v1.Announcements/Create`",
        "method `/announce.v1.*/Create`",
        "method `/a.B/C`",
        "method `/a.B/D`",
        "method `/a.B/E`",
    ];
    assert_eq!(settings, expected, "{error}");
}

#[test]
fn what_methods_require_is_added_to_the_requirements_of_the_api() {
    let requirements = Requirements::new();
    let layer = methods().requirements(&requirements).build();
    assert!(layer.is_ok());
    assert!(requirements.scopes().contains(&"announce:delete".to_owned()));
    assert!(requirements.scopes().contains(&"rpc:*:*".to_owned()));
}
