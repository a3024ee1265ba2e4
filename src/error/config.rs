use std::{error::Error, fmt};

use super::setting::Setting;

/// All problems of a configuration, reported at once: each with its setting and how to fix it.
///
/// `Debug` prints the same sentences as `Display`, so that they can be read where
/// `fn main() -> Result<(), Box<dyn Error>>` returns this error.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<Problem>,
}

/// One problem of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    setting: Setting,
    help: Box<str>,
}

impl ConfigError {
    #[cfg(feature = "issuer")]
    pub(crate) fn single(setting: impl Into<Setting>, help: impl Into<Box<str>>) -> Self {
        Self { problems: vec![Problem { setting: setting.into(), help: help.into() }] }
    }

    /// The problems, in the order of the settings.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl Problem {
    /// The setting that is wrong. It compares with a `str`.
    #[must_use]
    pub const fn setting(&self) -> &Setting {
        &self.setting
    }

    /// Returns the mistake and its fix, as the end of a sentence that begins with the setting.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }
}

/// Collects problems while a configuration is built.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    pub(crate) fn add(&mut self, setting: impl Into<Setting>, help: impl Into<Box<str>>) {
        self.0.push(Problem { setting: setting.into(), help: help.into() });
    }

    /// Adds the problems of a part.
    #[cfg(feature = "issuer")]
    pub(crate) fn append(&mut self, part: ConfigError) {
        self.0.extend(part.problems);
    }

    /// Adds each problem whose setting has no problem yet, neither itself nor in a part of it.
    pub(crate) fn append_new(&mut self, others: Self) {
        for problem in others.0 {
            let path = problem.setting.to_string();
            let is_known = |known: &Problem| {
                let known = known.setting.to_string();
                let rest = known.strip_prefix(&*path);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            };
            if !self.0.iter().any(is_known) {
                self.0.push(problem);
            }
        }
    }

    /// Returns `built` unless a problem was added.
    pub(crate) fn or<T>(self, built: T) -> Result<T, ConfigError> {
        if self.0.is_empty() { Ok(built) } else { Err(ConfigError { problems: self.0 }) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.setting, self.help)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.problems.iter().enumerate() {
            let separator = if place == 0 { "" } else { "; " };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for ConfigError {}
