//! The issuer over real sockets: alone and in a router.

use axum::{Router, routing::get};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tower_bearer::{
    algorithm::Algorithm,
    issuer::{Account, Application, Profile, RunningIssuer, TokenIssuer},
};

use super::{
    client::{SECRET, basic, display, secret},
    tokens::{payload, verified},
};

/// Sends one request over a connection of its own; the status and the body.
async fn exchange(address: std::net::SocketAddr, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

fn get_request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
}

fn token_request() -> String {
    let asked = basic();
    let body = asked.body();
    let headers: String =
        asked.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!(
        "POST /oauth/token HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn start() -> RunningIssuer {
    TokenIssuer::on_loopback()
        .algorithm(Algorithm::ES256)
        .application(Application::new("display"))
        .account(Account::new("outsourcer-a").secret(&secret()).allow("display", "announce:*:read"))
        .start()
        .await
        .unwrap()
}

#[tokio::test]
async fn an_issuer_on_loopback_names_itself_by_its_own_address() {
    let issuer = start().await;
    assert_eq!(issuer.url(), format!("http://{}", issuer.address()));
    let (status, body) = exchange(issuer.address(), &token_request()).await;
    assert_eq!(status, 200, "{body}");
    let token = serde_json::from_str::<Value>(&body).unwrap()["access_token"].clone();
    let claims = verified(&issuer, token.as_str().unwrap()).unwrap();
    assert_eq!(claims["iss"], issuer.url());
    let path = "/.well-known/openid-configuration";
    let (status, body) = exchange(issuer.address(), &get_request(path)).await;
    let metadata: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, metadata["issuer"].as_str()), (200, Some(issuer.url())));
}

#[tokio::test]
async fn an_issuer_on_loopback_of_the_auth0_shape_ends_in_a_slash() {
    let issuer = TokenIssuer::on_loopback()
        .algorithm(Algorithm::ES256)
        .profile(Profile::Auth0)
        .start()
        .await
        .unwrap();
    assert_eq!(issuer.issuer().as_str(), format!("{}/", issuer.url()));
    assert_eq!(payload(&issuer.token().sign().unwrap())["iss"], issuer.issuer().as_str());
}

#[tokio::test]
async fn a_dropped_issuer_listens_no_more_and_its_port_can_be_had_again() {
    let issuer = start().await;
    let address = issuer.address();
    drop(issuer);
    let builder = || TokenIssuer::on_loopback().algorithm(Algorithm::ES256).port(address.port());
    let mut again = builder().start().await;
    for _ in 0..100 {
        if again.is_ok() {
            break;
        }
        tokio::task::yield_now().await;
        again = builder().start().await;
    }
    assert_eq!(again.as_ref().unwrap().address(), address);
    assert!(builder().start().await.is_err(), "the port is taken");
}

#[tokio::test]
async fn a_router_falls_back_to_the_issuer() {
    let issuer = display().build().unwrap();
    let app = Router::new().route("/hello", get(|| async { "hello" })).fallback_service(issuer);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move { axum::serve(listener, app).await });
    let (status, body) = exchange(address, &token_request()).await;
    assert_eq!(status, 200);
    assert!(body.contains("access_token") && !body.contains(SECRET));
    assert_eq!(exchange(address, &get_request("/hello")).await, (200, "hello".to_owned()));
    assert_eq!(exchange(address, &get_request("/nowhere")).await.0, 404);
    assert_eq!(exchange(address, &get_request("/oauth/token")).await.0, 405);
    serving.abort();
}
