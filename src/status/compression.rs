//! ZLIB (RFC 1950) in memory, bounded while it inflates: 1 MB can become 1 GB.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::fault::StatusListFault;

/// The number of bytes that are inflated at a time.
const CHUNK: usize = 32 * 1_024;

/// Compresses as much as ZLIB can.
pub(super) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut zlib = Compress::new(Compression::best(), true);
    let mut compressed = Vec::with_capacity(CHUNK);
    while let Some(rest) = rest_of(bytes, zlib.total_in()) {
        match zlib.compress_vec(rest, &mut compressed, FlushCompress::Finish) {
            // Only a call in a wrong order is an error, and there is none.
            Ok(Status::StreamEnd) | Err(_) => break,
            Ok(_) => compressed.reserve(compressed.capacity()),
        }
    }
    compressed
}

/// Inflates exactly one ZLIB stream, and stops as soon as it has more than `max_bytes`.
pub(super) fn inflate(compressed: &[u8], max_bytes: usize) -> Result<Vec<u8>, StatusListFault> {
    let mut zlib = Decompress::new(true);
    let mut inflated = Vec::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        let (read, written) = (zlib.total_in(), zlib.total_out());
        let rest = rest_of(compressed, read).unwrap_or_default();
        let status = zlib
            .decompress(rest, &mut chunk, FlushDecompress::None)
            .map_err(|_| StatusListFault::Compression)?;
        let produced = usize::try_from(zlib.total_out() - written).unwrap_or(usize::MAX);
        if produced > max_bytes - inflated.len() {
            return Err(StatusListFault::TooLong { limit: max_bytes });
        }
        inflated.extend_from_slice(chunk.get(..produced).unwrap_or_default());
        match status {
            Status::StreamEnd if rest_of(compressed, zlib.total_in()) == Some(&[]) => {
                return Ok(inflated);
            }
            Status::StreamEnd => return Err(StatusListFault::TrailingBytes),
            _ if produced == 0 && zlib.total_in() == read => {
                return Err(StatusListFault::Truncated);
            }
            _ => {}
        }
    }
}

fn rest_of(bytes: &[u8], read: u64) -> Option<&[u8]> {
    bytes.get(usize::try_from(read).ok()?..)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that inflates to a gigabyte: 512 times the same 2 MiB of zeros.
    fn bomb() -> Vec<u8> {
        let zeros = vec![0; 2 << 20];
        let mut part = Vec::with_capacity(1 << 20);
        let mut raw = Compress::new(Compression::best(), false);
        raw.compress_vec(&zeros, &mut part, FlushCompress::Full).unwrap();
        assert_eq!(raw.total_in(), 2 << 20);
        [&[0x78, 0xda][..], &part.repeat(512)].concat()
    }

    #[test]
    fn s08_a_bomb_is_refused_by_what_it_inflates_to() {
        const BOUND: usize = 2 << 20;
        let bomb = bomb();
        assert!(bomb.len() < 1_200_000, "{} bytes", bomb.len());
        assert_eq!(inflate(&bomb, BOUND), Err(StatusListFault::TooLong { limit: BOUND }));
        let twin = deflate(&vec![0; BOUND]);
        assert_eq!(inflate(&twin, BOUND).map(|list| list.len()), Ok(BOUND));
    }

    #[test]
    fn s09_a_stream_is_whole_and_nothing_follows_it() {
        let list = [0xb9, 0xa3];
        let whole = deflate(&list);
        assert_eq!(inflate(&whole, 2), Ok(list.to_vec()));
        for end in 0..whole.len() {
            assert_eq!(inflate(&whole[..end], 2), Err(StatusListFault::Truncated), "{end}");
        }
        let longer = [&whole[..], &[0]].concat();
        assert_eq!(inflate(&longer, 2), Err(StatusListFault::TrailingBytes));
        let twice = [&whole[..], &whole[..]].concat();
        assert_eq!(inflate(&twice, 2), Err(StatusListFault::TrailingBytes));
        let mut spoiled = whole.clone();
        *spoiled.last_mut().unwrap() ^= 1;
        assert_eq!(inflate(&spoiled, 2), Err(StatusListFault::Compression), "its checksum");
        assert_eq!(inflate(&whole, 1), Err(StatusListFault::TooLong { limit: 1 }));
    }
}
