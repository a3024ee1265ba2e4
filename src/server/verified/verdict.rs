use std::{ops::Range, sync::Weak, time::Duration};

use crate::{server::resolver::Resolved, time::UnixTime, token::AccessToken};

/// How long a verdict is relied on, however long the token and the keys live.
pub(in crate::server) const MAX_VERDICT_AGE: Duration = Duration::from_secs(300);

/// That a token was admitted, and what this depended on.
#[derive(Clone, Debug)]
pub(in crate::server) struct Verdict {
    pub(in crate::server) token: AccessToken,
    pub(in crate::server) origin: Origin,
    /// Of which generation the keys were.
    pub(in crate::server) generation: u64,
    /// When the verdict can be relied on as far as time is concerned.
    pub(in crate::server) in_time: Range<UnixTime>,
}

/// The issuer that a token was verified for, and with it the policy.
#[derive(Clone, Debug)]
pub(in crate::server) enum Origin {
    /// The issuer in this place of the settings.
    Named(usize),
    /// One that was resolved: another answer of the resolver is another issuer.
    Resolved(Weak<Resolved>),
}

impl Verdict {
    /// The same verdict, sharing no memory with this one.
    pub(super) fn apart(&self) -> Self {
        Self { token: self.token.apart(), ..self.clone() }
    }

    /// How many bytes it takes up, about.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.token.bytes()
    }
}
