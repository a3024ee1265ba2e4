//! `RequireScope`: what a route needs of a token.
//!
//! The same words are a layer, an extractor type and a pattern:
//!
//! ```
//! # #[cfg(feature = "axum")] fn app() -> axum::Router {
//! use axum::{Router, routing::get};
//! use tower_bearer::RequireScope;
//!
//! async fn list(RequireScope(token): RequireScope!["announce:read"]) -> String {
//!     format!("hello, {}", token.client_id().unwrap_or("somebody"))
//! }
//!
//! Router::new()
//!     .route("/revenue", get(|| async { "42" }))
//!     .route_layer(RequireScope("revenue:read"))
//!     .route("/announcements", get(list))
//! # }
//! ```
//!
//! Both must be inside the layer of a [`ResourceServer`](crate::server::ResourceServer), which
//! verifies the token. Without that layer every request is answered 500, and the log says how to
//! fix it.
//!
//! # Order of layers
//! In axum the layer that is added last is the outermost: call `.layer(api.layer())` after the
//! routes and after `.route_layer(RequireScope(..))`. In `tower::ServiceBuilder` the first is the
//! outermost: put `api.layer()` before `RequireScope(..)`.
//!
//! Add `RequireScope(..)` by `route_layer`: by `layer`, axum also puts it around the fallback, and
//! requests to unknown paths are answered 403 instead of 404 if the scope is a template.

mod decide;
#[cfg(feature = "axum")]
mod extract;
mod literal;
mod params;
mod registry;
mod requirement;
mod service;

#[cfg(any(feature = "grpc", feature = "mcp"))]
pub(crate) use self::decide::{Refused, permit_operation, refuse, token};
#[cfg(feature = "axum")]
pub use self::extract::{Granted, Rejection};
#[doc(hidden)]
pub use self::literal::{check, pack};
pub use self::{
    literal::{Literal, MAX_LITERAL_BYTES, Required},
    params::PathParams,
    requirement::{AnyOf, ToRequirement, any_of},
    service::{RequireScopeService, ResponseFuture},
};

/// Requires scopes of the token: as a layer by value, `RequireScope("announce:read")`, and as an
/// axum extractor by literal, [`RequireScope!["announce:read"]`](macro@crate::RequireScope).
///
/// As a layer it takes
/// - a text: `"announce:read"`, or `"announce:read revenue:read"`, which needs both;
/// - [`any_of`]`(["announce:read", "announce:admin"])`, which needs one of them;
/// - a [`Requirement`](crate::scope::Requirement), such as [`scope!("announce:read")`](crate::scope!)
///   checks at compile time.
///
/// A template such as `announce:{id}:read` is filled from the path parameters of the route.
///
/// A refusal is 403 with `error="insufficient_scope"` and all scopes needed in `scope`
/// (RFC 6750 §3.1). An invalid scope rejects every request with 500 and logs an error, also when the
/// layer is applied.
///
/// It does **not** check the token: the layer of a
/// [`ResourceServer`](crate::server::ResourceServer) outside it does.
#[derive(Clone, Copy, Debug)]
pub struct RequireScope<T>(pub T);

/// The type of an axum extractor that requires scopes, checked at compile time.
///
/// - `RequireScope!["announce:read"]`
/// - `RequireScope!["announce:read", "revenue:read"]`: both, as does `"announce:read revenue:read"`
/// - `RequireScope![any "announce:read", "announce:admin"]`: one of them
/// - `RequireScope!["announce:{id}:read"]`: with the value of `{id}` from the route's path
///
/// All literals of one `RequireScope!` together have at most 128 bytes.
///
/// ```
/// # #[cfg(feature = "axum")] mod api {
/// use axum::extract::Path;
/// use tower_bearer::RequireScope;
///
/// /// A name for what is needed often.
/// pub type CanRead = RequireScope!["announce:{id}:read"];
///
/// async fn read(RequireScope(token): CanRead, Path(id): Path<u64>) -> String {
///     format!("announcement {id} for {:?}", token.subject())
/// }
/// # }
/// ```
///
/// ```compile_fail
/// # use tower_bearer::RequireScope;
/// async fn read(_: RequireScope!["announce:{id:read"]) {}
/// ```
#[cfg(feature = "axum")]
#[macro_export]
macro_rules! RequireScope {
    [any $first:literal $(, $more:literal)* $(,)?] => {
        $crate::RequireScope!(@pack true, [$first $(, $more)*], ::core::concat!($first $(, " ", $more)*))
    };
    [$first:literal $(, $more:literal)* $(,)?] => {
        $crate::RequireScope!(@pack false, [$first $(, $more)*], ::core::concat!($first $(, " ", $more)*))
    };
    (@pack $any:literal, [$($literal:literal),*], $text:expr) => {
        $crate::RequireScope<$crate::require::Granted<$crate::require::Literal<
            $any,
            {
                $($crate::require::check($literal, $any);)*
                $crate::require::pack($text, 0)
            },
            { $crate::require::pack($text, 1) },
            { $crate::require::pack($text, 2) },
            { $crate::require::pack($text, 3) },
            { $crate::require::pack($text, 4) },
            { $crate::require::pack($text, 5) },
            { $crate::require::pack($text, 6) },
            { $crate::require::pack($text, 7) },
        >>>
    };
    [$($other:tt)*] => {
        ::core::compile_error!(
            "`RequireScope![..]` takes string literals: write the scope itself, as \
             `RequireScope![\"announce:read\"]` does. To write it once, name the type: \
             `type CanRead = RequireScope![\"announce:read\"];`. A constant or a computed scope \
             goes into the layer: `RequireScope(SCOPE)`"
        )
    };
}

/// The type of an axum extractor that requires scopes: it needs the feature `axum`.
#[cfg(not(feature = "axum"))]
#[macro_export]
macro_rules! RequireScope {
    [$($any:tt)*] => {
        ::core::compile_error!(
            "`RequireScope![..]` is an axum extractor: enable the feature `axum` of `tower-bearer`, \
             or use the layer `RequireScope(\"..\")`"
        )
    };
}
