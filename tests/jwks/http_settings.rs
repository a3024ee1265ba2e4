//! How keys are fetched where an address is not enough (W21).

use std::{
    fs,
    path::PathBuf,
    process,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, Uri, header::AUTHORIZATION};
use tower_bearer::transport::{HttpSettings, Transport, TransportFuture};

use super::*;
use crate::support::tls::{AUTHORITY, AUTHORITY_FILE};

/// What a log must never show; the whole run is watched for it.
const SECRET: &str = "p3YkTq0ZfVbN7sGm1xWcRj9uHdLo5aEi8vKt2yQnB4M";

/// A file of the test's own until it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(text: &str) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("http-settings-{}-{number}", process::id());
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let file = Self(path);
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

/// Answers from memory, and remembers each request's URL and headers.
#[derive(Debug, Default)]
struct Memory {
    keys: String,
    /// The origin that wants a token.
    guarded: &'static str,
    seen: Mutex<Vec<(String, Option<String>)>>,
}

impl Memory {
    fn new(mint: &Mint, guarded: &'static str) -> Arc<Self> {
        Arc::new(Self { keys: public_jwk_set([mint.key()]), guarded, ..Self::default() })
    }

    /// The URLs of the requests that had a token.
    fn with_token(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|(_, token)| token.is_some()).map(|(url, _)| url.clone()).collect()
    }
}

impl Transport for Memory {
    fn send(&self, request: Request<Bytes>, _: usize) -> TransportFuture<'_> {
        let url = request.uri().to_string();
        let token = request.headers().get(AUTHORIZATION);
        let token = token.map(|token| token.to_str().unwrap().to_owned());
        let is_refused = url.starts_with(self.guarded) && token.is_none();
        let body = match url.as_str() {
            _ if is_refused => None,
            url if url.contains("/.well-known/oauth") => Some(
                r#"{"issuer":"https://issuer.example","jwks_uri":"https://keys.example/jwks"}"#
                    .to_owned(),
            ),
            _ => Some(self.keys.clone()),
        };
        self.seen.lock().unwrap().push((url, token));
        let status = if body.is_some() { 200 } else { 401 };
        let answer = Response::builder().status(status).header("content-type", "application/json");
        let answer = answer.body(Bytes::from(body.unwrap_or_default())).unwrap();
        Box::pin(async move { Ok(answer) })
    }
}

fn api(remote: RemoteJwks) -> ResourceServer {
    ResourceServer::builder(Mint::issuer(), Mint::audience(), remote)
        .clock(ManualClock::at(NOW))
        .build()
        .unwrap()
}

fn settings_with_problems(remote: RemoteJwks) -> Vec<String> {
    let builder = ResourceServer::builder(Mint::issuer(), Mint::audience(), remote);
    match builder.build() {
        Ok(_) => Vec::new(),
        Err(error) => {
            error.problems().iter().map(|problem| problem.setting().to_string()).collect()
        }
    }
}

fn https() -> RemoteJwks {
    RemoteJwks::new(Uri::from_static("https://keys.example/jwks"))
}

/// A key server like that of Kubernetes: certificates of its own authority, and a token.
async fn guarded(mint: &Mint) -> Server {
    let keys = public_jwk_set([mint.key()]);
    Server::start_tls(move |request| {
        let token = request.field("authorization").unwrap_or_default();
        if token == format!("Bearer {SECRET}") || token == "Bearer second" {
            Reply::json(keys.clone())
        } else {
            Reply::status(401)
        }
    })
    .await
}

#[tokio::test]
async fn w21_keys_behind_an_authority_of_its_own_and_a_bearer_file_are_fetched() {
    let mint = Mint::new();
    let server = guarded(&mint).await;
    let token = Scratch::new(&format!("{SECRET}\n"));
    let url: Uri = server.url("/openid/v1/jwks").parse().unwrap();
    let remote = |http| RemoteJwks::new(url.clone()).http(http);
    let good = || HttpSettings::new().root_certificates_file(AUTHORITY_FILE).bearer_file(&token.0);

    let whole = api(remote(good()));
    whole.warm_up().await.unwrap();
    token.write("second");
    whole.refresh_now().await.unwrap();
    let sent: Vec<_> =
        server.received().iter().map(|it| it.field("authorization").unwrap().to_owned()).collect();
    assert_eq!(sent, [format!("Bearer {SECRET}"), "Bearer second".to_owned()]);

    let in_memory = HttpSettings::new().root_certificates(AUTHORITY).bearer_file(&token.0);
    api(remote(in_memory)).warm_up().await.unwrap();

    let without_roots = HttpSettings::new().bearer_file(&token.0);
    let error = api(remote(without_roots)).warm_up().await.unwrap_err().to_string();
    assert!(error.contains("the request failed"), "{error}");
    let without_token = HttpSettings::new().root_certificates(AUTHORITY);
    let error = api(remote(without_token)).warm_up().await.unwrap_err().to_string();
    assert!(error.contains("answers 401"), "{error}");
}

#[tokio::test]
async fn w21_a_loopback_name_is_reached_over_https_without_a_lookup() {
    let mint = Mint::new();
    let server = guarded(&mint).await;
    let token = Scratch::new("second");
    for host in ["localhost", "keys.localhost", "KEYS.localhost"] {
        let url = format!("https://{host}:{}/jwks", server.port()).parse().unwrap();
        let http = HttpSettings::new().root_certificates(AUTHORITY).bearer_file(&token.0);
        api(RemoteJwks::new(url).http(http)).warm_up().await.unwrap();
    }
    let other = format!("https://other.localhost:{}/jwks", server.port()).parse().unwrap();
    let http = HttpSettings::new().root_certificates(AUTHORITY).bearer_file(&token.0);
    api(RemoteJwks::new(other).http(http)).warm_up().await.unwrap_err();
}

#[tokio::test]
async fn w21_credentials_go_to_the_configured_origin_and_to_named_ones_only() {
    let mint = Mint::new();
    let token = Scratch::new("one");
    let http = || HttpSettings::new().bearer_file(&token.0);
    let discovered = |memory: &Arc<Memory>, http| {
        api(RemoteJwks::discover(Mint::issuer()).transport(memory.clone()).http(http))
    };
    let metadata = "https://issuer.example/.well-known/oauth-authorization-server";

    let memory = Memory::new(&mint, "https://keys.example");
    let error = discovered(&memory, http()).warm_up().await.unwrap_err().to_string();
    assert!(error.contains("https://keys.example/jwks: answers 401"), "{error}");
    assert!(error.contains("credentials_to"), "{error}");
    assert_eq!(memory.with_token(), [metadata]);

    let memory = Memory::new(&mint, "https://keys.example");
    discovered(&memory, http().credentials_to("https://KEYS.example:443/"))
        .warm_up()
        .await
        .unwrap();
    assert_eq!(memory.with_token(), [metadata, "https://keys.example/jwks"]);

    for other in ["https://keys.example:8443", "https://a.keys.example", "https://example"] {
        let memory = Memory::new(&mint, "https://keys.example");
        discovered(&memory, http().credentials_to(other)).warm_up().await.unwrap_err();
        assert_eq!(memory.with_token(), [metadata], "{other}");
    }

    let memory = Memory::new(&mint, "https://keys.example");
    api(https().transport(memory.clone()).http(http())).warm_up().await.unwrap();
    assert_eq!(memory.with_token(), ["https://keys.example/jwks"]);
}

#[tokio::test]
async fn w21_a_header_is_sent_from_a_value_or_from_a_file() {
    let mint = Mint::new();
    let name = || HeaderName::from_static("authorization");
    let file = Scratch::new(" Basic a2V5OnZhbHVl \r\n");
    for http in [
        HttpSettings::new().header(name(), HeaderValue::from_static("Basic a2V5OnZhbHVl")),
        HttpSettings::new().header_file(name(), &file.0),
    ] {
        let memory = Memory::new(&mint, "https://keys.example");
        api(https().transport(memory.clone()).http(http)).warm_up().await.unwrap();
        let seen = memory.seen.lock().unwrap().clone();
        assert_eq!(seen[0].1.as_deref(), Some("Basic a2V5OnZhbHVl"));
    }
}

#[tokio::test]
async fn w21_a_file_without_a_token_fails_the_fetch_and_is_named() {
    let mint = Mint::new();
    let file = Scratch::new(SECRET);
    let memory = Memory::new(&mint, "https://keys.example");
    let server =
        api(https().transport(memory.clone()).http(HttpSettings::new().bearer_file(&file.0)));
    let long = SECRET.repeat(2_000);
    for (text, expected) in [
        ("", "does not hold a token"),
        (" \n", "does not hold a token"),
        (&*format!("{SECRET} {SECRET}"), "does not hold a token"),
        (&*format!("{SECRET}\n{SECRET}"), "does not hold a token"),
        (&*long, "longer than 64 KiB"),
    ] {
        file.write(text);
        let error = server.refresh_now().await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(error.contains("http-settings-") && !error.contains(SECRET), "{error}");
    }
    fs::remove_file(&file.0).unwrap();
    let error = server.refresh_now().await.unwrap_err().to_string();
    assert!(error.contains("cannot be read"), "{error}");
    assert_eq!(memory.with_token(), [""; 0]);
    file.write(SECRET);
    server.refresh_now().await.unwrap();
}

#[tokio::test]
async fn w21_a_proxy_is_asked_to_connect_and_gets_no_credentials_of_the_key_server() {
    let proxy = Server::start(|_| Reply::status(502)).await;
    let token = Scratch::new(SECRET);
    let url = format!("http://user:pass@127.0.0.1:{}", proxy.port()).parse().unwrap();
    let http = HttpSettings::new().proxy(url).bearer_file(&token.0);
    api(https().http(http)).warm_up().await.unwrap_err();
    let received = proxy.received();
    assert_eq!(received.len(), 1);
    assert!(received[0].head.starts_with("CONNECT keys.example:443 "), "{}", received[0].head);
    assert_eq!(received[0].field("proxy-authorization"), Some("Basic dXNlcjpwYXNz"));
    assert!(!received[0].head.contains(SECRET));
}

#[test]
fn w21_each_wrong_setting_is_named() {
    let http = HttpSettings::new;
    let value = || HeaderValue::from_static("v");
    let memory = Memory::new(&Mint::new(), "");
    let cases: [(&[&str], HttpSettings); 12] = [
        (&[], http().bearer_file("/var/run/token").credentials_to("https://10.0.0.1:6443")),
        (&["root_certificates"], http().root_certificates_file("/absent.pem")),
        (&["root_certificates"], http().root_certificates("not PEM")),
        (&["root_certificates"], http().root_certificates(AUTHORITY.replace("MII", "AAA"))),
        (&["proxy"], http().proxy(Uri::from_static("ftp://proxy.example"))),
        (&["proxy"], http().proxy(Uri::from_static("/proxy"))),
        (&["connect_timeout"], http().connect_timeout(Duration::from_secs(31))),
        (&["header"], http().header(HeaderName::from_static("host"), value())),
        (&["header"], http().bearer_file("/token").header(AUTHORIZATION, value())),
        (&["bearer_file"], http().bearer_file("")),
        (&["credentials_to"], http().credentials_to("https://keys.example")),
        (&["credentials_to"], http().bearer_file("/t").credentials_to("http://keys.example")),
    ];
    for (expected, http) in cases {
        let shown = format!("{http:?}");
        assert_eq!(settings_with_problems(https().http(http)), expected, "{shown}");
    }
    for wrong in ["https://keys.example/path", "keys.example", "https://*.example", "https://a@b"] {
        let http = http().bearer_file("/t").credentials_to(wrong);
        assert_eq!(settings_with_problems(https().http(http)), ["credentials_to"], "{wrong}");
    }
    for http in [
        http().root_certificates(AUTHORITY),
        http().proxy(Uri::from_static("http://proxy.example:3128")),
        http().no_proxy(),
        http().connect_timeout(Duration::from_secs(1)),
    ] {
        assert_eq!(settings_with_problems(https().http(http.clone())), [""; 0]);
        let own = https().transport(memory.clone()).http(http);
        assert_eq!(settings_with_problems(own).len(), 1, "the transport has settings of its own");
    }
}

#[test]
fn w21_credentials_over_plain_http_are_refused() {
    let plain = || RemoteJwks::new(Uri::from_static("http://127.0.0.1:1/")).allow_loopback_http();
    let secret = HeaderValue::from_static("v");
    for (setting, http) in [
        ("bearer_file", HttpSettings::new().bearer_file("/token")),
        ("header", HttpSettings::new().header(HeaderName::from_static("x-api-key"), secret)),
    ] {
        assert_eq!(settings_with_problems(plain().http(http)), [setting]);
    }
    assert_eq!(settings_with_problems(plain()), [""; 0]);
}

#[test]
fn w21_secrets_are_not_in_debug_output() {
    let mut value = HeaderValue::from_static(SECRET);
    value.set_sensitive(false);
    let proxy = format!("http://user:{SECRET}@proxy.example:3128").parse().unwrap();
    let http = HttpSettings::new().header(HeaderName::from_static("x-api-key"), value).proxy(proxy);
    let remote = https().http(http.clone());
    let builder = ResourceServer::builder(Mint::issuer(), Mint::audience(), remote.clone());
    let shown = format!("{http:?} {remote:?} {builder:?}");
    assert!(shown.contains("x-api-key") && shown.contains("proxy.example"), "{shown}");
    assert!(!shown.contains(SECRET), "{shown}");
    assert!(!format!("{:?}", builder.build().unwrap()).contains(SECRET));
}

#[test]
fn w21_settings_apply_to_the_issuer_named_last() {
    let wrong = || HttpSettings::new().connect_timeout(Duration::ZERO);
    let builder = || ResourceServer::discover("https://a.example", "urn:api");
    let problems = builder().http(wrong()).build().unwrap_err();
    assert_eq!(problems.problems()[0].setting(), "connect_timeout");
    let fixed = builder().issuer("https://b.example", "urn:api", Mint::new().keys()).http(wrong());
    assert_eq!(fixed.build().unwrap_err().problems()[0].setting(), "http");
    assert!(builder().http(HttpSettings::new()).build().is_ok());
}
