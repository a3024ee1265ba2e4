//! Checks the text of a requirement, at compile time where it is a literal.

use super::{
    fault::{ScopeError, ScopeErrorKind},
    pattern::is_scope_character,
    set::MAX_SCOPES,
};

/// Checks a list. Returns true if it has templates.
pub(super) const fn check(list: &str) -> Result<bool, ScopeError> {
    let bytes = list.as_bytes();
    let mut template = false;
    let mut count = 0;
    let mut start = 0;
    let mut at = 0;
    while at <= bytes.len() {
        if at == bytes.len() || bytes[at] == b' ' {
            if at > start {
                count += 1;
                match check_item(bytes, start, at) {
                    Ok(braces) => template |= braces,
                    Err(error) => return Err(error),
                }
            }
            start = at + 1;
        }
        at += 1;
    }
    match count {
        0 => Err(ScopeError::new(ScopeErrorKind::Empty)),
        1..=MAX_SCOPES => Ok(template),
        _ => Err(ScopeError::new(ScopeErrorKind::TooMany)),
    }
}

/// Checks one item. Returns true if it is a template, which has one to three non-empty segments,
/// and in which a pair of braces or a `*` is a whole segment.
const fn check_item(bytes: &[u8], start: usize, end: usize) -> Result<bool, ScopeError> {
    let mut braces = 0;
    let mut whole = 0;
    let mut colons = 0;
    let mut outside = false;
    let mut segment = start;
    let mut at = start;
    while at <= end {
        if at == end || bytes[at] == b':' {
            outside |= at == segment;
            if at > segment + 2 && bytes[segment] == b'{' && bytes[at - 1] == b'}' {
                whole += 1;
            }
            colons += (at < end) as usize;
            segment = at + 1;
        } else if !is_scope_character(bytes[at]) {
            return Err(ScopeError::new(ScopeErrorKind::Character));
        } else if matches!(bytes[at], b'{' | b'}') {
            braces += 1;
        } else if bytes[at] == b'*' {
            outside |= at != segment || !(at + 1 == end || bytes[at + 1] == b':');
        }
        at += 1;
    }
    if braces == 0 {
        Ok(false)
    } else if braces != 2 * whole {
        Err(ScopeError::new(ScopeErrorKind::Brace))
    } else if outside || colons > 2 {
        Err(ScopeError::new(ScopeErrorKind::Template))
    } else {
        Ok(true)
    }
}
