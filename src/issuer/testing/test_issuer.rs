//! Runs an issuer that does what a test says.

use std::{fmt, ops::Deref, sync::Arc};

use super::{
    fault_control::{Desk, SkewedClock},
    faults::Faults,
    service::FaultyIssuer,
    token_changes::TokenChanges,
};
use crate::{
    issuer::{Loopback, RunningIssuer, Server, ServerLimits, StartError, TokenIssuerBuilder},
    key::SigningError,
};

/// An issuer for tests that listens on a loopback address until this value is dropped.
///
/// It dereferences to its [`RunningIssuer`], and through it to its
/// [`TokenIssuer`](crate::issuer::TokenIssuer), which rotates and withdraws keys.
pub struct TestIssuer {
    running: RunningIssuer,
    faulty: FaultyIssuer,
}

impl TokenIssuerBuilder<Loopback> {
    /// Listens as [`start`](Self::start) does, and lets a test say what goes wrong; see
    /// [`testing`](crate::issuer::testing).
    ///
    /// # Errors
    /// When the configuration is wrong, or the port is taken.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O and time.
    pub async fn start_testing(self) -> Result<TestIssuer, StartError> {
        let desk = Arc::new(Desk::default());
        let clock = SkewedClock { clock: Arc::clone(&self.clock), desk: Arc::clone(&desk) };
        let (listener, issuer) = self.clock(clock).bind()?;
        let faulty = FaultyIssuer { issuer: issuer.clone(), desk };
        // An outage may let a request hang for as long as the test likes.
        let limits = ServerLimits::default().without_request_timeout();
        let server = Server::start(listener, faulty.clone(), limits).map_err(StartError::Socket)?;
        let running = RunningIssuer::new(issuer, server);
        tracing::warn!(url = running.url(), "a test issuer: whoever reaches it has any token");
        Ok(TestIssuer { running, faulty })
    }
}

impl TestIssuer {
    /// Lets this go wrong from now on, and nothing else.
    pub fn set_faults(&self, faults: Faults) {
        self.faulty.desk.set(faults);
    }

    /// Lets everything be well again.
    pub fn clear_faults(&self) {
        self.set_faults(Faults::none());
    }

    /// What goes wrong now.
    pub fn faults(&self) -> Faults {
        self.faulty.desk.faults()
    }

    /// A token as [`TokenIssuer::token`](crate::issuer::TokenIssuer::token) begins it, with changes;
    /// those that the faults make to issued tokens do not count here.
    ///
    /// # Errors
    /// When the cryptographic library fails.
    pub fn mint(&self, changes: &TokenChanges) -> Result<String, SigningError> {
        self.faulty.mint(changes)
    }
}

impl FaultyIssuer {
    pub(super) fn mint(&self, changes: &TokenChanges) -> Result<String, SigningError> {
        let shared = &self.issuer.shared;
        let now = shared.now();
        changes.sign(self.issuer.token(), &shared.keys.active(), &self.desk, now)
    }
}

impl Deref for TestIssuer {
    type Target = RunningIssuer;

    fn deref(&self) -> &RunningIssuer {
        &self.running
    }
}

impl fmt::Debug for TestIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestIssuer")
            .field("running", &self.running)
            .field("faults", &self.faults())
            .finish()
    }
}
