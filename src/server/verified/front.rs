use super::verdict::Verdict;

/// How many places a token can have: one in each way of its set.
const WAYS: usize = 4;
/// How many bytes a token with its verdict takes up, usually.
const USUAL_BYTES: usize = 2_048;
/// The most sets a front has: with 256 places it holds what one thread meets all the time.
const MAX_SETS: usize = 64;
/// What a place costs beside the token and the verdict: the allocator's share.
const OVERHEAD_BYTES: usize = 64;

/// The tokens that one thread meets again and again, whole, in a bounded number of bytes.
///
/// The end of the signature chooses the set of places; the whole token is compared. Who could choose
/// signatures could let his own tokens take each other's places, and no more.
#[derive(Debug)]
pub(super) struct Front {
    places: Box<[Option<Place>]>,
    bytes: usize,
    max_bytes: usize,
    /// Which way of a full set gives way next.
    next: usize,
}

#[derive(Debug)]
struct Place {
    token: Box<[u8]>,
    verdict: Verdict,
}

impl Place {
    fn bytes(&self) -> usize {
        self.token.len() + self.verdict.bytes() + OVERHEAD_BYTES
    }
}

impl Front {
    pub(super) fn new(max_bytes: usize) -> Self {
        let sets = match max_bytes / USUAL_BYTES / WAYS {
            0 => 0,
            // A power of two: a mask picks one of them.
            sets => 1 << sets.min(MAX_SETS).ilog2(),
        };
        let places = (0..sets * WAYS).map(|_| None).collect();
        Self { places, bytes: 0, max_bytes, next: 0 }
    }

    pub(super) fn get(&self, token: &[u8]) -> Option<&Verdict> {
        let set = self.set(token)?;
        let mut places = self.places.get(set..set + WAYS)?.iter().flatten();
        places.find(|place| *place.token == *token).map(|place| &place.verdict)
    }

    pub(super) fn insert(&mut self, token: &[u8], verdict: Verdict) {
        let place = Place { token: token.into(), verdict };
        let bytes = place.bytes();
        if bytes > self.max_bytes {
            return;
        }
        let Some(set) = self.set(token) else { return };
        let Some(places) = self.places.get_mut(set..set + WAYS) else { return };
        let known =
            places.iter().position(|at| at.as_ref().is_some_and(|at| at.token == place.token));
        let way = known.or_else(|| places.iter().position(Option::is_none)).unwrap_or_else(|| {
            self.next = (self.next + 1) % WAYS;
            self.next
        });
        let Some(chosen) = places.get_mut(way) else { return };
        let gone = chosen.replace(place).map_or(0, |gone| gone.bytes());
        self.bytes = self.bytes + bytes - gone;
        if self.bytes > self.max_bytes {
            // Tokens of unusual length: the next ones to come are the ones in use.
            self.clear();
        }
    }

    fn clear(&mut self) {
        self.places.fill_with(|| None);
        self.bytes = 0;
    }

    /// Where the set of a token begins.
    fn set(&self, token: &[u8]) -> Option<usize> {
        let end = u64::from_le_bytes(*token.last_chunk()?);
        // The characters of base64url have few different bits; a multiplication spreads them.
        let spread = end.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let sets = (self.places.len() / WAYS) as u64;
        usize::try_from(spread & sets.checked_sub(1)?).ok().map(|set| set * WAYS)
    }
}
