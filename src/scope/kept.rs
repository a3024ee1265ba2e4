use super::{
    fault::ScopeError,
    pattern::{Pattern, Shape},
};

/// A [`Pattern`] that owns its text, read once and compared often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptPattern {
    text: Box<str>,
    shape: Shape,
}

impl KeptPattern {
    pub(crate) fn parse(text: &str) -> Result<Self, ScopeError> {
        let shape = Pattern::parse(text)?.shape;
        Ok(Self { text: text.into(), shape })
    }

    pub(crate) fn as_pattern(&self) -> Pattern<'_> {
        Pattern { text: &self.text, shape: self.shape }
    }
}
