use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::{
    compression::{deflate, inflate},
    fault::StatusListFault,
    names::{BITS, LST},
};

/// The number of bits of each status in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusBits {
    /// One bit: valid or invalid.
    One,
    /// Two bits: 4 values.
    Two,
    /// Four bits: 16 values.
    Four,
    /// Eight bits: 256 values.
    Eight,
}

impl StatusBits {
    /// The number of bits.
    #[must_use]
    pub const fn count(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }

    /// Returns the size with this number of bits, if the specification has it.
    #[must_use]
    pub const fn from_count(count: u8) -> Option<Self> {
        Some(match count {
            1 => Self::One,
            2 => Self::Two,
            4 => Self::Four,
            8 => Self::Eight,
            _ => return None,
        })
    }

    /// Statuses in one byte.
    const fn in_a_byte(self) -> u64 {
        8 / self.count() as u64
    }

    /// The greatest status.
    const fn mask(self) -> u8 {
        u8::MAX >> (8 - self.count())
    }
}

/// The statuses of many tokens in a few bits each (§4.1 of the specification). Zero is valid; to a
/// resource server of this crate every other value means that the token was taken back.
///
/// ```
/// use tower_bearer::status::{StatusBits, StatusList};
///
/// let mut list = StatusList::new(StatusBits::One, 16);
/// assert!(list.set(3, 1));
/// assert_eq!((list.get(3), list.get(4), list.get(16)), (Some(1), Some(0), None));
///
/// let lst = list.encode();
/// assert_eq!(StatusList::decode(StatusBits::One, &lst, 1_024), Ok(list));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct StatusList {
    bits: StatusBits,
    bytes: Box<[u8]>,
}

impl StatusList {
    /// A list of at least `statuses` statuses, all zero. It ends with a whole byte.
    #[must_use]
    pub fn new(bits: StatusBits, statuses: usize) -> Self {
        let in_a_byte = 8 / usize::from(bits.count());
        Self { bits, bytes: vec![0; statuses.div_ceil(in_a_byte)].into() }
    }

    /// The list whose statuses these bytes are, from the least significant bit of each byte on.
    #[must_use]
    pub fn from_bytes(bits: StatusBits, bytes: impl Into<Box<[u8]>>) -> Self {
        Self { bits, bytes: bytes.into() }
    }

    /// Reads the member `lst`: ZLIB in base64url without padding. It stops as soon as the list has
    /// more than `max_bytes` bytes.
    ///
    /// # Errors
    /// The text is not strict base64url, not exactly one ZLIB stream, or too long.
    pub fn decode(bits: StatusBits, lst: &str, max_bytes: usize) -> Result<Self, StatusListFault> {
        let compressed = URL_SAFE_NO_PAD.decode(lst).map_err(|_| StatusListFault::Encoding)?;
        Ok(Self { bits, bytes: inflate(&compressed, max_bytes)?.into() })
    }

    /// Writes the member `lst`, compressed as much as ZLIB can.
    #[must_use]
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(deflate(&self.bytes))
    }

    /// Returns the status at this index; `None` if the list ends before it.
    #[must_use]
    pub fn get(&self, index: u64) -> Option<u8> {
        let byte = *self.bytes.get(self.byte_of(index)?)?;
        Some((byte >> self.shift_of(index)) & self.bits.mask())
    }

    /// Sets the status at this index. Returns false, and changes nothing, if the list ends before
    /// it or the status needs more bits.
    #[must_use = "a status that was not set is still the old one"]
    pub fn set(&mut self, index: u64, status: u8) -> bool {
        let (shift, mask) = (self.shift_of(index), self.bits.mask());
        let byte = self.byte_of(index).and_then(|byte| self.bytes.get_mut(byte));
        match byte {
            Some(byte) if status <= mask => {
                *byte = (*byte & !(mask << shift)) | (status << shift);
                true
            }
            _ => false,
        }
    }

    /// The number of statuses.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.bytes.len() as u64 * self.bits.in_a_byte()
    }

    /// Returns true if it has no status.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The number of bits of each status.
    #[must_use]
    pub const fn bits(&self) -> StatusBits {
        self.bits
    }

    /// The statuses as bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn byte_of(&self, index: u64) -> Option<usize> {
        usize::try_from(index / self.bits.in_a_byte()).ok()
    }

    const fn shift_of(&self, index: u64) -> u8 {
        (index % self.bits.in_a_byte()) as u8 * self.bits.count()
    }
}

impl fmt::Debug for StatusList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusList")
            .field("bits", &self.bits)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// Writes the claim `status_list`: `bits` and `lst`.
impl Serialize for StatusList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut claim = serializer.serialize_struct("StatusList", 2)?;
        claim.serialize_field(BITS, &self.bits.count())?;
        claim.serialize_field(LST, &self.encode())?;
        claim.end()
    }
}
