//! Objects and arrays whose values are left as JSON text, so that each can be read on its own: one
//! bad entry of a key set does not invalidate the others.

use std::borrow::Cow;

use super::{JsonFault, scanner::Scanner};

/// Passes each member of the object in `text` to `take`, with its value as JSON text.
///
/// Only the syntax is checked: names may repeat, numbers may be too great for an `f64`, and values
/// may nest to any depth. Time and memory are linear in the length of the text, and the stack depth
/// is constant.
pub(crate) fn read_raw<'t>(
    text: &'t str,
    take: &mut dyn FnMut(Cow<'t, str>, &'t str),
) -> Result<(), JsonFault> {
    let mut scanner = Scanner::new(text);
    scanner.expect('{')?;
    if scanner.peek() != b'}' {
        loop {
            let name = scanner.string()?;
            scanner.expect(':')?;
            take(name, raw_value(&mut scanner)?);
            if scanner.peek() == b'}' {
                break;
            }
            scanner.expect(',')?;
        }
    }
    scanner.expect('}')?;
    scanner.end()
}

/// Passes each element of the array in `text` to `take`, as JSON text. Only the syntax is checked.
pub(crate) fn elements<'t>(text: &'t str, take: &mut dyn FnMut(&'t str)) -> Result<(), JsonFault> {
    let mut scanner = Scanner::new(text);
    scanner.expect('[')?;
    if scanner.peek() != b']' {
        loop {
            take(raw_value(&mut scanner)?);
            if scanner.peek() == b']' {
                break;
            }
            scanner.expect(',')?;
        }
    }
    scanner.expect(']')?;
    scanner.end()
}

/// Returns the value of a JSON string and nothing else.
#[cfg(feature = "mcp")]
pub(crate) fn string(text: &str) -> Option<Cow<'_, str>> {
    let mut scanner = Scanner::new(text);
    let value = scanner.string().ok()?;
    scanner.end().is_ok().then_some(value)
}

/// Skips any value and returns its text. Iterative: a text of brackets alone does not use up the
/// stack.
fn raw_value<'t>(scanner: &mut Scanner<'t>) -> Result<&'t str, JsonFault> {
    scanner.peek();
    let start = *scanner;
    // The closing characters of the open arrays and objects.
    let mut open = Vec::new();
    loop {
        match scanner.peek() {
            b'"' => scanner.skip_string()?,
            b'-' | b'0'..=b'9' => scanner.skip_number().map(|_| ())?,
            b't' => scanner.literal("true", ())?,
            b'f' => scanner.literal("false", ())?,
            b'n' => scanner.literal("null", ())?,
            b'[' => {
                scanner.bump();
                if scanner.peek() != b']' {
                    open.push(b']');
                    continue;
                }
                scanner.bump();
            }
            b'{' => {
                scanner.bump();
                if scanner.peek() != b'}' {
                    open.push(b'}');
                    name(scanner)?;
                    continue;
                }
                scanner.bump();
            }
            _ => return Err(JsonFault::Syntax),
        }
        loop {
            let Some(close) = open.last() else { return Ok(scanner.text_since(start)) };
            match scanner.peek() {
                b',' => {
                    scanner.bump();
                    if *close == b'}' {
                        name(scanner)?;
                    }
                    break;
                }
                found if found == *close => scanner.bump(),
                _ => return Err(JsonFault::Syntax),
            }
            open.pop();
        }
    }
}

fn name(scanner: &mut Scanner<'_>) -> Result<(), JsonFault> {
    scanner.skip_string()?;
    scanner.expect(':')
}
