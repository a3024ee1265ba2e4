//! The World Mappers API as a program, configured by environment variables:
//!
//! - `ISSUER`: the issuer whose tokens are admitted; its metadata names the address of the keys
//! - `AUDIENCE`: `urn:worldmappers` by default
//! - `PORT`: the port on loopback; 7001 by default, 0 takes any free one
//!
//! Plain http is allowed for an issuer on loopback.

use std::{env, error::Error};

use tower_bearer::{Audience, Issuer, ResourceServer};

#[path = "shared/serve.rs"]
mod serve;
#[path = "story/world_mappers.rs"]
mod world_mappers;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let issuer = env::var("ISSUER").map_err(|_| "ISSUER is not set: whose tokens to admit?")?;
    let audience = env::var("AUDIENCE").unwrap_or_else(|_| world_mappers::AUDIENCE.to_owned());
    let port = env::var("PORT").map_or(Ok(7001), |port| port.parse::<u16>())?;

    let api = ResourceServer::discover(Issuer::new(issuer)?, Audience::new(audience)?)
        .allow_loopback_http()
        .problem_details()
        .build()?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    serve::serve(listener, world_mappers::app(&api)).await;
    Ok(())
}
