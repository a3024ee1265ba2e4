//! Keys in a file that changes (W32).

use std::{fs, path::PathBuf, process};

use tower_bearer::{config::ResourceServerConfig, jwks::KeyFile};

use super::*;

/// A file of the test's own until it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, text: &str) -> Self {
        let name = format!("key-file-{name}-{}", process::id());
        let file = Self(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name));
        file.write(text);
        file
    }

    fn write(&self, text: &str) {
        fs::write(&self.0, text).unwrap();
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

async fn api(file: &Scratch) -> Api {
    Api::of(Server::start(|_| Reply::Close).await, KeyFile::new(&file.0))
}

#[tokio::test]
async fn w32_a_key_that_is_added_to_the_file_is_found_at_its_first_token() {
    let (old, new) = (Mint::new(), Mint::new());
    let file = Scratch::new("added", &public_jwk_set([old.key()]));
    let api = api(&file).await;
    assert_eq!(api.get(&old).await, ADMITTED);
    assert_eq!(api.get(&new).await, REFUSED);
    file.write(&public_jwk_set([old.key(), new.key()]));
    api.clock.advance(Duration::from_secs(12));
    assert_eq!(api.get(&new).await, ADMITTED);
    assert_eq!(api.get(&old).await, ADMITTED);
}

#[tokio::test]
async fn w32_a_key_that_is_taken_out_of_the_file_is_refused_after_five_minutes() {
    let (kept, stolen) = (Mint::new(), Mint::new());
    let file = Scratch::new("removed", &public_jwk_set([kept.key(), stolen.key()]));
    let api = api(&file).await;
    assert_eq!(api.get(&stolen).await, ADMITTED);
    file.write(&public_jwk_set([kept.key()]));
    api.clock.advance(STALE);
    assert_eq!(api.get(&kept).await, ADMITTED);
    assert_eq!(api.get(&stolen).await, REFUSED);
}

#[tokio::test]
async fn w32_a_broken_file_keeps_the_keys_for_a_day_and_says_why() {
    let mint = Mint::new();
    let file = Scratch::new("broken", &public_jwk_set([mint.key()]));
    let api = api(&file).await;
    assert_eq!(api.get(&mint).await, ADMITTED);
    for broken in ["", "{", r#"{"keys":[]}"#, "-----BEGIN PUBLIC KEY-----"] {
        file.write(broken);
        api.server.refresh_now().await.unwrap_err();
        let error = api.readiness().last_error.unwrap();
        assert!(error.contains("key-file-broken") && error.contains("has no key"), "{error}");
        assert_eq!(api.get(&mint).await, ADMITTED, "{broken:?}");
    }
    fs::remove_file(&file.0).unwrap();
    api.clock.advance(23 * 60 * MINUTE);
    assert_eq!(api.get(&mint).await, ADMITTED);
    assert!(api.readiness().last_error.unwrap().contains("cannot be read"));
    file.write(&public_jwk_set([mint.key()]));
    api.server.refresh_now().await.unwrap();
    assert_eq!(api.state(), KeysState::Fresh);
}

#[test]
fn w32_a_file_without_keys_is_reported_when_the_server_is_built() {
    let mint = Mint::new();
    let file = Scratch::new("start", "");
    let build =
        || ResourceServer::builder(Mint::issuer(), Mint::audience(), KeyFile::new(&file.0)).build();
    assert_eq!(build().unwrap_err().problems()[0].setting(), "key_file");
    file.write(&public_jwk_set([mint.key()]));
    assert!(build().is_ok());
    fs::remove_file(&file.0).unwrap();
    assert!(build().unwrap_err().to_string().contains("cannot be read"));
}

#[tokio::test]
async fn w32_the_file_of_a_configuration_is_read_again() {
    let (old, new) = (Mint::new(), Mint::new());
    let file = Scratch::new("config", &public_jwk_set([old.key()]));
    let config = serde_json::json!({"issuers": [{
        "issuer": Mint::ISSUER, "audience": Mint::AUDIENCE, "keys": {"file": file.0},
    }]});
    let config: ResourceServerConfig = serde_json::from_value(config).unwrap();
    let clock = ManualClock::at(NOW);
    let server = config.builder().unwrap().clock(clock.clone()).build().unwrap();
    let app = Router::new().route("/", get(|| async {})).layer(server.layer());
    let api = Api { keys: Server::start(|_| Reply::Close).await, clock, server, app };
    assert_eq!(api.get(&old).await, ADMITTED);
    file.write(&public_jwk_set([new.key()]));
    assert_eq!(api.get(&new).await, ADMITTED);
    assert_eq!(api.get(&old).await, REFUSED);
}

/// A key with an empty id is one without: its tokens are tried, and a rotation is found.
#[tokio::test]
async fn w27_an_empty_kid_of_a_key_is_none() {
    let (old, new) = (Mint::new(), Mint::new());
    let set = |mint: &Mint| {
        let mut set: serde_json::Value =
            serde_json::from_str(&public_jwk_set([mint.key()])).unwrap();
        set["keys"][0]["kid"] = "".into();
        Reply::json(set.to_string())
    };
    let api = Api::start(set(&old)).await;
    assert_eq!(api.get(&old.clone().without_header("kid")).await, ADMITTED);
    assert_eq!(api.get(&old.clone().header("kid", "")).await, ADMITTED);
    api.keys.always(set(&new));
    assert_eq!(api.get(&new.clone().without_header("kid")).await, ADMITTED, "after a fetch");
    assert_eq!(api.get(&old.clone().without_header("kid")).await, REFUSED);
}
