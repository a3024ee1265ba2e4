//! The limits of a JSON text.

/// The deepest nesting of objects and arrays; real tokens stay below 5.
pub(crate) const MAX_DEPTH: usize = 16;
/// The most members of one object; real tokens stay below 40.
pub(crate) const MAX_MEMBERS: usize = 128;
