//! No token, secret or private key is in what the crate writes: log lines, `Debug`, errors,
//! challenges and events.

#![cfg(all(feature = "axum", feature = "issuer", feature = "client"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fmt::{self, Debug, Write as _},
    sync::{Arc, Mutex},
};

use axum::{Router, body::Body, routing::get};
use http::{Request, header};
use tower::ServiceExt as _;
use tower_bearer::{
    AccessToken, Audience, Issuer, RequireScope, ResourceServer,
    algorithm::Algorithm,
    client::{ClientAuthentication, ClientCredentials, TokenClient},
    issuer::{Account, Application, KeyStore, SecretHash, TokenIssuer},
    jwks::RemoteJwks,
    key::{KeySet, SigningKey, public_jwk_set},
    secret::Secret,
    time::{Clock as _, SystemClock, UnixTime},
};
use tracing::{Event, Subscriber, field::Field, field::Visit, span};

/// Everything that was told, at every level, by whomever in this process.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<String>>);

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

impl Everything {
    fn add(&self, text: impl fmt::Display) {
        writeln!(self.0.lock().unwrap(), "{text}").unwrap();
    }

    fn show(&self, value: &dyn Debug) {
        self.add(format_args!("{value:?}\n{value:#?}"));
    }
}

impl Subscriber for Everything {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("tower_bearer")
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        attributes.record(&mut Fields(&mut self.0.lock().unwrap()));
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut Fields(&mut self.0.lock().unwrap()));
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = self.0.lock().unwrap();
        write!(text, "{} {}", event.metadata().level(), event.metadata().target()).unwrap();
        event.record(&mut Fields(&mut text));
        text.push('\n');
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// The story from end to end with everything that can go wrong on the way, and what it wrote.
#[tokio::test]
async fn no_secret_is_in_anything_that_is_written() {
    let everything = Everything::default();
    tracing::subscriber::set_global_default(everything.clone()).unwrap();
    let secret = Secret::generate().unwrap();
    let wrong = Secret::generate().unwrap();
    let audience = "urn:worldmappers";
    let issuer = TokenIssuer::on_loopback()
        .algorithm(Algorithm::ES256)
        .application(Application::new("maps").audience(audience).scopes("directions geocode"))
        .account(Account::new("gifts").secret(&secret).allow("maps", "directions"))
        .start()
        .await
        .unwrap();
    let mut hidden = vec![secret.expose().to_owned(), wrong.expose().to_owned()];

    let keys = RemoteJwks::new(issuer.jwks_uri().parse().unwrap());
    let name = Issuer::new(issuer.url()).unwrap();
    let api = ResourceServer::builder(name, Audience::new(audience).unwrap(), keys)
        .allow_loopback_http()
        .problem_details()
        .build()
        .unwrap();
    let seen = everything.clone();
    let app = Router::new()
        .route("/geocode", get(|| async {}).route_layer(RequireScope("geocode")))
        .route("/", get(async move |token: AccessToken| seen.show(&token)))
        .layer(api.layer());

    let client = |secret: &Secret, authentication| {
        let credentials = ClientCredentials::new("gifts", secret.clone());
        TokenClient::builder(issuer.token_endpoint().parse().unwrap(), credentials)
            .authentication(authentication)
            .audience(audience)
            .scope("directions geocode")
            .allow_loopback_http()
            .build()
            .unwrap()
    };
    let mut good = String::new();
    for authentication in
        [ClientAuthentication::Basic, ClientAuthentication::Post, ClientAuthentication::Json]
    {
        let refused = client(&wrong, authentication);
        let error = refused.token().await.unwrap_err();
        everything.show(&error);
        everything.add(error);
        everything.show(&refused);
        let granted = client(&secret, authentication);
        let token = granted.token().await.unwrap();
        everything.show(&token);
        everything.show(&token.authorization());
        everything.show(&granted);
        let value = token.authorization();
        value.to_str().unwrap().trim_start_matches("Bearer ").clone_into(&mut good);
        hidden.push(good.clone());
    }

    let draft = || issuer.token().audience(audience).scope("directions");
    let (head, signature) = good.rsplit_once('.').unwrap();
    let tokens = [
        good.clone(),
        format!("{head}.{}", signature.chars().rev().collect::<String>()),
        draft().issuer("https://another.example").sign().unwrap(),
        draft().audience("urn:another").sign().unwrap(),
        format!("{good}.{good}"),
        format!("{good}="),
        good.replace('.', ","),
    ];
    for token in &tokens {
        for path in ["/", "/geocode", "/nowhere"] {
            for value in [format!("Bearer {token}"), format!("Bearer  {token} "), token.clone()] {
                let request = Request::get(path).header(header::AUTHORIZATION, value);
                let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await;
                let (parts, body) = response.unwrap().into_parts();
                everything.show(&parts);
                let body = axum::body::to_bytes(body, 65_536).await.unwrap();
                everything.add(String::from_utf8_lossy(&body));
            }
        }
        hidden.push(token.clone());
    }
    issuer.rotate_keys(SigningKey::generate(Algorithm::ES256).unwrap()).unwrap();
    api.refresh_now().await.unwrap();

    let signer = SigningKey::generate(Algorithm::ES256).unwrap();
    everything.show(&(&*issuer, &api, &app, &signer, &secret));
    everything.show(&api.readiness());
    everything.show(&Account::new("gifts").secret(&secret));
    everything.show(&ClientCredentials::new("gifts", secret.clone()));
    let other = Account::new("other").allow("maps", "geocode");
    let credentials = issuer.create_account(other).unwrap();
    everything.show(&credentials);
    hidden.push(credentials.client_secret.expose().to_owned());

    client_with_a_key(&everything, &mut hidden).await;

    let written = everything.0.lock().unwrap();
    assert!(written.contains("keys fetched"), "the log is heard");
    assert!(written.contains("token refused"), "the issuer's as well");
    assert!(written.contains("invalid_token"), "and the challenges");
    assert!(written.contains("client assertion refused"), "and why an assertion is refused");
    for hidden in hidden {
        assert!(!written.contains(&hidden), "written: {hidden}");
        for part in hidden.split('.').filter(|part| part.len() > 20) {
            assert!(!written.contains(part), "written: {part} of {hidden}");
        }
    }
}

/// An issuer whose keys are on the disk, and a client that it knows by a hash and by a public key.
async fn client_with_a_key(everything: &Everything, hidden: &mut Vec<String>) {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("secrets");
    let _ = std::fs::remove_dir_all(&folder);
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let public = KeySet::parse(public_jwk_set([&key]).as_bytes()).unwrap();
    let hash = SecretHash::from_secret(&Secret::generate().unwrap()).unwrap();
    let account = Account::new("gifts").public_keys(public).secret_hash(hash.clone());
    everything.show(&(&account, &hash));
    let store = KeyStore::new(&folder);
    let issuer = TokenIssuer::builder("https://issuer.example".parse().unwrap())
        .algorithm(Algorithm::ES256)
        .key_store(store.clone())
        .application(Application::new("maps").scopes("directions"))
        .account(account.allow("maps", "directions"))
        .build()
        .unwrap();
    let draft = issuer.token().signed_by(&key).typ("JWT").issuer("gifts").subject("gifts");
    let draft = draft.audience("https://issuer.example");
    let stranger = SigningKey::generate(Algorithm::ES256).unwrap();
    let soon = UnixTime::from_secs(SystemClock.now().as_secs() + 60);
    let good = draft.clone().claim("jti", "once").expires_at(soon).sign().unwrap();
    let forged = draft.signed_by(&stranger).kid(key.kid()).sign().unwrap();
    for (assertion, status) in [(&good, 200), (&good, 401), (&forged, 401)] {
        let body = format!(
            "grant_type=client_credentials&client_assertion={assertion}&client_assertion_type=\
             urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        );
        let request = Request::post("/oauth/token")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body)
            .unwrap();
        let response = issuer.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status);
        everything.show(&response);
    }
    issuer.rotate().unwrap();
    let stored = std::fs::read_to_string(store.path()).unwrap();
    let blocks = stored.split("PRIVATE KEY-----\\n").filter(|block| block.len() > 100);
    hidden.extend(blocks.map(|block| block[..60].to_owned()));
    std::fs::write(store.path(), stored.replace("version", "another")).unwrap();
    let error = issuer.reload_keys().unwrap_err();
    everything.show(&error);
    everything.add(&error);
    everything.show(&(&issuer, &store));
    hidden.extend([good, forged, hash.to_string()]);
    hidden.extend(hash.to_string().split(':').skip(1).map(str::to_owned));
    std::fs::remove_dir_all(&folder).unwrap();
}
