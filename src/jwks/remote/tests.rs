use std::{
    sync::{
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};

use super::*;
use crate::{
    jwks::{KeysState, SharedKeySets},
    transport::{Transport, TransportFuture, UrlRule},
};

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

/// Shows [`NOW`] and the seconds that were added to it.
#[derive(Debug, Default)]
struct Manual(AtomicU64);

impl Clock for Manual {
    fn now(&self) -> UnixTime {
        NOW + Duration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

fn remote() -> (Arc<RemoteKeys>, Arc<Manual>) {
    let settings = RemoteJwks::new("https://issuer.example/jwks".parse().unwrap());
    let issuer = Issuer::new("https://issuer.example").unwrap();
    let clock = Arc::new(Manual::default());
    (
        Arc::new(RemoteKeys::new(
            &settings.transport(Published),
            issuer,
            &KeysContext {
                clock: &(clock.clone() as Arc<dyn Clock>),
                url_rule: &UrlRule::default(),
                transport: &crate::transport::default_transport(&UrlRule::default()),
                shared: &SharedKeySets::default(),
                uses_patterns: true,
                metrics: &crate::metrics::IssuersMetrics::configured("api"),
            },
            &mut Problems::default(),
        )),
        clock,
    )
}

async fn find(remote: &Arc<RemoteKeys>, kid: &str) -> KeyLookup {
    match remote.lookup(Some(kid), remote.clock.now()) {
        Lookup::Found(found) => found,
        Lookup::Wait(keys) => keys.await,
    }
}

/// Returns true if this key id is looked up while another thread holds the lock.
fn needs_no_lock(remote: &Arc<RemoteKeys>, kid: &str) -> bool {
    let (answered, answer) = mpsc::channel();
    let held = remote.refresher.lock();
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
    let (remote, _) = remote();
    assert!(matches!(find(&remote, "junk").await, KeyLookup::Unknown));
    assert!(needs_no_lock(&remote, "known"));
    assert!(needs_no_lock(&remote, "junk"));
    assert!(matches!(find(&remote, "known").await, KeyLookup::Keys(_)));
    assert!(matches!(find(&remote, "junk").await, KeyLookup::Unknown));
}

#[tokio::test]
async fn a_missing_kid_is_known_for_as_long_as_that_is_certain_however_late_who_waited_wakes() {
    let (remote, clock) = remote();
    assert!(matches!(find(&remote, "junk").await, KeyLookup::Unknown));
    let Lookup::Wait(late) = remote.lookup(Some("late"), clock.now()) else {
        panic!("a key id that nobody has asked for");
    };
    while remote.refresher.ended() < 2 {
        tokio::task::yield_now().await;
    }
    clock.0.store(11, Ordering::Relaxed);
    assert!(matches!(late.await, KeyLookup::Unknown));
    assert!(matches!(remote.lookup(Some("late"), clock.now()), Lookup::Found(KeyLookup::Unknown)));
    clock.0.store(12, Ordering::Relaxed);
    assert!(matches!(find(&remote, "late").await, KeyLookup::Unknown), "it is asked for again");
    assert_eq!(remote.refresher.ended(), 3);
}

#[tokio::test]
async fn a_request_that_began_before_a_fetch_landed_is_no_clock_set_back() {
    let (remote, clock) = remote();
    clock.0.store(10, Ordering::Relaxed);
    assert!(matches!(find(&remote, "junk").await, KeyLookup::Unknown));
    let before = NOW + Duration::from_secs(9);
    assert!(matches!(remote.lookup(Some("known"), before), Lookup::Found(KeyLookup::Keys(_))));
    assert_eq!(remote.readiness().state, KeysState::Fresh);
    clock.0.store(9, Ordering::Relaxed);
    assert!(matches!(remote.lookup(Some("known"), before), Lookup::Found(KeyLookup::Keys(_))));
    assert_eq!(remote.readiness().state, KeysState::Due, "the clock was set back");
}
