use std::{error::Error, fmt, path::Path, path::PathBuf};

use crate::{issuer::keys::store_error::StoreError, secret::NoRandomness};

/// Access was not taken back, or no index could be given to a token. `Debug` prints the same sentence
/// as `Display`.
pub struct RevocationError(Reason);

enum Reason {
    Store(StoreError),
    Version(PathBuf),
    NoRandomness,
    NoStatus,
}

impl RevocationError {
    /// The journal was written by another version of the program.
    pub(super) fn version(path: &Path) -> Self {
        Self(Reason::Version(path.to_owned()))
    }

    /// The token was issued without a status.
    pub(in crate::issuer) const fn no_status() -> Self {
        Self(Reason::NoStatus)
    }

    /// Returns true if the token was issued while status lists were off: no API asks for its status,
    /// and it is valid until its `exp`.
    #[must_use]
    pub const fn is_without_status(&self) -> bool {
        matches!(self.0, Reason::NoStatus)
    }
}

impl From<StoreError> for RevocationError {
    fn from(error: StoreError) -> Self {
        Self(Reason::Store(error))
    }
}

impl From<NoRandomness> for RevocationError {
    fn from(NoRandomness: NoRandomness) -> Self {
        Self(Reason::NoRandomness)
    }
}

impl fmt::Display for RevocationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::Store(error) => error.fmt(f),
            Reason::Version(path) => write!(
                f,
                "{} was written by another version: use that version until the last token has \
                 expired, or remove the file, after which no token of its lists is accepted",
                path.display()
            ),
            Reason::NoRandomness => NoRandomness.fmt(f),
            Reason::NoStatus => f.write_str(
                "the token was issued without a status, so that no API asks for it: it is valid \
                 until its `exp`; set `status_lists` for new tokens",
            ),
        }
    }
}

impl fmt::Debug for RevocationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text holds the I/O error, so there is no source.
impl Error for RevocationError {}
