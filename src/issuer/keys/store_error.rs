//! The errors of the keys on the disk, each with its fix.

use std::{
    error::Error,
    fmt, io,
    path::{Path, PathBuf},
};

use super::file_lock::PATIENCE;

/// An error of the keys on the disk, with its fix.
#[derive(Debug)]
pub(in crate::issuer) struct StoreError {
    path: PathBuf,
    fault: Fault,
}

#[derive(Debug)]
pub(in crate::issuer) enum Fault {
    Read(io::Error),
    Write(io::Error),
    Lock(io::Error),
    Locked,
    FileMode,
    FileOwner(u32),
    DirectoryMode,
    DirectoryOwner(u32),
    Malformed,
}

impl StoreError {
    pub(in crate::issuer) fn new(path: &Path, fault: Fault) -> Self {
        Self { path: path.to_owned(), fault }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.fault {
            Fault::Read(error) => write!(f, "{path} cannot be read: {error}"),
            Fault::Write(error) => write!(f, "{path} cannot be written: {error}"),
            Fault::Lock(error) => write!(f, "{path} cannot be locked: {error}"),
            Fault::Locked => write!(
                f,
                "{path} has been locked by another process for {} s: end that process (perhaps a \
                 stopped command), or try again",
                PATIENCE.as_secs()
            ),
            Fault::FileMode => write!(
                f,
                "{path} can be read or written by other users: run `chmod 600 {path}`, and rotate \
                 the keys if somebody has read them"
            ),
            Fault::FileOwner(uid) => write!(
                f,
                "{path} belongs to user {uid}: check where the keys come from, and give the file \
                 to the user of this process or to root"
            ),
            Fault::DirectoryMode => write!(
                f,
                "{path} can be written by other users, who could replace the keys: run \
                 `chmod go-w {path}`, and check that the keys in it are yours"
            ),
            Fault::DirectoryOwner(uid) => write!(
                f,
                "{path} belongs to user {uid}, who could replace the keys: give the directory to \
                 the user of this process or to root"
            ),
            Fault::Malformed => write!(
                f,
                "{path} does not hold keys of this version: restore a backup, or remove the file \
                 to start with a new key"
            ),
        }
    }
}

/// The text holds the I/O error, so there is no source.
impl Error for StoreError {}
