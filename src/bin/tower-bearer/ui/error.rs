//! Why a command did not do what it was asked, and what to do next.

use std::{fmt, process::ExitCode};

/// The command was refused, or what it looked for is not so.
const REFUSED: u8 = 1;
/// The command line is wrong; clap says the same of its own errors.
const USAGE: u8 = 2;
/// Another machine, or this one's disk, did not do its part: the same command may pass later.
const UNAVAILABLE: u8 = 3;

/// A command's end that is no success.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    message: String,
    cure: Option<String>,
}

/// What a command comes to.
pub(crate) type Outcome = Result<(), Failure>;

impl Failure {
    /// The command was refused.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self { code: REFUSED, message: message.into(), cure: None }
    }

    /// The command line is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { code: USAGE, message: message.into(), cure: None }
    }

    /// Something that the command needs is not there.
    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self { code: UNAVAILABLE, message: message.into(), cure: None }
    }

    /// The command was refused, and has said so already.
    pub(crate) const fn told() -> Self {
        Self { code: REFUSED, message: String::new(), cure: None }
    }

    /// The same with what to do next, as a sentence that tells to do it.
    pub(crate) fn cure(self, cure: impl Into<String>) -> Self {
        Self { cure: Some(cure.into()), ..self }
    }

    /// What went wrong, for a log.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Whether the same may succeed without another configuration or command line.
    pub(crate) const fn may_pass_later(&self) -> bool {
        self.code == UNAVAILABLE
    }

    /// Tells of it on standard error.
    pub(crate) fn report(&self) -> ExitCode {
        if !self.message.is_empty() {
            eprintln!("{self}");
        }
        ExitCode::from(self.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        match &self.cure {
            Some(cure) => write!(f, "\n  next: {cure}"),
            None => Ok(()),
        }
    }
}

/// An error with all that caused it, in one sentence.
pub(crate) fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
