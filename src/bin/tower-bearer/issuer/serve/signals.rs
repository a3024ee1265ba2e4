//! The signals that end or reload a server.

use std::io;

pub(super) use self::platform::Signals;

#[cfg(unix)]
mod platform {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::io;

    /// SIGTERM and SIGINT end the server, SIGHUP reloads its files.
    #[derive(Debug)]
    pub(in super::super) struct Signals {
        terminate: Signal,
        interrupt: Signal,
        hang_up: Signal,
    }

    impl Signals {
        /// Installs the handlers.
        pub(in super::super) fn new() -> io::Result<Self> {
            Ok(Self {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
                hang_up: signal(SignalKind::hangup())?,
            })
        }

        /// Completes at the next signal.
        pub(in super::super) async fn next(&mut self) -> super::Signal {
            tokio::select! {
                biased;
                _ = self.terminate.recv() => super::Signal::Shutdown,
                _ = self.interrupt.recv() => super::Signal::Shutdown,
                _ = self.hang_up.recv() => super::Signal::Reload,
            }
        }
    }
}

#[cfg(not(unix))]
mod platform {
    use super::io;

    /// Ctrl-C ends the server.
    #[derive(Debug)]
    pub(in super::super) struct Signals;

    impl Signals {
        /// There is nothing to install.
        pub(in super::super) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        /// Completes at the next signal.
        pub(in super::super) async fn next(&mut self) -> super::Signal {
            // Without a handler the system ends the program by itself.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
            super::Signal::Shutdown
        }
    }
}

/// The request that a signal makes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Signal {
    Shutdown,
    Reload,
}
