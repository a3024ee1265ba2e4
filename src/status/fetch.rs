//! One fetch of a list: the answer is read and verified away from the threads that serve requests.

use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use http::{StatusCode, Uri};
use tokio::task::spawn_blocking;

use super::{
    fault::StatusListFault,
    settings::MIN_LIST_TTL,
    token::{StatusListToken, StatusListVerifier},
};
use crate::{
    key::KeySet,
    refresh::{FetchError, Fetched, Fetcher, Validators},
    time::UnixTime,
};

/// The lifetime of a list without `ttl`.
const DEFAULT_TTL: Duration = Duration::from_secs(300);

/// Finds the keys of the issuer of a list. The room that has the keys implements it.
pub(crate) trait SignerKeys: fmt::Debug + Send + Sync + 'static {
    /// Returns the set with the key of this id, perhaps after a fetch; `None` if no keys are
    /// available now.
    fn find(self: Arc<Self>, kid: Option<Box<str>>, now: UnixTime) -> KeysFound;
}

/// The future that [`SignerKeys::find`] returns.
pub(crate) type KeysFound = Pin<Box<dyn Future<Output = Option<KeySet>> + Send>>;

/// The address of a list, and its requirements.
#[derive(Debug)]
pub(super) struct ListSource {
    /// The address as tokens write it, which `sub` must be.
    pub(super) uri: Box<str>,
    pub(super) url: Uri,
    pub(super) fetcher: Fetcher,
    pub(super) verifier: StatusListVerifier,
    pub(super) keys: Arc<dyn SignerKeys>,
}

impl ListSource {
    pub(super) const fn leeway(&self) -> Duration {
        self.verifier.allowed_leeway()
    }
}

/// The input of a fetch.
#[derive(Debug)]
pub(super) struct ListFetch {
    pub(super) source: Arc<ListSource>,
    pub(super) validators: Validators,
    /// The `iat` of the newest list so far.
    pub(super) newest: Option<UnixTime>,
    /// The `ttl` of the list that is held, and until when it may be used.
    pub(super) held_ttl: Option<Duration>,
    pub(super) held_until: Option<UnixTime>,
}

/// A good answer.
#[derive(Debug)]
pub(super) struct FetchedList {
    /// `None`: 304, the list that is held still applies.
    pub(super) list: Option<StatusListToken>,
    pub(super) validators: Validators,
    /// The list is older than one that was accepted before.
    pub(super) is_older: bool,
}

impl ListFetch {
    pub(super) async fn run(self, now: UnixTime) -> Result<Fetched<FetchedList>, FetchError> {
        let Self { source, validators, newest, held_ttl, held_until } = self;
        let answer = source.fetcher.get(&source.url, &validators, now).await?;
        if answer.status() == StatusCode::NOT_MODIFIED {
            let answer = FetchedList { list: None, validators, is_older: false };
            return Ok(Fetched { answer, max_age: Some(lifetime(held_ttl, held_until, now)) });
        }
        let validators = Validators::from_headers(answer.headers());
        let list = source.clone().read(answer.into_body(), now).await?;
        let is_older = newest.is_some_and(|newest| list.issued_at() < newest);
        let max_age = if is_older {
            // Another replica is asked soon.
            MIN_LIST_TTL
        } else {
            lifetime(list.ttl(), list.expires_at(), now)
        };
        let answer = FetchedList { list: Some(list), validators, is_older };
        Ok(Fetched { answer, max_age: Some(max_age) })
    }
}

impl ListSource {
    async fn read(
        self: Arc<Self>,
        body: bytes::Bytes,
        now: UnixTime,
    ) -> Result<StatusListToken, FetchError> {
        let source = self.clone();
        let token = spawn_blocking(move || source.verifier.parse(&body, &source.uri, now));
        let token = self.outcome(token.await)?;
        let kid = token.key_id().map(Into::into);
        let Some(keys) = self.keys.clone().find(kid, now).await else {
            let uri = &self.uri;
            return Err(FetchError::new(format!("{uri}: the issuer's keys are unavailable")));
        };
        let source = self.clone();
        let list = spawn_blocking(move || source.verifier.finish(token, &keys));
        self.outcome(list.await)
    }

    fn outcome<T>(
        &self,
        outcome: Result<Result<T, StatusListFault>, tokio::task::JoinError>,
    ) -> Result<T, FetchError> {
        match outcome {
            Ok(read) => read.map_err(|fault| FetchError::new(format!("{}: {fault}", self.uri))),
            Err(error) if error.is_cancelled() => Err(FetchError::interrupted()),
            Err(_) => Err(FetchError::new(format!("{}: reading it panicked", self.uri))),
        }
    }
}

/// Returns the lifetime of a list: what it says, but no longer than it is valid.
fn lifetime(ttl: Option<Duration>, ends_at: Option<UnixTime>, now: UnixTime) -> Duration {
    let left = ends_at.map_or(Duration::MAX, |end| end.saturating_since(now));
    ttl.unwrap_or(DEFAULT_TTL).min(left)
}
