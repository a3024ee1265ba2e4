//! The journal on the disk: records are appended, and read by every process that uses the folder.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use super::{
    error::RevocationError,
    record::{Record, VERSION},
    state::State,
};
use crate::{
    issuer::keys::{
        KeyStore, atomic_file,
        file_lock::FileLock,
        permissions::{check_directory, check_file},
        store_error::{Fault, StoreError},
    },
    time::UnixTime,
};

/// When records may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durability {
    /// Once they survive the end of the process.
    Process,
    /// Once they survive a power cut.
    PowerCut,
}

/// The lists, in memory and, with a store, on the disk.
///
/// A record is a line of `status.journal`. A change holds the lock of `status.lock`, which is not
/// that of the keys: a new RSA key takes tenths of a second, for which no token should wait.
#[derive(Debug)]
pub(super) struct Journal {
    store: Option<KeyStore>,
    file: Option<Opened>,
    state: State,
    /// The disk may not have what was written: the next change writes the file anew.
    is_suspect: bool,
    /// This run has abandoned what earlier ones have reserved.
    has_begun: bool,
}

/// The file, and how much of it was read.
#[derive(Debug)]
struct Opened {
    file: File,
    identity: Identity,
    read: u64,
}

/// Differs when the file was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity(u64, u64);

impl Journal {
    /// A journal in this store, or in memory. Nothing is read here.
    pub(super) fn new(store: Option<KeyStore>) -> Self {
        Self { store, file: None, state: State::default(), is_suspect: false, has_begun: false }
    }

    pub(super) const fn state(&self) -> &State {
        &self.state
    }

    /// Prepares this run to assign indices: what an earlier one has reserved is abandoned, once.
    pub(super) fn begin(&mut self, now: UnixTime) -> Result<(), RevocationError> {
        if !self.has_begun {
            self.change(now, |state| Ok((state.beginning(), Durability::Process, ())))?;
            self.has_begun = true;
        }
        Ok(())
    }

    /// Reads what other processes have appended. It needs no lock, and works on a read-only file
    /// system.
    pub(super) fn refresh(&mut self) -> Result<(), RevocationError> {
        match self.store.clone() {
            Some(store) => self.read(&store, false),
            None => Ok(()),
        }
    }

    /// Changes the lists: `plan` returns the records that do it, made for the newest state. They
    /// are written before this returns, as durably as it says.
    ///
    /// # Errors
    /// The records may be on the disk or not, and nobody may rely on either. The next change
    /// begins with what the disk has.
    pub(super) fn change<T>(
        &mut self,
        now: UnixTime,
        plan: impl FnOnce(&State) -> Result<(Vec<Record>, Durability, T), RevocationError>,
    ) -> Result<T, RevocationError> {
        let Some(store) = self.store.clone() else {
            let (records, _, value) = plan(&self.state)?;
            self.apply(&records);
            return Ok(value);
        };
        let _lock = lock(&store)?;
        self.read(&store, true)?;
        if self.is_suspect || self.state.is_worth_compacting(now) {
            self.write_anew(&store, now)?;
        }
        let (records, durability, value) = plan(&self.state)?;
        if records.is_empty() {
            return Ok(value);
        }
        if let Err(error) = self.append(&store, &records, durability) {
            self.file = None;
            self.is_suspect = true;
            return Err(StoreError::new(&path(&store), Fault::Write(error)).into());
        }
        self.apply(&records);
        Ok(value)
    }

    fn apply(&mut self, records: &[Record]) {
        records.iter().for_each(|record| self.state.apply(record));
    }

    fn append(
        &mut self,
        store: &KeyStore,
        records: &[Record],
        durability: Durability,
    ) -> io::Result<()> {
        let mut lines = Vec::new();
        if self.file.is_none() {
            let path = path(store);
            Record::Journal { version: VERSION }.write(&mut lines);
            atomic_file::replace(&path, &lines)?;
            self.file = Some(Opened::new(&path, lines.len() as u64)?);
            lines.clear();
        }
        let Some(opened) = &mut self.file else { return Ok(()) };
        records.iter().for_each(|record| record.write(&mut lines));
        opened.file.write_all(&lines)?;
        if durability == Durability::PowerCut {
            opened.file.sync_data()?;
        }
        opened.read += lines.len() as u64;
        Ok(())
    }

    /// Replaces the file by one without the retired lists.
    fn write_anew(&mut self, store: &KeyStore, now: UnixTime) -> Result<(), RevocationError> {
        let path = path(store);
        let records = self.state.to_records(now);
        let mut lines = Vec::new();
        records.iter().for_each(|record| record.write(&mut lines));
        let opened = atomic_file::replace(&path, &lines)
            .and_then(|()| Opened::new(&path, lines.len() as u64));
        self.file = Some(opened.map_err(|error| StoreError::new(&path, Fault::Write(error)))?);
        self.state = State::of(&records, self.state.version);
        self.is_suspect = false;
        Ok(())
    }

    /// Applies the lines that were added since the last call, or all lines of another file. Under
    /// the lock nobody is writing, so that a line without an end is what a killed process has left:
    /// it is cut off.
    fn read(&mut self, store: &KeyStore, is_locked: bool) -> Result<(), RevocationError> {
        let path = path(store);
        let failed = |error| RevocationError::from(StoreError::new(&path, Fault::Read(error)));
        let metadata = match fs::metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Whatever this process knows of is written again.
                self.file = None;
                self.is_suspect |= self.state.records > 0;
                return Ok(());
            }
            Err(error) => return Err(failed(error)),
        };
        let known = self.file.as_ref();
        let is_known = known.is_some_and(|opened| {
            opened.identity == Identity::of(&metadata) && opened.read <= metadata.len()
        });
        if !is_known {
            check(store, &metadata)?;
            self.file = Some(Opened::new(&path, 0).map_err(failed)?);
            self.state = State::of(&[], self.state.version);
        }
        let Some(opened) = &mut self.file else { return Ok(()) };
        if opened.read == metadata.len() && is_known {
            return Ok(());
        }
        let mut text = Vec::new();
        opened
            .file
            .seek(SeekFrom::Start(opened.read))
            .and_then(|_| opened.file.read_to_end(&mut text))
            .map_err(failed)?;
        let complete = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let mut is_damaged = false;
        let mut lines = text.get(..complete).unwrap_or_default().split(|byte| *byte == b'\n');
        // After the last end of a line there is nothing.
        lines.next_back();
        for line in lines {
            match Record::read(line) {
                Some(Record::Journal { version }) if version != VERSION => {
                    self.file = None;
                    return Err(RevocationError::version(&path));
                }
                Some(record) => self.state.apply(&record),
                None => is_damaged = true,
            }
        }
        opened.read += complete as u64;
        if is_locked && complete < text.len() {
            opened.file.set_len(opened.read).map_err(failed)?;
        }
        if is_damaged {
            tracing::error!(
                path = %path.display(),
                "lines of the journal are damaged: indices of its lists that no line mentions are \
                 taken back; check the disk"
            );
            self.state.close_lists();
        }
        Ok(())
    }
}

impl Opened {
    fn new(path: &Path, read: u64) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).append(true).open(path);
        let file = match file {
            // A journal on a read-only file system can be read.
            Err(error) if is_read_only(&error) => File::open(path)?,
            file => file?,
        };
        let identity = Identity::of(&file.metadata()?);
        Ok(Self { file, identity, read })
    }
}

fn is_read_only(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied)
}

impl Identity {
    #[cfg(unix)]
    fn of(metadata: &fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;

        Self(metadata.dev(), metadata.ino())
    }

    #[cfg(not(unix))]
    fn of(metadata: &fs::Metadata) -> Self {
        use std::time::UNIX_EPOCH;

        let created = metadata.created().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let created = created.unwrap_or_default();
        Self(created.as_secs(), created.subsec_nanos().into())
    }
}

fn path(store: &KeyStore) -> PathBuf {
    store.directory().join("status.journal")
}

fn lock(store: &KeyStore) -> Result<FileLock, RevocationError> {
    let path = store.directory().join("status.lock");
    let locked = store.create_directory().and_then(|()| FileLock::acquire(&path));
    locked.map_err(|error| {
        let is_held = error.kind() == io::ErrorKind::WouldBlock;
        let fault = if is_held { Fault::Locked } else { Fault::Lock(error) };
        StoreError::new(&path, fault).into()
    })
}

/// Checks that nobody else can change the journal, as the keys are checked.
fn check(store: &KeyStore, file: &fs::Metadata) -> Result<(), RevocationError> {
    let directory = store.directory();
    let failed = |error| StoreError::new(directory, Fault::Read(error));
    let metadata = fs::metadata(directory).map_err(failed)?;
    check_directory(&metadata).map_err(|fault| StoreError::new(directory, fault))?;
    check_file(file, &metadata).map_err(|fault| StoreError::new(&path(store), fault))?;
    Ok(())
}
