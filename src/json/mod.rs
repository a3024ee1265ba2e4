//! Reads the members of one JSON object, once, from borrowed text.
//!
//! Stricter than JSON: a duplicate member name is a fault at every depth (RFC 7515 §4 and RFC 7519
//! §4 let a reader refuse it), and depth and number of members are bounded.

mod names;
mod scanner;

use std::{borrow::Cow, fmt};

use names::Names;
use scanner::Scanner;

/// How deep objects and arrays may nest; real tokens stay below 5.
pub(crate) const MAX_DEPTH: usize = 16;
/// How many members one object may have; real tokens stay below 40.
pub(crate) const MAX_MEMBERS: usize = 128;

/// What is wrong with a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonFault {
    /// It is not one JSON object and nothing else.
    Syntax,
    /// A member name stands twice in one object.
    Duplicate,
    /// It nests deeper than [`MAX_DEPTH`].
    TooDeep,
    /// An object has more than [`MAX_MEMBERS`] members.
    TooMany,
}

/// A member's value, as far as a registered claim or header parameter can need it.
#[derive(Debug)]
pub(crate) enum Member<'t> {
    Bool(bool),
    Number(f64),
    Text(Cow<'t, str>),
    /// An array that holds strings only.
    Texts(Texts<'t>),
    /// `null`: some writers put it where they could leave the member out.
    Null,
    /// An object, or an array that holds anything but strings.
    Other,
}

/// The strings of an array, read anew from a text that was found to be right.
#[derive(Clone)]
pub(crate) struct Texts<'t>(Scanner<'t>);

impl fmt::Debug for Texts<'_> {
    /// Not what is left of the text, of which these are a part.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'t> Iterator for Texts<'t> {
    type Item = Cow<'t, str>;

    fn next(&mut self) -> Option<Cow<'t, str>> {
        // Before each string stands the bracket that opens the array, or a comma.
        let _ = self.0.skip('[') || self.0.skip(',');
        self.0.string().ok()
    }
}

/// Hands each member of the object in `text` to `take`, in the order of the text.
pub(crate) fn read<'t>(
    text: &'t str,
    take: &mut dyn FnMut(&str, Member<'t>),
) -> Result<(), JsonFault> {
    object(Scanner::new(text), 1, take)?.end()
}

/// Reads an object that stands at this depth, and tells what stands behind it.
fn object<'t>(
    mut scanner: Scanner<'t>,
    depth: usize,
    take: &mut dyn FnMut(&str, Member<'t>),
) -> Result<Scanner<'t>, JsonFault> {
    scanner.expect('{')?;
    if scanner.peek() != b'}' {
        let mut names = Names::default();
        loop {
            let name = names.add(scanner.string()?)?;
            scanner.expect(':')?;
            take(name, value(&mut scanner, depth)?);
            if scanner.peek() == b'}' {
                break;
            }
            scanner.expect(',')?;
        }
    }
    scanner.expect('}')?;
    Ok(scanner)
}

/// Reads any value that stands at this depth, and checks what is inside it.
#[inline(always)]
fn value<'t>(scanner: &mut Scanner<'t>, depth: usize) -> Result<Member<'t>, JsonFault> {
    match scanner.peek() {
        b'"' => scanner.string().map(Member::Text),
        b'-' | b'0'..=b'9' => scanner.number().map(Member::Number),
        b't' => scanner.literal("true", Member::Bool(true)),
        b'f' => scanner.literal("false", Member::Bool(false)),
        b'n' => scanner.literal("null", Member::Null),
        b'[' | b'{' if depth == MAX_DEPTH => Err(JsonFault::TooDeep),
        b'[' => {
            let (member, behind) = array(*scanner, depth + 1)?;
            *scanner = behind;
            Ok(member)
        }
        b'{' => {
            *scanner = object(*scanner, depth + 1, &mut |_, _| {})?;
            Ok(Member::Other)
        }
        _ => Err(JsonFault::Syntax),
    }
}

/// Reads an array, and tells what stands behind it.
fn array(mut scanner: Scanner<'_>, depth: usize) -> Result<(Member<'_>, Scanner<'_>), JsonFault> {
    let texts = Texts(scanner);
    let mut strings_only = true;
    scanner.expect('[')?;
    if scanner.peek() != b']' {
        loop {
            strings_only &= matches!(value(&mut scanner, depth)?, Member::Text(_));
            if scanner.peek() == b']' {
                break;
            }
            scanner.expect(',')?;
        }
    }
    scanner.expect(']')?;
    Ok((if strings_only { Member::Texts(texts) } else { Member::Other }, scanner))
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
