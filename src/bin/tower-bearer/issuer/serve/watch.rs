//! Sees that a file was replaced or written.

use std::{fs, path::Path, time::SystemTime};

use super::keys;
use crate::config::ConfigFile;

/// The files of an issuer as they were last seen.
#[derive(Debug)]
pub(super) struct Watch {
    config: Option<Stamp>,
    keys: Option<Stamp>,
}

/// Which files are others than before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Changed {
    pub(super) config: bool,
    pub(super) keys: bool,
}

/// What differs between two states of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    /// A file that is replaced as a whole is another one, even within one tick of the clock.
    node: u64,
}

impl Watch {
    pub(super) fn new(file: &ConfigFile) -> Self {
        Self { config: Stamp::of(file.path()), keys: Stamp::of(&keys::store(file).path()) }
    }

    /// What has changed since the last look. A file that is gone is no change: one that replaces
    /// it may be on its way.
    pub(super) fn look(&mut self, file: &ConfigFile) -> Changed {
        let now = Self::new(file);
        let changed = Changed {
            config: now.config.is_some() && now.config != self.config,
            keys: now.keys.is_some() && now.keys != self.keys,
        };
        self.config = now.config.or(self.config);
        self.keys = now.keys.or(self.keys);
        changed
    }

    /// The next look finds the configuration changed: this time it could not be read.
    pub(super) fn forget_config(&mut self) {
        self.config = None;
    }

    /// The next look finds the keys changed: this time they could not be read.
    pub(super) fn forget_keys(&mut self) {
        self.keys = None;
    }
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        #[cfg(unix)]
        let node = std::os::unix::fs::MetadataExt::ino(&metadata);
        #[cfg(not(unix))]
        let node = 0;
        Some(Self { modified: metadata.modified().ok(), length: metadata.len(), node })
    }
}
