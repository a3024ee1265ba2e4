//! What the stories share: sockets of their own, and a check that ends a story with an error where
//! an answer is not the expected one.

use std::{error::Error, fmt::Debug};

use axum::Router;

#[path = "../shared/serve.rs"]
mod serve;

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Serves on a socket of its own; the URL.
pub(crate) async fn serve(app: Router) -> Outcome<String> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(serve::serve(listener, app));
    Ok(url)
}

pub(crate) fn expect<T: PartialEq + Debug + ?Sized>(
    what: &str,
    found: &T,
    expected: &T,
) -> Outcome {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what}: {found:?}, but should be {expected:?}").into())
}
