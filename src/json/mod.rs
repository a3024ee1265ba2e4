//! Reads the JSON of peers: tokens, key sets, metadata, answers and requests. Nothing else does.
//!
//! It is not a general JSON library, and exists for three reasons:
//!
//! - **It checks more than JSON syntax.** A duplicate member name is a fault at every depth (RFC
//!   7515 §4 and RFC 7519 §4 let a reader refuse it), and depth and number of members are bounded.
//!   serde_json takes the last of two members, and other readers the first: a token that two
//!   readers understand differently is an attack.
//! - **Its results do not depend on another crate's features.** `arbitrary_precision` of
//!   serde_json, switched on anywhere in a build, turns each number into a map for its visitors.
//! - **Cost.** A visitor of serde_json takes 8,700 instructions for header and claims of a usual
//!   token, this reader 3,600: it keeps spans of the text, allocates no names and compares eight
//!   characters of a string at once. Most of the cost of a refused token is here.
//!
//! It is safe Rust. Unit tests, laws against serde_json (`laws.rs`) and fuzz targets (`claims`,
//! `jwks`) compare both readers. `AccessToken::claims` reads a verified payload by serde_json again;
//! the target `claims` compares the two on the same bytes.
//!
//! [`read`] is strict and passes values; [`read_raw`] and [`elements`] check syntax only and pass
//! text, for documents whose entries are checked one by one.

mod fault;
mod limits;
mod names;
mod raw;
mod scanner;

use std::{borrow::Cow, fmt};

use names::Names;
use scanner::Scanner;

#[cfg(feature = "mcp")]
pub(crate) use self::raw::string;
pub(crate) use self::{
    fault::JsonFault,
    limits::{MAX_DEPTH, MAX_MEMBERS},
    raw::{elements, read_raw},
};

/// A member's value.
#[derive(Debug)]
pub(crate) enum Member<'t> {
    Null,
    Bool(bool),
    Number(f64),
    Text(Cow<'t, str>),
    /// An array that holds only strings.
    Texts(Texts<'t>),
    /// Any other array, as JSON text.
    Array(&'t str),
    /// An object, as JSON text.
    Object(&'t str),
}

/// The strings of an array, read again from a text whose syntax was checked.
#[derive(Clone)]
pub(crate) struct Texts<'t>(Scanner<'t>);

impl fmt::Debug for Texts<'_> {
    /// Shows the strings, not the rest of the text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'t> Iterator for Texts<'t> {
    type Item = Cow<'t, str>;

    fn next(&mut self) -> Option<Cow<'t, str>> {
        // The bracket that opens the array, or a comma, precedes each string.
        let _ = self.0.skip('[') || self.0.skip(',');
        self.0.string().ok()
    }
}

/// The text of a document that a server publishes. A byte order mark is skipped: some editors and
/// frameworks write one. A document in UTF-16 is refused.
pub(crate) fn document_text(document: &[u8]) -> Result<&str, JsonFault> {
    let document = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
    std::str::from_utf8(document).map_err(|_| JsonFault::Syntax)
}

/// Passes each member of the object in `text` to `take`, in the order of the text. An object has at
/// most [`MAX_MEMBERS`] members.
pub(crate) fn read<'t>(
    text: &'t str,
    take: &mut dyn FnMut(&str, Member<'t>),
) -> Result<(), JsonFault> {
    read_with_limit(text, MAX_MEMBERS, take)
}

/// Reads as [`read`] does, with another limit of members for each object.
pub(crate) fn read_with_limit<'t>(
    text: &'t str,
    max_members: usize,
    take: &mut dyn FnMut(&str, Member<'t>),
) -> Result<(), JsonFault> {
    object(Scanner::new(text), max_members, take)?.end()
}

/// Returns the member of this name, if the object is well-formed and has it.
pub(crate) fn member<'t>(object: &'t str, name: &str) -> Option<Member<'t>> {
    let mut found = None;
    let read = read_with_limit(object, usize::MAX, &mut |member, value| {
        if member == name {
            found = Some(value);
        }
    });
    found.filter(|_| read.is_ok())
}

/// Returns the element at this index, if the array is well-formed and has it.
pub(crate) fn element(array: &str, index: usize) -> Option<Member<'_>> {
    let mut at = 0;
    let mut found = None;
    elements(array, &mut |text| {
        if at == index {
            found = Some(text);
        }
        at += 1;
    })
    .ok()?;
    value(&mut Scanner::new(found?), usize::MAX).ok()
}

/// Reads the outermost object, and returns the scanner after it.
fn object<'t>(
    mut scanner: Scanner<'t>,
    max_members: usize,
    take: &mut dyn FnMut(&str, Member<'t>),
) -> Result<Scanner<'t>, JsonFault> {
    scanner.expect('{')?;
    if scanner.peek() != b'}' {
        let mut names = Names::default();
        loop {
            let name = scanner.string()?;
            names.add(&name, max_members)?;
            scanner.expect(':')?;
            take(&name, value(&mut scanner, max_members)?);
            if scanner.peek() == b'}' {
                break;
            }
            scanner.expect(',')?;
        }
    }
    scanner.expect('}')?;
    Ok(scanner)
}

/// Reads a value of the outermost object, and checks what is inside it.
#[inline(always)]
fn value<'t>(scanner: &mut Scanner<'t>, max_members: usize) -> Result<Member<'t>, JsonFault> {
    match scanner.peek() {
        b'"' => scanner.string().map(Member::Text),
        b'-' | b'0'..=b'9' => scanner.number().map(Member::Number),
        b't' => scanner.literal("true", Member::Bool(true)),
        b'f' => scanner.literal("false", Member::Bool(false)),
        b'n' => scanner.literal("null", Member::Null),
        b'[' => {
            let start = *scanner;
            let (strings_only, behind) = inner_array(start, 2, max_members)?;
            *scanner = behind;
            Ok(if strings_only {
                Member::Texts(Texts(start))
            } else {
                Member::Array(scanner.text_since(start))
            })
        }
        b'{' => {
            let start = *scanner;
            *scanner = inner_object(start, 2, max_members)?;
            Ok(Member::Object(scanner.text_since(start)))
        }
        _ => Err(JsonFault::Syntax),
    }
}

/// Checks a value inside another one, at this depth, and skips it: nothing is made of it, neither a
/// number nor a string without escapes. Returns true if it is a string.
#[inline(always)]
fn inner_value(
    scanner: &mut Scanner<'_>,
    depth: usize,
    max_members: usize,
) -> Result<bool, JsonFault> {
    match scanner.peek() {
        b'"' => return scanner.check_string().map(|()| true),
        b'-' | b'0'..=b'9' => scanner.check_number()?,
        b't' => scanner.literal("true", ())?,
        b'f' => scanner.literal("false", ())?,
        b'n' => scanner.literal("null", ())?,
        b'[' | b'{' if depth == MAX_DEPTH => return Err(JsonFault::TooDeep),
        b'[' => *scanner = inner_array(*scanner, depth + 1, max_members)?.1,
        b'{' => *scanner = inner_object(*scanner, depth + 1, max_members)?,
        _ => return Err(JsonFault::Syntax),
    }
    Ok(false)
}

/// Checks an object at this depth, and returns the scanner after it.
fn inner_object(
    mut scanner: Scanner<'_>,
    depth: usize,
    max_members: usize,
) -> Result<Scanner<'_>, JsonFault> {
    scanner.expect('{')?;
    if scanner.peek() != b'}' {
        let mut names = Names::default();
        loop {
            names.add(&scanner.string()?, max_members)?;
            scanner.expect(':')?;
            inner_value(&mut scanner, depth, max_members)?;
            if scanner.peek() == b'}' {
                break;
            }
            scanner.expect(',')?;
        }
    }
    scanner.expect('}')?;
    Ok(scanner)
}

/// Checks an array at this depth. Returns true if it holds only strings, and the scanner after it.
fn inner_array(
    mut scanner: Scanner<'_>,
    depth: usize,
    max_members: usize,
) -> Result<(bool, Scanner<'_>), JsonFault> {
    let mut strings_only = true;
    scanner.expect('[')?;
    if scanner.peek() != b']' {
        loop {
            strings_only &= inner_value(&mut scanner, depth, max_members)?;
            if scanner.peek() == b']' {
                break;
            }
            scanner.expect(',')?;
        }
    }
    scanner.bump();
    Ok((strings_only, scanner))
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
