//! The names that an object's members have had so far.

use std::borrow::Cow;

use super::{JsonFault, MAX_MEMBERS};

/// So many names need no memory of their own; real tokens rarely have more.
const FEW: usize = 16;

#[derive(Default)]
pub(super) struct Names<'t> {
    /// The bits of all names: one whose bit is missing is new.
    bits: u64,
    few: [Option<&'t str>; FEW],
    count: usize,
    /// Names behind the first few, and such that had escapes.
    others: Vec<Cow<'t, str>>,
}

impl<'t> Names<'t> {
    /// Notes the name of one more member, and gives it back: no two may have the same, and there may
    /// not be too many.
    #[inline]
    pub(super) fn add(&mut self, name: Cow<'t, str>) -> Result<&str, JsonFault> {
        let bit = bit_of(name.as_bytes());
        if self.bits & bit != 0 && self.contains(&name) {
            return Err(JsonFault::Duplicate);
        }
        if self.count == MAX_MEMBERS {
            return Err(JsonFault::TooMany);
        }
        self.bits |= bit;
        let place = self.few.get_mut(self.count);
        self.count += 1;
        match (name, place) {
            (Cow::Borrowed(name), Some(place)) => Ok(place.insert(name)),
            (name, _) => {
                self.others.push(name);
                Ok(self.others.last().map_or("", Cow::as_ref))
            }
        }
    }

    fn contains(&self, name: &str) -> bool {
        self.few.iter().flatten().any(|known| *known == name)
            || self.others.iter().any(|known| known == name)
    }
}

/// One of 64 bits, by a name's length and both its ends: few of the names that a token has share one.
fn bit_of(name: &[u8]) -> u64 {
    let (Some(first), Some(last)) = (name.first(), name.last()) else { return 1 };
    let [length, ..] = name.len().to_le_bytes();
    let mixed = u32::from_le_bytes([*first, *last, length, 0]).wrapping_mul(0x9e37_79b1);
    1 << (mixed >> (u32::BITS - 6))
}
