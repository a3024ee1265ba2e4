//! The meaning of an answer at one of an issuer's well-known addresses.

use bytes::Bytes;
use http::{Response, StatusCode, Uri};

use super::{
    fault::MetadataErrorKind, json_type::check_json_type, member::MetadataMember,
    server_metadata::ServerMetadata,
};
use crate::claims::Issuer;

/// What an answer at one of the [`well_known_urls`](super::well_known_urls) says.
///
/// Issuers answer at addresses that they do not serve with a redirect, 403, or a page of HTML. Only
/// what says that the issuer cannot be asked now, or that its metadata is wrong, ends the search.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetadataAnswer {
    /// The issuer's metadata with the wanted address in it.
    Found {
        /// The metadata.
        metadata: Box<ServerMetadata>,
        /// The wanted address.
        endpoint: Uri,
    },
    /// The metadata is not here, and may be at the next address; with the reason.
    NotHere(String),
    /// No other address is asked; with the reason.
    Failed(String),
}

impl MetadataAnswer {
    /// Judges an answer.
    ///
    /// It is not here: a redirect or a client error but 408, 425 and 429; what is not a JSON object;
    /// a document without `issuer`, of another issuer, or without the wanted address. It failed:
    /// any other status but 200; duplicate members; an address that is not a URL.
    ///
    /// It does **not** check which scheme the address has.
    #[must_use]
    pub fn judge(answer: &Response<Bytes>, issuer: &Issuer, member: MetadataMember) -> Self {
        if answer.status() != StatusCode::OK {
            let why = format!("answers {}", answer.status());
            return if is_not_here(answer.status()) {
                Self::NotHere(why)
            } else {
                Self::Failed(why)
            };
        }
        if let Err(why) = check_json_type(answer.headers()) {
            return Self::NotHere(why);
        }
        let metadata = match ServerMetadata::parse(answer.body(), issuer) {
            Ok(metadata) => metadata,
            Err(error) => {
                let is_other = matches!(
                    error.kind(),
                    MetadataErrorKind::NotJson
                        | MetadataErrorKind::NoIssuer
                        | MetadataErrorKind::IssuerMismatch { .. }
                );
                let why = error.to_string();
                return if is_other { Self::NotHere(why) } else { Self::Failed(why) };
            }
        };
        match metadata.endpoint(member).cloned() {
            Some(endpoint) => Self::Found { metadata: Box::new(metadata), endpoint },
            None => Self::NotHere(format!("the metadata has no `{}`", member.name())),
        }
    }
}

/// Returns true for redirects and client errors, except those that ask for a retry.
pub(crate) fn is_not_here(status: StatusCode) -> bool {
    let is_transient = matches!(
        status,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
    );
    status.is_redirection() || (status.is_client_error() && !is_transient)
}
