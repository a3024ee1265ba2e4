//! The Model Context Protocol (MCP): scopes by tool, resource and prompt, in front of any MCP server
//! that is a tower service, such as that of `rmcp`.
//!
//! An MCP server is an OAuth resource server: it serves its metadata
//! ([`protected_resource`](crate::server::ResourceServerBuilder::protected_resource)), and admits only
//! tokens that were issued for it. All its operations have one URL, so a scope for a route is not
//! enough: [`McpScopes`] says what each operation requires.
//!
//! ```
//! # #[cfg(feature = "axum")] fn app<S>(mcp: S) -> Result<axum::Router, Box<dyn std::error::Error>>
//! # where S: tower::Service<http::Request<axum::body::Body>, Error = std::convert::Infallible> + Clone + Send + Sync + 'static,
//! # S::Response: axum::response::IntoResponse, S::Future: Send + 'static {
//! use axum::Router;
//! use tower_bearer::{
//!     ResourceServer, mcp::McpScopes, metadata::ProtectedResource, scope, scope::Requirements,
//! };
//!
//! let address = "https://api.example/mcp"; // as clients know it: also the audience of tokens
//! let requirements = Requirements::new();
//! requirements.add_baseline(scope!("mcp:read"));
//! let api = ResourceServer::discover("https://issuer.example", address)
//!     .protected_resource(ProtectedResource::new(address).requirements(&requirements))
//!     .build()?;
//! let scopes = McpScopes::new("mcp:read") // what every operation needs that is not listed
//!     .tool("write_document", "mcp:read document:write")
//!     .tool("report_*", "tool:{mcp-name}:call")
//!     .resource("file:///minutes/*", "minutes:read")
//!     .prompt("summary", "mcp:read")
//!     .requirements(&requirements)
//!     .build()?;
//! let app = Router::new()
//!     .nest_service("/mcp", mcp)
//!     .layer(scopes)
//!     .layer(api.layer())
//!     .merge(api.metadata_router());
//! # Ok(app)
//! # }
//! ```
//!
//! # Headers or bodies
//!
//! Revision 2026-07-28 names the operation in the headers `Mcp-Method` and `Mcp-Name`, and the MCP
//! server compares them with the body. By default this layer judges by the headers, and never reads
//! a body. **A server compares only if `MCP-Protocol-Version` is 2026-07-28 or later**, so requests
//! with an older version, or with none, are refused with 400: otherwise a caller could name one tool
//! in the header and call another in the body. This relies on a server that compares, as `rmcp` does.
//!
//! [`read_bodies`](McpScopes::read_bodies) is for clients of older revisions, and for servers that do
//! not compare: the layer reads the body, within a limit of bytes and of time, judges by it, and passes
//! it on byte for byte. If the request has the headers as well, they must say the same.
//!
//! # What it does not check
//!
//! - The token: the layer of a [`ResourceServer`](crate::server::ResourceServer) outside it does.
//! - The arguments of a tool, and what else a server may do on behalf of an operation.
//! - `Origin` and `Host`: the MCP server must (DNS rebinding).

mod body;
mod operation;
mod reading;
mod rules;
mod scopes;
mod service;

pub use self::{
    body::McpBody,
    scopes::{MAX_BODY_BYTES, MAX_BODY_TIME, McpScopes},
    service::{McpFuture, McpScopesLayer, McpScopesService},
};
