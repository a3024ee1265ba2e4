//! The body of a request, with a deadline.

use std::{
    error::Error,
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Sleep;

use super::activity::Activity;

/// The body of a request to a [`Server`](super::Server). It fails when the client takes longer than
/// [`body_timeout`](super::ServerLimits::body_timeout).
pub struct RequestBody {
    body: Incoming,
    deadline: Deadline,
    activity: Activity,
}

/// Begins with the first read that has to wait, so that a body that has already arrived costs no
/// timer.
enum Deadline {
    After(Duration),
    Running(Pin<Box<Sleep>>),
}

impl RequestBody {
    pub(super) const fn new(body: Incoming, timeout: Duration, activity: Activity) -> Self {
        Self { body, deadline: Deadline::After(timeout), activity }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            if frame.is_none() || this.body.is_end_stream() {
                this.activity.body_arrived();
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        if let Deadline::After(timeout) = this.deadline {
            this.deadline = Deadline::Running(Box::pin(tokio::time::sleep(timeout)));
        }
        match &mut this.deadline {
            Deadline::Running(sleep) => {
                sleep.as_mut().poll(context).map(|()| Some(Err(Box::from(TOO_SLOW))))
            }
            Deadline::After(_) => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

const TOO_SLOW: &str = "the client took too long to send the body";

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBody").finish_non_exhaustive()
    }
}
