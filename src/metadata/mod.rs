//! The metadata documents in which an issuer lists its endpoints (RFC 8414, OpenID Connect
//! Discovery 1.0), and an API its issuers and scopes ([`ProtectedResource`], RFC 9728). Pure:
//! nothing is fetched or served here.
//!
//! ```
//! use tower_bearer::{claims::Issuer, metadata::{ServerMetadata, well_known_urls}};
//!
//! let issuer = Issuer::new("https://issuer.example/tenant")?;
//! assert_eq!(
//!     well_known_urls(&issuer)?,
//!     [
//!         "https://issuer.example/.well-known/oauth-authorization-server/tenant",
//!         "https://issuer.example/.well-known/openid-configuration/tenant",
//!         "https://issuer.example/tenant/.well-known/openid-configuration",
//!     ]
//! );
//! let document = br#"{"issuer":"https://issuer.example/tenant","jwks_uri":"https://issuer.example/jwks"}"#;
//! assert!(ServerMetadata::parse(document, &issuer)?.jwks_uri().is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod fault;
mod json_type;
mod member;
mod protected_resource;
mod server_metadata;
mod well_known;
mod wide_scope;

#[cfg(any(feature = "client", feature = "introspection"))]
pub(crate) use self::json_type::check_json_type;
pub use self::{
    answer::MetadataAnswer,
    fault::{MetadataError, MetadataErrorKind},
    member::MetadataMember,
    protected_resource::ProtectedResource,
    server_metadata::ServerMetadata,
    well_known::well_known_urls,
};
pub(crate) use self::{answer::is_not_here, wide_scope::WideScope};
