//! What a document says, and what the server does: each route of an app is asked with and without
//! each scope.

mod aide_app;
mod differences;
mod scheme;
mod utoipa_app;

use tower_bearer::{ResourceServer, jwks::RemoteJwks, scope::Matching};

use crate::support::{ManualClock, Mint, NOW};

/// An API that trusts the keys of `mint`, and compares scopes byte for byte: then a document that
/// lists them says everything.
fn api(mint: &Mint) -> ResourceServer {
    ResourceServer::builder(Mint::issuer(), Mint::audience(), mint.keys())
        .matching(Matching::Exact)
        .clock(ManualClock::at(NOW))
        .build()
        .unwrap()
}

/// An API whose issuer is down: nothing listens on port 1.
fn api_in_an_outage() -> ResourceServer {
    let keys = RemoteJwks::new("http://127.0.0.1:1/jwks".parse().unwrap());
    ResourceServer::builder(Mint::issuer(), Mint::audience(), keys)
        .allow_loopback_http()
        .clock(ManualClock::at(NOW))
        .build()
        .unwrap()
}
