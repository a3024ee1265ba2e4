use std::{path::PathBuf, time::Duration};

use super::settings::RemoteJwks;
use crate::refresh::MAX_STALE;

/// Keys in a file that is read again when it changes: a JWK Set (RFC 7517 §5), or public keys in PEM
/// blocks (RFC 7468).
///
/// The file is read every 5 minutes while there is traffic, when a token names a key that is not in
/// it, and by [`refresh_now`](crate::ResourceServer::refresh_now); budgets and events are those of
/// [`RemoteJwks`]. A file that is missing or broken is logged, and the keys that were read last stay
/// in use for 24 hours.
///
/// Replace the file by renaming another one to its name: a reader then sees the old keys or the new.
///
/// ```no_run
/// use tower_bearer::{ResourceServer, jwks::KeyFile};
///
/// let keys = KeyFile::new("/etc/announcements/issuer.pem");
/// let api = ResourceServer::builder("https://issuer.example", "urn:api", keys).build()?;
/// # Ok::<(), tower_bearer::error::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct KeyFile(pub(super) RemoteJwks);

impl KeyFile {
    /// Keys in this file. It is read when the server is built, too, so that a wrong path is reported
    /// then.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(RemoteJwks::in_file(path.into()).stale_if_error(MAX_STALE))
    }

    /// Sets the time after which the file is read again: 5 minutes by default, 60 at most. A key that
    /// is taken out of the file can stay accepted for this time.
    pub fn max_ttl(self, ttl: Duration) -> Self {
        Self(self.0.max_ttl(ttl))
    }

    /// Sets the maximum number of keys in the file: 100 by default.
    pub fn max_keys(self, keys: usize) -> Self {
        Self(self.0.max_keys(keys))
    }
}
