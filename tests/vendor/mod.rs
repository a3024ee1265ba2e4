//! What the vendors' stories share: a plain HTTP client that knows nothing of this crate, and
//! tokens read by hand.

mod program;

use std::time::Duration;

use axum::Router;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, header};
use serde_json::Value;

pub(crate) use self::program::{Client, Program};

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    async fn of(request: reqwest::RequestBuilder) -> Self {
        let answer = request.send().await.unwrap();
        Self {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default(),
        }
    }

    /// The status and the whole body.
    pub(crate) fn is(&self) -> (u16, &Value) {
        (self.status, &self.body)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The token, and the body with `"(token)"` in its place.
    pub(crate) fn into_token(mut self) -> (String, Value) {
        assert_eq!(self.status, 200, "{:?}", self.body);
        assert_eq!(self.header("cache-control"), "no-store");
        let token = self.body["access_token"].take();
        self.body["access_token"] = "(token)".into();
        (token.as_str().unwrap().to_owned(), self.body)
    }
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Posts a body of a media type.
pub(crate) async fn post(url: &str, media_type: &str, body: String) -> Answer {
    Answer::of(http().post(url).header(header::CONTENT_TYPE, media_type).body(body)).await
}

/// Gets a document or calls an API.
pub(crate) async fn get(url: &str, token: Option<&str>) -> Answer {
    let request = http().get(url);
    Answer::of(match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    })
    .await
}

/// The header and the claims of a token, unverified.
pub(crate) fn parts(token: &str) -> (Value, Value) {
    let mut parts = token
        .split('.')
        .take(2)
        .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap());
    (parts.next().unwrap(), parts.next().unwrap())
}

/// The names of an object's members, sorted.
pub(crate) fn names(object: &Value) -> Vec<&str> {
    let mut names: Vec<_> = object.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// Serves an API on a socket of its own, while the test runs.
pub(crate) async fn serve(app: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, app).into_future());
    url
}

/// Asks until the answer has this status, for ten seconds at most: a running issuer takes a changed
/// configuration within a second.
pub(crate) async fn until_status<F>(status: u16, mut ask: impl FnMut() -> F) -> Answer
where
    F: Future<Output = Answer>,
{
    let asking = async {
        loop {
            let answer = ask().await;
            if answer.status == status {
                return answer;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), asking).await.expect("it is taken in time")
}
