//! The configuration's file: read, and changed without being broken.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use toml_edit::DocumentMut;

use super::{atomic, diagnostics::Problems, lock::Lock, model::Config};
use crate::ui::Failure;

/// The file, and the folder beside it that holds what the issuer keeps.
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
            let shown = self.path.display();
            match error.kind() {
                io::ErrorKind::NotFound => {
                    let cure = format!(
                        "run `tower-bearer issuer init --config {shown}`, which writes one to begin with"
                    );
                    Failure::refused(format!("there is no {shown}")).help(cure)
                }
                _ => Failure::unavailable(format!("{shown} cannot be read: {error}")),
            }
        })
    }

    /// The checked configuration.
    pub(crate) fn load(&self) -> Result<Config, Failure> {
        Config::parse(&self.read()?).map_err(|problems| self.wrong(&problems))
    }

    /// Everything that is wrong with the file.
    pub(crate) fn wrong(&self, problems: &Problems) -> Failure {
        let shown = self.path.display();
        let what = match problems.len() {
            1 => "a problem".to_owned(),
            several => format!("{several} problems"),
        };
        Failure::refused(format!("{shown} has {what}\n{}", problems.with_lines(&self.path)))
            .help(format!("fix it, then run `tower-bearer issuer check --config {shown}`"))
    }

    /// Changes the file, comments and order kept, if what comes out of it is a configuration.
    pub(crate) fn edit<T>(
        &self,
        change: impl FnOnce(&Config, &mut DocumentMut) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let _lock = self.lock()?;
        let before = self.read()?;
        let config = Config::parse(&before).map_err(|problems| self.wrong(&problems))?;
        let mut document: DocumentMut = before
            .parse()
            .map_err(|error| Failure::refused(format!("{}: {error}", self.path.display())))?;
        let done = change(&config, &mut document)?;
        let mut after = document.to_string();
        if before.contains("\r\n") {
            after = after.replace('\n', "\r\n");
        }
        Config::parse(&after).map_err(|problems| {
            Failure::refused(format!("nothing was changed: {}", problems.join()))
        })?;
        self.replace(&after)?;
        Ok(done)
    }

    /// Writes the file for the first time.
    pub(crate) fn create(&self, text: &str) -> Result<(), Failure> {
        let _lock = self.lock()?;
        if self.path.exists() {
            let cure = "name another file with --config, or remove this one";
            return Err(Failure::refused(format!("{} exists", self.path.display())).help(cure));
        }
        Config::parse(text).map_err(|problems| {
            Failure::refused(format!("nothing was written: {}", problems.join()))
        })?;
        self.replace(text)
    }

    fn lock(&self) -> Result<Lock, Failure> {
        let state = self.state();
        make_private(&state).and_then(|()| Lock::take(&state.join("edit.lock"))).map_err(|error| {
            let shown = state.display();
            match error.kind() {
                io::ErrorKind::WouldBlock => {
                    Failure::unavailable(format!("another command is changing {shown}"))
                        .help("try again when it has ended")
                }
                _ => Failure::unavailable(format!("{shown} cannot be written: {error}"))
                    .help("run this as the user who owns the configuration"),
            }
        })
    }

    fn replace(&self, text: &str) -> Result<(), Failure> {
        atomic::replace(&self.path, text.as_bytes()).map_err(|error| {
            let shown = self.path.display();
            Failure::unavailable(format!("{shown} is unchanged, for it cannot be written: {error}"))
                .help("run this as the user who owns the file, with room on the disk")
        })
    }
}

/// Makes a folder that is its owner's alone, where there is none.
pub(crate) fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
