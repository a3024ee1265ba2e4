use std::{
    env, fmt,
    path::{Path, PathBuf},
};

use super::{CredentialError, text::read_file};
use crate::{error::Problems, secret::Secret};

/// The source of a client secret. `Debug` does not show the secret.
///
/// ```
/// use tower_bearer::client::{ClientCredentials, SecretSource};
///
/// // A mounted secret. It is read again for each token request, so that it can be changed.
/// let secret = SecretSource::file("/run/secrets/gift-deliveries");
/// let credentials = ClientCredentials::new("gift-deliveries", secret);
/// # let _ = credentials;
/// ```
#[derive(Clone)]
pub struct SecretSource(Source);

#[derive(Clone)]
enum Source {
    Fixed(Secret),
    Environment(Box<str>),
    File(PathBuf),
}

impl SecretSource {
    /// The environment variable `name`. That it is set is checked when the client is built.
    pub fn env(name: impl Into<Box<str>>) -> Self {
        Self(Source::Environment(name.into()))
    }

    /// A file, without the line end of its last line. It is read again for each token request, so
    /// that a rotated secret needs no restart.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self(Source::File(path.as_ref().to_owned()))
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        match &self.0 {
            Source::Fixed(secret) if secret.expose().is_empty() => {
                problems.add("client secret", "is empty; give the one that the issuer made");
            }
            Source::Environment(name) if variable(name).is_err() => {
                problems.add("client secret", format!("is missing; set the variable {name}"));
            }
            _ => {}
        }
    }

    pub(super) async fn read(&self) -> Result<Secret, CredentialError> {
        match &self.0 {
            Source::Fixed(secret) => Ok(secret.clone()),
            Source::Environment(name) => variable(name),
            Source::File(path) => {
                let text = read_file(path).await?;
                let secret = text.strip_suffix('\n').unwrap_or(&text);
                let secret = secret.strip_suffix('\r').unwrap_or(secret);
                if secret.is_empty() {
                    return Err(CredentialError(format!("{} is empty", path.display())));
                }
                Ok(Secret::new(secret))
            }
        }
    }
}

fn variable(name: &str) -> Result<Secret, CredentialError> {
    match env::var(name) {
        Ok(secret) if !secret.is_empty() => Ok(Secret::new(secret)),
        _ => Err(CredentialError(format!("the variable {name} is not set"))),
    }
}

impl From<Secret> for SecretSource {
    fn from(secret: Secret) -> Self {
        Self(Source::Fixed(secret))
    }
}

impl fmt::Debug for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Fixed(_) => f.write_str("SecretSource(..)"),
            Source::Environment(name) => write!(f, "SecretSource(${name})"),
            Source::File(path) => write!(f, "SecretSource({})", path.display()),
        }
    }
}
