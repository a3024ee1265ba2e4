//! Accepts connections, and ends them.

use std::{
    future::{Future, poll_fn},
    io,
    net::SocketAddr,
    pin::pin,
    task::{Context, Poll},
    time::Duration,
};

use http::{Request, Response};
use http_body::Body;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::SockRef;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{AbortHandle, Id, JoinHandle, JoinSet},
    time::{Interval, MissedTickBehavior, interval, sleep, timeout},
};
use tower_service::Service;

use super::{
    activity::Activity,
    body::RequestBody,
    limits::{CONNECTION_LIFETIME, MAX_BUFFER_BYTES, ServerLimits},
    places::Places,
    service::{BoxError, HttpBody, HttpService, Served},
    stream::Stream,
};

/// The pause after the system refused a connection, as when no file descriptor is left, and while
/// every place belongs to a request that is being answered.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// The longest time for which [`Server::shutdown`] waits for requests that have begun.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// The connections that the system completes before they are accepted. With the 128 of the standard
/// library a burst of connections makes an honest one wait a second for its next attempt.
const BACKLOG: i32 = 4_096;

/// Serves a [`TokenIssuer`](crate::issuer::TokenIssuer), or a service around one, over HTTP/1.1
/// until it is [shut down](Self::shutdown) or dropped.
///
/// No client holds up another: headers, bodies, requests and unread responses have
/// [time limits](ServerLimits), an incomplete head is buffered up to 16 KiB, a connection whose
/// answer was held back is closed after it, and when all places are taken, a connection that waits
/// for its client gives way to a new one: first of the address that holds most if it holds more
/// than an eighth, unfinished requests before idle connections, the oldest first. A request that is
/// being answered is never interrupted.
///
/// It does not speak TLS: let a proxy do that.
///
/// ```
/// use std::net::TcpListener;
/// use tower_bearer::{
///     algorithm::Algorithm,
///     issuer::{Server, ServerLimits, TokenIssuer},
/// };
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let issuer = TokenIssuer::builder("https://issuer.example".parse()?)
///     .algorithm(Algorithm::ES256)
///     .build()?;
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let server = Server::start(listener, issuer, ServerLimits::default())?;
/// // .. until a signal arrives
/// server.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shutdown: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Serves `service` on a listener.
    ///
    /// # Errors
    /// When the listener cannot be used without blocking.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O and time.
    pub fn start<S, B>(
        listener: std::net::TcpListener,
        service: S,
        limits: ServerLimits,
    ) -> io::Result<Self>
    where
        S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        listener.set_nonblocking(true)?;
        SockRef::from(&listener).listen(BACKLOG)?;
        let listener = TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        let (shutdown, ending) = watch::channel(false);
        let accepting = tokio::spawn(accept(listener, service, limits, ending));
        Ok(Self { address, shutdown, accepting })
    }

    /// Returns the address that it listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts no more connections and waits until the requests that have begun are answered, for
    /// at most 10 seconds; what is left is closed then.
    ///
    /// # Cancel safety
    /// Dropping the future closes every connection at once.
    pub async fn shutdown(mut self) {
        self.shutdown.send_replace(true);
        let _ended = (&mut self.accepting).await;
    }
}

impl Drop for Server {
    /// Ends the accepting task, and with it every connection.
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept<S: HttpService<B>, B: HttpBody>(
    listener: TcpListener,
    service: S,
    limits: ServerLimits,
    ending: watch::Receiver<bool>,
) {
    let mut connections = Connections::new(limits.connections);
    let mut end = ending.clone();
    let mut end = pin!(end.wait_for(|ending| *ending));
    loop {
        let accepted = poll_fn(|context| {
            connections.poll_changes(context);
            if end.as_mut().poll(context).is_ready() {
                return Poll::Ready(None);
            }
            listener.poll_accept(context).map(Some)
        });
        match accepted.await {
            None => break,
            Some(Ok((socket, peer))) => {
                while connections.places.is_full() && !connections.evict() && !*ending.borrow() {
                    sleep(ACCEPT_PAUSE).await;
                    connections.reap().await;
                }
                let activity = Activity::new(connections.places.sequence());
                let service =
                    Served { service: service.clone(), activity: activity.clone(), limits };
                let task = connections.tasks.spawn(converse(socket, service, ending.clone()));
                connections.places.insert(task.id(), peer.ip(), activity, task);
            }
            Some(Err(error)) => {
                tracing::warn!(%error, "a connection could not be accepted");
                let _found = connections.evict();
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    let all = async { while connections.tasks.join_next().await.is_some() {} };
    if timeout(SHUTDOWN_TIMEOUT, all).await.is_err() {
        tracing::warn!("some requests were not answered in time");
    }
}

/// The open connections of a server.
struct Connections {
    tasks: JoinSet<()>,
    places: Places<Id, AbortHandle>,
    second: Interval,
}

impl Connections {
    fn new(limit: usize) -> Self {
        let mut second = interval(Duration::from_secs(1));
        second.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Self { tasks: JoinSet::new(), places: Places::new(limit), second }
    }

    /// Frees the places of connections that have ended, and counts seconds.
    fn poll_changes(&mut self, context: &mut Context<'_>) {
        while let Poll::Ready(Some(ended)) = self.tasks.poll_join_next_with_id(context) {
            let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
            let _task = self.places.remove(id);
        }
        while self.second.poll_tick(context).is_ready() {
            self.places.tick();
        }
    }

    async fn reap(&mut self) {
        poll_fn(|context| {
            self.poll_changes(context);
            Poll::Ready(())
        })
        .await;
    }

    /// Closes the connection that gives way. Returns false if all are busy.
    fn evict(&mut self) -> bool {
        let victim = self.places.victim().and_then(|id| self.places.remove(id));
        victim.inspect(AbortHandle::abort).is_some()
    }
}

/// Serves one connection to its end.
async fn converse<S: HttpService<B>, B: HttpBody>(
    socket: TcpStream,
    service: Served<S>,
    mut ending: watch::Receiver<bool>,
) {
    // A response is written at once: waiting to fill a packet would only delay it.
    let _best_effort = socket.set_nodelay(true);
    let stream = Stream::new(socket, service.activity.clone());
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(service.limits.head_timeout)
            .max_buf_size(MAX_BUFFER_BYTES)
            .serve_connection(TokioIo::new(stream), service)
    );
    let mut last_request = pin!(timeout(CONNECTION_LIFETIME, ending.wait_for(|ending| *ending)));
    let mut is_last = false;
    let outcome = poll_fn(|context| {
        if !is_last && last_request.as_mut().poll(context).is_ready() {
            is_last = true;
            connection.as_mut().graceful_shutdown();
        }
        connection.as_mut().poll(context)
    });
    if let Err(error) = outcome.await {
        tracing::debug!(%error, "a connection ended early");
    }
}
