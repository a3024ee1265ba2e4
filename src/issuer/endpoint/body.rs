//! Reads a bounded body.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Buf;
use http_body::Body;

use crate::issuer::error::TokenError;

/// The longest body of a token request, in bytes. A client assertion has at most 8 KiB.
pub const MAX_BODY_BYTES: usize = 16 * 1024;

/// Reads a body to its end, or to the frame that exceeds [`MAX_BODY_BYTES`].
pub(in crate::issuer) fn poll_body<B: Body>(
    mut body: Pin<&mut B>,
    read: &mut Vec<u8>,
    context: &mut Context<'_>,
) -> Poll<Result<(), TokenError>> {
    while let Some(frame) = ready!(body.as_mut().poll_frame(context)) {
        let Ok(frame) = frame else {
            return Poll::Ready(Err(TokenError::invalid_request("the body could not be read")));
        };
        let Ok(mut data) = frame.into_data() else { continue };
        if data.remaining() > MAX_BODY_BYTES - read.len() {
            return Poll::Ready(Err(TokenError::body_too_large()));
        }
        while data.has_remaining() {
            let chunk = data.chunk();
            let length = chunk.len();
            read.extend_from_slice(chunk);
            data.advance(length);
        }
    }
    Poll::Ready(Ok(()))
}
