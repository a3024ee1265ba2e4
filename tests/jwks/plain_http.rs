//! Plain http: to loopback names, and to hosts that a setting names (W22).

use std::sync::{Arc, Mutex};

use tower_bearer::config::ResourceServerConfig;
use tracing::{Event, Metadata, Subscriber, span};

use super::*;

/// The `hosts` of each warning.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<Vec<String>>>);

impl tracing::field::Visit for Warnings {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        if field.name() == "hosts" {
            self.0.lock().unwrap().push(format!("{value:?}").replace('"', ""));
        }
    }
}

impl Subscriber for Warnings {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        if *event.metadata().level() == tracing::Level::WARN {
            event.record(&mut self.clone());
        }
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[tokio::test]
async fn w22_loopback_names_are_connected_to_without_a_lookup() {
    let mint = Mint::new();
    for host in ["localhost", "LOCALHOST", "keycloak.localhost", "a.b.Localhost"] {
        let keys = Server::start(|_| Reply::Close).await;
        keys.always(publish([&mint]));
        let url = format!("http://{host}:{}/jwks", keys.port()).parse().unwrap();
        let api = Api::of(keys, RemoteJwks::new(url));
        assert_eq!(api.get(&mint).await, ADMITTED, "{host}");
    }
}

/// 0.0.0.0 stands for this machine, and is no loopback address.
#[tokio::test]
async fn w22_keys_are_fetched_by_plain_http_from_a_named_host_and_no_other() {
    let mint = Mint::new();
    let keys = Server::start(|_| Reply::Close).await;
    keys.always(publish([&mint]));
    let place = format!("0.0.0.0:{}", keys.port());
    let server = |allowed: &[&str]| {
        let remote = RemoteJwks::new(format!("http://{place}/jwks").parse().unwrap());
        ResourceServer::builder(Mint::issuer(), Mint::audience(), remote)
            .allow_http_to(allowed.iter().copied())
            .build()
    };
    server(&[&place]).unwrap().warm_up().await.unwrap();
    for other in ["0.0.0.0:1", "keycloak:8080"] {
        let error = server(&[other]).unwrap_err();
        assert_eq!(error.problems()[0].setting(), "jwks_uri");
        assert!(error.to_string().contains("`allow_http_to`"), "{error}");
    }
    let error = server(&[&place, "*:8080"]).unwrap_err();
    assert_eq!(error.problems()[0].setting(), "allow_http_to");
}

/// The metadata of a named host may not name another one.
#[tokio::test]
async fn w22_an_address_in_the_metadata_of_a_named_host_must_be_named_as_well() {
    let mint = Mint::new();
    let keys = Server::start(|_| Reply::Close).await;
    let issuer = format!("http://0.0.0.0:{}", keys.port());
    let (set, own) = (public_jwk_set([mint.key()]), issuer.clone());
    keys.follow(move |request| {
        if request.head.contains("/.well-known/") {
            Reply::json(format!(r#"{{"issuer":"{own}","jwks_uri":"http://elsewhere:80/jwks"}}"#))
        } else {
            Reply::json(set.clone())
        }
    });
    let place = format!("0.0.0.0:{}", keys.port());
    let server = ResourceServer::discover(&*issuer, "urn:api").allow_http_to([place]).build();
    let error = server.unwrap().warm_up().await.unwrap_err().to_string();
    assert!(error.contains("http://elsewhere:80/jwks must be https"), "{error}");
}

#[test]
fn w22_the_named_hosts_are_in_a_warning_at_the_start() {
    let warnings = Warnings::default();
    let _guard = tracing::subscriber::set_default(warnings.clone());
    let builder = || ResourceServer::discover("http://keycloak:8080/realms/a", "urn:api");
    builder().allow_http_to(["Keycloak:8080", "10.0.0.7:80"]).build().unwrap();
    assert_eq!(*warnings.0.lock().unwrap(), ["keycloak:8080 10.0.0.7:80"]);
    builder().build().unwrap_err();
    ResourceServer::discover("https://issuer.example", "urn:api").build().unwrap();
    assert_eq!(warnings.0.lock().unwrap().len(), 1);

    let file = r#"{"allow_http_to": "keycloak:8080", "issuers":
        [{"issuer": "http://keycloak:8080/realms/a", "audience": "urn:api"}]}"#;
    serde_json::from_str::<ResourceServerConfig>(file).unwrap().build().unwrap();
    assert_eq!(warnings.0.lock().unwrap()[1..], ["keycloak:8080"], "once");
}

#[test]
fn w22_the_metadata_of_an_api_is_https_whatever_host_is_named() {
    let url = |url: &'static str| {
        ResourceServer::discover("https://issuer.example", "urn:api")
            .allow_http_to(["api:80"])
            .resource_metadata(http::Uri::from_static(url))
            .build()
    };
    assert!(url("http://api/.well-known/oauth-protected-resource").is_err());
    assert!(url("https://api/.well-known/oauth-protected-resource").is_ok());
}
