//! Laws of every list.

use proptest::prelude::*;

use super::{
    compression::{deflate, inflate},
    list::{StatusBits, StatusList},
};

const SIZES: [StatusBits; 4] =
    [StatusBits::One, StatusBits::Two, StatusBits::Four, StatusBits::Eight];

proptest! {
    #[test]
    fn a_list_is_what_was_set_and_nothing_else(
        bits in prop::sample::select(&SIZES[..]),
        size in 1_usize..300,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..60),
    ) {
        let mut list = StatusList::new(bits, size);
        let length = usize::try_from(list.len()).unwrap();
        prop_assert!(length >= size && length < size + 8);
        let mut model = vec![0; length];
        for (index, status) in changes {
            let index = index.index(length);
            let fits = u32::from(status) < 1 << bits.count();
            prop_assert_eq!(list.set(index as u64, status), fits);
            if fits {
                model[index] = status;
            }
        }
        for (index, status) in model.iter().enumerate() {
            prop_assert_eq!(list.get(index as u64), Some(*status));
        }
        for beyond in [list.len(), list.len() + 1, u64::MAX / 8, u64::MAX] {
            prop_assert_eq!(list.get(beyond), None);
            prop_assert!(!list.clone().set(beyond, 0));
        }
    }

    #[test]
    fn what_is_encoded_is_decoded(
        bits in prop::sample::select(&SIZES[..]),
        bytes in prop::collection::vec(prop_oneof![3 => Just(0_u8), 1 => any::<u8>()], 0..5_000),
    ) {
        let list = StatusList::from_bytes(bits, bytes);
        let lst = list.encode();
        let bound = list.as_bytes().len();
        prop_assert_eq!(StatusList::decode(bits, &lst, bound), Ok(list));
        if bound > 0 {
            prop_assert!(StatusList::decode(bits, &lst, bound - 1).is_err());
        }
    }

    #[test]
    fn no_bytes_inflate_beyond_the_bound(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        flip in any::<(prop::sample::Index, u8)>(),
        bound in 0_usize..400,
    ) {
        prop_assert!(inflate(&bytes, bound).map_or(true, |list| list.len() <= bound));
        let mut stream = deflate(&bytes);
        let (index, bits) = flip;
        let at = index.index(stream.len());
        stream[at] ^= bits;
        if let Ok(list) = inflate(&stream, bound) {
            prop_assert!(list.len() <= bound && (list == bytes || bits != 0));
        }
    }
}
