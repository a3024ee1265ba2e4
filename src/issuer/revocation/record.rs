//! The journal's lines: a checksum, a blank and a record in JSON.

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::recorded_grant::RecordedGrant;

/// The version of the format.
pub(super) const VERSION: u32 = 1;

/// The characters of a checksum: it detects lines that a power cut has spoiled, not an attacker,
/// who could write the journal anew.
const CHECKSUM_CHARS: usize = 8;

/// One change. Lists and grants have numbers, which are those of the journal; times and widths are in
/// seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Record {
    /// The first record of a journal.
    Journal { version: u32 },
    /// A new list for tokens that end in the `width` seconds before `ends`.
    List { list: u32, id: String, width: u64, ends: u64, size: u32 },
    /// No other run gives an index below `until`. It is on the disk before one of them is given.
    Reserved { list: u32, until: u32 },
    /// Nobody gives these indices any more, and tokens that have them are taken back.
    Abandoned { list: u32, first: u32, length: u32 },
    /// A grant that blocks refer to.
    Grant { grant: u32, to: RecordedGrant },
    /// The indices of tokens of one grant, which are given from the time `at` on.
    Block { list: u32, first: u32, length: u32, grant: u32, at: u64 },
    /// The tokens with these indices are taken back.
    Revoked { list: u32, first: u32, length: u32 },
}

impl Record {
    /// Appends the record's line.
    pub(super) fn write(&self, lines: &mut Vec<u8>) {
        let json = serde_json::to_string(self).unwrap_or_default();
        lines.extend_from_slice(checksum(json.as_bytes()).as_bytes());
        lines.push(b' ');
        lines.extend_from_slice(json.as_bytes());
        lines.push(b'\n');
    }

    /// Reads a line without its end; `None` if it is not what [`write`](Self::write) has written.
    pub(super) fn read(line: &[u8]) -> Option<Self> {
        let (sum, json) = line.split_at_checked(CHECKSUM_CHARS)?;
        let json = json.strip_prefix(b" ")?;
        if checksum(json).as_bytes() != sum {
            return None;
        }
        serde_json::from_slice(json).ok()
    }
}

fn checksum(bytes: &[u8]) -> String {
    let digest = digest(&SHA256, bytes);
    digest.as_ref().iter().take(CHECKSUM_CHARS / 2).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written_and_any_other_line_is_not() {
        let to = RecordedGrant {
            account: "outsourcer \"a\"\n".to_owned(),
            applications: vec!["display".to_owned()],
            scope: "announce:*:read".to_owned(),
            credentials: "a b".to_owned(),
        };
        let records = [
            Record::Journal { version: VERSION },
            Record::List { list: 1, id: "id".to_owned(), width: 3_600, ends: 7_200, size: 8 },
            Record::Reserved { list: 1, until: 8 },
            Record::Abandoned { list: 1, first: 0, length: 1 },
            Record::Grant { grant: 2, to },
            Record::Block { list: 1, first: 1, length: 7, grant: 2, at: 3_601 },
            Record::Revoked { list: 1, first: 1, length: 7 },
        ];
        for record in records {
            let mut line = Vec::new();
            record.write(&mut line);
            assert_eq!(line.pop(), Some(b'\n'));
            assert!(!line.contains(&b'\n'), "one line");
            assert_eq!(Record::read(&line).as_ref(), Some(&record));
            for end in 0..line.len() {
                assert_eq!(Record::read(&line[..end]), None, "cut off at {end}");
            }
            for at in 0..line.len() {
                let mut spoiled = line.clone();
                spoiled[at] ^= 1;
                assert_eq!(Record::read(&spoiled), None, "spoiled at {at}");
            }
        }
    }
}
