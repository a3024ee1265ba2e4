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
