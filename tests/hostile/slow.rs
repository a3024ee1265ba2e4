//! Clients that take their time.

use tokio::time::Instant;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_header_that_never_ends_is_hung_up_on() {
    let mint = Mint::new();
    let api = serve_bare(&server(&mint)).await;
    for begun in [
        "GET / HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ".to_owned(),
        format!("GET / HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\n", mint.sign()),
        "GET /".to_owned(),
    ] {
        let mut stream = TcpStream::connect(api.address).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        let since = Instant::now();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(since.elapsed() <= HEADER_TIMEOUT + Duration::from_secs(1), "{begun}");
        assert!(!answer.starts_with(b"HTTP/1.1 200"), "{begun}");
    }
    assert_eq!(api.get(format!("authorization: Bearer {}", mint.sign()).as_bytes()).await, 200);
}

#[tokio::test]
async fn a_slow_client_holds_up_no_other() {
    let mint = Mint::new();
    let api = serve_bare(&server(&mint)).await;
    let mut slow = Vec::new();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(api.address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nauthorization: B").await.unwrap();
        slow.push(stream);
    }
    assert_eq!(api.get(format!("authorization: Bearer {}", mint.sign()).as_bytes()).await, 200);
    assert_eq!(api.get(b"authorization: Bearer a.b.c").await, 401);
}

/// Silence and half of HTTP/2's preface are what hyper's own limit for headers does not cover.
#[tokio::test(start_paused = true)]
async fn the_server_of_the_examples_hangs_up_on_half_a_head() {
    for sent in ["", "PRI * HTTP/2.0\r\n", "GET /", "GET / HTTP/1.1\r\nhost: a"] {
        let since = Instant::now();
        let address = serve_as_the_examples().await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
        let took = since.elapsed();
        let limit = example_server::HEAD_TIMEOUT;
        assert!(took >= limit && took <= limit + Duration::from_secs(1), "{sent:?}: {took:?}");
    }
}

#[tokio::test]
async fn the_server_of_the_examples_answers_a_whole_request() {
    let address = serve_as_the_examples().await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"));
}

async fn serve_as_the_examples() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(example_server::serve(listener, Router::new().route("/", any(async || "good"))));
    address
}
