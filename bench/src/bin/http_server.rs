//! Serves the axum route on a loopback socket, `http_server bare|empty|cold|warm`, and says where.

use std::env;

use tokio::net::TcpListener;
use tower_bearer_bench::{KeyServer, cached, remote, server, stacks};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let build = |cache: bool| {
        let keys = KeyServer::new(env::var("JWKS").expect("a key set in JWKS"));
        let builder = server(remote(keys));
        let builder = if cache { cached(builder) } else { builder };
        stacks::guarded_by_extractor(&builder.build().expect("a server"))
    };
    let router = match env::args().nth(1).as_deref() {
        Some("bare") => stacks::bare(),
        Some("empty") => stacks::one_layer_and_extractor(),
        Some("cold") => build(false),
        Some("warm") => build(true),
        _ => panic!("http_server bare|empty|cold|warm"),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    println!("http://{}", listener.local_addr().expect("an address"));
    axum::serve(listener, router).await.expect("a server");
}
