//! A gRPC service written by hand, so that no `protoc` is needed: what `tonic-prost-build` would
//! generate, for one message. `Watch` streams, and every other method answers with who calls.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use tonic::{
    Request, Response, Status,
    body::Body,
    codegen::tokio_stream,
    server::{Grpc, NamedService},
};
use tonic_prost::ProstCodec;
use tower::service_fn;
use tower_bearer::AccessToken;

/// The only message.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Text {
    #[prost(string, tag = "1")]
    pub(crate) text: String,
}

pub(crate) type Codec = ProstCodec<Text, Text>;

/// The service `announce.v1.Announcements`.
#[derive(Clone, Debug)]
pub(crate) struct Announcements;

impl NamedService for Announcements {
    const NAME: &'static str = "announce.v1.Announcements";
}

impl tower::Service<http::Request<Body>> for Announcements {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let method = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
        let mut grpc = Grpc::new(Codec::default());
        Box::pin(async move {
            Ok(match method.as_str() {
                "Watch" => grpc.server_streaming(service_fn(watch), request).await,
                _ => grpc.unary(service_fn(answer), request).await,
            })
        })
    }
}

/// The caller: the token is in the request's extensions.
fn caller<T>(request: &Request<T>) -> String {
    let token = request.extensions().get::<AccessToken>();
    token.and_then(AccessToken::client_id).unwrap_or("somebody").to_owned()
}

async fn answer(request: Request<Text>) -> Result<Response<Text>, Status> {
    let text = format!("{} from {}", request.get_ref().text, caller(&request));
    Ok(Response::new(Text { text }))
}

async fn watch(
    request: Request<Text>,
) -> Result<Response<impl tokio_stream::Stream<Item = Result<Text, Status>>>, Status> {
    let caller = caller(&request);
    let texts = (1..=3).map(move |number| Ok(Text { text: format!("{number} for {caller}") }));
    Ok(Response::new(tokio_stream::iter(texts)))
}
