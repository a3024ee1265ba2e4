//! The signals that end a server or hurry it.

use std::io;

pub(super) use self::platform::Signals;

#[cfg(unix)]
mod platform {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::io;

    /// SIGTERM and SIGINT end the server, SIGHUP hurries it.
    #[derive(Debug)]
    pub(in super::super) struct Signals {
        terminate: Signal,
        interrupt: Signal,
        hang_up: Signal,
    }

    impl Signals {
        pub(in super::super) fn new() -> io::Result<Self> {
            Ok(Self {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
                hang_up: signal(SignalKind::hangup())?,
            })
        }

        /// Completes at the next signal of either kind.
        pub(in super::super) async fn next(&mut self) -> super::Signal {
            tokio::select! {
                _ = self.terminate.recv() => super::Signal::End,
                _ = self.interrupt.recv() => super::Signal::End,
                _ = self.hang_up.recv() => super::Signal::Hurry,
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
        pub(in super::super) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        /// Completes at the next signal.
        pub(in super::super) async fn next(&mut self) -> super::Signal {
            // Without a handler the system ends the program by itself.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
            super::Signal::End
        }
    }
}

/// What a signal asks for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Signal {
    End,
    Hurry,
}
