//! Scopes by tool, resource and prompt in front of an MCP server, and the attack that names one
//! operation in the headers and another in the body.

mod laws;

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use rmcp::{
    ClientLifecycleMode, ClientServiceExt,
    model::{CallToolRequestParams, ProtocolVersion},
    transport::{
        StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig,
    },
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};
use tower::{Layer, ServiceExt, service_fn};
use tower_bearer::{
    ResourceServer,
    challenge::Challenge,
    mcp::{MAX_BODY_BYTES, MAX_BODY_TIME, McpScopes},
    metadata::ProtectedResource,
    scope::Requirements,
};

use crate::support::{ManualClock, Mint, NOW};

#[path = "../../examples/shared/mcp_service.rs"]
mod documents;

const READ: &str = "mcp:read document:read";
const RESOURCE: &str = "https://api.example/mcp";
const VERSION: &str = "2026-07-28";
const OLD_VERSION: &str = "2025-06-18";
const SECOND: Duration = Duration::from_secs(1);

fn scopes() -> McpScopes {
    McpScopes::new("mcp:read")
        .tool("read_document", "mcp:read document:read")
        .tool("write_document", "mcp:read document:write")
        .tool("report_*", "tool:{mcp-name}:call")
        .resource("file:///minutes/*", "minutes:read")
        .prompt("summary", "prompt:summary")
        .method("tools/list", "mcp:list")
}

fn by_headers() -> McpScopes {
    scopes()
}

fn by_bodies() -> McpScopes {
    scopes().read_bodies(64 << 10, SECOND)
}

fn api(mint: &Mint) -> ResourceServer {
    ResourceServer::builder(Mint::issuer(), Mint::audience(), mint.keys())
        .clock(ManualClock::at(NOW))
        .protected_resource(ProtectedResource::new(RESOURCE))
        .build()
        .unwrap()
}

/// The server of rmcp on loopback until it is dropped.
struct Running {
    url: String,
    task: JoinHandle<()>,
}

impl Running {
    async fn start(mint: &Mint, scopes: McpScopes) -> Self {
        let api = api(mint);
        let app = Router::new()
            .nest_service("/mcp", documents::service())
            .layer(scopes.build().unwrap())
            .layer(api.layer())
            .merge(api.metadata_router());
        Self::serve(app).await
    }

    async fn serve(app: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, task }
    }

    /// The status, the scopes of the challenge, and the body of an answer.
    async fn post(&self, token: &str, fields: Fields<'_>, body: &Value) -> (u16, String, String) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client
            .post(&self.url)
            .bearer_auth(token)
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream");
        let request =
            fields.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let answer = request.body(body.to_string()).send().await.unwrap();
        let status = answer.status().as_u16();
        let challenge = answer.headers().get("www-authenticate");
        let challenge = challenge.map(|field| Challenge::parse_all(field.to_str().unwrap()));
        let challenge = challenge.and_then(|all| all.into_iter().next());
        if status == 403 {
            let url = challenge.as_ref().unwrap().resource_metadata().unwrap();
            assert_eq!(url, "https://api.example/.well-known/oauth-protected-resource/mcp");
        }
        let scope = challenge.as_ref().and_then(Challenge::scope).unwrap_or_default().to_owned();
        (status, scope, answer.text().await.unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn call(tool: &str) -> Value {
    json!({
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {
            "name": tool,
            "arguments": {"name": "minutes"},
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": VERSION,
                "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    })
}

/// Header fields, by name.
type Fields<'a> = &'a [(&'a str, &'a str)];

fn headers<'a>(version: &'a str, tool: &'a str) -> [(&'a str, &'a str); 3] {
    [("mcp-protocol-version", version), ("mcp-method", "tools/call"), ("mcp-name", tool)]
}

#[tokio::test]
async fn a_tool_is_called_with_its_scope_and_knows_the_caller_in_each_mode() {
    let mint = Mint::new();
    for scopes in [by_headers(), by_bodies()] {
        let server = Running::start(&mint, scopes).await;
        let reader = mint.clone().scope(READ).sign();
        let fields = headers(VERSION, "read_document");
        let (status, _, body) = server.post(&reader, &fields, &call("read_document")).await;
        assert_eq!(status, 200, "{body}");
        assert!(body.contains("gift-deliveries reads minutes"), "{body}");
        let fields = headers(VERSION, "write_document");
        let (status, scope, _) = server.post(&reader, &fields, &call("write_document")).await;
        assert_eq!((status, &*scope), (403, "mcp:read document:write"));
        let writer = mint.clone().scope("mcp:* document:*").sign();
        let (status, _, body) = server.post(&writer, &fields, &call("write_document")).await;
        assert!(status == 200 && body.contains("gift-deliveries writes minutes"), "{body}");
    }
}

#[tokio::test]
async fn a_call_whose_header_names_another_tool_than_its_body_is_refused_in_each_mode() {
    let mint = Mint::new();
    let reader = mint.clone().scope(READ).sign();
    let by_headers = Running::start(&mint, by_headers()).await;
    let by_bodies = Running::start(&mint, by_bodies()).await;
    let attack = call("write_document");
    // An older revision has no `_meta`, which rmcp would compare with the header as well.
    let mut old_attack = attack.clone();
    old_attack["params"].as_object_mut().unwrap().remove("_meta");
    let unguarded = Running::serve(Router::new().nest_service("/mcp", documents::service())).await;
    let fields = headers(OLD_VERSION, "read_document");
    let (status, _, body) = unguarded.post(&reader, &fields, &old_attack).await;
    assert!(status == 200 && body.contains("writes"), "rmcp alone compares nothing: {body}");

    let one_method: [(&str, &str); 2] =
        [("mcp-protocol-version", VERSION), ("mcp-method", "tools/list")];
    let base64 = "=?base64?cmVhZF9kb2N1bWVudA==?=";
    let cases: [(&str, Fields<'_>, u16, u16); 7] = [
        // What the headers say is compared: here by rmcp, there by the layer.
        ("current", &headers(VERSION, "read_document"), 400, 400),
        ("encoded", &headers(VERSION, base64), 400, 400),
        ("other method", &one_method, 403, 400),
        // rmcp compares nothing for an older revision, so the layer refuses it by headers.
        ("older", &headers(OLD_VERSION, "read_document"), 400, 400),
        ("no version", &headers(VERSION, "read_document")[1..], 400, 400),
        ("no headers", &[("mcp-protocol-version", OLD_VERSION)], 400, 403),
        ("nothing", &[], 400, 403),
    ];
    for (name, fields, first, second) in cases {
        for (server, expected) in [(&by_headers, first), (&by_bodies, second)] {
            for attack in [&attack, &old_attack] {
                let (status, _, body) = server.post(&reader, fields, attack).await;
                assert_eq!(status, expected, "{name}: {body}");
                assert!(!body.contains("writes"), "{name}: {body}");
            }
        }
    }
    // Twice the same header: two readers could take different ones.
    let twice = [headers(VERSION, "read_document"), headers(VERSION, "write_document")].concat();
    assert_eq!(by_headers.post(&reader, &twice, &attack).await.0, 400);
    assert_eq!(by_bodies.post(&reader, &twice, &attack).await.0, 400);
}

#[tokio::test]
async fn the_client_of_rmcp_calls_a_tool_in_each_mode() {
    let mint = Mint::new();
    for scopes in [by_headers(), by_bodies()] {
        let server = Running::start(&mint, scopes).await;
        let token = mint.clone().scope(READ).sign();
        let config = StreamableHttpClientTransportConfig::with_uri(&*server.url).auth_header(token);
        let transport = StreamableHttpClientTransport::from_config(config);
        let lifecycle = ClientLifecycleMode::Discover {
            preferred_versions: vec![ProtocolVersion::V_2026_07_28],
        };
        let client = ().serve_with_lifecycle(transport, lifecycle).await.unwrap();
        let arguments = json!({"name": "minutes"}).as_object().cloned().unwrap();
        let call = CallToolRequestParams::new("read_document").with_arguments(arguments.clone());
        let result = client.call_tool(call).await.unwrap();
        let text = &result.content[0].as_text().unwrap().text;
        assert_eq!(text, "gift-deliveries reads minutes");
        let call = CallToolRequestParams::new("write_document").with_arguments(arguments);
        assert!(client.call_tool(call).await.is_err());
        client.cancel().await.unwrap();
    }
}

/// What reached a service behind the layer.
#[derive(Clone, Default)]
struct Reached {
    calls: Arc<AtomicUsize>,
    body: Arc<Mutex<Vec<u8>>>,
}

/// Asks a service that notes what reaches it.
async fn ask(mint: &Mint, scopes: McpScopes, request: Request<Body>) -> (Response<Body>, Reached) {
    let reached = Reached::default();
    let inner = service_fn({
        let reached = reached.clone();
        move |request: Request<_>| {
            let reached = reached.clone();
            let body: tower_bearer::mcp::McpBody<Body> = request.into_body();
            async move {
                let bytes = body.collect().await.unwrap().to_bytes();
                reached.calls.fetch_add(1, Ordering::SeqCst);
                reached.body.lock().unwrap().extend_from_slice(&bytes);
                Ok::<_, Infallible>(Response::new(Body::empty()))
            }
        }
    });
    let service = api(mint).layer().layer(scopes.build().unwrap().layer(inner));
    (service.oneshot(request).await.unwrap(), reached)
}

fn post(token: Option<&str>, body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::post("/mcp").body(body.into()).unwrap();
    if let Some(token) = token {
        let value = format!("Bearer {token}").parse().unwrap();
        request.headers_mut().insert("authorization", value);
    }
    request
}

fn scope_of(response: &Response<Body>) -> String {
    let field = response.headers()["www-authenticate"].to_str().unwrap();
    Challenge::parse_all(field)[0].scope().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn each_operation_needs_its_own_scopes_in_each_mode() {
    let mint = Mint::new();
    for (method, params, needed) in [
        ("tools/call", json!({"name": "report_sales"}), "tool:report_sales:call"),
        ("tools/call", json!({"name": "unknown"}), "mcp:read"),
        ("resources/read", json!({"uri": "file:///minutes/1"}), "minutes:read"),
        ("resources/read", json!({"uri": "file:///minutes/../2"}), "mcp:read minutes:read"),
        ("resources/read", json!({"uri": "file:///other"}), "mcp:read"),
        ("prompts/get", json!({"name": "summary"}), "prompt:summary"),
        ("tools/list", json!({}), "mcp:list"),
        ("server/discover", json!({}), "mcp:read"),
    ] {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let name = params.get("name").or(params.get("uri")).and_then(Value::as_str);
        for is_by_body in [false, true] {
            let request = |token: &str| {
                let mut request = post(Some(token), body.to_string());
                let fields = request.headers_mut();
                if !is_by_body {
                    fields.insert("mcp-protocol-version", VERSION.parse().unwrap());
                    fields.insert("mcp-method", method.parse().unwrap());
                    if let Some(name) = name {
                        fields.insert("mcp-name", name.parse().unwrap());
                    }
                }
                request
            };
            let scopes = || if is_by_body { by_bodies() } else { by_headers() };
            let poor = mint.clone().scope("other").sign();
            let (response, reached) = ask(&mint, scopes(), request(&poor)).await;
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{body}");
            assert_eq!(scope_of(&response), needed, "{body}");
            assert_eq!(reached.calls.load(Ordering::SeqCst), 0);
            let rich = mint.clone().scope(needed).sign();
            let (response, reached) = ask(&mint, scopes(), request(&rich)).await;
            assert_eq!(response.status(), StatusCode::OK, "{body}");
            assert_eq!(*reached.body.lock().unwrap(), body.to_string().into_bytes());
        }
    }
}

#[tokio::test]
async fn a_batch_needs_what_all_its_messages_need_and_a_403_says_so_at_once() {
    let mint = Mint::new();
    let batch = json!([call("read_document"), call("write_document"), {"method": "tools/list"}]);
    let token = mint.clone().scope(READ).sign();
    let (response, _) = ask(&mint, by_bodies(), post(Some(&token), batch.to_string())).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(scope_of(&response), "mcp:read document:read document:write mcp:list");
    let token = mint.scope("mcp:* document:*");
    let request = post(Some(&token.sign()), batch.to_string());
    let (response, reached) = ask(&token, by_bodies(), request).await;
    assert_eq!((response.status(), reached.calls.load(Ordering::SeqCst)), (StatusCode::OK, 1));
}

#[tokio::test]
async fn a_body_passes_byte_for_byte_however_it_is_cut() {
    let mint = Mint::new();
    let text = " {\"method\" : \"tools\\/call\",\"params\":{\"name\":\"r\\u0065ad_document\",\"x\":1e400}}\n";
    for size in [1, 7, text.len()] {
        let frames: Vec<Result<Frame<Bytes>, Infallible>> = text
            .as_bytes()
            .chunks(size)
            .map(|chunk| Ok(Frame::data(Bytes::copy_from_slice(chunk))))
            .collect();
        let body = StreamBody::new(tonic::codegen::tokio_stream::iter(frames));
        let token = mint.clone().scope(READ).sign();
        let request = post(Some(&token), Body::new(body));
        let (response, reached) = ask(&mint, by_bodies(), request).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(*reached.body.lock().unwrap(), text.as_bytes());
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_is_read_within_its_limits_of_bytes_and_of_time() {
    let mint = Mint::new();
    let token = mint.clone().scope("mcp:*").sign();
    let body = r#"{"method":"tools/list"}"#;
    let limit = |bytes: usize| scopes().read_bodies(bytes, SECOND);
    let whole = |limit_of_bytes: usize| ask(&mint, limit(limit_of_bytes), post(Some(&token), body));
    assert_eq!(whole(body.len()).await.0.status(), StatusCode::OK);
    let (response, reached) = whole(body.len() - 1).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(reached.calls.load(Ordering::SeqCst), 0);
    // A length that is not announced.
    let frames = body
        .as_bytes()
        .chunks(5)
        .map(|chunk| Ok::<_, Infallible>(Frame::data(Bytes::copy_from_slice(chunk))));
    let frames: Vec<_> = frames.collect();
    let unknown = StreamBody::new(tonic::codegen::tokio_stream::iter(frames));
    let request = post(Some(&token), Body::new(unknown));
    assert_eq!(ask(&mint, limit(10), request).await.0.status(), StatusCode::BAD_REQUEST);
    // A body that never comes: the clock of the runtime stands still but for timers.
    let never = StreamBody::new(tonic::codegen::tokio_stream::pending::<
        Result<Frame<Bytes>, Infallible>,
    >());
    let request = post(Some(&token), Body::new(never));
    let begun = tokio::time::Instant::now();
    let (response, _) = ask(&mint, limit(100), request).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(begun.elapsed() >= SECOND && begun.elapsed() < 2 * SECOND);
}

#[tokio::test]
async fn without_a_token_nothing_is_read_and_the_answer_is_401() {
    let mint = Mint::new();
    for scopes in [by_headers(), by_bodies()] {
        let (response, _) = ask(&mint, scopes, post(None, call("read_document").to_string())).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    }
    // Without the bearer layer, the server is misconfigured, and says so in its log.
    let service = by_bodies().build().unwrap().layer(service_fn(|_: Request<_>| async {
        Ok::<_, Infallible>(Response::new(Body::empty()))
    }));
    let response = service.oneshot(post(None, "{}")).await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn what_is_not_a_post_needs_the_default_and_a_current_revision() {
    let mint = Mint::new();
    let get = |scope: &str, version: &str| {
        let mut request = post(Some(&mint.clone().scope(scope).sign()), Body::empty());
        *request.method_mut() = http::Method::GET;
        request.headers_mut().insert("mcp-protocol-version", version.parse().unwrap());
        request
    };
    for (scope, version, by_header, by_body) in [
        ("mcp:read", VERSION, 200, 200),
        ("other", VERSION, 403, 403),
        ("mcp:read", OLD_VERSION, 400, 200),
    ] {
        let (response, _) = ask(&mint, by_headers(), get(scope, version)).await;
        assert_eq!(response.status(), by_header, "{scope} {version}");
        let (response, _) = ask(&mint, by_bodies(), get(scope, version)).await;
        assert_eq!(response.status(), by_body, "{scope} {version}");
    }
}

#[test]
fn every_mistake_in_a_list_of_operations_is_reported() {
    let error = McpScopes::new("book:{mcp-name}:read")
        .tool("", "a")
        .tool("a*b", "a")
        .tool("c", "")
        .tool("d", "tool:{name}:call")
        .method("tools/list", "tool:{mcp-name}:call")
        .prompt("e", "a")
        .prompt("e", "b")
        .read_bodies(MAX_BODY_BYTES + 1, MAX_BODY_TIME + SECOND)
        .build()
        .unwrap_err();
    let settings: Vec<_> = error.problems().iter().map(|it| it.setting().to_string()).collect();
    let expected = [
        "tool ``",
        "tool `a*b`",
        "tool `c`",
        "tool `d`",
        "method `tools/list`",
        "prompt `e`",
        "default",
        "read_bodies",
        "read_bodies",
    ];
    assert_eq!(settings, expected, "{error}");
    assert!(McpScopes::new("").build().is_err());
}

#[test]
fn what_operations_require_is_added_to_the_requirements_of_the_api() {
    let requirements = Requirements::new();
    let layer = scopes().requirements(&requirements).build();
    assert!(layer.is_ok());
    assert!(requirements.scopes().contains(&"tool:*:call".to_owned()));
}
