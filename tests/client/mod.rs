//! The token client, against a scripted issuer.

mod answers;
mod api_answers;
mod credentials;
mod discovery;
mod faults;
mod layer;
mod many_apis;
mod middleware;
mod outages;
mod real_clients;
mod redirects;
mod refused;
mod renewal;
mod requests;
mod revocation;

use tower_bearer::{
    client::{ClientCredentials, TokenClient, TokenClientBuilder},
    secret::Secret,
};

use crate::support::{ManualClock, NOW, Reply, Server, scripted};

const SECRET: &str = "s3cret+/=%: \u{e9}";

fn builder(server: &Server) -> TokenClientBuilder {
    let credentials = ClientCredentials::new("gift:deliveries", Secret::new(SECRET));
    TokenClient::builder(server.url("/oauth/token").parse().unwrap(), credentials)
        .allow_loopback_http()
        .clock(ManualClock::at(NOW))
}

fn client(server: &Server) -> TokenClient {
    builder(server).build().unwrap()
}

/// A good answer with a token of this name.
fn granted(token: &str) -> Reply {
    Reply::token(token)
}

async fn token_of(client: &TokenClient) -> String {
    client.token().await.unwrap().secret().to_owned()
}
