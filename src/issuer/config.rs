//! What is wrong with an issuer's configuration: all of it at once, each with its cure.

use std::{error::Error, fmt};

/// One thing that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    setting: String,
    fault: String,
    cure: String,
}

impl ConfigProblem {
    /// Where it is wrong, as ``account `a` `` or `lifetime`.
    #[must_use]
    pub fn setting(&self) -> &str {
        &self.setting
    }

    /// What is wrong there.
    #[must_use]
    pub fn fault(&self) -> &str {
        &self.fault
    }

    /// What to do about it.
    #[must_use]
    pub fn cure(&self) -> &str {
        &self.cure
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.setting, self.fault, self.cure)
    }
}

/// Everything that is wrong with an issuer's configuration, never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(Vec<ConfigProblem>);

impl ConfigError {
    /// Each problem, in the order in which the configuration was written.
    #[must_use]
    pub fn problems(&self) -> &[ConfigProblem] {
        &self.0
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the issuer's configuration is wrong")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl Error for ConfigError {}

/// Collects problems while a configuration is checked.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<ConfigProblem>);

impl Problems {
    pub(super) fn add(
        &mut self,
        setting: impl Into<String>,
        fault: impl Into<String>,
        cure: impl Into<String>,
    ) {
        let (setting, fault, cure) = (setting.into(), fault.into(), cure.into());
        self.0.push(ConfigProblem { setting, fault, cure });
    }

    /// `value`, if nothing is wrong with it.
    pub(super) fn none_in<T>(self, value: T) -> Result<T, ConfigError> {
        if self.0.is_empty() { Ok(value) } else { Err(ConfigError(self.0)) }
    }

    pub(super) fn into_error(self) -> ConfigError {
        ConfigError(self.0)
    }
}
