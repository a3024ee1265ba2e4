//! Time arithmetic never overflows, whatever a token says.

use std::time::Duration;

use tower_bearer::time::UnixTime;

#[test]
fn arithmetic_saturates_at_both_ends() {
    assert_eq!(UnixTime::MAX + Duration::MAX, UnixTime::MAX);
    assert_eq!(UnixTime::EPOCH - Duration::MAX, UnixTime::EPOCH);
    assert_eq!(UnixTime::from_secs(u64::MAX), UnixTime::MAX);
}
