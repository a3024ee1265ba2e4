//! Finds the address of an issuer's keys in its metadata.

use http::Uri;

use crate::{
    claims::Issuer,
    metadata::{MetadataAnswer, MetadataMember, WideScope, is_not_here, well_known_urls},
    refresh::{FetchError, Fetcher, Validators},
    time::UnixTime,
};

/// The address at which the metadata was found, and the address of the keys in it.
#[derive(Clone, Debug)]
pub(super) struct Discovered {
    pub(super) metadata_url: Uri,
    pub(super) jwks_uri: Uri,
    pub(super) wide_scope: Option<WideScope>,
}

/// The reason why an address did not return metadata.
enum Miss {
    /// The issuer's metadata is not here: try the next address.
    NotHere(FetchError),
    Failed(FetchError),
}

/// Finds the keys' address in the issuer's metadata: tries the well-known addresses in order until
/// one has it. While `known`, which served the metadata before, still exists, no other address is
/// tried.
pub(super) async fn discover(
    fetcher: &Fetcher,
    issuer: &Issuer,
    known: Option<&Uri>,
    now: UnixTime,
) -> Result<Discovered, FetchError> {
    let mut misses = Vec::new();
    if let Some(url) = known {
        match read(fetcher, url, issuer, now).await {
            Ok(found) => return Ok(found),
            Err(Miss::NotHere(error)) if error.is_gone() => misses.push(error.message),
            Err(Miss::NotHere(error) | Miss::Failed(error)) => return Err(error),
        }
    }
    for url in well_known_urls(issuer).map_err(FetchError::new)? {
        if known == Some(&url) {
            continue;
        }
        match read(fetcher, &url, issuer, now).await {
            Ok(found) => return Ok(found),
            Err(Miss::NotHere(error)) => misses.push(error.message),
            Err(Miss::Failed(error)) => return Err(error),
        }
    }
    let misses = misses.join("; ");
    Err(FetchError::new(format!(
        "the issuer's metadata was not found at any of its addresses: {misses}"
    )))
}

async fn read(
    fetcher: &Fetcher,
    url: &Uri,
    issuer: &Issuer,
    now: UnixTime,
) -> Result<Discovered, Miss> {
    let answer = fetcher.get(url, &Validators::default(), now).await.map_err(|error| {
        if error.status.is_some_and(is_not_here) {
            Miss::NotHere(error)
        } else {
            Miss::Failed(error)
        }
    })?;
    let failure = |why: String| FetchError::new(format!("{url}: {why}"));
    match MetadataAnswer::judge(&answer, issuer, MetadataMember::JwksUri) {
        MetadataAnswer::Found { metadata, endpoint } => Ok(Discovered {
            metadata_url: url.clone(),
            jwks_uri: endpoint,
            wide_scope: metadata.wide_scope().cloned(),
        }),
        MetadataAnswer::NotHere(why) => Err(Miss::NotHere(failure(why))),
        MetadataAnswer::Failed(why) => Err(Miss::Failed(failure(why))),
    }
}
