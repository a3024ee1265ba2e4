use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use tokio::sync::Notify;
use tower_bearer::{
    jwks::RemoteJwks,
    key::public_jwk_set,
    transport::{Transport, TransportFuture},
};

use super::*;

/// Answers with keys once a test lets it.
#[derive(Clone, Debug)]
struct Held {
    document: String,
    released: Arc<Notify>,
}

impl Transport for Held {
    fn send(&self, _: Request<Bytes>, _: usize) -> TransportFuture<'_> {
        Box::pin(async {
            self.released.notified().await;
            let answer = Response::builder().header(header::CONTENT_TYPE, "application/json");
            Ok(answer.body(self.document.clone().into()).unwrap())
        })
    }
}

#[tokio::test]
async fn a_token_that_is_denied_while_it_waits_for_keys_is_refused() {
    let mint = Mint::new();
    let released = Arc::new(Notify::new());
    let held = Held { document: public_jwk_set([mint.key()]), released: released.clone() };
    let keys = RemoteJwks::new("https://issuer.example/jwks".parse().unwrap()).transport(held);
    let api = Api::with_keys(keys, &mint);
    let (token, twin) = (mint.sign(), mint.clone().claim("jti", "2").sign());
    let meanwhile = async {
        tokio::task::yield_now().await;
        api.deny(Denied::token_id("1"), NOW + HOUR);
        released.notify_one();
    };
    let (denied, admitted, ()) = tokio::join!(api.get(&token), api.get(&twin), meanwhile);
    assert_eq!([denied, admitted], [401, 200]);
}
