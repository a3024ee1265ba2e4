//! The reasons why a text is not the JSON that a caller asked for.

use std::{error::Error, fmt};

use super::limits::MAX_DEPTH;

/// A fault of a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonFault {
    /// It is not one JSON object and nothing else.
    Syntax,
    /// A member name occurs twice in one object.
    Duplicate,
    /// It nests deeper than [`MAX_DEPTH`].
    TooDeep,
    /// An object has more members than the limit.
    TooMany,
}

impl fmt::Display for JsonFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax => f.write_str("it is not one JSON object in UTF-8"),
            Self::Duplicate => f.write_str("a member name occurs twice"),
            Self::TooDeep => write!(f, "it nests deeper than {MAX_DEPTH}"),
            Self::TooMany => f.write_str("an object has too many members"),
        }
    }
}

impl Error for JsonFault {}
