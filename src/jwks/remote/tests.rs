use std::{sync::mpsc, thread};

use bytes::Bytes;
use http::{Request, Response};

use super::*;
use crate::transport::TransportFuture;

/// RFC 8037's key.
const KEYS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"known","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

#[derive(Debug)]
struct Published;

impl Transport for Published {
    fn send(&self, _: Request<Bytes>, _: usize) -> TransportFuture<'_> {
        let answer = Response::builder().header("content-type", "application/json");
        Box::pin(async { Ok(answer.body(KEYS.into()).unwrap()) })
    }
}

#[derive(Debug)]
struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> UnixTime {
        NOW
    }
}

fn remote() -> Arc<Remote> {
    let settings = RemoteJwks::new("https://issuer.example/jwks".parse().unwrap());
    let issuer = Issuer::new("https://issuer.example").unwrap();
    Remote::new(settings.transport(Published), issuer, Arc::new(Stopped), UrlRule::Https)
}

async fn find(remote: &Arc<Remote>, kid: &str) -> Found {
    match remote.lookup(Some(kid), NOW) {
        Lookup::Found(found) => found,
        Lookup::Wait(keys) => keys.await,
    }
}

/// Whether this key id is looked up while somebody holds the machine.
fn needs_no_lock(remote: &Arc<Remote>, kid: &str) -> bool {
    let (answered, answer) = mpsc::channel();
    let held = remote.machine();
    thread::scope(|threads| {
        threads.spawn(move || {
            remote.lookup(Some(kid), NOW);
            answered.send(())
        });
        let in_time = answer.recv_timeout(Duration::from_secs(10)).is_ok();
        drop(held);
        in_time
    })
}

#[tokio::test]
async fn known_keys_and_what_is_known_to_be_missing_are_looked_up_without_a_lock() {
    let remote = remote();
    assert!(matches!(find(&remote, "junk").await, Found::Unknown));
    assert!(needs_no_lock(&remote, "known"));
    assert!(needs_no_lock(&remote, "junk"));
    assert!(matches!(find(&remote, "known").await, Found::Keys(_)));
    assert!(matches!(find(&remote, "junk").await, Found::Unknown));
}
