use curve25519_dalek::edwards::CompressedEdwardsY;

/// Returns true if `x` encodes a public key of Ed25519 (RFC 8032 §5.1.3): a point on the curve, in its
/// canonical encoding, whose order is not 1, 2, 4 or 8.
///
/// aws-lc decodes a point only when it verifies a signature. This check finds, as soon as the set
/// is read, a key that verifies nothing or that verifies forgeries.
pub(super) fn is_public_key(x: &[u8; 32]) -> bool {
    let encoded = CompressedEdwardsY(*x);
    encoded.decompress().is_some_and(|point| !point.is_small_order() && point.compress() == encoded)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};

    use super::is_public_key;

    fn y(least: u8, rest: u8, most: u8) -> [u8; 32] {
        let mut octets = [rest; 32];
        octets[0] = least;
        octets[31] = most;
        octets
    }

    #[test]
    fn r37_every_generated_key_is_a_point() {
        for _ in 0..64 {
            let pair = Ed25519KeyPair::generate().unwrap();
            let x = pair.public_key().as_ref().try_into().unwrap();
            assert!(is_public_key(&x), "{x:?}");
        }
    }

    #[test]
    fn r37_half_of_the_small_numbers_are_no_points() {
        let points: Vec<u8> = (0..32).filter(|least| is_public_key(&y(*least, 0, 0))).collect();
        assert_eq!(
            points,
            [3, 4, 5, 6, 9, 10, 14, 15, 16, 18, 19, 21, 23, 24, 25, 26, 27, 28, 29, 30]
        );
    }

    #[test]
    fn r37_points_of_small_order_are_refused_with_either_sign() {
        let eighth = [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef,
            0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88,
            0x6d, 0x53, 0xfc, 0x05,
        ];
        for point in [y(1, 0, 0), y(0, 0, 0), y(0xec, 0xff, 0x7f), eighth] {
            assert!(!is_public_key(&point), "{point:?}");
            let mut negative = point;
            negative[31] |= 0x80;
            assert!(!is_public_key(&negative), "{negative:?}");
        }
        let base = y(0x58, 0x66, 0x66);
        assert!(is_public_key(&base));
    }

    #[test]
    fn r37_a_number_not_below_p_is_refused() {
        assert!(!is_public_key(&y(0xed + 3, 0xff, 0x7f)));
        assert!(is_public_key(&y(3, 0, 0)));
    }
}
