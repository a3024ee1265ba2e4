//! How a client proves who it is, and by which grant it asks.

use std::{
    collections::HashMap,
    fs,
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use tower_bearer::{
    Issuer,
    algorithm::Algorithm,
    client::{
        AssertionSigner, AssertionSource, ClientAuthentication, ClientCredentials, SecretSource,
        TokenClient, TokenExchange, TokenGrant, TokenRequestErrorKind as Kind,
    },
    issuer::{Account, Application, TokenIssuer},
    key::{KeySet, SigningKey, public_jwk_set},
    secret::Secret,
};

use super::{granted, scripted::ScriptedIssuer};
use crate::support::{ManualClock, NOW, Reply, Server};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A file of its own until it is dropped.
struct TempFile(PathBuf);

impl TempFile {
    fn new(content: impl AsRef<[u8]>) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("tower-bearer-credentials-{}-{number}", std::process::id());
        let file = Self(std::env::temp_dir().join(name));
        file.write(content);
        file
    }

    fn write(&self, content: impl AsRef<[u8]>) {
        fs::write(&self.0, content).unwrap();
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn client(issuer: &ScriptedIssuer, credentials: ClientCredentials) -> TokenClient {
    TokenClient::builder("https://issuer.example/token".parse().unwrap(), credentials)
        .transport(issuer.clone())
        .clock(ManualClock::at(NOW))
        .build()
        .unwrap()
}

/// The form of a token request.
fn form(body: &str) -> HashMap<String, String> {
    form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

async fn form_of(credentials: ClientCredentials) -> HashMap<String, String> {
    let issuer = ScriptedIssuer::granting();
    client(&issuer, credentials).token().await.unwrap();
    form(&issuer.bodies()[0])
}

async fn failure_of(credentials: ClientCredentials) -> String {
    let issuer = ScriptedIssuer::granting();
    let error = client(&issuer, credentials).token().await.unwrap_err();
    assert_eq!(*error.kind(), Kind::Credentials, "{error}");
    assert_eq!(issuer.count(), 0);
    error.to_string()
}

fn claims(jwt: &str) -> Value {
    let payload = jwt.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn t25_a_key_proves_the_client_to_the_bundled_issuer() {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let keys = KeySet::parse(public_jwk_set([&key]).as_bytes()).unwrap();
    let issuer = TokenIssuer::on_loopback()
        .application(Application::new("maps").audience("urn:maps").scopes("directions"))
        .start()
        .await
        .unwrap();
    issuer
        .add_account(Account::new("gifts").public_keys(keys).allow("maps", "directions"))
        .unwrap();
    let name = Issuer::new(issuer.issuer().as_str()).unwrap();
    let discovered = |key: SigningKey| {
        let credentials = ClientCredentials::private_key_jwt("gifts", key);
        let builder = TokenClient::discover(name.clone(), credentials).audience("urn:maps");
        builder.allow_loopback_http().build().unwrap()
    };
    let token = discovered(key).token().await.unwrap();
    assert_eq!(token.scope().as_str(), "directions");
    let other = SigningKey::generate(Algorithm::ES256).unwrap();
    let error = discovered(other).token().await.unwrap_err();
    assert_eq!(*error.kind(), Kind::InvalidClient);
}

#[tokio::test]
async fn each_request_has_an_assertion_of_its_own_for_one_minute() {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let issuer = ScriptedIssuer::granting();
    let client = client(&issuer, ClientCredentials::private_key_jwt("gifts", key.clone()));
    client.invalidate(&client.token().await.unwrap());
    client.token().await.unwrap();
    let [first, second]: [_; 2] = issuer.bodies().try_into().unwrap();
    let (first, second) = (form(&first), form(&second));
    assert_eq!(first["client_id"], "gifts");
    assert_eq!(first["client_assertion_type"], ASSERTION_TYPE);
    let read = claims(&first["client_assertion"]);
    assert_eq!((&read["iss"], &read["sub"]), (&"gifts".into(), &"gifts".into()));
    assert_eq!(read["aud"], "https://issuer.example/token");
    assert_eq!(read["iat"], NOW.as_secs());
    assert_eq!(read["exp"], NOW.as_secs() + 60);
    assert_ne!(read["jti"], claims(&second["client_assertion"])["jti"]);
    assert!(issuer.received()[0].headers().get("authorization").is_none());
}

#[tokio::test]
async fn a_function_signs_with_a_key_that_is_elsewhere() {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let remote = key.clone();
    let signer = AssertionSigner::from_fn(Algorithm::ES256, "kms-1", move |message| {
        let signature = remote.sign(&message).unwrap();
        async move { Ok(signature) }
    });
    let form = form_of(ClientCredentials::private_key_jwt("gifts", signer)).await;
    let (signed, signature) = form["client_assertion"].rsplit_once('.').unwrap();
    let set = KeySet::parse(public_jwk_set([&key]).as_bytes()).unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let public = set.keys().next().unwrap();
    assert!(public.verify(Algorithm::ES256, signed.as_bytes(), &signature).is_ok());

    let failing = AssertionSigner::from_fn(Algorithm::ES256, "kms-1", |_| async {
        Err("the key is disabled".into())
    });
    let error = failure_of(ClientCredentials::private_key_jwt("gifts", failing)).await;
    assert!(error.contains("the key is disabled"), "{error}");
}

#[tokio::test]
async fn a_file_is_read_again_for_each_request() {
    let file = TempFile::new("first.a.b\n");
    let issuer = ScriptedIssuer::granting();
    let source = AssertionSource::file(&file.0);
    let client = client(&issuer, ClientCredentials::assertion("gifts", source));
    client.invalidate(&client.token().await.unwrap());
    file.write("  second.a.b  ");
    client.token().await.unwrap();
    let sent: Vec<_> =
        issuer.bodies().iter().map(|body| form(body)["client_assertion"].clone()).collect();
    assert_eq!(sent, ["first.a.b", "second.a.b"]);
}

#[tokio::test]
async fn a_secret_comes_from_a_file_without_its_line_end() {
    let file = TempFile::new(" s3cret \r\n");
    let issuer = ScriptedIssuer::granting();
    let credentials = ClientCredentials::new("gifts", SecretSource::file(&file.0));
    TokenClient::builder("https://issuer.example/token".parse().unwrap(), credentials)
        .authentication(ClientAuthentication::Post)
        .transport(issuer.clone())
        .build()
        .unwrap()
        .token()
        .await
        .unwrap();
    assert_eq!(form(&issuer.bodies()[0])["client_secret"], " s3cret ");

    for (content, why) in [("", "is empty"), ("\n", "is empty"), (&"a".repeat(70_000), "64 KiB")] {
        file.write(content);
        let error = failure_of(ClientCredentials::new("a", SecretSource::file(&file.0))).await;
        assert!(error.contains(why), "{error}");
    }
    let missing = SecretSource::file("/nonexistent/secret");
    let error = failure_of(ClientCredentials::new("a", missing)).await;
    assert!(error.contains("/nonexistent/secret"), "{error}");
}

#[tokio::test]
async fn a_secret_comes_from_the_environment_and_is_missed_at_start_up() {
    let home = SecretSource::env("PATH");
    let issuer = ScriptedIssuer::granting();
    client(&issuer, ClientCredentials::new("gifts", home)).token().await.unwrap();
    assert_eq!(issuer.count(), 1);
    let unset = SecretSource::env("TOWER_BEARER_NO_SUCH_VARIABLE");
    let build = |credentials| {
        TokenClient::builder("https://issuer.example/token".parse().unwrap(), credentials).build()
    };
    let error = build(ClientCredentials::new("gifts", unset)).unwrap_err();
    let help = "client secret is missing; set the variable TOWER_BEARER_NO_SUCH_VARIABLE";
    assert_eq!(error.to_string(), help);
    let outside = ClientCredentials::workload(AssertionSource::github_actions());
    let error = build(outside).unwrap_err();
    assert!(error.to_string().contains("id-token: write"), "{error}");
}

#[tokio::test]
async fn an_assertion_comes_from_a_command_or_a_function() {
    let echo = AssertionSource::command("echo", ["a.b.c"]);
    let form = form_of(ClientCredentials::workload(echo)).await;
    assert_eq!(form["client_assertion"], "a.b.c");
    assert_eq!(form["client_assertion_type"], ASSERTION_TYPE);
    assert!(!form.contains_key("client_id"));

    let function = AssertionSource::from_fn(|audience| async move {
        assert_eq!(audience, "https://issuer.example/token");
        Ok(Secret::new("d.e.f"))
    });
    let form = form_of(ClientCredentials::assertion("gifts", function)).await;
    assert_eq!(form["client_assertion"], "d.e.f");
    assert_eq!(form["client_id"], "gifts");

    let nothing: [&str; 0] = [];
    for (program, arguments, why) in [
        ("/nonexistent/program", &nothing[..], "/nonexistent/program"),
        ("false", &nothing, "exit status: 1"),
        ("true", &nothing, "is empty"),
        ("echo", &["two words"], "is not a JWT"),
        ("head", &["-c", "70000", "/dev/zero"], "64 KiB"),
    ] {
        let source = AssertionSource::command(program, arguments);
        let error = failure_of(ClientCredentials::workload(source)).await;
        assert!(error.contains(why), "{program}: {error}");
    }
}

#[tokio::test]
async fn a_job_of_github_actions_fetches_its_token_for_the_issuer() {
    let runner = Server::start(|request| {
        assert_eq!(request.field("authorization"), Some("Bearer runner-token"));
        assert!(request.head.starts_with(
            "GET /token?api-version=2&audience=https%3A%2F%2Fissuer.example%2Ftoken HTTP/1.1"
        ));
        Reply::json(r#"{"count":1,"value":"g.h.a"}"#)
    })
    .await;
    let issuer = Server::start(|_| granted("a")).await;
    let source = |url: &str| {
        AssertionSource::github_actions_at(url.parse().unwrap(), Secret::new("runner-token"))
    };
    let client = |credentials| {
        TokenClient::builder(issuer.url("/token").parse().unwrap(), credentials)
            .assertion_audience("https://issuer.example/token")
            .clock(ManualClock::at(NOW))
            .allow_loopback_http()
            .build()
            .unwrap()
    };
    let url = runner.url("/token?api-version=2");
    client(ClientCredentials::assertion("gifts", source(&url))).token().await.unwrap();
    assert_eq!(form(&issuer.received()[0].body)["client_assertion"], "g.h.a");

    for (reply, why) in [
        (Reply::status(403), "answers 403"),
        (Reply::json("<"), "answers no JSON"),
        (Reply::json("{}"), "without a `value`"),
        (Reply::Close, "cannot be reached"),
    ] {
        runner.always(reply);
        let client = client(ClientCredentials::workload(source(&url)));
        let error = client.token().await.unwrap_err().to_string();
        assert!(error.contains(why) && !error.contains("runner-token"), "{error}");
    }
    let plain = client(ClientCredentials::workload(source("http://runner.example/token")));
    let error = plain.token().await.unwrap_err().to_string();
    assert!(error.contains("must be https"), "{error}");
}

#[tokio::test]
async fn the_jwt_grant_and_token_exchange_send_their_own_fields() {
    let jwt = || AssertionSource::from_fn(|_| async { Ok(Secret::new("s.u.b")) });
    let request = async |grant: TokenGrant| {
        let issuer = ScriptedIssuer::granting();
        TokenClient::builder(
            "https://issuer.example/token".parse().unwrap(),
            ClientCredentials::none(),
        )
        .grant(grant)
        .resource("https://api.example")
        .scope("a")
        .transport(issuer.clone())
        .build()
        .unwrap()
        .token()
        .await
        .unwrap();
        issuer.bodies().remove(0)
    };
    assert_eq!(
        request(TokenGrant::JwtBearer(jwt())).await,
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=s.u.b\
         &resource=https%3A%2F%2Fapi.example&scope=a"
    );
    assert_eq!(
        request(TokenGrant::TokenExchange(TokenExchange::new(jwt()))).await,
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange\
         &subject_token=s.u.b\
         &subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt\
         &resource=https%3A%2F%2Fapi.example&scope=a"
    );
    let exchange = TokenExchange::new(jwt())
        .subject_token_type("urn:x")
        .actor(jwt())
        .requested_token_type("urn:ietf:params:oauth:token-type:access_token");
    let form = form(&request(TokenGrant::TokenExchange(exchange)).await);
    assert_eq!(form["subject_token_type"], "urn:x");
    assert_eq!(form["actor_token"], "s.u.b");
    assert_eq!(form["actor_token_type"], "urn:ietf:params:oauth:token-type:jwt");
    assert_eq!(form["requested_token_type"], "urn:ietf:params:oauth:token-type:access_token");
}

#[tokio::test]
async fn an_assertion_goes_into_a_json_body_for_an_issuer_that_reads_one() {
    let issuer = ScriptedIssuer::granting();
    let source = AssertionSource::from_fn(|_| async { Ok(Secret::new("a.b.c")) });
    TokenClient::builder(
        "https://issuer.example/token".parse().unwrap(),
        ClientCredentials::assertion("gifts", source),
    )
    .authentication(ClientAuthentication::Json)
    .transport(issuer.clone())
    .build()
    .unwrap()
    .token()
    .await
    .unwrap();
    let body: Value = serde_json::from_str(&issuer.bodies()[0]).unwrap();
    assert_eq!(body["client_assertion"], "a.b.c");
    assert_eq!(body["client_assertion_type"], ASSERTION_TYPE);
}

#[tokio::test]
async fn no_credential_is_shown_by_debug() {
    let file = TempFile::new("s3cret");
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    for credentials in [
        ClientCredentials::new("gifts", Secret::new("s3cret")),
        ClientCredentials::new("gifts", SecretSource::file(&file.0)),
        ClientCredentials::private_key_jwt("gifts", key),
        ClientCredentials::workload(AssertionSource::command("s3cret", ["s3cret"])),
        ClientCredentials::workload(AssertionSource::github_actions_at(
            "https://s3cret.example".parse().unwrap(),
            Secret::new("s3cret"),
        )),
    ] {
        let shown = format!("{credentials:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}
