//! The keys on the disk.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::{
    atomic_file,
    file_lock::FileLock,
    format,
    permissions::{check_directory, check_file},
    ring::Ring,
    store_error::{Fault, StoreError},
};

/// The largest file of keys that is read, in bytes: hundreds of keys.
const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;

/// A directory in which an issuer keeps its keys across restarts, with the state of each.
///
/// The keys are in one file, `keys.json`: private keys in PKCS #8, not encrypted. The file can be
/// read by its owner alone, who stays the owner when root changes it. It is replaced atomically, so
/// a crash or a power cut leaves the old file or the new one. A change holds the lock of
/// `keys.lock`, and waits up to 10 seconds for another process that holds it; reading needs no
/// lock, and works on a read-only file system. After another process has changed the keys,
/// [`TokenIssuer::reload_keys`](super::super::TokenIssuer::reload_keys) loads them.
///
/// Reading and changing the keys blocks on the file system. Scheduled rotations run on a blocking
/// thread.
///
/// On Unix the keys are refused if other users could read or replace them: the file must belong to
/// root or to this user and have mode 600; the directory must belong to root or to this user and
/// must not be writable by others, unless it is sticky. Root accepts a directory of any user, and
/// in it files of that user. The directories above it are not checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyStore {
    directory: PathBuf,
}

impl KeyStore {
    /// Names the directory of a store. The first change creates it, with mode 700, if it is
    /// missing; nothing is read or written here.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// Returns the path of the file that holds the keys.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.directory.join("keys.json")
    }

    pub(in crate::issuer) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Reads the keys; `None` if there are none yet. A change at the same time is seen or not, but
    /// never in part.
    pub(super) fn read(&self) -> Result<Option<Ring>, StoreError> {
        let path = self.path();
        let read_failed = |error| StoreError::new(&path, Fault::Read(error));
        let opened = fs::metadata(&self.directory).and_then(|info| Ok((info, File::open(&path)?)));
        let (directory, file) = match opened {
            Ok(opened) => opened,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(read_failed(error)),
        };
        check_directory(&directory).map_err(|fault| StoreError::new(&self.directory, fault))?;
        let metadata = file.metadata().map_err(read_failed)?;
        check_file(&metadata, &directory).map_err(|fault| StoreError::new(&path, fault))?;
        let capacity = usize::try_from(metadata.len().min(MAX_FILE_BYTES)).unwrap_or_default();
        let mut text = Zeroizing::new(Vec::with_capacity(capacity + 1));
        file.take(MAX_FILE_BYTES).read_to_end(&mut text).map_err(read_failed)?;
        let ring = format::read(&text);
        ring.map(Some).ok_or_else(|| StoreError::new(&path, Fault::Malformed))
    }

    /// Keeps other processes from changing the keys until the returned value is dropped. It blocks
    /// for up to 10 seconds.
    pub(super) fn lock(&self) -> Result<LockedStore<'_>, StoreError> {
        let path = self.directory.join("keys.lock");
        match self.create_directory().and_then(|()| FileLock::acquire(&path)) {
            Ok(lock) => Ok(LockedStore { store: self, _lock: lock }),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                Err(StoreError::new(&path, Fault::Locked))
            }
            Err(error) => Err(StoreError::new(&path, Fault::Lock(error))),
        }
    }

    /// Creates the directory if it is missing.
    pub(in crate::issuer) fn create_directory(&self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.directory)
    }
}

/// A store that no other process changes.
pub(super) struct LockedStore<'a> {
    store: &'a KeyStore,
    _lock: FileLock,
}

impl LockedStore<'_> {
    /// Reads the keys; `None` if there are none yet.
    pub(super) fn read(&self) -> Result<Option<Ring>, StoreError> {
        self.store.read()
    }

    /// Replaces the keys by this text.
    pub(super) fn write(&self, text: &[u8]) -> Result<(), StoreError> {
        let path = self.store.path();
        atomic_file::replace(&path, text)
            .map_err(|error| StoreError::new(&path, Fault::Write(error)))
    }
}
