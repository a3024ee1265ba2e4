//! Time arithmetic never overflows, whatever a token says.

use std::{sync::Arc, time::Duration};

use tower_bearer::time::{Clock, UnixTime};

use crate::support::{ManualClock, NOW};

#[test]
fn arithmetic_saturates_at_both_ends() {
    assert_eq!(UnixTime::MAX + Duration::MAX, UnixTime::MAX);
    assert_eq!(UnixTime::EPOCH - Duration::MAX, UnixTime::EPOCH);
    assert_eq!(UnixTime::from_secs(u64::MAX), UnixTime::MAX);
}

#[test]
fn a_shared_clock_is_the_clock_that_is_shared() {
    let shared: Arc<dyn Clock> = Arc::new(ManualClock::at(NOW));
    let shared = Arc::new(shared);
    assert_eq!(Clock::now(&shared), NOW);
}
