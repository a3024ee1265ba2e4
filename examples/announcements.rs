//! A guarded API for any issuer, configured by environment variables:
//!
//! - `ISSUER`, `AUDIENCE`: the issuer whose tokens are admitted, and the audience they must name
//! - `JWKS_URI`: where the keys are; discovered from the issuer's metadata if it is not set
//! - `PORT`: the port on loopback; 0, the default, takes any free one
//! - `ALGORITHMS`: the algorithms allowed, separated by spaces; all asymmetric ones by default
//! - `CONFIG`: a file such as `api.toml` (see `docs/recipes`) instead of `ISSUER`, `AUDIENCE`,
//!   `JWKS_URI` and `ALGORITHMS`
//!
//! Plain http is allowed for issuers on loopback; with `CONFIG`, only if the file has
//! `allow_loopback_http = true`.

use std::{env, error::Error, fs, path::Path as FilePath};

use axum::{
    Json, Router,
    extract::{Path, State},
    routing::get,
};
use http::StatusCode;
use serde_json::{Map, Value, json};
use tower_bearer::{
    AccessToken, Audience, Issuer, RequireScope, ResourceServer, algorithm::Algorithm,
    config::ResourceServerConfig, jwks::RemoteJwks, server::ResourceServerBuilder,
};

#[path = "shared/serve.rs"]
mod serve;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(std::io::stderr)
        .init();
    let api = guard()?;
    let app = Router::new()
        .route("/announcements", get(list).post(create))
        .route("/announcements/{id}", get(read).delete(remove))
        .route("/whoami", get(whoami))
        .layer(api.layer())
        .route("/open", get(|| async { "open to everybody\n" }))
        .route("/ready", get(ready).with_state(api));
    let port = optional("PORT").map_or(Ok(0), |port| port.parse::<u16>())?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    serve::serve(listener, app).await;
    Ok(())
}

fn guard() -> Result<ResourceServer, Box<dyn Error>> {
    let builder = match optional("CONFIG") {
        Some(file) => by_file(FilePath::new(&file))?,
        None => by_variables()?,
    };
    Ok(builder.problem_details().build()?)
}

fn by_file(file: &FilePath) -> Result<ResourceServerBuilder, Box<dyn Error>> {
    let config: ResourceServerConfig = toml::from_str(&fs::read_to_string(file)?)?;
    let folder = file.parent().unwrap_or(FilePath::new(""));
    Ok(config.relative_to(folder).builder()?)
}

fn by_variables() -> Result<ResourceServerBuilder, Box<dyn Error>> {
    let issuer = Issuer::new(required("ISSUER")?)?;
    let audience = Audience::new(required("AUDIENCE")?)?;
    let builder = match optional("JWKS_URI") {
        Some(url) => ResourceServer::builder(issuer, audience, RemoteJwks::new(url.parse()?)),
        None => ResourceServer::discover(issuer, audience),
    };
    let builder = match optional("ALGORITHMS") {
        Some(names) => builder.algorithms(
            names
                .split_whitespace()
                .map(|name| Algorithm::from_name(name).ok_or(format!("ALGORITHMS: no {name} here")))
                .collect::<Result<Vec<_>, _>>()?,
        ),
        None => builder,
    };
    Ok(builder.allow_loopback_http())
}

fn optional(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn required(name: &str) -> Result<String, String> {
    optional(name).ok_or_else(|| format!("{name} is not set; see the first lines of this example"))
}

async fn list(_: RequireScope!["announce:read"]) -> Json<Value> {
    Json(json!([{"id": "1", "text": "the lift works again"}]))
}

async fn create(_: RequireScope!["announce:create"]) -> StatusCode {
    StatusCode::CREATED
}

async fn read(_: RequireScope!["announce:{id}:read"], Path(id): Path<String>) -> Json<Value> {
    Json(json!({"id": id, "text": "the lift works again"}))
}

async fn remove(_: RequireScope!["announce:{id}:delete"], Path(_): Path<String>) -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn whoami(token: AccessToken) -> Result<Json<Map<String, Value>>, StatusCode> {
    token.claims().map(Json).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

/// Answers 200 if tokens can be verified, and 503 if the keys are missing or expired.
async fn ready(State(api): State<ResourceServer>) -> (StatusCode, Json<Value>) {
    // The readiness reports a failure.
    let _ = api.warm_up().await;
    let readiness = api.readiness();
    let status = if readiness.iter().all(|keys| keys.is_ready()) {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(json!(readiness)))
}
