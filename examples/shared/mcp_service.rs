//! An MCP server of documents, by `rmcp`: two tools, which know who calls.

use http::request::Parts;
use rmcp::{
    ServerHandler,
    handler::server::{common::Extension, router::tool::ToolRouter, wrapper::Parameters},
    model::{ServerCapabilities, ServerConfig},
    schemars, tool, tool_handler, tool_router,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
    },
};
use tower_bearer::AccessToken;

#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
pub(crate) struct Document {
    #[schemars(description = "the name of the document")]
    name: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Documents {
    tool_router: ToolRouter<Self>,
}

/// The service, for `Router::nest_service`.
pub(crate) fn service() -> StreamableHttpService<Documents, LocalSessionManager> {
    let new = || Ok(Documents { tool_router: Documents::tool_router() });
    // One answer for each request: revision 2026-07-28 has no sessions.
    let config = StreamableHttpServerConfig::default()
        .with_json_response(true)
        .with_legacy_session_mode(false);
    StreamableHttpService::new(new, LocalSessionManager::default().into(), config)
}

/// The caller: the head of the request, and with it the token, is among the extensions of a call.
fn caller(parts: &Parts) -> &str {
    let token = parts.extensions.get::<AccessToken>();
    token.and_then(AccessToken::client_id).unwrap_or("somebody")
}

#[tool_router]
impl Documents {
    #[tool(description = "Reads a document")]
    fn read_document(
        &self,
        Parameters(Document { name }): Parameters<Document>,
        Extension(parts): Extension<Parts>,
    ) -> String {
        format!("{} reads {name}", caller(&parts))
    }

    #[tool(description = "Writes a document")]
    fn write_document(
        &self,
        Parameters(Document { name }): Parameters<Document>,
        Extension(parts): Extension<Parts>,
    ) -> String {
        format!("{} writes {name}", caller(&parts))
    }
}

#[tool_handler(router = self.tool_router)]
impl ServerHandler for Documents {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }
}
