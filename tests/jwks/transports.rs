//! The default transport on its own ground: loopback, and a machine without roots.

use std::{env, process::Command};

use super::*;

/// Set for the process that has no roots and a proxy that does not exist.
const ALONE: &str = "TOWER_BEARER_TEST_ALONE";

fn https_api(keys: Server) -> Api {
    let url = keys.url("/jwks").replace("http://", "https://");
    Api::of(keys, RemoteJwks::new(url.parse().unwrap()))
}

#[tokio::test]
async fn https_is_never_spoken_in_the_clear() {
    let mint = Mint::new();
    let api = https_api(Server::start(|_| Reply::Close).await);
    api.keys.always(publish([&mint]));
    assert!(unavailable(api.get(&mint).await));
    until(|| api.readiness().last_error.is_some()).await;
    assert_eq!(api.keys.count(), 0, "it could read nothing");
    let error = api.readiness().last_error.unwrap();
    assert!(error.contains("the request failed"), "{error}");
}

#[tokio::test]
async fn keys_may_be_fetched_from_loopback_by_their_own_consent_alone() {
    let mint = Mint::new();
    let keys = Server::start(|_| Reply::Close).await;
    keys.always(publish([&mint]));
    let build = |remote: RemoteJwks| {
        ResourceServer::builder(Mint::issuer(), Mint::audience(), remote)
            .clock(ManualClock::at(NOW))
            .build()
    };
    let remote = || RemoteJwks::new(keys.url("/jwks").parse().unwrap());
    assert_eq!(build(remote()).unwrap_err().problems()[0].setting(), "jwks_uri");
    build(remote().allow_loopback_http()).unwrap().warm_up().await.unwrap();
}

/// The client for https is built at its first use, so its failure is one of the fetch; plain http to
/// loopback needs no roots and asks no proxy.
#[test]
fn without_roots_https_fails_by_name_and_loopback_works() {
    if env::var_os(ALONE).is_none() {
        let name = "jwks::transports::without_roots_https_fails_by_name_and_loopback_works";
        let mut child = Command::new(env::current_exe().unwrap());
        child.args(["--exact", name, "--nocapture"]).env(ALONE, "1");
        for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
            child.env(name, "/nonexistent");
        }
        for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
            child.env(name, "http://127.0.0.1:1");
        }
        let output = child.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mint = Mint::new();
        assert_eq!(Api::start(publish([&mint])).await.get(&mint).await, ADMITTED);
        let api = https_api(Server::start(|_| Reply::Close).await);
        assert!(unavailable(api.get(&mint).await));
        let error = api.readiness().last_error.unwrap();
        assert!(error.contains("the HTTP client cannot be built"), "{error}");
        assert_eq!(api.keys.count(), 0);
    });
}
