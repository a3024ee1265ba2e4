use crate::{error::Problems, json::MAX_MEMBERS, scope::MAX_SCOPES};

/// Longest token that is read by default, in bytes: common servers accept header lines of this
/// length. Real vendors' access tokens have 700 to 2,500.
pub const MAX_TOKEN_BYTES: usize = 8_192;
/// Longest header part of a token by default, in encoded bytes: real ones have at most 400.
pub const MAX_HEADER_BYTES: usize = 2_048;

/// Limits on the size of a token, for issuers whose tokens are unusually large.
///
/// The defaults fit every token seen in practice; each setter's maximum bounds what a caller can
/// make a server do before the signature is checked.
///
/// ```
/// use tower_bearer::verify::TokenLimits;
///
/// let limits = TokenLimits::default().max_token_bytes(16_384).max_members(256);
/// # let _ = limits;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenLimits {
    pub(crate) token_bytes: usize,
    pub(crate) header_bytes: usize,
    pub(crate) members: usize,
    pub(crate) scopes: usize,
}

impl TokenLimits {
    /// Sets the longest token, in bytes: [`MAX_TOKEN_BYTES`] by default, at most 65,536. The HTTP
    /// server in front must accept header lines of this length, too.
    #[must_use]
    pub const fn max_token_bytes(self, bytes: usize) -> Self {
        Self { token_bytes: bytes, ..self }
    }

    /// Sets the longest header part of a token, in encoded bytes: [`MAX_HEADER_BYTES`] by default, at
    /// most 16,384. Certificates in `x5c` make headers long.
    #[must_use]
    pub const fn max_header_bytes(self, bytes: usize) -> Self {
        Self { header_bytes: bytes, ..self }
    }

    /// Sets the most members of one JSON object in a token: 128 by default, at most 1,024. Keycloak's
    /// `resource_access` has one for each client of a user.
    #[must_use]
    pub const fn max_members(self, members: usize) -> Self {
        Self { members, ..self }
    }

    /// Sets the most scopes of a token: [`MAX_SCOPES`](crate::scope::MAX_SCOPES) by default, at most
    /// 2,048. Each costs a comparison where a route needs a scope.
    #[must_use]
    pub const fn max_scopes(self, scopes: usize) -> Self {
        Self { scopes, ..self }
    }

    pub(crate) fn check(&self, problems: &mut Problems) {
        let settings = [
            ("max_token_bytes", self.token_bytes, 65_536),
            ("max_header_bytes", self.header_bytes, 16_384),
            ("max_members", self.members, 1_024),
            ("max_scopes", self.scopes, 2_048),
        ];
        for (setting, value, greatest) in settings {
            if !(1..=greatest).contains(&value) {
                problems.add(setting, format!("cannot be {value}: give 1 to {greatest}"));
            }
        }
    }
}

impl Default for TokenLimits {
    fn default() -> Self {
        Self {
            token_bytes: MAX_TOKEN_BYTES,
            header_bytes: MAX_HEADER_BYTES,
            members: MAX_MEMBERS,
            scopes: MAX_SCOPES,
        }
    }
}
