//! The member names of one object, to find duplicates.

use std::{borrow::Cow, collections::BTreeSet};

use super::JsonFault;

/// Names that need no allocation; real tokens rarely have more.
const INLINE_NAMES: usize = 16;

#[derive(Default)]
pub(super) struct Names<'t> {
    /// One bit for each name: a name whose bit is not set is new.
    bits: u64,
    inline: [Option<&'t str>; INLINE_NAMES],
    count: usize,
    /// Further names, and names with escapes. Ordered, so that a lookup is logarithmic whatever the
    /// names are: nobody can make them collide.
    others: BTreeSet<Cow<'t, str>>,
}

impl<'t> Names<'t> {
    /// Adds the name of one more member.
    ///
    /// # Errors
    /// An earlier member has the name, or there are more than `max_members`.
    #[inline]
    #[expect(clippy::ptr_arg, reason = "a name with escapes is kept, any other is only borrowed")]
    pub(super) fn add(&mut self, name: &Cow<'t, str>, max_members: usize) -> Result<(), JsonFault> {
        let bit = bit_of(name.as_bytes());
        if self.bits & bit != 0 && self.contains(name) {
            return Err(JsonFault::Duplicate);
        }
        if self.count == max_members {
            return Err(JsonFault::TooMany);
        }
        self.bits |= bit;
        let slot = self.inline.get_mut(self.count);
        self.count += 1;
        match (name, slot) {
            (Cow::Borrowed(name), Some(slot)) => *slot = Some(name),
            (name, _) => self.add_other(name.clone()),
        }
        Ok(())
    }

    #[cold]
    fn add_other(&mut self, name: Cow<'t, str>) {
        self.others.insert(name);
    }

    fn contains(&self, name: &str) -> bool {
        self.inline.iter().flatten().any(|known| *known == name) || self.others.contains(name)
    }
}

/// One of 64 bits, from a name's length and both its ends: few names of a token share one.
fn bit_of(name: &[u8]) -> u64 {
    let (Some(first), Some(last)) = (name.first(), name.last()) else { return 1 };
    let [length, ..] = name.len().to_le_bytes();
    let mixed = u32::from_le_bytes([*first, *last, length, 0]).wrapping_mul(0x9e37_79b1);
    1 << (mixed >> (u32::BITS - 6))
}
