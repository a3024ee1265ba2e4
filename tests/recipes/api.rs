//! An API that is configured by a block of a page, with keys of the test in the place of the vendor's.

use std::{
    convert::Infallible,
    fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};
use tower_bearer::{
    RequireScope, ResourceServer,
    config::ResourceServerConfig,
    error::BearerError,
    key::{SigningKey, public_jwk_set},
    scope::Requirement,
    time::UnixTime,
};

use crate::support::{ManualClock, NOW};

/// The answer to a request with a token.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) reason: String,
}

pub(super) struct Api {
    server: ResourceServer,
    /// The header with the token, and what is before the token in it.
    source: (String, String),
    /// The file of its keys, which is removed at the end.
    file: Option<PathBuf>,
}

impl Drop for Api {
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            let _ = fs::remove_file(file);
        }
    }
}

impl Api {
    /// The API of a block, whose issuers all have these keys.
    pub(super) fn new(config: &str, keys: &[(&SigningKey, &str)]) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("recipe-{}-{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&path, key_set(keys)).unwrap();
        let mut api = Self::with_key_file(config, &path, NOW);
        api.file = Some(path);
        api
    }

    /// The API of a block at this time, whose issuers have the keys of a file.
    pub(super) fn with_key_file(config: &str, path: &Path, now: UnixTime) -> Self {
        // The file that every pod has.
        let config = &config.replace(
            "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
            crate::support::tls::AUTHORITY_FILE,
        );
        let as_it_stands: ResourceServerConfig = toml::from_str(config).unwrap();
        as_it_stands.build().unwrap_or_else(|error| panic!("{error}\n{config}"));

        let mut file: Value = toml::from_str(config).unwrap();
        for issuer in file["issuers"].as_array_mut().unwrap() {
            issuer["keys"] = json!({"file": path});
        }
        let source = &file["token_sources"][0];
        let text = |name: &str| source[name].as_str().map(str::to_owned);
        let scheme = text("scheme").map(|scheme| format!("{scheme} ")).unwrap_or_default();
        let source = match text("header") {
            Some(header) => (header, scheme),
            None => ("authorization".to_owned(), "Bearer ".to_owned()),
        };
        let config: ResourceServerConfig = serde_json::from_value(file).unwrap();
        let server = config.builder().unwrap().clock(ManualClock::at(now)).build().unwrap();
        Self { server, source, file: None }
    }

    /// Sends a request with this token to a route that needs `scope`.
    pub(super) async fn get(&self, token: &str, scope: &str) -> Answer {
        let inner = service_fn(|_: Request<()>| async {
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
        });
        let route = RequireScope(Requirement::parse(scope.to_owned()).unwrap()).layer(inner);
        let request = Request::builder()
            .header(&*self.source.0, format!("{}{token}", self.source.1))
            .body(())
            .unwrap();
        let answer = self.server.layer().layer(route).oneshot(request).await.unwrap();
        let error = answer.extensions().get::<BearerError>();
        let reason = match error.map(|error| (error.fault(), error)) {
            Some((Some(fault), _)) => fault.to_string(),
            Some((None, error)) => error.to_string(),
            None => String::new(),
        };
        assert_ne!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR, "{reason}");
        Answer { status: answer.status().as_u16(), reason }
    }
}

/// The public keys as a JWK Set, each under the key id that the page's token names.
fn key_set(keys: &[(&SigningKey, &str)]) -> String {
    let mut set: Value =
        serde_json::from_str(&public_jwk_set(keys.iter().map(|(key, _)| *key))).unwrap();
    for (entry, (_, kid)) in set["keys"].as_array_mut().unwrap().iter_mut().zip(keys) {
        entry["kid"] = (*kid).into();
    }
    set.to_string()
}
