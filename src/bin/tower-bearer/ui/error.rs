//! The errors of commands, with their exit statuses.

use std::{error::Error, fmt, process::ExitCode};

/// The command was refused, or the answer is no.
const REFUSED: u8 = 1;
/// The command line is wrong; clap exits with the same status.
const USAGE: u8 = 2;
/// The network, another machine or the disk failed: the same command may succeed later.
const UNAVAILABLE: u8 = 3;

/// The input of `token inspect` is not a JWT.
const MALFORMED: u8 = 4;

/// A command's error.
#[derive(Debug)]
pub(crate) struct Failure {
    status: u8,
    message: String,
    help: Option<String>,
}

/// The result of a command.
pub(crate) type Outcome = Result<(), Failure>;

impl Failure {
    /// The command was refused.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(REFUSED, message)
    }

    /// The command line is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(USAGE, message)
    }

    /// Something that the command needs is unavailable.
    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(UNAVAILABLE, message)
    }

    /// The command was refused, and has printed why.
    pub(crate) fn already_reported() -> Self {
        Self::new(REFUSED, "")
    }

    fn new(status: u8, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), help: None }
    }

    /// The input is not a JWT.
    pub(crate) fn malformed(self) -> Self {
        Self { status: MALFORMED, ..self }
    }

    /// Adds what to do next, as an imperative sentence.
    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// Returns the error as a text for a log.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Returns true if the same command may succeed later.
    pub(crate) const fn is_temporary(&self) -> bool {
        self.status == UNAVAILABLE
    }

    /// Prints the error to standard error.
    pub(crate) fn report(&self) -> ExitCode {
        if !self.message.is_empty() {
            eprintln!("{self}");
        }
        ExitCode::from(self.status)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        match &self.help {
            Some(help) => write!(f, "\n  next: {help}"),
            None => Ok(()),
        }
    }
}

/// An error and its sources in one sentence. A source that is already part of it is left out.
pub(crate) fn error_chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
