//! The keys on the disk.

use std::{
    error::Error,
    fmt,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use fs4::FileExt;
use zeroize::Zeroizing;

use super::{format, ring::Ring};

/// The longest file of keys that is read, in bytes: hundreds of keys.
const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;

/// A directory in which an issuer keeps its keys, and what they are for, across restarts.
///
/// The keys are in one file, `keys.json`, private keys in PKCS #8, readable by its owner alone,
/// who stays the owner when root changes it. It is replaced as a whole: written beside, synced,
/// renamed, and the directory synced, so that whenever the machine stops there is the old file or
/// the new one. A lock keeps several processes
/// from changing it at the same time; after another one has,
/// [`TokenIssuer::reload_keys`](super::super::TokenIssuer::reload_keys) takes its change over.
///
/// Where the keys are read or changed, the file system is waited for. The issuer's own scheduled
/// changes are made aside.
///
/// The keys are not encrypted: whoever reads the directory can issue tokens. A file that others
/// than its owner may read is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyStore {
    directory: PathBuf,
}

impl KeyStore {
    /// The store in this directory, which is made for its owner alone when it is missing. Nothing
    /// is read or written here.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// The file that holds the keys.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.directory.join("keys.json")
    }

    /// Keeps other processes from the keys until the returned value is dropped.
    pub(super) fn lock(&self) -> Result<Locked<'_>, StoreError> {
        let path = self.directory.join("keys.lock");
        let lock = self.make_directory().and_then(|()| {
            let lock = private(OpenOptions::new().write(true).create(true)).open(&path)?;
            FileExt::lock(&lock)?;
            Ok(lock)
        });
        match lock {
            Ok(lock) => Ok(Locked { store: self, _lock: lock }),
            Err(error) => Err(StoreError::new(&path, Fault::Io(error))),
        }
    }

    fn make_directory(&self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.directory)
    }
}

/// A store that no other process changes meanwhile.
pub(super) struct Locked<'a> {
    store: &'a KeyStore,
    _lock: File,
}

impl Locked<'_> {
    /// The keys; `None` when there are none yet.
    pub(super) fn read(&self) -> Result<Option<Ring>, StoreError> {
        let path = self.store.path();
        let fault = |fault| StoreError::new(&path, fault);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(fault(Fault::Io(error))),
        };
        let metadata = file.metadata().map_err(|error| fault(Fault::Io(error)))?;
        if is_open_to_others(&metadata) {
            return Err(fault(Fault::Permissions));
        }
        let room = usize::try_from(metadata.len().min(MAX_FILE_BYTES)).unwrap_or_default();
        let mut text = Zeroizing::new(Vec::with_capacity(room + 1));
        let read = file.take(MAX_FILE_BYTES).read_to_end(&mut text);
        read.map_err(|error| fault(Fault::Io(error)))?;
        format::read(&text).map(Some).ok_or_else(|| fault(Fault::Malformed))
    }

    /// Replaces the keys as a whole by this text. The file keeps its owner, whoever changes it.
    pub(super) fn write(&self, text: &[u8]) -> Result<(), StoreError> {
        let (path, new) = (self.store.path(), self.store.directory.join("keys.json.new"));
        let replaced = || {
            // What an interrupted change has left is in nobody's use: the lock is ours.
            match fs::remove_file(&new) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = private(OpenOptions::new().write(true).create_new(true)).open(&new)?;
            keep_owner(&file, &path)?;
            file.write_all(text)?;
            file.sync_all()?;
            fs::rename(&new, &path)?;
            sync_directory(&self.store.directory)
        };
        replaced().map_err(|error| StoreError::new(&path, Fault::Io(error)))
    }
}

/// For the owner alone.
#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Gives the new file to the owner of the one that it replaces: an issuer that serves as another
/// user than the one who rotates its keys must be able to read them.
#[cfg(unix)]
fn keep_owner(file: &File, old: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};

    let old = match fs::metadata(old) {
        Ok(old) => old,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if old.uid() != file.metadata()?.uid() {
        fchown(file, Some(old.uid()), Some(old.gid()))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn is_open_to_others(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}

/// Makes a rename last (the entry is the directory's, not the file's).
#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Why the keys on the disk were not read or written.
#[derive(Debug)]
pub(in crate::issuer) struct StoreError {
    path: PathBuf,
    fault: Fault,
}

#[derive(Debug)]
enum Fault {
    Io(io::Error),
    Permissions,
    Malformed,
}

impl StoreError {
    fn new(path: &Path, fault: Fault) -> Self {
        Self { path: path.to_owned(), fault }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.fault {
            Fault::Io(error) => write!(f, "{path} could not be used: {error}"),
            Fault::Permissions => write!(
                f,
                "{path} may be read by others than its owner: rotate the keys if somebody has, \
                 and let its mode be 600"
            ),
            Fault::Malformed => write!(
                f,
                "{path} holds no keys of this version: bring it back from a backup, or remove it \
                 to begin with a new key"
            ),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.fault {
            Fault::Io(error) => Some(error),
            Fault::Permissions | Fault::Malformed => None,
        }
    }
}
