//! Scopes: what a token grants and what a route requires.
//!
//! A scope is a pattern of up to three segments, `resource:instance:operation`, in which `*`
//! matches every value:
//!
//! | pattern | permits |
//! |---|---|
//! | `book:1:read` | read of book 1 |
//! | `book:*:read`, `book:read` | read of every book |
//! | `book:*:*`, `book:*`, `book` | every operation on every book |
//! | `*:*:*`, `*:*`, `*` | everything |
//!
//! **Does your issuer use these patterns?** If it treats a bare `read` as a plain scope, `read`
//! must not cover `read:appointments`: choose [`Matching::Exact`], which compares byte for byte.
//!
//! The scopes of OpenID Connect are opaque in either matching: `email` does not cover `email:send`,
//! and `*` does not cover `email`. A deny rule of the issuer still treats them as patterns.
//!
//! ```
//! use tower_bearer::scope::{Matching, Pattern, ScopeSet};
//!
//! let scopes = ScopeSet::parse("book:*:read revenue")?;
//! let required = Pattern::parse("book:1:read")?;
//! assert!(scopes.covers(required, Matching::Patterns));
//! assert!(!scopes.covers(required, Matching::Exact));
//! # Ok::<(), tower_bearer::scope::ScopeError>(())
//! ```
//!
//! Comparison is byte for byte and case-sensitive. A set covers a requirement if *one* of its
//! scopes does: no finite list of books means "every book".

mod fault;
mod pattern;
mod registry;
mod requirement;
mod set;
mod syntax;
mod template;

#[cfg(feature = "issuer")]
pub(crate) use self::pattern::{OPENID_SCOPES, OwnedPattern};
#[cfg(any(feature = "issuer", feature = "client"))]
pub(crate) use self::set::items;
pub(crate) use self::set::join_scopes;
pub use self::{
    fault::{ScopeError, ScopeErrorKind, TemplateError},
    pattern::Pattern,
    registry::Requirements,
    requirement::Requirement,
    set::{MAX_SCOPES, Matching, ScopeSet},
};
