//! Time arithmetic never overflows, whatever a token says; and a coarse look at a clock is never
//! further behind than it may be.

use std::{sync::Arc, time::Duration};

use tower_bearer::time::{Clock, MAX_COARSE_LAG, SystemClock, UnixTime};

use crate::support::{ManualClock, NOW};

#[test]
fn arithmetic_saturates_at_both_ends() {
    assert_eq!(UnixTime::MAX + Duration::MAX, UnixTime::MAX);
    assert_eq!(UnixTime::EPOCH - Duration::MAX, UnixTime::EPOCH);
    assert_eq!(UnixTime::from_secs(u64::MAX), UnixTime::MAX);
}

#[test]
fn a_coarse_look_at_the_system_clock_is_not_ahead_and_hardly_behind() {
    let before = SystemClock.now();
    let coarse = SystemClock.coarse_now();
    assert!(coarse <= SystemClock.now());
    assert!(coarse + MAX_COARSE_LAG > before);
}

#[test]
fn a_shared_clock_is_the_clock_that_is_shared() {
    let clock = ManualClock::at(NOW);
    clock.lag(Duration::from_millis(7));
    let shared: Arc<dyn Clock> = Arc::new(clock);
    let shared = Arc::new(shared);
    assert_eq!(Clock::now(&shared), NOW);
    assert_eq!(shared.coarse_now(), NOW - Duration::from_millis(7));
}
