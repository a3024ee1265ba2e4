//! Whether 32 bytes are a public key of Ed25519: a point on the curve, and not of small order.
//!
//! aws-lc decodes a point only when it checks a signature; a key that can never verify, or that
//! verifies what nobody signed, is better found when the set is read. Only public numbers pass
//! through here, so nothing needs constant time.

use std::iter::zip;

/// A number modulo p = 2^255 - 19, in limbs of 51 bits, the least first.
#[derive(Clone, Copy, PartialEq)]
struct Field([u64; 5]);

const LIMB: u64 = (1 << 51) - 1;

/// Whether `x` encodes a point (RFC 8032 §5.1.3) whose order is not 1, 2, 4 or 8.
///
/// The curve is -x² + y² = 1 + d·x²·y² with d = -121665/121666. So x² = u/v with u = y² - 1 and
/// v = (121666 - 121665·y²)/121666, and the point exists if u·v is a square. Its order divides 4 if
/// y·(y² - 1) = 0, and is 8 if doubling it gives y = 0: 121665·y⁴ - 2·121666·y² + 121666 = 0.
pub(super) fn is_public_key(x: &[u8; 32]) -> bool {
    let y = Field::decode(x);
    if y != y.reduced() {
        return false;
    }
    let (one, a, b) = (Field::small(1), Field::small(121_665), Field::small(121_666));
    let y2 = y.times(y);
    let u = y2.minus(one);
    let v = b.minus(a.times(y2)).times(b);
    let eighth = a.times(y2).times(y2).minus(b.plus(b).times(y2)).plus(b);
    let small_order = y.times(u).times(eighth);
    !small_order.is_zero() && u.times(v).is_square()
}

impl Field {
    const fn small(value: u64) -> Self {
        Self([value, 0, 0, 0, 0])
    }

    /// Reads 255 bits, the least octet first; the last bit is the sign of x and is left out.
    fn decode(octets: &[u8; 32]) -> Self {
        let (chunks, _) = octets.as_chunks::<8>();
        let mut words = [0; 4];
        for (word, chunk) in zip(&mut words, chunks) {
            *word = u64::from_le_bytes(*chunk);
        }
        let [a, b, c, d] = words;
        let limbs = [a, a >> 51 | b << 13, b >> 38 | c << 26, c >> 25 | d << 39, d >> 12];
        Self(limbs.map(|limb| limb & LIMB))
    }

    fn plus(self, other: Self) -> Self {
        let mut sum = self.0;
        for (limb, other) in zip(&mut sum, other.0) {
            *limb += other;
        }
        Self(sum).carried()
    }

    /// Adds 4·p first, so that no limb falls below zero.
    fn minus(self, other: Self) -> Self {
        let mut difference = self.0;
        let four_p = [4 * (LIMB - 18), 4 * LIMB, 4 * LIMB, 4 * LIMB, 4 * LIMB];
        for ((limb, p), other) in zip(zip(&mut difference, four_p), other.0) {
            *limb += p - other;
        }
        Self(difference).carried()
    }

    fn times(self, other: Self) -> Self {
        let [a0, a1, a2, a3, a4] = self.0.map(u128::from);
        let [b0, b1, b2, b3, b4] = other.0.map(u128::from);
        let products = [
            a0 * b0 + 19 * (a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1),
            a0 * b1 + a1 * b0 + 19 * (a2 * b4 + a3 * b3 + a4 * b2),
            a0 * b2 + a1 * b1 + a2 * b0 + 19 * (a3 * b4 + a4 * b3),
            a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 + 19 * (a4 * b4),
            a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0,
        ];
        let mut carry = 0;
        let [mut c0, c1, c2, c3, c4] = products.map(|product| {
            let sum = product + carry;
            carry = sum >> 51;
            low(sum)
        });
        let wrapped = u128::from(c0) + 19 * carry;
        c0 = low(wrapped);
        Self([c0, c1 + low(wrapped >> 51), c2, c3, c4])
    }

    /// The same number with limbs of little more than 51 bits.
    fn carried(self) -> Self {
        let mut carry = 0;
        let [c0, c1, c2, c3, c4] = self.0.map(|limb| {
            let sum = limb + carry;
            carry = sum >> 51;
            sum & LIMB
        });
        Self([c0 + 19 * carry, c1, c2, c3, c4])
    }

    /// The same number, below p.
    fn reduced(self) -> Self {
        let Self([c0, c1, c2, c3, c4]) = self.carried();
        let over = [c0, c1, c2, c3, c4].iter().fold(19, |carry, limb| (limb + carry) >> 51);
        let Self(mut limbs) = Self([c0 + 19 * over, c1, c2, c3, c4]);
        let mut carry = 0;
        for limb in &mut limbs {
            let sum = *limb + carry;
            carry = sum >> 51;
            *limb = sum & LIMB;
        }
        Self(limbs)
    }

    fn is_zero(self) -> bool {
        self.reduced() == Self::small(0)
    }

    /// Euler's criterion: self^((p - 1)/2) is 1. The exponent is 2^254 - 10, in bits 1…110110.
    fn is_square(self) -> bool {
        let power = (0..254).rev().fold(Self::small(1), |power, bit| {
            let squared = power.times(power);
            if matches!(bit, 0 | 3) { squared } else { squared.times(self) }
        });
        power.reduced() == Self::small(1)
    }
}

/// The low limb of a product.
#[expect(clippy::cast_possible_truncation, reason = "the mask leaves 51 bits")]
const fn low(value: u128) -> u64 {
    (value as u64) & LIMB
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
