//! Replaces a file as a whole: whoever reads it, and whatever ends this process or this machine,
//! finds the old bytes or the new ones.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Puts `bytes` in the place of the file, which keeps its owner and its permissions; a new file is
/// its owner's alone. Two writers at once would share the file in the making: hold a
/// [`Lock`](super::lock::Lock).
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // What a symbolic link points to is replaced, not the link.
    let path = match fs::canonicalize(path) {
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
        Err(error) => return Err(error),
    };
    let folder = folder_of(&path);
    let making = in_the_making(&path);
    let mut file = create(&making)?;
    let written =
        like(&file, &path).and_then(|()| file.write_all(bytes)).and_then(|()| file.sync_all());
    drop(file);
    if let Err(error) = written.and_then(|()| fs::rename(&making, &path)) {
        // The error that is told is the one that came first.
        let _ = fs::remove_file(&making);
        return Err(error);
    }
    sync_folder(&folder)
}

/// The folder of a file; the present one for a bare name.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Always the same name, so that a process that was killed leaves one file at the most, and the
/// next one takes its place.
fn in_the_making(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".new");
    path.with_file_name(name)
}

fn create(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Gives the new file the owner and the permissions of the one that it replaces.
#[cfg(unix)]
fn like(file: &File, old: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};

    let old = match fs::metadata(old) {
        Ok(old) => old,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let new = file.metadata()?;
    if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
        fchown(file, Some(old.uid()), Some(old.gid()))?;
    }
    file.set_permissions(old.permissions())
}

#[cfg(not(unix))]
fn like(_: &File, _: &Path) -> io::Result<()> {
    Ok(())
}

/// Until this a rename may be undone by a power cut.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
