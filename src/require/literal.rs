//! Packs a literal into const parameters, so that a scope can be part of a type.
//!
//! Rust has no string const parameters yet; eight `u128` hold a literal of up to 128 bytes.

use crate::scope::Requirement;

/// Longest text that [`RequireScope!`](macro@crate::RequireScope) takes, in bytes.
pub const MAX_LITERAL_BYTES: usize = 128;

const WORD: usize = 16;

/// The number of items of a literal that a token must grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantity {
    All,
    Any,
}

/// A requirement as a type, which [`RequireScope!`](macro@crate::RequireScope) makes from a
/// literal.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a scope literal",
    note = "write the extractor as `RequireScope![\"announce:read\"]`"
)]
pub trait Required: 'static {
    /// The requirement.
    const REQUIREMENT: Requirement;
}

/// A checked literal; `ANY` is true if one of its items is enough.
#[derive(Debug)]
pub struct Literal<
    const ANY: bool,
    const A: u128,
    const B: u128,
    const C: u128,
    const D: u128,
    const E: u128,
    const F: u128,
    const G: u128,
    const H: u128,
>(());

impl<
    const ANY: bool,
    const A: u128,
    const B: u128,
    const C: u128,
    const D: u128,
    const E: u128,
    const F: u128,
    const G: u128,
    const H: u128,
> Literal<ANY, A, B, C, D, E, F, G, H>
{
    const BYTES: &'static [u8; MAX_LITERAL_BYTES] = &unpack([A, B, C, D, E, F, G, H]);
}

impl<
    const ANY: bool,
    const A: u128,
    const B: u128,
    const C: u128,
    const D: u128,
    const E: u128,
    const F: u128,
    const G: u128,
    const H: u128,
> Required for Literal<ANY, A, B, C, D, E, F, G, H>
{
    const REQUIREMENT: Requirement =
        requirement(text(Self::BYTES), if ANY { Quantity::Any } else { Quantity::All });
}

/// The part `word` of a literal as a number.
///
/// # Panics
/// When the literal is longer than [`MAX_LITERAL_BYTES`].
#[doc(hidden)]
#[must_use]
#[track_caller]
pub const fn pack(literal: &str, word: usize) -> u128 {
    let bytes = literal.as_bytes();
    assert!(
        word > 0 || bytes.len() <= MAX_LITERAL_BYTES,
        "the scopes of a `RequireScope!` have at most 128 bytes together; \
         use `RequireScope(scope!(\"..\"))` as a layer instead"
    );
    let mut packed = 0;
    let mut place = 0;
    while place < WORD {
        let at = word * WORD + place;
        if at < bytes.len() {
            packed |= (bytes[at] as u128) << (8 * place);
        }
        place += 1;
    }
    packed
}

/// Checks one of the literals of a `RequireScope!`: a list whose items are all required, or one
/// item of an `any` list.
///
/// # Panics
/// When the literal is malformed, which makes it a compile error at the line of the macro.
#[doc(hidden)]
#[track_caller]
pub const fn check(literal: &'static str, any: bool) {
    let quantity = if any { Quantity::Any } else { Quantity::All };
    std::mem::forget(requirement(literal, quantity));
    let bytes = literal.as_bytes();
    let mut at = 0;
    while any && at < bytes.len() {
        assert!(bytes[at] != b' ', "after `any` each literal is one scope, without spaces");
        at += 1;
    }
}

#[track_caller]
const fn requirement(text: &'static str, quantity: Quantity) -> Requirement {
    match quantity {
        Quantity::All => Requirement::from_static(text),
        Quantity::Any => Requirement::any_of_static(text),
    }
}

const fn unpack(words: [u128; 8]) -> [u8; MAX_LITERAL_BYTES] {
    let mut bytes = [0; MAX_LITERAL_BYTES];
    let mut at = 0;
    while at < MAX_LITERAL_BYTES {
        bytes[at] = words[at / WORD].to_le_bytes()[at % WORD];
        at += 1;
    }
    bytes
}

/// Returns the text before the zeros.
const fn text(bytes: &'static [u8; MAX_LITERAL_BYTES]) -> &'static str {
    let mut length = 0;
    while length < MAX_LITERAL_BYTES && bytes[length] != 0 {
        length += 1;
    }
    match std::str::from_utf8(bytes.split_at(length).0) {
        Ok(text) => text,
        Err(_) => panic!("a scope literal is ASCII"),
    }
}
