//! Serves a tower service on a socket, over HTTP/1.1 and HTTP/2, and hangs up on clients that are
//! slow to send the headers of a request.
//!
//! `axum::serve` has no such limit: a client that sends only half of its headers keeps its connection
//! for as long as it likes. This server does not limit bodies: add a layer to the service, such as
//! `tower_http::timeout::RequestBodyTimeoutLayer`.

use std::{convert::Infallible, error::Error, pin::pin, sync::Arc, time::Duration};

use http::{Request, Response};
use hyper::{
    body::{Body, Incoming},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Notify,
    time::{sleep, timeout},
};
use tower::{Service, ServiceExt};

/// How long a client may take to send a request's headers, and may stay silent between requests.
pub(crate) const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait after a connection could not be accepted, such as for want of file handles.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// A service with responses of the body `B`.
pub(crate) trait HttpService<B>:
    Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: Send>
    + Clone
    + Send
    + 'static
{
}

impl<S, B> HttpService<B> for S where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static
{
}

/// Serves until the task is dropped.
pub(crate) async fn serve<S, B>(listener: TcpListener, service: S)
where
    S: HttpService<B>,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(connection(stream, service.clone()));
            }
            Err(error) => {
                eprintln!("a connection was not accepted: {error}");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection<S, B>(stream: TcpStream, service: S)
where
    S: HttpService<B>,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let first_request = Arc::new(Notify::new());
    let service = service_fn({
        let first_request = Arc::clone(&first_request);
        move |request| {
            first_request.notify_one();
            service.clone().oneshot(request)
        }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(HEAD_TIMEOUT);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));

    // Before hyper knows which version the client speaks, it waits without a limit.
    tokio::select! {
        _ = &mut connection => return,
        begun = timeout(HEAD_TIMEOUT, first_request.notified()) => if begun.is_err() { return },
    }
    // It ends by a fault of the client or of the network, which is no news.
    let _ = connection.await;
}
