//! The decoded text of a token and the spans of the strings in it.

use std::{num::NonZeroU32, ops::Range};

/// The position of a string in the text of a token. Cached tokens have many spans, so a span and
/// its absence take 8 bytes each. Offsets are `u32`: tokens have at most 64 KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    end_plus_one: NonZeroU32,
}

impl Span {
    pub(super) fn new(start: usize, end: usize) -> Self {
        let offset = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { start: offset(start), end_plus_one: NonZeroU32::MIN.saturating_add(offset(end)) }
    }

    fn range(self) -> Range<usize> {
        self.start as usize..self.end_plus_one.get() as usize - 1
    }

    /// Returns the text before this span.
    #[cfg(any(feature = "jsonwebtoken", feature = "issuer"))]
    pub(super) fn before(self, text: &str) -> &str {
        text.get(..self.start as usize).unwrap_or_default()
    }

    /// Returns the string at this span.
    pub(super) fn slice(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or_default()
    }
}

/// Makes the spans of strings that were read from a text.
pub(super) struct SpanBuilder<'t> {
    text: &'t str,
    /// Strings that the text holds with escapes; they are appended to it unescaped.
    unescaped: String,
}

impl<'t> SpanBuilder<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self { text, unescaped: String::new() }
    }

    /// Returns the span of a string that the JSON reader returned: borrowed from the text, or owned
    /// because it has escapes.
    pub(super) fn span(&mut self, string: &str) -> Span {
        let start = if self.text.as_bytes().as_ptr_range().contains(&string.as_ptr()) {
            string.as_ptr().addr() - self.text.as_ptr().addr()
        } else {
            return self.append(string);
        };
        Span::new(start, start + string.len())
    }

    /// Appends a string that the text does not hold.
    #[cold]
    pub(super) fn append(&mut self, string: &str) -> Span {
        let start = self.text.len() + self.unescaped.len();
        self.unescaped.push_str(string);
        Span::new(start, start + string.len())
    }

    /// Returns the strings to append to the text.
    pub(super) fn into_unescaped(self) -> String {
        self.unescaped
    }
}
