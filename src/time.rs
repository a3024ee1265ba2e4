//! The one place that reads the wall clock.
//!
//! Everything that decides takes a [`UnixTime`] as an argument; only the outermost layer asks a
//! [`Clock`] for it, so a test sets the time by hand instead of waiting for it.

use std::{
    fmt,
    ops::{Add, Range, Sub},
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
    /// The last point in time that can be named: a date beyond it counts as this one.
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

    /// How long after `earlier` this is; zero when it is not after.
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

/// Tells the time. [`SystemClock`] is the real one; a test brings its own.
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
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time now. It may jump in either direction; nothing panics when it does.
    fn now(&self) -> UnixTime;

    /// The time now, or one that is up to [`MAX_COARSE_LAG`] behind it: for clocks that can tell
    /// such a time for less. What was verified before and lasts for a while yet is admitted by it
    /// alone; everything else is decided by [`now`](Self::now).
    ///
    /// It is never ahead of `now`, and follows at once when that is set back. What a clock is
    /// behind beyond the bound, a token may be admitted too long: one that cannot promise this
    /// keeps the default, which is `now`.
    fn coarse_now(&self) -> UnixTime {
        self.now()
    }
}

/// How far [`Clock::coarse_now`] may be behind.
pub const MAX_COARSE_LAG: Duration = Duration::from_secs(1);

/// What is known of the time: now is not before the one, nor after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    pub(crate) earliest: UnixTime,
    pub(crate) latest: UnixTime,
}

impl About {
    /// The time, as far as a coarse look tells.
    pub(crate) fn now(clock: &dyn Clock) -> Self {
        let earliest = clock.coarse_now();
        Self { earliest, latest: earliest + MAX_COARSE_LAG }
    }

    /// Whether now is within this span for certain.
    pub(crate) fn is_within(self, span: &Range<UnixTime>) -> bool {
        span.start <= self.earliest && self.latest < span.end
    }
}

impl From<UnixTime> for About {
    fn from(exactly: UnixTime) -> Self {
        Self { earliest: exactly, latest: exactly }
    }
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

    /// On Linux the time of the kernel's last tick, which is some milliseconds ago.
    fn coarse_now(&self) -> UnixTime {
        ticked().unwrap_or_else(|| self.now())
    }
}

/// The time of the last tick, unless that was before 1970.
#[cfg(target_os = "linux")]
fn ticked() -> Option<UnixTime> {
    let since_epoch = nix::time::ClockId::CLOCK_REALTIME_COARSE.now().ok()?;
    (since_epoch.tv_sec() >= 0).then(|| UnixTime::EPOCH + Duration::from(since_epoch))
}

#[cfg(not(target_os = "linux"))]
fn ticked() -> Option<UnixTime> {
    None
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> UnixTime {
        (**self).now()
    }

    fn coarse_now(&self) -> UnixTime {
        (**self).coarse_now()
    }
}
