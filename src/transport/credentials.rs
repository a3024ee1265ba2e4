//! Headers that are secrets: which requests carry them, and how they are read.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, StatusCode, header::AUTHORIZATION};
use zeroize::Zeroizing;

use super::{Transport, TransportError, TransportFuture, origin::Origin};

/// The longest file with a secret, in bytes: far above any value that a header carries.
const MAX_FILE_BYTES: u64 = 64 * 1_024;

/// A header that is sent with requests. `Debug` shows its name, and its file.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credential {
    name: HeaderName,
    value: Value,
}

#[derive(Clone, PartialEq, Eq)]
enum Value {
    Fixed(HeaderValue),
    File { path: PathBuf, prefix: &'static str },
}

impl Credential {
    pub(super) fn fixed(name: HeaderName, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        Self { name, value: Value::Fixed(value) }
    }

    pub(super) fn file(name: HeaderName, path: &Path) -> Self {
        Self { name, value: Value::File { path: path.to_owned(), prefix: "" } }
    }

    pub(super) fn bearer_file(path: &Path) -> Self {
        let value = Value::File { path: path.to_owned(), prefix: "Bearer " };
        Self { name: AUTHORIZATION, value }
    }

    pub(super) const fn name(&self) -> &HeaderName {
        &self.name
    }

    /// The setting that made it.
    pub(super) fn setting(&self) -> &'static str {
        match &self.value {
            Value::File { prefix, .. } if !prefix.is_empty() => "bearer_file",
            _ => "header",
        }
    }

    pub(super) fn has_empty_path(&self) -> bool {
        matches!(&self.value, Value::File { path, .. } if path.as_os_str().is_empty())
    }

    async fn read(&self) -> Result<HeaderValue, TransportError> {
        let (path, prefix) = match &self.value {
            Value::Fixed(value) => return Ok(value.clone()),
            Value::File { path, prefix } => (path.clone(), *prefix),
        };
        let shown = path.display().to_string();
        let read = tokio::task::spawn_blocking(move || read_bounded(&path)).await;
        let read = read.unwrap_or_else(|_| Err(io::Error::other("the reading thread was stopped")));
        let text = read.map_err(|error| {
            TransportError::new(format!("the file {shown} cannot be read")).with_source(error)
        })?;
        let value = Zeroizing::new(format!("{prefix}{}", text.trim()));
        let is_token = !prefix.is_empty();
        let has_gap = is_token && text.trim().bytes().any(|byte| !byte.is_ascii_graphic());
        let is_right = !text.trim().is_empty() && !has_gap;
        let value = HeaderValue::from_str(&value).ok().filter(|_| is_right);
        let mut value = value.ok_or_else(|| {
            let what = if is_token { "a token" } else { "the value of a header" };
            TransportError::new(format!("the file {shown} does not hold {what}"))
        })?;
        value.set_sensitive(true);
        Ok(value)
    }
}

fn read_bounded(path: &Path) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(io::Error::other("longer than 64 KiB"));
    }
    Ok(text)
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Value::Fixed(_) => write!(f, "{}: ..", self.name),
            Value::File { path, .. } => write!(f, "{}: the text of {}", self.name, path.display()),
        }
    }
}

/// Adds headers to the requests to some origins, which are all https, and to no others.
#[derive(Debug)]
pub(super) struct WithCredentials {
    inner: Arc<dyn Transport>,
    credentials: Vec<Credential>,
    origins: Vec<Origin>,
}

impl WithCredentials {
    pub(super) fn new(
        inner: Arc<dyn Transport>,
        credentials: Vec<Credential>,
        origins: Vec<Origin>,
    ) -> Self {
        Self { inner, credentials, origins }
    }
}

impl Transport for WithCredentials {
    fn send(&self, mut request: Request<Bytes>, max_body: usize) -> TransportFuture<'_> {
        Box::pin(async move {
            let is_entitled = self.origins.iter().any(|origin| origin.matches(request.uri()));
            if is_entitled {
                for credential in &self.credentials {
                    let value = credential.read().await?;
                    request.headers_mut().insert(credential.name.clone(), value);
                }
            }
            let answer = self.inner.send(request, max_body).await?;
            let is_denied =
                matches!(answer.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
            if is_denied && !is_entitled {
                return Err(TransportError::new(format!(
                    "answers {}, and the configured header was not sent there; if it should be, \
                     name the origin in `credentials_to`",
                    answer.status()
                )));
            }
            Ok(answer)
        })
    }
}
