use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// One connection to the API that stays open.
pub(crate) struct Client {
    address: SocketAddr,
    stream: Option<TcpStream>,
}

impl Client {
    pub(crate) const fn new(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    /// The status of a request with this token.
    pub(crate) async fn get(&mut self, token: &str) -> u16 {
        let stream = match self.stream.take() {
            Some(stream) => stream,
            None => TcpStream::connect(self.address).await.expect("the API listens"),
        };
        let stream = self.stream.insert(stream);
        let request =
            format!("GET / HTTP/1.1\r\nhost: api\r\nauthorization: Bearer {token}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("a request is sent");
        let mut answer = Vec::new();
        loop {
            let read = stream.read_buf(&mut answer).await.expect("an answer");
            assert!(read > 0, "the API hung up");
            if let Some(end) = answer.windows(4).position(|end| end == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
                let length = head.split("content-length: ").nth(1).unwrap_or("0");
                let length: usize = length.lines().next().unwrap_or("0").parse().expect("a length");
                while answer.len() < end + 4 + length {
                    assert!(stream.read_buf(&mut answer).await.expect("a body") > 0);
                }
                return head[9..12].parse().expect("a status");
            }
        }
    }
}
