//! The one place that reads the wall clock.
//!
//! Everything that decides takes a [`UnixTime`] as an argument; only the outermost layer asks a
//! [`Clock`] for it, so a test sets the time by hand instead of waiting for it.

use std::{
    fmt,
    ops::{Add, Sub},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z, leap seconds ignored
/// (RFC 7519 §2, NumericDate).
///
/// Arithmetic saturates: no token can make it overflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(u64);

impl UnixTime {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// The last representable point in time; a later date saturates to it.
    pub const MAX: Self = Self(u64::MAX);

    /// The point `seconds` after the epoch.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }

    /// The point `milliseconds` after the epoch.
    #[must_use]
    pub const fn from_millis(milliseconds: u64) -> Self {
        Self(milliseconds)
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Returns how long after `earlier` this is; zero if it is not after.
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

fn whole_millis(duration: Duration) -> u64 {
    duration.as_secs().saturating_mul(1_000).saturating_add(duration.subsec_millis().into())
}

impl Add<Duration> for UnixTime {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(whole_millis(duration)))
    }
}

impl Sub<Duration> for UnixTime {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(whole_millis(duration)))
    }
}

impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_secs())
    }
}

/// A source of the time. [`SystemClock`] is the real one; a test brings its own.
///
/// ```
/// use tower_bearer::time::{Clock, UnixTime};
///
/// #[derive(Debug)]
/// struct Stopped(UnixTime);
///
/// impl Clock for Stopped {
///     fn now(&self) -> UnixTime {
///         self.0
///     }
/// }
/// # assert_eq!(Stopped(UnixTime::EPOCH).now(), UnixTime::EPOCH);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a clock",
    note = "implement `Clock::now` for it; `Clone` types such as `Arc<impl Clock>` are clocks, too"
)]
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time now. It may jump in either direction; nothing panics when it does.
    fn now(&self) -> UnixTime;
}

/// The operating system's wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    /// A clock set before 1970 reads as the epoch, at which every key and token is refused or
    /// fetched anew.
    fn now(&self) -> UnixTime {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        UnixTime(whole_millis(since_epoch.unwrap_or_default()))
    }
}

/// Measures how long something takes, for metrics.
#[cfg(feature = "metrics")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(std::time::Instant);

#[cfg(feature = "metrics")]
impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(std::time::Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> UnixTime {
        (**self).now()
    }
}
