use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// The body of a request behind a [`McpScopesLayer`](super::McpScopesLayer): byte for byte as it
    /// came, also if the layer has read it.
    #[derive(Debug)]
    pub struct McpBody<B> {
        #[pin]
        state: State<B>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = StateProj]
    enum State<B> {
        Unread { #[pin] body: B },
        Read { bytes: Option<Bytes> },
    }
}

impl<B> McpBody<B> {
    pub(super) const fn unread(body: B) -> Self {
        Self { state: State::Unread { body } }
    }

    pub(super) const fn read(bytes: Bytes) -> Self {
        Self { state: State::Read { bytes: Some(bytes) } }
    }
}

impl<B: Body<Data = Bytes>> Body for McpBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().state.project() {
            StateProj::Unread { body } => body.poll_frame(cx),
            StateProj::Read { bytes } => Poll::Ready(bytes.take().map(|it| Ok(Frame::data(it)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.state {
            State::Unread { body } => body.is_end_stream(),
            State::Read { bytes } => bytes.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.state {
            State::Unread { body } => body.size_hint(),
            State::Read { bytes } => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
        }
    }
}
