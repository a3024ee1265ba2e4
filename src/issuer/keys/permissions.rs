//! Checks that nobody else can read or replace the keys.

use std::fs::Metadata;

use super::store_error::Fault;

/// Checks the directory of the keys: it belongs to root or to this user, and other users cannot
/// create files in it. Root accepts a directory of any user, for it changes the keys of services.
/// The directories above it are not checked.
#[cfg(unix)]
pub(in crate::issuer) fn check_directory(directory: &Metadata) -> Result<(), Fault> {
    use std::os::unix::fs::MetadataExt;

    /// In a directory with this bit users replace only their own files.
    const STICKY: u32 = 0o1000;
    let (me, mode) = (rustix::process::geteuid().as_raw(), directory.mode());
    if me != ROOT && ![ROOT, me].contains(&directory.uid()) {
        return Err(Fault::DirectoryOwner(directory.uid()));
    }
    if mode & 0o022 != 0 && mode & STICKY == 0 { Err(Fault::DirectoryMode) } else { Ok(()) }
}

/// Checks the file of the keys: it belongs to root, to this user or, for root, to the owner of the
/// directory, and nobody else can read or write it.
#[cfg(unix)]
pub(in crate::issuer) fn check_file(file: &Metadata, directory: &Metadata) -> Result<(), Fault> {
    use std::os::unix::fs::MetadataExt;

    let me = rustix::process::geteuid().as_raw();
    let trusted = if me == ROOT { directory.uid() } else { me };
    if ![ROOT, trusted].contains(&file.uid()) {
        return Err(Fault::FileOwner(file.uid()));
    }
    if file.mode() & 0o077 == 0 { Ok(()) } else { Err(Fault::FileMode) }
}

#[cfg(unix)]
const ROOT: u32 = 0;

#[cfg(not(unix))]
pub(in crate::issuer) fn check_directory(_: &Metadata) -> Result<(), Fault> {
    Ok(())
}

#[cfg(not(unix))]
pub(in crate::issuer) fn check_file(_: &Metadata, _: &Metadata) -> Result<(), Fault> {
    Ok(())
}
