//! Token identifiers.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::secret::{NoRandomness, random};

/// Makes a `jti` of 128 random bits (RFC 7519 §4.1.7).
pub(super) fn token_id() -> Result<String, NoRandomness> {
    Ok(URL_SAFE_NO_PAD.encode(random::<16>()?))
}
