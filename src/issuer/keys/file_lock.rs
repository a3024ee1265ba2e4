//! A lock file, which one process holds at a time.
//!
//! The program includes this file by its path, for its configuration. `std::fs::File::lock` needs
//! Rust 1.89, which is above the crate's `rust-version`.

use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
    thread,
    time::Duration,
};

use fs4::{FileExt, TryLockError};

/// The longest wait for another process: a change takes some milliseconds, a new RSA key some
/// tenths of a second.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

const PAUSE: Duration = Duration::from_millis(20);

/// Held until it is dropped or the process ends: the operating system releases it.
#[derive(Debug)]
pub(crate) struct FileLock(#[expect(dead_code, reason = "the open file is the lock")] File);

impl FileLock {
    /// Locks a file, which is created if it is missing and never removed.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] if another process holds the lock for [`PATIENCE`].
    pub(crate) fn acquire(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        for _ in 0..PATIENCE.as_millis() / PAUSE.as_millis() {
            match FileExt::try_lock(&file) {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Err(io::ErrorKind::WouldBlock.into())
    }
}
