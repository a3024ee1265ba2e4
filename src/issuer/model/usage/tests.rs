use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use proptest::prelude::*;

use super::*;

/// The beginning of a day.
const NOW: UnixTime = UnixTime::from_secs(1_800_000_000 / 86_400 * 86_400);
const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);

/// A clock that stands still.
#[derive(Debug)]
struct At(UnixTime);

impl Clock for At {
    fn now(&self) -> UnixTime {
        self.0
    }
}

fn request(usage: &Usage, quota: Quota, now: UnixTime) -> Result<(), Duration> {
    usage.count_request(quota, &At(now))
}

fn token(usage: &Usage, quota: Quota, now: UnixTime) -> Result<(), Duration> {
    usage.count_token(quota, &At(now))
}

#[test]
fn t34_a_quota_is_used_up_and_comes_back_with_the_next_window() {
    let usage = Usage::new();
    let quota = Quota::unlimited().requests_per_minute(2);
    assert_eq!(request(&usage, quota, NOW), Ok(()));
    assert_eq!(request(&usage, quota, NOW + 10 * SECOND), Ok(()));
    assert_eq!(request(&usage, quota, NOW + 10 * SECOND), Err(50 * SECOND));
    assert_eq!(request(&usage, quota, NOW + 59 * SECOND), Err(SECOND));
    assert_eq!(request(&usage, quota, NOW + 60 * SECOND), Ok(()));
}

#[test]
fn t34_the_longest_wait_counts_and_a_refused_token_uses_nothing_up() {
    let usage = Usage::new();
    let quota = Quota::unlimited().tokens_per_hour(1).tokens_per_day(2);
    assert_eq!(token(&usage, quota, NOW), Ok(()));
    assert_eq!(token(&usage, quota, NOW), Err(3_600 * SECOND));
    assert_eq!(token(&usage, quota, NOW + 3_600 * SECOND), Ok(()));
    assert_eq!(token(&usage, quota, NOW + 7_200 * SECOND), Err((86_400 - 7_200) * SECOND));
    assert_eq!(token(&usage, quota, NOW + DAY), Ok(()));
}

#[test]
fn t34_a_clock_that_is_set_back_gives_no_quota_back() {
    let usage = Usage::new();
    let quota = Quota::unlimited().requests_per_minute(1);
    assert_eq!(request(&usage, quota, NOW + 60 * SECOND), Ok(()));
    assert_eq!(request(&usage, quota, NOW), Err(120 * SECOND), "both are used up");
    assert_eq!(request(&usage, quota, NOW + 60 * SECOND), Err(60 * SECOND), "still used");
    assert_eq!(request(&usage, quota, NOW + 120 * SECOND), Ok(()));
}

#[test]
fn t34_a_clock_that_steps_over_midnight_and_back_gives_one_quota_a_day() {
    let usage = Usage::new();
    let quota = Quota::unlimited().tokens_per_day(5);
    let mut granted = 0;
    for _ in 0..4 {
        for now in [NOW - Duration::from_millis(1), NOW] {
            granted += (0..10).filter(|_| token(&usage, quota, now).is_ok()).count();
        }
    }
    assert_eq!(granted, 10, "five for each day");
}

#[test]
fn t34_a_clock_that_was_ahead_for_a_while_lets_nobody_wait_for_its_time() {
    let usage = Usage::new();
    let quota = Quota::unlimited().requests_per_minute(1).tokens_per_day(1);
    let ahead = NOW + 365 * DAY;
    assert_eq!((request(&usage, quota, ahead), token(&usage, quota, ahead)), (Ok(()), Ok(())));
    assert_eq!(request(&usage, quota, NOW + SECOND), Err(59 * SECOND));
    assert_eq!(token(&usage, quota, NOW + SECOND), Err(86_399 * SECOND));
    let next = NOW + DAY;
    assert_eq!((request(&usage, quota, next), token(&usage, quota, next)), (Ok(()), Ok(())));
}

#[test]
fn what_is_not_limited_is_unlimited() {
    let usage = Usage::new();
    for _ in 0..1_000 {
        assert_eq!(request(&usage, Quota::unlimited(), NOW), Ok(()));
        assert_eq!(token(&usage, Quota::unlimited(), NOW), Ok(()));
    }
}

/// Each reading is a millisecond later than the last one, whichever thread reads.
#[derive(Debug)]
struct Running(AtomicU64);

impl Clock for Running {
    fn now(&self) -> UnixTime {
        NOW + Duration::from_millis(self.0.fetch_add(1, Ordering::SeqCst))
    }
}

#[test]
fn t34_eight_threads_get_no_more_than_the_quota_of_each_window() {
    const THREADS: u64 = 8;
    const EACH: u64 = 30_000;
    let usage = Arc::new(Usage::new());
    let clock = Arc::new(Running(AtomicU64::new(0)));
    let quota = Quota::unlimited().requests_per_minute(5);
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let (usage, clock) = (usage.clone(), clock.clone());
            std::thread::spawn(move || {
                (0..EACH).filter(|_| usage.count_request(quota, &*clock).is_ok()).count()
            })
        })
        .collect();
    let granted: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    // Of 240,000 readings at 1 ms there is one window for each 60,000.
    assert_eq!(granted as u64, THREADS * EACH / 60_000 * 5);
}

proptest! {
    /// A clock that runs, and for single moments is an hour, a day or ten years ahead or back,
    /// or steps back by a little: by its right readings each minute has its quota and no more.
    #[test]
    fn t34_no_minute_has_more_than_its_quota_whatever_the_clock_does(
        steps in prop::collection::vec((0u64..20_000, 0usize..12, 1usize..4), 1..200),
    ) {
        let wrong: [i64; 6] = [3_600, -3_600, 86_400, -86_400, 315_360_000, -315_360_000];
        let usage = Usage::new();
        let quota = Quota::unlimited().requests_per_minute(3);
        let mut now = NOW;
        let mut granted = std::collections::HashMap::<u64, u32>::new();
        for (millis, which, times) in steps {
            now = now + Duration::from_millis(millis);
            let (reading, is_right) = match wrong.get(which) {
                Some(seconds) if *seconds > 0 => {
                    (now + Duration::from_secs(seconds.unsigned_abs()), false)
                }
                Some(seconds) => (now - Duration::from_secs(seconds.unsigned_abs()), false),
                None if which == 6 => (now - Duration::from_millis(500), true),
                None => (now, true),
            };
            for _ in 0..times {
                let allowed = request(&usage, quota, reading).is_ok();
                if allowed && is_right {
                    *granted.entry(reading.as_secs() / 60).or_default() += 1;
                }
            }
            if !is_right {
                // The clock is right again at once: nobody waits beyond the next minute.
                if let Err(wait) = request(&usage, quota, now) {
                    prop_assert!(wait <= Duration::from_secs(120), "{wait:?}");
                } else {
                    *granted.entry(now.as_secs() / 60).or_default() += 1;
                }
            }
        }
        prop_assert!(granted.values().all(|count| *count <= 3), "{granted:?}");
    }
}
