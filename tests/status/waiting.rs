//! What changes while a token waits for its list.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use serde_json::json;
use tokio::sync::Notify;
use tower_bearer::{
    ResourceServer,
    algorithm::Algorithm,
    key::{KeySet, SigningKey, public_jwk_set},
    status::{StatusCheck, StatusOutage},
    transport::{Transport, TransportFuture},
};

use super::{tokens, world::call};
use crate::support::{ManualClock, Mint, NOW};

const URI: &str = "https://issuer.example/lists/1";

/// Answers with a list once a test lets it.
#[derive(Clone, Debug)]
struct Held {
    list: Bytes,
    released: Arc<Notify>,
}

impl Transport for Held {
    fn send(&self, _: Request<Bytes>, _: usize) -> TransportFuture<'_> {
        Box::pin(async {
            self.released.notified().await;
            Ok(Response::new(self.list.clone()))
        })
    }
}

#[tokio::test]
async fn a_token_whose_key_is_revoked_while_it_waits_for_its_list_is_refused() {
    let (revoked, kept) =
        (SigningKey::generate(Algorithm::EdDSA), SigningKey::generate(Algorithm::EdDSA));
    let (revoked, kept) = (revoked.unwrap(), kept.unwrap());
    let token = |key: &SigningKey| {
        let reference = json!({"status_list": {"idx": 0, "uri": URI}});
        Mint::with_key(key).claim("status", reference).sign()
    };
    let released = Arc::new(Notify::new());
    let list = tokens::list(&kept).sign().into();
    let held = Held { list, released: released.clone() };
    let keys = KeySet::parse(public_jwk_set([&revoked, &kept]).as_bytes()).unwrap();
    let api = ResourceServer::builder(Mint::issuer(), Mint::audience(), keys)
        .check_status(StatusCheck::require(StatusOutage::Refuse).transport(held))
        .clock(ManualClock::at(NOW))
        .cache_verified_tokens(1 << 16)
        .build()
        .unwrap();
    let (of_revoked, of_kept) = (token(&revoked), token(&kept));
    let meanwhile = async {
        tokio::task::yield_now().await;
        api.revoke_kid(&Mint::issuer(), revoked.kid());
        released.notify_one();
    };
    let (of_revoked, of_kept) = (Box::pin(call(&api, &of_revoked)), Box::pin(call(&api, &of_kept)));
    let (refused, admitted, ()) = tokio::join!(of_revoked, of_kept, meanwhile);
    assert_eq!([refused.status, admitted.status], [401, 200]);
}
