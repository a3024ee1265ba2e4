//! The keys as text: JSON with each private key in PKCS #8.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::ring::{Active, Next, Retired, Ring};
use crate::{
    algorithm::Algorithm,
    key::{SigningError, SigningKey},
    time::UnixTime,
};

/// The version of the format.
const VERSION: u32 = 1;

/// Initial capacity, in bytes: enough for many keys, so that the buffer does not grow and leave
/// copies behind.
const INITIAL_CAPACITY: usize = 256 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    /// In seconds.
    longest_token_lifetime: u64,
    active: Entry,
    #[serde(skip_serializing_if = "Option::is_none")]
    announced: Option<Entry>,
    retired: Vec<Entry>,
}

/// One key. Times are in seconds since 1970.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    kid: String,
    alg: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signs_since: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signs_from: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    published_until: Option<u64>,
    private_key: String,
}

impl Entry {
    fn from_key(key: &SigningKey) -> Result<Self, SigningError> {
        Ok(Self {
            kid: key.kid().to_owned(),
            alg: key.algorithm().name().to_owned(),
            signs_since: None,
            signs_from: None,
            published_until: None,
            private_key: key.to_pkcs8_der()?.to_pem()?.as_str().to_owned(),
        })
    }

    fn key(&self) -> Option<SigningKey> {
        let algorithm = Algorithm::from_name(&self.alg)?;
        let key = SigningKey::from_pkcs8_pem(algorithm, &self.private_key).ok()?;
        Some(key.with_kid(self.kid.as_str()))
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.private_key.zeroize();
    }
}

pub(super) fn write(ring: &Ring) -> Result<Zeroizing<Vec<u8>>, SigningError> {
    let mut active = Entry::from_key(&ring.active.key)?;
    active.signs_since = Some(ring.active.since.as_secs());
    let next = ring.next.as_ref().map(|next| {
        let mut entry = Entry::from_key(&next.key)?;
        entry.signs_from = next.signs_from.map(UnixTime::as_secs);
        Ok::<_, SigningError>(entry)
    });
    let retired = ring.retired.iter().map(|retired| {
        let mut entry = Entry::from_key(&retired.key)?;
        entry.published_until = Some(retired.until.as_secs());
        Ok(entry)
    });
    let file = File {
        version: VERSION,
        longest_token_lifetime: ring.longest_lifetime.as_secs(),
        active,
        announced: next.transpose()?,
        retired: retired.collect::<Result<_, SigningError>>()?,
    };
    let mut text = Zeroizing::new(Vec::with_capacity(INITIAL_CAPACITY));
    let written = serde_json::to_writer_pretty(&mut *text, &file);
    debug_assert!(written.is_ok(), "strings and numbers are written to memory");
    text.push(b'\n');
    Ok(text)
}

/// Reads what [`write`] has written. Returns `None` for anything else, and if a key is not valid.
pub(super) fn read(text: &[u8]) -> Option<Ring> {
    let file: File = serde_json::from_slice(text).ok()?;
    if file.version != VERSION {
        return None;
    }
    let next = file.announced.as_ref().map(|entry| {
        let signs_from = entry.signs_from.map(UnixTime::from_secs);
        Some(Next { key: entry.key()?, signs_from })
    });
    let retired = file.retired.iter().map(|entry| {
        let until = UnixTime::from_secs(entry.published_until?);
        Some(Retired { key: entry.key()?, until })
    });
    let since = UnixTime::from_secs(file.active.signs_since?);
    Some(Ring {
        active: Active { key: file.active.key()?, since },
        next: match next {
            Some(next) => Some(next?),
            None => None,
        },
        retired: retired.collect::<Option<_>>()?,
        longest_lifetime: Duration::from_secs(file.longest_token_lifetime),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

    #[test]
    fn what_is_written_is_read_again_for_every_algorithm() {
        for algorithm in Algorithm::ALL {
            let key = || SigningKey::generate(algorithm).unwrap();
            let mut ring = Ring::new(key(), NOW, Duration::from_secs(60));
            ring.rotate_to(key().with_kid("second \"key\""), NOW).unwrap();
            ring.publish(key(), Some(NOW + Duration::from_secs(600)), NOW).unwrap();
            let text = write(&ring).unwrap();
            let again = read(&text).unwrap();
            assert_eq!(*write(&again).unwrap(), *text);
            assert_eq!(again.states(NOW), ring.states(NOW));
        }
    }

    #[test]
    fn a_text_that_is_cut_off_anywhere_is_not_read() {
        let ring = Ring::new(SigningKey::generate(Algorithm::EdDSA).unwrap(), NOW, Duration::ZERO);
        let text = write(&ring).unwrap();
        for end in 0..text.len() - 2 {
            assert!(read(&text[..end]).is_none(), "{end}");
        }
        let next = String::from_utf8(text.to_vec()).unwrap().replace(": 1,", ": 2,");
        assert!(read(next.as_bytes()).is_none(), "another version");
    }
}
