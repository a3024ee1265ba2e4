//! An MCP server behind the layer, and a client that knows nothing but the server's address: it reads
//! the challenge and the metadata, gets a token by client credentials with a signed assertion
//! (SEP-1046), calls a tool, and steps up for another.

use std::{error::Error, sync::Arc};

use axum::Router;
use rmcp::{
    ClientLifecycleMode, ClientServiceExt,
    model::{CallToolRequestParams, ProtocolVersion},
    transport::{
        StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig,
    },
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower_bearer::{
    Audience, Issuer, ResourceServer,
    algorithm::Algorithm,
    client::{ClientCredentials, TokenClient, TokenResponse},
    issuer::{Account, Application, RunningIssuer, TokenIssuer},
    jwks::RemoteJwks,
    key::{KeySet, SigningKey, public_jwk_set},
    mcp::McpScopes,
    metadata::ProtectedResource,
    scope,
    scope::Requirements,
};

#[path = "shared/mcp_discovery.rs"]
mod mcp_discovery;
#[path = "shared/mcp_service.rs"]
mod mcp_service;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}/mcp", listener.local_addr()?);

    // The issuer knows the client's public key, and no secret of it.
    let key = SigningKey::generate(Algorithm::ES256)?;
    let application = Application::new("documents")
        .audience(address.clone())
        .resource("mcp", ["read"])
        .resource("document", ["read", "write"]);
    let account = Account::new("archivist")
        .allow("documents", "mcp:read document:read document:write")
        .public_keys(KeySet::parse(public_jwk_set([&key]).as_bytes())?);
    let issuer =
        TokenIssuer::on_loopback().application(application).account(account).start().await?;
    let server = tokio::spawn(axum::serve(listener, app(&issuer, &address)?).into_future());

    let credentials = ClientCredentials::private_key_jwt("archivist", key);
    let found = mcp_discovery::discover(&address).await?;
    println!("the metadata names the issuer {} and the scopes {}", found.issuer, found.scope);
    let tokens = TokenClient::discover(Issuer::new(found.issuer)?, credentials)
        .resource(found.resource)
        .allow_loopback_http()
        .build()?;
    let mut scope = found.scope;
    for tool in ["read_document", "write_document"] {
        let mut answer = call(&address, token(&tokens, &scope).await?.secret(), tool).await?;
        if let Err(needed) = answer {
            // The challenge names all that the operation needs, in one answer.
            println!("{tool}: refused, it needs {needed}");
            scope = needed;
            answer = call(&address, token(&tokens, &scope).await?.secret(), tool).await?;
        }
        println!("{tool}: {}", answer.map_err(|needed| format!("refused again: {needed}"))?);
    }
    let text = call_by_rmcp(&address, token(&tokens, &scope).await?.secret()).await?;
    println!("write_document by the client of rmcp: {text}");
    server.abort();
    Ok(())
}

async fn token(tokens: &TokenClient, scope: &str) -> Outcome<Arc<TokenResponse>> {
    let parameters = tokens.parameters().clone().scope(scope);
    Ok(tokens.with_parameters(parameters).token().await?)
}

fn app(issuer: &RunningIssuer, address: &str) -> Outcome<Router> {
    let requirements = Requirements::new();
    requirements.add_baseline(scope!("mcp:read"));
    let keys = RemoteJwks::new(issuer.jwks_uri().parse()?);
    let (name, audience) = (Issuer::new(issuer.url())?, Audience::new(address)?);
    let api = ResourceServer::builder(name, audience, keys)
        .allow_loopback_http()
        .protected_resource(
            ProtectedResource::new(address).name("Documents").requirements(&requirements),
        )
        .build()?;
    let scopes = McpScopes::new("mcp:read")
        .tool("read_document", "mcp:read document:read")
        .tool("write_document", "mcp:read document:write")
        .requirements(&requirements)
        .build()?;
    Ok(Router::new()
        .nest_service("/mcp", mcp_service::service())
        .layer(scopes)
        .layer(api.layer())
        .merge(api.metadata_router()))
}

/// Calls a tool by hand: the text of its result, or the scopes that it needs.
async fn call(address: &str, token: &str, tool: &str) -> Outcome<Result<String, String>> {
    let version = ProtocolVersion::V_2026_07_28;
    let body = json!({
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {
            "name": tool,
            "arguments": {"name": "minutes"},
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": version.as_str(),
                "io.modelcontextprotocol/clientInfo": {"name": "archivist", "version": "1"},
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    });
    let http = reqwest::Client::builder().no_proxy().build()?;
    let answer = http
        .post(address)
        .bearer_auth(token)
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", version.as_str())
        .header("mcp-method", "tools/call")
        .header("mcp-name", tool)
        .body(body.to_string())
        .send()
        .await?;
    match answer.status().as_u16() {
        200 => {
            let body: Value = serde_json::from_slice(&answer.bytes().await?)?;
            let text = body.pointer("/result/content/0/text").and_then(Value::as_str);
            Ok(Ok(text.ok_or_else(|| format!("no result: {body}"))?.to_owned()))
        }
        403 => {
            let challenge = mcp_discovery::challenge(&answer)?;
            Ok(Err(challenge.scope().ok_or("the challenge names no scope")?.to_owned()))
        }
        status => Err(format!("{status}: {}", answer.text().await?).into()),
    }
}

/// The same by the client that `rmcp` has.
async fn call_by_rmcp(address: &str, token: &str) -> Outcome<String> {
    let config = StreamableHttpClientTransportConfig::with_uri(address).auth_header(token);
    let transport = StreamableHttpClientTransport::from_config(config);
    let lifecycle =
        ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] };
    let client = ().serve_with_lifecycle(transport, lifecycle).await?;
    let arguments = json!({"name": "minutes"}).as_object().cloned().unwrap_or_default();
    let call = CallToolRequestParams::new("write_document").with_arguments(arguments);
    let result = client.call_tool(call).await?;
    let text = result.content.first().and_then(|content| content.as_text());
    let text = text.map(|text| text.text.clone()).ok_or("no text")?;
    client.cancel().await?;
    Ok(text)
}
