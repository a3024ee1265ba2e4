//! Runs an issuer with faults.

use std::{fmt, ops::Deref, sync::Arc};

use super::{
    fault_control::{FaultControl, SkewedClock},
    faults::Faults,
    faulty_issuer::FaultyIssuer,
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
    /// Listens as [`start`](Self::start) does, with faults on demand: see
    /// [`testing`](crate::issuer::testing).
    ///
    /// # Errors
    /// When the configuration is wrong, or the port is taken.
    ///
    /// # Cancel safety
    /// It never waits: a dropped future has started nothing, or everything.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O and time.
    pub async fn start_testing(self) -> Result<TestIssuer, StartError> {
        let control = Arc::new(FaultControl::default());
        let clock = SkewedClock { clock: Arc::clone(&self.clock), control: Arc::clone(&control) };
        let (listener, issuer) = self.clock(clock).bind()?;
        let faulty = FaultyIssuer { issuer: issuer.clone(), control };
        // An outage may let a request hang for as long as the test likes.
        let limits = ServerLimits::default().without_request_timeout();
        let server = Server::start(listener, faulty.clone(), limits).map_err(StartError::Socket)?;
        let running = RunningIssuer::new(issuer, server);
        tracing::warn!(
            url = running.url(),
            "a test issuer runs: anybody who can reach it can get any token"
        );
        Ok(TestIssuer { running, faulty })
    }
}

impl TestIssuer {
    /// Replaces the faults.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// use tower_bearer::issuer::{TokenIssuer, testing::{Faults, Outage}};
    ///
    /// let issuer = TokenIssuer::on_loopback().start_testing().await?;
    /// issuer.set_faults(Faults::none().outage(Outage::Hang).delay(Duration::from_millis(200)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_faults(&self, faults: Faults) {
        self.faulty.control.set(faults);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.set_faults(Faults::none());
    }

    /// Returns the current faults.
    pub fn faults(&self) -> Faults {
        self.faulty.control.faults()
    }

    /// Makes a token as [`TokenIssuer::token`](crate::issuer::TokenIssuer::token) does, with changes.
    /// The changes that the faults make to issued tokens do not apply.
    ///
    /// # Errors
    /// When the cryptographic library fails.
    pub fn mint(&self, changes: &TokenChanges) -> Result<String, SigningError> {
        self.faulty.mint(changes)
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
