//! One fetch: what is asked, and what an answer means. It knows nothing of states and budgets.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Request, Response, StatusCode, Uri,
    header::{
        ACCEPT, AGE, CACHE_CONTROL, DATE, ETAG, EXPIRES, IF_MODIFIED_SINCE, IF_NONE_MATCH,
        LAST_MODIFIED,
    },
};

use crate::{
    claims::Issuer,
    key::KeySet,
    metadata::{MetadataErrorKind, ServerMetadata, is_json, well_known_urls},
    time::UnixTime,
    transport::{Transport, UrlRule, date, field, retry_after},
};

const JWK_SET: &str = "application/jwk-set+json";

/// Where keys are.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Known(Uri),
    /// In the metadata of this issuer.
    Discovered(Issuer),
}

/// What a fetch needs; it owns it all, so that it can go on without whoever asked for it.
#[derive(Clone, Debug)]
pub(super) struct Fetch {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) place: Place,
    pub(super) url_rule: UrlRule,
    pub(super) max_bytes: usize,
    pub(super) max_keys: usize,
    /// Where the keys were found last, while that may be relied on.
    pub(super) jwks_uri: Option<Uri>,
    pub(super) validators: Validators,
}

/// By which an answer that has not changed is recognised (RFC 9110 §8.8).
#[derive(Clone, Debug, Default)]
pub(super) struct Validators {
    etag: Option<HeaderValue>,
    last_modified: Option<HeaderValue>,
}

/// A set, or the word that the last one still holds.
#[derive(Debug)]
pub(super) struct Fetched {
    /// `None`: 304.
    pub(super) keys: Option<KeySet>,
    pub(super) max_age: Option<Duration>,
    pub(super) validators: Validators,
    pub(super) jwks_uri: Uri,
    /// The metadata was read for this fetch.
    pub(super) discovered: bool,
}

/// Why there is no set.
#[derive(Clone, Debug)]
pub(super) struct FetchError {
    pub(super) message: String,
    pub(super) retry_after: Option<Duration>,
    /// The address does not exist (any more): the metadata must be read again.
    pub(super) gone: bool,
}

impl Fetch {
    pub(super) async fn run(self, now: UnixTime) -> Result<Fetched, FetchError> {
        let (mut jwks_uri, mut discovered) = match (&self.jwks_uri, &self.place) {
            (Some(url), _) | (None, Place::Known(url)) => (url.clone(), false),
            (None, Place::Discovered(issuer)) => (self.discover(issuer, now).await?, true),
        };
        let mut known = if self.jwks_uri.as_ref() == Some(&jwks_uri) {
            self.validators.clone()
        } else {
            Validators::default()
        };
        let mut answer = self.get(&jwks_uri, &known, now).await;
        if let (Err(FetchError { gone: true, .. }), Place::Discovered(issuer), false) =
            (&answer, &self.place, discovered)
        {
            (jwks_uri, discovered) = (self.discover(issuer, now).await?, true);
            known = Validators::default();
            answer = self.get(&jwks_uri, &known, now).await;
        }
        let answer = answer?;
        let max_age = max_age(answer.headers(), now);
        if answer.status() == StatusCode::NOT_MODIFIED {
            return Ok(Fetched { keys: None, max_age, validators: known, jwks_uri, discovered });
        }
        if !is_json(answer.headers(), &[JWK_SET]) {
            return Err(FetchError::new(format!("{jwks_uri} does not answer with JSON")));
        }
        let keys = KeySet::parse_with_limit(answer.body(), self.max_keys)
            .map_err(|error| FetchError::new(format!("{jwks_uri}: {error}")))?;
        if keys.is_empty() {
            return Err(FetchError::new(format!("{jwks_uri} publishes no key that can be used")));
        }
        let validators = Validators::of(answer.headers());
        Ok(Fetched { keys: Some(keys), max_age, validators, jwks_uri, discovered })
    }

    /// Finds the keys' address in the first metadata document there is.
    async fn discover(&self, issuer: &Issuer, now: UnixTime) -> Result<Uri, FetchError> {
        let urls = well_known_urls(issuer).map_err(FetchError::new)?;
        let mut failure = FetchError::new("the issuer publishes no metadata");
        for url in urls {
            match self.metadata(&url, issuer, now).await {
                Ok(jwks_uri) => return Ok(jwks_uri),
                Err(error) if error.gone => failure = FetchError { gone: false, ..error },
                Err(error) => return Err(error),
            }
        }
        Err(failure)
    }

    async fn metadata(&self, url: &Uri, issuer: &Issuer, now: UnixTime) -> Result<Uri, FetchError> {
        let answer = self.get(url, &Validators::default(), now).await?;
        if !is_json(answer.headers(), &[]) {
            return Err(FetchError::new(format!("{url} does not answer with JSON")));
        }
        let document = ServerMetadata::parse(answer.body(), issuer)
            .map_err(|error| FetchError::new(format!("{url}: {error}")))?;
        document.jwks_uri().cloned().ok_or_else(|| {
            let missing =
                crate::metadata::MetadataError::from(MetadataErrorKind::Missing("jwks_uri"));
            FetchError::new(format!("{url}: {missing}"))
        })
    }

    /// A 200 or, if it was asked for, a 304.
    async fn get(
        &self,
        url: &Uri,
        known: &Validators,
        now: UnixTime,
    ) -> Result<Response<Bytes>, FetchError> {
        self.url_rule.check(url).map_err(|cure| FetchError::new(format!("{url} {cure}")))?;
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = url.clone();
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        known.ask(headers);
        let answer = self.transport.send(request, self.max_bytes).await.map_err(|error| {
            let mut message = format!("{url}: {error}");
            let mut cause = std::error::Error::source(&error);
            while let Some(error) = cause {
                message = format!("{message}: {error}");
                cause = error.source();
            }
            FetchError::new(message)
        })?;
        match answer.status() {
            StatusCode::OK => Ok(answer),
            StatusCode::NOT_MODIFIED if !known.is_empty() => Ok(answer),
            status => Err(FetchError {
                retry_after: retry_after(answer.headers(), now),
                gone: matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE),
                ..FetchError::new(format!("{url} answers {status}"))
            }),
        }
    }
}

impl Validators {
    fn of(headers: &HeaderMap) -> Self {
        Self {
            etag: headers.get(ETAG).cloned(),
            last_modified: headers.get(LAST_MODIFIED).cloned(),
        }
    }

    const fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }

    fn ask(&self, headers: &mut HeaderMap) {
        if let Some(etag) = &self.etag {
            headers.insert(IF_NONE_MATCH, etag.clone());
        } else if let Some(date) = &self.last_modified {
            headers.insert(IF_MODIFIED_SINCE, date.clone());
        }
    }
}

impl FetchError {
    pub(super) fn new(message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), retry_after: None, gone: false }
    }
}

/// For how long an answer is fresh (RFC 9111 §4.2); `None` where it does not say, or says that it
/// is not to be kept.
fn max_age(headers: &HeaderMap, now: UnixTime) -> Option<Duration> {
    let mut age = None;
    for field in headers.get_all(CACHE_CONTROL) {
        for directive in field.to_str().unwrap_or_default().split(',') {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "no-store" | "no-cache" => return None,
                "max-age" => age = age.or(value.trim().trim_matches('"').parse().ok()),
                _ => {}
            }
        }
    }
    let spent = field(headers, &AGE).and_then(|age| age.trim().parse().ok()).unwrap_or(0_u64);
    match age {
        Some(seconds) => Some(Duration::from_secs(u64::saturating_sub(seconds, spent))),
        None => {
            let answered_at = field(headers, &DATE).and_then(date).unwrap_or(now);
            Some(field(headers, &EXPIRES).and_then(date)?.saturating_since(answered_at))
        }
    }
}
