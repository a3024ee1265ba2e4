//! The same axum route, bare and behind layers.

use std::{convert::Infallible, future::poll_fn, rc::Rc, sync::Arc};

use axum::{
    Extension, Router,
    body::Body,
    routing::{MethodRouter, get},
};
use http::{HeaderValue, Request, Response, header};
use tokio::runtime::{Builder, Runtime};
use tower::{Service, util::MapRequestLayer};
use tower_bearer::{RequireScope, ResourceServer};

use crate::race::{Sample, Stopwatch};

/// Where the route is.
pub const PATH: &str = "/announcements";
/// What it answers.
pub const ANSWER: &str = "[]";

fn answering() -> MethodRouter {
    get(async || ANSWER)
}

/// Nothing but the route. Like the others it is finished as `axum::serve` finishes it, else axum
/// would put the layers of its routes together anew for each request.
pub fn bare() -> Router {
    Router::new().route(PATH, answering()).with_state(())
}

/// One layer, which inserts an extension: the least that a guard could cost.
pub fn one_layer() -> Router {
    bare().layer(Extension(Arc::new(()))).with_state(())
}

/// The same, and the handler takes the extension.
pub fn one_layer_and_extractor() -> Router {
    let handler = get(async |_: Extension<Arc<()>>| ANSWER);
    Router::new().route(PATH, handler).layer(Extension(Arc::new(()))).with_state(())
}

/// Two layers, of which the outer inserts an extension.
pub fn two_layers() -> Router {
    Router::new()
        .route(PATH, answering())
        .route_layer(MapRequestLayer::new(|request: Request<Body>| request))
        .layer(Extension(Arc::new(())))
        .with_state(())
}

/// Guarded by one layer; the handler's argument says which scope it needs.
pub fn guarded_by_extractor(api: &ResourceServer) -> Router {
    let handler = get(async |_: RequireScope!["announce:read"]| ANSWER);
    Router::new().route(PATH, handler).layer(api.layer()).with_state(())
}

/// Guarded by two layers, of which the inner says which scope the route needs.
pub fn guarded_by_layers(api: &ResourceServer) -> Router {
    Router::new()
        .route(PATH, answering())
        .route_layer(RequireScope("announce:read"))
        .layer(api.layer())
        .with_state(())
}

/// A request as a service of ours would send it.
pub fn request(token: &str) -> Request<Body> {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = PATH.parse().expect("a path");
    let headers = request.headers_mut();
    headers.insert(header::HOST, HeaderValue::from_static("api.example"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static("gift-deliveries/1.0"));
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let field = format!("Bearer {token}").try_into().expect("a field");
    headers.insert(header::AUTHORIZATION, field);
    request
}

/// Sends requests with these tokens in turn. Making them is not timed; dropping the answers is.
///
/// # Panics
/// If an answer has another status.
pub fn calls<S, R>(
    runtime: &Rc<Runtime>,
    mut service: S,
    tokens: Vec<String>,
    status: u16,
) -> impl FnMut(usize) -> Sample + use<S, R>
where
    S: Service<Request<Body>, Response = Response<R>, Error = Infallible>,
{
    let runtime = runtime.clone();
    let mut turn = (0..tokens.len()).cycle();
    move |calls| {
        let turn = turn.by_ref().take(calls);
        let requests: Vec<_> = turn.map(|place| request(&tokens[place])).collect();
        runtime.block_on(async {
            let watch = Stopwatch::start();
            for request in requests {
                let Ok(()) = poll_fn(|context| service.poll_ready(context)).await;
                let Ok(response) = service.call(request).await;
                assert_eq!(response.status().as_u16(), status);
            }
            watch.stop()
        })
    }
}

/// The runtime that [`calls`] needs: one thread, so that nothing else runs while time is taken.
pub fn runtime() -> Rc<Runtime> {
    let runtime = Builder::new_current_thread().enable_all().build();
    Rc::new(runtime.expect("a runtime"))
}
