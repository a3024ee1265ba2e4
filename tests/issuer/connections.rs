//! The accept loop of the issuer: slow, silent and greedy clients hold nobody up.

use std::{net::SocketAddr, time::Duration};

use http::{Request, Response};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tower::service_fn;
use tower_bearer::issuer::{RequestBody, ResponseBody, Server, ServerLimits, TokenIssuer};

use super::client::{Asked, basic, by_basic, display};

/// The longest that a test waits for something that must happen.
const PATIENCE: Duration = Duration::from_secs(20);

fn serve(issuer: TokenIssuer, limits: ServerLimits) -> Server {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    Server::start(listener, issuer, limits).unwrap()
}

fn bytes_of(asked: &Asked) -> String {
    let body = asked.body();
    let headers: String =
        asked.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!(
        "POST /oauth/token HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn connect(from: &str, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
    socket.connect(to).await.unwrap()
}

/// A connection on which something was sent.
async fn opened(from: &str, to: SocketAddr, bytes: &str) -> TcpStream {
    let mut stream = connect(from, to).await;
    stream.write_all(bytes.as_bytes()).await.unwrap();
    stream
}

/// What arrives until the server closes the connection.
async fn to_the_end(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset ends a connection as well.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("closed in time");
    String::from_utf8(answer).unwrap()
}

/// The status of a good token request on a connection of its own.
async fn honest(from: &str, to: SocketAddr) -> String {
    let request = bytes_of(&basic().header("connection", "close"));
    let answer = to_the_end(opened(from, to, &request).await).await;
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_ends_the_request_after_its_limit() {
    let server = serve(display().build().unwrap(), ServerLimits::default());
    let whole = bytes_of(&basic());
    let half = &whole[..whole.len() - 5];
    let begun = tokio::time::Instant::now();
    let answer = to_the_end(opened("127.0.0.1", server.address(), half).await).await;
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(begun.elapsed() <= Duration::from_secs(11), "{:?}", begun.elapsed());
    assert_eq!(honest("127.0.0.1", server.address()).await, "200");
}

#[tokio::test(start_paused = true)]
async fn a_connection_whose_answer_was_held_back_is_closed_after_it() {
    let server = serve(display().build().unwrap(), ServerLimits::default());
    let guess = bytes_of(&by_basic("outsourcer-a", "wrong"));
    let answer = to_the_end(opened("127.0.0.1", server.address(), &guess.repeat(20)).await).await;
    let answers = answer.matches("HTTP/1.1 401").count();
    assert_eq!(answers, 6, "five at once, one held back, and no more: {answer}");
    assert_eq!(answer.matches("connection: close").count(), 1);
}

#[tokio::test]
async fn a_head_without_an_end_is_not_buffered_beyond_its_limit() {
    let server = serve(display().build().unwrap(), ServerLimits::default());
    let head = format!("GET / HTTP/1.1\r\nx: {}", "a".repeat(64 * 1024));
    let answer = to_the_end(opened("127.0.0.1", server.address(), &head).await).await;
    assert!(answer.starts_with("HTTP/1.1 431") || answer.is_empty(), "{answer}");
}

#[tokio::test]
async fn unfinished_connections_give_way_when_all_places_are_taken() {
    let half_head = "POST /oauth/token HTTP/1.1\r\nhost: ";
    let request = bytes_of(&basic());
    let half_body = &request[..request.len() - 5];
    for hostile in ["", half_head, half_body] {
        for from in ["127.0.0.1", "127.0.0.2"] {
            let limits = ServerLimits::default().connections(8);
            let server = serve(display().build().unwrap(), limits);
            let mut silent = Vec::new();
            for _ in 0..24 {
                silent.push(opened(from, server.address(), hostile).await);
            }
            for _ in 0..24 {
                let status = timeout(PATIENCE, honest("127.0.0.1", server.address()));
                assert_eq!(status.await.unwrap(), "200", "{hostile:?} from {from}");
            }
        }
    }
}

#[tokio::test]
async fn an_idle_connection_gives_way_when_all_places_are_taken() {
    let limits = ServerLimits::default().connections(4);
    let server = serve(display().build().unwrap(), limits);
    let mut idle = Vec::new();
    for _ in 0..4 {
        let mut stream = opened("127.0.0.1", server.address(), &bytes_of(&basic())).await;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        idle.push(stream);
    }
    assert_eq!(honest("127.0.0.1", server.address()).await, "200");
    let oldest = to_the_end(idle.remove(0)).await;
    assert!(oldest.contains("access_token"), "closed after its answer: {oldest}");
}

#[tokio::test]
async fn a_request_that_is_answered_never_gives_way_and_shutdown_waits_for_it() {
    let (go, wait) = tokio::sync::watch::channel(false);
    let slow = service_fn(move |_: Request<RequestBody>| {
        let mut wait = wait.clone();
        async move {
            wait.wait_for(|go| *go).await.unwrap();
            Ok::<_, std::io::Error>(Response::new(ResponseBody::default()))
        }
    });
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server::start(listener, slow, ServerLimits::default().connections(2)).unwrap();
    let get = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
    let first = opened("127.0.0.1", server.address(), get).await;
    let second = opened("127.0.0.1", server.address(), get).await;
    while go.receiver_count() < 3 {
        tokio::task::yield_now().await;
    }
    let third = opened("127.0.0.1", server.address(), get).await;
    let ending = tokio::spawn(server.shutdown());
    go.send_replace(true);
    for stream in [first, second] {
        assert!(to_the_end(stream).await.starts_with("HTTP/1.1 200"));
    }
    drop(third);
    timeout(PATIENCE, ending).await.unwrap().unwrap();
}
