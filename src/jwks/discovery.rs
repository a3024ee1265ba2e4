//! Finds the address of an issuer's keys in its metadata.

use http::Uri;

use crate::{
    claims::Issuer,
    metadata::{MetadataError, MetadataErrorKind, ServerMetadata, is_json, well_known_urls},
    refresh::{FetchError, Fetcher, Validators},
    time::UnixTime,
};

/// Finds the keys' address in the first metadata document there is.
pub(super) async fn discover(
    fetcher: &Fetcher,
    issuer: &Issuer,
    now: UnixTime,
) -> Result<Uri, FetchError> {
    let urls = well_known_urls(issuer).map_err(FetchError::new)?;
    let mut failure = FetchError::new("the issuer publishes no metadata");
    for url in urls {
        match read(fetcher, &url, issuer, now).await {
            Ok(jwks_uri) => return Ok(jwks_uri),
            Err(error) if error.is_gone() => failure = FetchError { status: None, ..error },
            Err(error) => return Err(error),
        }
    }
    Err(failure)
}

async fn read(
    fetcher: &Fetcher,
    url: &Uri,
    issuer: &Issuer,
    now: UnixTime,
) -> Result<Uri, FetchError> {
    let answer = fetcher.get(url, &Validators::default(), now).await?;
    if !is_json(answer.headers(), &[]) {
        return Err(FetchError::new(format!("{url} does not answer with JSON")));
    }
    let document = ServerMetadata::parse(answer.body(), issuer)
        .map_err(|error| FetchError::new(format!("{url}: {error}")))?;
    document.jwks_uri().cloned().ok_or_else(|| {
        let missing = MetadataError::from(MetadataErrorKind::Missing("jwks_uri"));
        FetchError::new(format!("{url}: {missing}"))
    })
}
