//! A client of any MCP server that gets its token by client credentials (SEP-1046): it follows the
//! challenge to the metadata and the issuer, gets a token for the server, and lists its tools.
//!
//! ```sh
//! cargo run --example mcp_client -- https://api.example/mcp
//! ```
//!
//! `MCP_CONFORMANCE_CONTEXT` is a JSON object with `client_id` and either `client_secret`, or
//! `private_key_pem` and `signing_algorithm`: the form in which the conformance tests of MCP give it.

use std::{env, error::Error};

use rmcp::{
    ServiceExt,
    transport::{
        StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig,
    },
};
use serde_json::Value;
use tower_bearer::{
    Issuer,
    algorithm::Algorithm,
    client::{ClientCredentials, TokenClient},
    key::SigningKey,
    secret::Secret,
};

#[path = "shared/mcp_discovery.rs"]
mod mcp_discovery;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let address = env::args().nth(1).ok_or("give the address of the MCP server")?;
    let found = mcp_discovery::discover(&address).await?;
    println!("{} trusts {}", found.resource, found.issuer);
    let builder = TokenClient::discover(Issuer::new(found.issuer)?, credentials()?)
        .resource(found.resource)
        .allow_loopback_http();
    let builder = if found.scope.is_empty() { builder } else { builder.scope(found.scope) };
    let token = builder.build()?.token().await?;
    let config = StreamableHttpClientTransportConfig::with_uri(address).auth_header(token.secret());
    let client = ().serve(StreamableHttpClientTransport::from_config(config)).await?;
    for tool in client.list_all_tools().await? {
        println!("{}", tool.name);
    }
    client.cancel().await?;
    Ok(())
}

fn credentials() -> Outcome<ClientCredentials> {
    let context: Value = serde_json::from_str(&env::var("MCP_CONFORMANCE_CONTEXT")?)?;
    let text = |name: &str| context.get(name).and_then(Value::as_str);
    let id = text("client_id").ok_or("client_id is missing")?;
    match (text("private_key_pem"), text("client_secret")) {
        (Some(pem), _) => {
            let algorithm = text("signing_algorithm").and_then(Algorithm::from_name);
            let algorithm = algorithm.ok_or("signing_algorithm is missing or unknown")?;
            let key = SigningKey::from_pkcs8_pem(algorithm, pem)?;
            Ok(ClientCredentials::private_key_jwt(id, key))
        }
        (None, Some(secret)) => Ok(ClientCredentials::new(id, Secret::new(secret))),
        (None, None) => Err("client_secret or private_key_pem is missing".into()),
    }
}
