//! Verifies a token. Pure: it uses no clock, no socket and no global state.
//!
//! [`Verifier`] holds the requirements of an API for the tokens of one issuer. [`Check`] lists its
//! checks in their order; [`Verifier::explain`] returns the outcome of each.
//!
//! # Settings for common issuers
//!
//! | issuer | settings |
//! |---|---|
//! | Amazon Cognito: no `aud` | `audience_claim(AudienceClaim::new("client_id", ClaimValue::new("token_use", "access")))` |
//! | Keycloak before 25: `nonce` in access tokens | `access_token_claim(ClaimValue::new("typ", "Bearer"))` |
//! | Keycloak: roles | `scope_claim(ScopeSource::pointer("/realm_access/roles"))` |
//! | Microsoft Entra: users and daemons | `scope_claims(["scp", "roles"])`: `roles` count only where there is no `scp` |
//! | Zitadel: roles | `scope_claim(ScopeSource::member_names("/urn:zitadel:iam:org:project:roles"))`: the organisation below a role is not checked |
//! | Okta | `scope_claim("scp")` |
//! | Auth0 with RBAC | `scope_claim("permissions")` |
//!
//! ```
//! use tower_bearer::{
//!     claims::{Audience, Issuer},
//!     error::TokenFaultKind,
//!     key::KeySet,
//!     time::UnixTime,
//!     verify::Verifier,
//! };
//!
//! let verifier = Verifier::new(
//!     Issuer::new("https://issuer.example")?,
//!     Audience::new("urn:worldmappers")?,
//! );
//! let keys = KeySet::parse(br#"{"keys":[]}"#)?;
//! let fault = verifier.verify("not a token", &keys, UnixTime::from_secs(1_700_000_000)).unwrap_err();
//! assert_eq!(*fault.kind(), TokenFaultKind::NotCompact);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod admitted;
mod assertion;
mod audience;
mod audience_claim;
mod check;
mod claim_value;
mod expected;
mod explain;
#[cfg(feature = "introspection")]
mod introspected;
#[cfg(feature = "status-list")]
mod other_tokens;
mod scopes;
mod token_kind;
mod verifier;

#[cfg(feature = "issuer")]
pub(crate) use self::assertion::trust_domain;
pub use self::{
    audience::AudienceRule,
    audience_claim::AudienceClaim,
    check::Check,
    claim_value::ClaimValue,
    explain::{CheckOutcome, Explanation},
    scopes::ScopeSource,
    verifier::{MAX_LEEWAY, Verifier},
};
pub use crate::jwt::{MAX_HEADER_BYTES, MAX_TOKEN_BYTES, TokenLimits};
