//! One fetch of a key set: finds its address and reads the answer.

use std::path::{Path, PathBuf};

use http::{StatusCode, Uri};

use super::{
    discovery::{Discovered, discover},
    key_text::{keys_of_text, read_bounded},
};
use crate::{
    claims::Issuer,
    key::{KeySet, KeyUse},
    refresh::{FetchError, Fetched, Fetcher, Validators, max_age},
    time::UnixTime,
};

/// The location of a key set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Location {
    Fixed(Uri),
    /// In the metadata of this issuer.
    Discovered(Issuer),
    /// In this file.
    File(PathBuf),
}

/// The input of a fetch.
#[derive(Clone, Debug)]
pub(super) struct KeysFetch {
    pub(super) fetcher: Fetcher,
    pub(super) location: Location,
    pub(super) max_keys: usize,
    pub(super) key_use: KeyUse,
    /// The last known address of the keys, unless the metadata that named it is out of date.
    pub(super) jwks_uri: Option<Uri>,
    /// The address that served the metadata.
    pub(super) metadata_url: Option<Uri>,
    /// The validators of the last good answer, and the address that they came from.
    pub(super) validators: Option<(Uri, Validators)>,
}

/// A good answer.
#[derive(Debug)]
pub(crate) struct FetchedKeys {
    /// `None`: 304, the last set still applies.
    pub(super) keys: Option<KeySet>,
    pub(super) validators: Validators,
    pub(super) jwks_uri: Uri,
    /// The addresses from the metadata, if it was read for this fetch.
    pub(super) discovered: Option<Discovered>,
}

impl KeysFetch {
    pub(super) async fn run(self, now: UnixTime) -> Result<Fetched<FetchedKeys>, FetchError> {
        match &self.location {
            Location::Fixed(jwks_uri) => self.keys_at(jwks_uri.clone(), None, now).await,
            Location::File(path) => self.keys_in(path).await,
            Location::Discovered(issuer) => {
                if let Some(jwks_uri) = self.jwks_uri.clone() {
                    match self.keys_at(jwks_uri, None, now).await {
                        // The keys have moved: look for them within the same fetch.
                        Err(error) if error.is_gone() => {}
                        done => return done,
                    }
                }
                let known = self.metadata_url.as_ref();
                let found = discover(&self.fetcher, issuer, known, now).await?;
                self.keys_at(found.jwks_uri.clone(), Some(found), now).await
            }
        }
    }

    async fn keys_at(
        &self,
        jwks_uri: Uri,
        discovered: Option<Discovered>,
        now: UnixTime,
    ) -> Result<Fetched<FetchedKeys>, FetchError> {
        let known = match &self.validators {
            Some((url, validators)) if *url == jwks_uri => validators.clone(),
            _ => Validators::default(),
        };
        let answer = self.fetcher.get(&jwks_uri, &known, now).await?;
        let max_age = max_age(answer.headers(), now);
        let (keys, validators) = if answer.status() == StatusCode::NOT_MODIFIED {
            (None, known)
        } else {
            let keys = self.read(&jwks_uri, answer.body())?;
            (Some(keys), Validators::from_headers(answer.headers()))
        };
        let answer = FetchedKeys { keys, validators, jwks_uri, discovered };
        Ok(Fetched { answer, max_age })
    }

    async fn keys_in(&self, path: &Path) -> Result<Fetched<FetchedKeys>, FetchError> {
        let failed = |why: String| FetchError::new(format!("{}: {why}", path.display()));
        let (owned, max_bytes) = (path.to_owned(), self.fetcher.max_bytes);
        let read = tokio::task::spawn_blocking(move || read_bounded(&owned, max_bytes)).await;
        let document = read.map_err(|_| failed("the reading thread was stopped".to_owned()))?;
        let keys = keys_of_text(&document.map_err(failed)?, self.max_keys).map_err(failed)?;
        let (validators, jwks_uri) = (Validators::default(), Uri::default());
        let answer = FetchedKeys { keys: Some(keys), validators, jwks_uri, discovered: None };
        Ok(Fetched { answer, max_age: None })
    }

    fn read(&self, url: &Uri, body: &[u8]) -> Result<KeySet, FetchError> {
        // The content type is ignored: only the bytes decide whether this is a key set.
        let keys = KeySet::parse_for(body, self.max_keys, self.key_use)
            .map_err(|error| FetchError::new(format!("{url}: {error}")))?;
        if keys.is_empty() {
            return Err(FetchError::new(format!("{url} publishes no key that can be used")));
        }
        Ok(keys)
    }
}
