//! Finds out that a file has changed.
//!
//! It polls rather than asking the kernel, which does not report changes on NFS, nor those behind
//! the symbolic links of a mounted Kubernetes ConfigMap.

use std::{fs, path::PathBuf, time::SystemTime};

/// A file, and the state of it that was loaded last.
#[derive(Debug)]
pub(super) struct Watch {
    path: PathBuf,
    changes: Changes<Fingerprint>,
}

/// The result of a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// The file is the one that was loaded.
    None,
    /// The file has changed since the last poll, or is missing: it may be being written.
    Unfinished,
    /// The file has changed since it was loaded, but not since the last poll.
    Complete,
}

/// The properties that tell two states of a file apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fingerprint {
    modified: Option<SystemTime>,
    length: u64,
    /// Differs when the file was replaced, even within one tick of the clock.
    inode: u64,
    /// Differs when the owner or the mode has changed.
    changed: (i64, i64),
}

impl Watch {
    /// Begins with the present state, which counts as loaded.
    pub(super) fn new(path: PathBuf) -> Self {
        let changes = Changes::new(Fingerprint::of(&path));
        Self { path, changes }
    }

    /// Compares the file with the last poll and with the loaded state. After
    /// [`Change::Complete`] the present state counts as loaded.
    pub(super) fn poll(&mut self) -> Change {
        self.changes.poll(Fingerprint::of(&self.path))
    }

    /// Counts the present state as loaded.
    pub(super) fn mark_loaded(&mut self) {
        self.changes = Changes::new(Fingerprint::of(&self.path));
    }
}

/// The states of a file; `None` when there is no file.
#[derive(Debug)]
struct Changes<T> {
    loaded: Option<T>,
    last: Option<T>,
}

impl<T: Copy + PartialEq> Changes<T> {
    const fn new(state: Option<T>) -> Self {
        Self { loaded: state, last: state }
    }

    fn poll(&mut self, now: Option<T>) -> Change {
        let is_stable = now == self.last;
        self.last = now;
        if now.is_none() || !is_stable {
            Change::Unfinished
        } else if now == self.loaded {
            Change::None
        } else {
            self.loaded = now;
            Change::Complete
        }
    }
}

impl Fingerprint {
    #[cfg(unix)]
    fn of(path: &PathBuf) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;

        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            modified: metadata.modified().ok(),
            length: metadata.len(),
            inode: metadata.ino(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }

    #[cfg(not(unix))]
    fn of(path: &PathBuf) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        let modified = metadata.modified().ok();
        Some(Self { modified, length: metadata.len(), inode: 0, changed: (0, 0) })
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Change::{Complete, None as Same, Unfinished},
        Changes,
    };

    #[test]
    fn a_change_is_complete_once_when_two_polls_agree() {
        let mut file = Changes::new(Some(1));
        // 2 is the first half of what becomes 3.
        let seen = [1, 2, 3, 3, 3, 4, 4].map(|state| file.poll(Some(state)));
        assert_eq!(seen, [Same, Unfinished, Unfinished, Complete, Same, Unfinished, Complete]);
    }

    #[test]
    fn a_missing_file_is_no_change_and_its_replacement_is() {
        let mut file = Changes::new(Some(1));
        let seen = [None, None, Some(2), Some(2)].map(|state| file.poll(state));
        assert_eq!(seen, [Unfinished, Unfinished, Unfinished, Complete]);
        let seen = [None, Some(2), Some(2)].map(|state| file.poll(state));
        assert_eq!(seen, [Unfinished, Unfinished, Same], "it has come back");
    }
}
