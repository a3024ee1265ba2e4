//! Reads a body within a limit of bytes and of time.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::Body;
use tokio::time::{Sleep, sleep};

use super::operation::Unclear;

/// A body that is being read.
pub(super) struct Reading<B> {
    body: Pin<Box<B>>,
    bytes: Vec<u8>,
    max_bytes: usize,
    deadline: Pin<Box<Sleep>>,
}

impl<B: Body<Data = Bytes>> Reading<B> {
    pub(super) fn new(body: B, max_bytes: usize, time: Duration) -> Self {
        Self { body: Box::pin(body), bytes: Vec::new(), max_bytes, deadline: Box::pin(sleep(time)) }
    }

    /// Returns the whole body. Trailers are dropped: MCP has none.
    ///
    /// # Errors
    /// It is too long, takes too long, or breaks off.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, Unclear>> {
        let max_bytes = u64::try_from(self.max_bytes).unwrap_or(u64::MAX);
        if self.body.size_hint().lower() > max_bytes {
            return Poll::Ready(Err(TOO_LONG));
        }
        if self.deadline.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err("the body takes too long"));
        }
        loop {
            match ready!(self.body.as_mut().poll_frame(cx)) {
                None => return Poll::Ready(Ok(std::mem::take(&mut self.bytes).into())),
                Some(Err(_)) => return Poll::Ready(Err("the body breaks off")),
                Some(Ok(frame)) => {
                    let Ok(data) = frame.into_data() else { continue };
                    if data.len() > self.max_bytes.saturating_sub(self.bytes.len()) {
                        return Poll::Ready(Err(TOO_LONG));
                    }
                    self.bytes.extend_from_slice(&data);
                }
            }
        }
    }
}

const TOO_LONG: Unclear = "the body is longer than this server reads";
