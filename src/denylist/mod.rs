//! A list of tokens that this API refuses from now on although they are valid: a stolen token, the
//! tokens of an account that was deleted, a client that was switched off.
//!
//! [`ResourceServer::deny`](crate::ResourceServer::deny) adds an entry, which takes effect at once:
//! the next request is refused, on each thread, also if its token is cached as verified. An entry
//! names an issuer, what is denied ([`Denied`]), and a time at which the entry ends: that at which
//! the last token that it is about has expired.
//!
//! ```
//! use std::time::Duration;
//!
//! use tower_bearer::{
//!     Issuer, ResourceServer,
//!     denylist::{Denial, Denied},
//!     time::{Clock, SystemClock},
//! };
//!
//! let issuer = Issuer::new("https://issuer.example")?;
//! let api = ResourceServer::discover(issuer.clone(), "urn:worldmappers").build()?;
//! // No token of this issuer lives longer than a day.
//! let until = SystemClock.now() + Duration::from_secs(24 * 60 * 60);
//! api.deny(Denial::new(issuer, Denied::client("outsourcer-a"), until))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it does not do
//!
//! - **It does not outlive the process, and other processes do not learn of it.** Replicas agree if
//!   each receives every entry, in any order and any number of times: see
//!   [`Denylist::snapshot`] and [`Denylist::apply`], and send the entries by a channel of your own.
//! - It does not tell the issuer, which issues new tokens to the client until it is stopped there.
//! - **A token without the claim that an entry names is not matched**: an entry for a token id does
//!   not match a token without `jti`. The exception is [`Denied::IssuedBefore`], which refuses the
//!   subject's tokens without `iat`.
//! - An entry cannot be withdrawn before its end.

mod denial;
mod entries;
#[cfg(test)]
mod laws;
mod list;

pub(crate) use self::list::CheckedGeneration;
pub use self::{
    denial::{Denial, Denied},
    list::{Denylist, DenylistFull, MAX_DENIALS},
};
