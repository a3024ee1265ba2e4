use std::time::Duration;

use serde::Serialize;

use crate::refresh::State;

/// The state of an issuer's keys, for a health check or a dashboard.
///
/// ```
/// use tower_bearer::{ResourceServer, jwks::KeysState};
///
/// /// For a readiness probe: true if tokens of every issuer can be verified.
/// fn is_ready(api: &ResourceServer) -> bool {
///     let unusable = [KeysState::Empty, KeysState::Expired];
///     api.readiness().iter().all(|issuer| !unusable.contains(&issuer.state))
/// }
/// # let api = ResourceServer::discover("https://issuer.example", "urn:display");
/// # assert!(!is_ready(&api.build().unwrap()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Readiness {
    /// The issuer whose keys they are.
    pub issuer: String,
    /// The state of the keys.
    pub state: KeysState,
    /// The time since they were fetched or confirmed, in whole seconds.
    #[serde(serialize_with = "seconds", rename = "age_seconds")]
    pub age: Option<Duration>,
    /// Increases when a key is added, removed or changed; zero before the first set.
    pub generation: u64,
    /// The number of usable keys.
    pub keys: usize,
    /// The reason why the last fetch failed, if it did.
    pub last_error: Option<String>,
}

/// The state of an issuer's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KeysState {
    /// There are none yet: requests wait for them, or are answered 503.
    Empty,
    /// They are fresh.
    Fresh,
    /// They are still fresh, but due for a refresh in the background.
    Due,
    /// They could not be refreshed in time, and are still used.
    Stale,
    /// They are too old to be used: requests are answered 503.
    Expired,
    /// They were configured, not fetched.
    Static,
}

impl KeysState {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Fresh => "fresh",
            Self::Due => "due",
            Self::Stale => "stale",
            Self::Expired => "expired",
            Self::Static => "static",
        }
    }
}

impl From<State> for KeysState {
    fn from(state: State) -> Self {
        match state {
            State::Empty => Self::Empty,
            State::Fresh => Self::Fresh,
            State::Due => Self::Due,
            State::Stale => Self::Stale,
            State::Expired => Self::Expired,
        }
    }
}

impl Readiness {
    /// Returns true if tokens can be verified.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        !matches!(self.state, KeysState::Empty | KeysState::Expired)
    }
}

fn seconds<S: serde::Serializer>(
    duration: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    duration.map(|duration| duration.as_secs()).serialize(serializer)
}
