//! The configuration's file: read, and changed without being broken.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use toml_edit::DocumentMut;

use super::{atomic_file, diagnostics::Problems, file_lock::FileLock, model::Config};
use crate::ui::{Failure, plural};

/// The file, and the directory beside it that holds the issuer's keys.
#[derive(Clone, Debug)]
pub(crate) struct ConfigFile {
    path: PathBuf,
}

impl ConfigFile {
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// `issuer.state` beside `issuer.toml`.
    pub(crate) fn state(&self) -> PathBuf {
        self.path.with_extension("state")
    }

    pub(crate) fn read(&self) -> Result<String, Failure> {
        fs::read_to_string(&self.path).map_err(|error| {
            let path = self.path.display();
            match error.kind() {
                io::ErrorKind::NotFound => Failure::refused(format!("{path} not found")).help(
                    format!("run `tower-bearer issuer init --config {path}` to create a first one"),
                ),
                _ => Failure::unavailable(format!("{path} cannot be read: {error}")),
            }
        })
    }

    /// Reads and checks the configuration.
    pub(crate) fn load(&self) -> Result<Config, Failure> {
        Config::parse(&self.read()?).map_err(|problems| self.invalid(&problems))
    }

    /// The error that lists everything that is wrong with the file.
    pub(crate) fn invalid(&self, problems: &Problems) -> Failure {
        let path = self.path.display();
        let count = plural(problems.len(), "problem");
        Failure::refused(format!("{path} has {count}\n{}", problems.with_lines(&self.path)))
            .help(format!("fix it, then run `tower-bearer issuer check --config {path}`"))
    }

    /// Changes the file, keeping comments and order. Nothing is written if the result would not be
    /// a valid configuration.
    pub(crate) fn edit<T>(
        &self,
        change: impl FnOnce(&Config, &mut DocumentMut) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let _lock = self.lock()?;
        let before = self.read()?;
        let config = Config::parse(&before).map_err(|problems| self.invalid(&problems))?;
        let mut document: DocumentMut = before
            .parse()
            .map_err(|error| Failure::refused(format!("{}: {error}", self.path.display())))?;
        let result = change(&config, &mut document)?;
        let mut after = document.to_string();
        if before.contains("\r\n") {
            after = after.replace('\n', "\r\n");
        }
        Config::parse(&after).map_err(|problems| {
            Failure::refused(format!("nothing was changed: {}", problems.join()))
        })?;
        self.replace(&after)?;
        Ok(result)
    }

    /// Writes the file for the first time.
    pub(crate) fn create(&self, text: &str) -> Result<(), Failure> {
        let _lock = self.lock()?;
        if self.path.exists() {
            return Err(Failure::refused(format!("{} exists", self.path.display()))
                .help("name another file with --config, or remove this one"));
        }
        Config::parse(text).map_err(|problems| {
            Failure::refused(format!("nothing was written: {}", problems.join()))
        })?;
        self.replace(text)
    }

    fn lock(&self) -> Result<FileLock, Failure> {
        let state = self.state();
        let lock = state.join("edit.lock");
        create_private(&state).and_then(|()| FileLock::acquire(&lock)).map_err(|error| match error
            .kind()
        {
            io::ErrorKind::WouldBlock => Failure::unavailable(format!(
                "another command has locked {} for {} s",
                lock.display(),
                super::file_lock::PATIENCE.as_secs()
            ))
            .help("end that command, or try again"),
            _ => Failure::unavailable(format!("{} cannot be written: {error}", state.display()))
                .help("run this as the user who owns the configuration"),
        })
    }

    fn replace(&self, text: &str) -> Result<(), Failure> {
        atomic_file::replace(&self.path, text.as_bytes()).map_err(|error| {
            let path = self.path.display();
            Failure::unavailable(format!("{path} cannot be written, and is unchanged: {error}"))
                .help("run this as the user who owns the file, with space left on the disk")
        })
    }
}

/// Creates a directory with mode 700 if it is missing.
fn create_private(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}
