//! Replaces a file atomically: a reader, a crash or a power cut finds the old bytes or the new ones.
//!
//! The program includes this file by its path, for its configuration. The crate `atomic-write-file`
//! gives its temporary files random names, so each killed process would leave another copy of the
//! private keys behind; here the next change replaces the one copy.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Replaces the content of a file. The file keeps its owner and its permissions, and a symbolic
/// link its target; a new file can be read and written by its owner alone.
///
/// Two processes would share the temporary file: hold a lock. After an error the file is unchanged,
/// and the temporary file is removed.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = match fs::canonicalize(path) {
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
        Err(error) => return Err(error),
    };
    let temporary = temporary_path(&path);
    let file = create(&temporary)?;
    let written = write(file, &path, bytes).and_then(|()| fs::rename(&temporary, &path));
    if let Err(error) = written {
        // The first error is the one to report.
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    sync_parent(&path)
}

/// `.keys.json.new` beside `keys.json`.
fn temporary_path(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".new");
    path.with_file_name(name)
}

fn create(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn write(mut file: File, old: &Path, bytes: &[u8]) -> io::Result<()> {
    copy_owner_and_mode(&file, old)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
fn copy_owner_and_mode(file: &File, old: &Path) -> io::Result<()> {
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
fn copy_owner_and_mode(_: &File, _: &Path) -> io::Result<()> {
    Ok(())
}

/// Makes the rename survive a power cut: the name is part of the directory.
#[cfg(unix)]
fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| *parent != Path::new(""));
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_parent(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_replacement_leaves_no_temporary_file() {
        let directory = std::env::temp_dir().join(format!("replace-{}", std::process::id()));
        let target = directory.join("keys.json");
        fs::create_dir_all(target.join("in-the-way")).unwrap_or_default();
        assert!(replace(&target, b"keys").is_err(), "a directory is no file");
        assert!(!temporary_path(&target).exists());
        fs::remove_dir_all(&target).unwrap_or_default();
        assert!(replace(&target, b"keys").is_ok());
        assert_eq!(fs::read(&target).unwrap_or_default(), b"keys");
        assert!(!temporary_path(&target).exists());
        fs::remove_dir_all(&directory).unwrap_or_default();
    }
}
