//! The limits of a JSON text.

/// How deep objects and arrays may nest; real tokens stay below 5.
pub(crate) const MAX_DEPTH: usize = 16;
/// How many members one object may have; real tokens stay below 40.
pub(crate) const MAX_MEMBERS: usize = 128;
