use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_bearer::{
    client::{AddTokenLayer, ClientAuthentication, ClientCredentials, TokenClient},
    secret::Secret,
};

use super::{SECRET, builder, client, granted, token_of};
use crate::support::Server;

#[tokio::test]
async fn basic_credentials_are_form_encoded_before_base64() {
    let server = Server::start(|_| granted("a")).await;
    let client = builder(&server).scope("directions").audience("urn:worldmappers").build().unwrap();
    client.token().await.unwrap();
    let request = server.received().remove(0);
    assert!(request.head.starts_with("POST /oauth/token HTTP/1.1"));
    let basic = request.field("authorization").unwrap().strip_prefix("Basic ").unwrap();
    let pair = String::from_utf8(STANDARD.decode(basic).unwrap()).unwrap();
    assert_eq!(pair, "gift%3Adeliveries:s3cret%2B%2F%3D%25%3A+%C3%A9");
    assert_eq!(request.field("content-type"), Some("application/x-www-form-urlencoded"));
    let body = "grant_type=client_credentials&audience=urn%3Aworldmappers&scope=directions";
    assert_eq!(request.body, body);
}

#[tokio::test]
async fn post_and_json_carry_the_credentials_in_the_body() {
    let server = Server::start(|_| granted("a")).await;
    let by = |authentication| builder(&server).authentication(authentication).build().unwrap();
    by(ClientAuthentication::Post).token().await.unwrap();
    by(ClientAuthentication::Json).token().await.unwrap();
    let [post, json]: [_; 2] = server.received().try_into().unwrap();
    assert_eq!(post.field("authorization"), None);
    assert_eq!(
        post.body,
        "grant_type=client_credentials&client_id=gift%3Adeliveries\
         &client_secret=s3cret%2B%2F%3D%25%3A+%C3%A9"
    );
    assert_eq!(json.field("content-type"), Some("application/json"));
    let body: serde_json::Value = serde_json::from_str(&json.body).unwrap();
    let expected = serde_json::json!({
        "grant_type": "client_credentials", "client_id": "gift:deliveries", "client_secret": SECRET,
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn c6_a_secret_never_leaves_over_plain_http() {
    let credentials = || ClientCredentials::new("id", Secret::new(SECRET));
    let build = |url: &str| TokenClient::builder(url.parse().unwrap(), credentials());
    for url in ["http://issuer.example/token", "http://127.0.0.1/token"] {
        let error = build(url).build().unwrap_err();
        assert_eq!(error.problems()[0].setting(), "token endpoint", "{error}");
    }
    assert!(build("http://127.0.0.1/token").allow_loopback_http().build().is_ok());
    assert!(build("http://issuer.example/token").allow_loopback_http().build().is_err());
    assert!(build("https://issuer.example/token").build().is_ok());
}

#[tokio::test]
async fn w22_tokens_are_requested_by_plain_http_from_a_named_host_and_sent_to_no_api_there() {
    let server = Server::start(|_| granted("a")).await;
    let place = format!("0.0.0.0:{}", server.port());
    let url: http::Uri = format!("http://{place}/token").parse().unwrap();
    let credentials = || ClientCredentials::new("id", Secret::new(SECRET));
    let builder = || TokenClient::builder(url.clone(), credentials());
    let client = builder().allow_http_to([place]).build().unwrap();
    assert_eq!(token_of(&client).await, "a");
    AddTokenLayer::new(client.clone(), url.clone()).unwrap_err();
    AddTokenLayer::allow_loopback_http(client.clone(), url.clone()).unwrap_err();
    assert!(builder().allow_http_to(["0.0.0.0:1"]).build().is_err());
    let error = builder().allow_http_to(["*:80"]).build().unwrap_err();
    assert!(error.problems().iter().any(|problem| *problem.setting() == *"allow_http_to"));
}

/// The HTTP client below the layer is the user's, and asks a resolver.
#[tokio::test]
async fn w22_an_api_below_localhost_gets_no_token() {
    let server = Server::start(|_| granted("a")).await;
    let api = |url: &'static str| {
        AddTokenLayer::allow_loopback_http(client(&server), http::Uri::from_static(url))
    };
    assert!(api("http://api.localhost").is_err());
    assert!(api("http://LOCALHOST").is_ok() && api("http://127.0.0.1").is_ok());
    assert!(api("https://api.localhost").is_ok());
}

#[test]
fn every_problem_of_a_configuration_is_named_at_once() {
    let credentials = ClientCredentials::new("", Secret::new(""));
    let scope = vec!["a"; 257].join(" ");
    let error = TokenClient::builder("http://issuer.example".parse().unwrap(), credentials)
        .scope(scope)
        .build()
        .unwrap_err();
    let settings: Vec<_> = error.problems().iter().map(|problem| problem.setting()).collect();
    assert_eq!(settings, ["token endpoint", "client id", "client secret", "scope"]);
}

#[tokio::test]
async fn neither_secret_nor_token_is_shown_by_debug() {
    let server = Server::start(|_| granted("t0ken")).await;
    let client = client(&server);
    let token = client.token().await.unwrap();
    let shown = format!("{client:?} {:?} {token:?} {:?}", builder(&server), token.authorization());
    assert!(!shown.contains("s3cret") && !shown.contains("t0ken"), "{shown}");
}
