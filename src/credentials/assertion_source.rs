use std::{
    error::Error,
    ffi::OsString,
    fmt,
    future::Future,
    path::{Path, PathBuf},
    pin::Pin,
    process::Stdio,
    sync::Arc,
};

use http::Uri;
use tokio::{io::AsyncReadExt as _, process::Command};
use zeroize::Zeroizing;

use super::{
    CredentialError, SourceContext,
    github_actions::{self, GitHubActions},
    text::{MAX_BYTES, read_file},
};
use crate::{error::Problems, secret::Secret};

type Assertion = Result<Secret, Box<dyn Error + Send + Sync>>;
type AssertionFuture = Pin<Box<dyn Future<Output = Assertion> + Send>>;
type AssertionFn = dyn Fn(String) -> AssertionFuture + Send + Sync;

/// The source of a JWT that another party signs: an assertion, or the subject of a token exchange.
/// `Debug` does not show it.
///
/// It is read again for each token request; the JWT must not expire before the request ends.
///
/// ```
/// use tower_bearer::client::{AssertionSource, ClientCredentials};
///
/// // The token that Kubernetes projects into a pod proves who the client is.
/// let pod = AssertionSource::file("/var/run/secrets/tokens/issuer");
/// let credentials = ClientCredentials::assertion("gift-deliveries", pod);
/// # let _ = credentials;
/// ```
#[derive(Clone)]
pub struct AssertionSource(Source);

#[derive(Clone)]
enum Source {
    File(PathBuf),
    Command(Arc<[OsString]>),
    Function(Arc<AssertionFn>),
    GitHubActions(GitHubActions),
}

impl AssertionSource {
    /// A file, such as the projected service account token of a Kubernetes pod. White space around
    /// the assertion is removed.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self(Source::File(path.as_ref().to_owned()))
    }

    /// The standard output of a program, run without a shell. White space around the assertion is
    /// removed; its standard error is that of this program. If the token request is cancelled, the
    /// program is killed.
    pub fn command<I: Into<OsString>>(
        program: impl Into<OsString>,
        arguments: impl IntoIterator<Item = I>,
    ) -> Self {
        let line = [program.into()].into_iter().chain(arguments.into_iter().map(Into::into));
        Self(Source::Command(line.collect()))
    }

    /// A function that is called with the audience of the assertion: the issuer.
    pub fn from_fn<F, R>(function: F) -> Self
    where
        F: Fn(String) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Secret, Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        Self(Source::Function(Arc::new(move |audience| Box::pin(function(audience)))))
    }

    /// The OpenID Connect token of a GitHub Actions job with `permissions: id-token: write`, for the
    /// issuer as its audience. The two variables that the runner sets are checked when the client is
    /// built.
    #[must_use]
    pub const fn github_actions() -> Self {
        Self(Source::GitHubActions(GitHubActions::Environment))
    }

    /// As [`github_actions`](Self::github_actions), with the values of the variables
    /// `ACTIONS_ID_TOKEN_REQUEST_URL` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
    #[must_use]
    pub fn github_actions_at(url: Uri, token: Secret) -> Self {
        Self(Source::GitHubActions(GitHubActions::Given { url, token }))
    }

    pub(crate) fn check(&self, problems: &mut Problems) {
        if let Source::GitHubActions(source) = &self.0
            && let Err(error) = source.values()
        {
            problems.add("client assertion", error.0);
        }
    }

    pub(crate) async fn read(
        &self,
        context: &SourceContext<'_>,
    ) -> Result<Secret, CredentialError> {
        let assertion = match &self.0 {
            Source::File(path) => trimmed(&read_file(path).await?),
            Source::Command(line) => run(line).await?,
            Source::Function(function) => function(context.audience.to_owned())
                .await
                .map_err(|error| CredentialError(format!("the assertion's function: {error}")))?,
            Source::GitHubActions(source) => github_actions::fetch(source, context).await?,
        };
        let text = assertion.expose();
        if text.is_empty() {
            return Err(CredentialError("the assertion is empty".to_owned()));
        }
        if text.len() > MAX_BYTES || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(CredentialError("the assertion is not a JWT".to_owned()));
        }
        Ok(assertion)
    }
}

fn trimmed(text: &str) -> Secret {
    Secret::new(text.trim_matches(|c: char| c.is_ascii_whitespace()))
}

async fn run(line: &[OsString]) -> Result<Secret, CredentialError> {
    let program = line.first().map(OsString::as_os_str).unwrap_or_default();
    let failed = |why: String| CredentialError(format!("{}: {why}", Path::new(program).display()));
    let mut child = Command::new(program)
        .args(line.get(1..).unwrap_or_default())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let mut text = Zeroizing::new(String::new());
    if let Some(output) = child.stdout.take() {
        let mut output = output.take(MAX_BYTES as u64 + 1);
        output.read_to_string(&mut text).await.map_err(|error| failed(error.to_string()))?;
    }
    if text.len() > MAX_BYTES {
        return Err(failed("its output is longer than 64 KiB".to_owned()));
    }
    match child.wait().await {
        Ok(status) if status.success() => Ok(trimmed(&text)),
        Ok(status) => Err(failed(status.to_string())),
        Err(error) => Err(failed(error.to_string())),
    }
}

impl fmt::Debug for AssertionSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match &self.0 {
            Source::File(path) => return write!(f, "AssertionSource({})", path.display()),
            Source::Command(_) => "AssertionSource(command)",
            Source::Function(_) => "AssertionSource(function)",
            Source::GitHubActions(_) => "AssertionSource(GitHub Actions)",
        };
        f.write_str(name)
    }
}
