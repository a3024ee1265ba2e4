/// A few bits of a scope, all of whose bytes have a say: an ASCII character, so that tags may stand
/// in a text. Two scopes have the same one by chance alone, once in 128 times.
pub(super) fn tag(scope: &[u8]) -> u8 {
    let (words, rest) = scope.as_chunks::<8>();
    let rest = match scope.last_chunk::<8>() {
        Some(last) => u64::from_le_bytes(*last),
        None => rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    let mixed = words.iter().fold(scope.len() as u64, |mixed, word| {
        (mixed ^ u64::from_le_bytes(*word)).wrapping_mul(SPREAD).rotate_left(32)
    });
    ((mixed ^ rest).wrapping_mul(SPREAD) >> 57) as u8
}

/// An odd number without a pattern: each bit that is multiplied by it reaches the highest ones.
const SPREAD: u64 = 0xd6e8_feb8_6659_fd93;

#[cfg(test)]
mod tests {
    use super::tag;

    #[test]
    fn a_tag_is_ascii_and_each_byte_has_a_say() {
        for length in 1..40 {
            let scope = vec![b'a'; length];
            for at in 0..length {
                let same = (b'b'..=b'i').filter(|byte| {
                    let mut other = scope.clone();
                    other[at] = *byte;
                    assert!(tag(&other).is_ascii());
                    tag(&other) == tag(&scope)
                });
                assert!(same.count() <= 2, "at {at} of {length}");
            }
        }
    }

    #[test]
    fn scopes_of_one_kind_have_tags_as_different_as_chance_makes_them() {
        let kinds: [fn(u32) -> String; 7] = [
            |n| format!("book:{n}:read"),
            |n| format!("{n:03}"),
            |n| format!("s{n}"),
            |n| format!("https://api.example/auth/calendar.{n:03}.readonly"),
            |n| format!("{n:03}.organisation:settings:write"),
            |n| format!("organisation:settings:{n:03}"),
            |n| "x".repeat(n as usize),
        ];
        for (number, kind) in kinds.into_iter().enumerate() {
            let tags: Vec<u8> = (1..=200).map(|n| tag(kind(n).as_bytes())).collect();
            let pairs = (0..200).flat_map(|one| (0..one).map(move |other| (one, other)));
            let same = pairs.filter(|(one, other)| tags[*one] == tags[*other]).count();
            // Of 19,900 pairs, 155 by chance.
            assert!(same <= 200, "kind {number}: {same}");
        }
    }
}
