use pem_rfc7468::{Decoder, Error};
use zeroize::Zeroizing;

/// A block of a PEM file (RFC 7468): its label and its content, which is wiped from memory when
/// dropped.
pub(super) struct Block<'t> {
    pub(super) label: &'t str,
    pub(super) der: Zeroizing<Vec<u8>>,
}

/// The blocks of a PEM file, in their order. Text around them is ignored.
///
/// # Errors
/// A block is not closed, has an invalid label or does not hold base64.
pub(super) fn blocks(mut pem: &str) -> impl Iterator<Item = Result<Block<'_>, Error>> {
    std::iter::from_fn(move || {
        let (_, rest) = pem.split_at_checked(pem.find("-----BEGIN ")?)?;
        let end = rest.match_indices("-----END ").next().and_then(|(end, found)| {
            let label = end + found.len();
            Some(label + rest.get(label..)?.find("-----")? + "-----".len())
        });
        let (block, after) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
        pem = after;
        Some(block_in(block))
    })
}

fn block_in(text: &str) -> Result<Block<'_>, Error> {
    let mut decoder = Decoder::new_detect_wrap(text.as_bytes())?;
    let mut der = Zeroizing::new(vec![0; decoder.remaining_len()]);
    decoder.decode(&mut der)?;
    Ok(Block { label: decoder.type_label(), der })
}
