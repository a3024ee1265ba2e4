use super::*;

const HOUR: Duration = Duration::from_secs(3_600);
const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

fn key() -> SigningKey {
    SigningKey::generate(Algorithm::EdDSA).unwrap()
}

#[test]
fn t34_the_next_key_is_announced_ten_minutes_before_its_time_and_not_earlier() {
    let mut ring = Ring::new(key(), NOW, HOUR);
    let every = Some(24 * HOUR);
    let change = NOW + 24 * HOUR;
    let second = Duration::from_secs(1);
    assert_eq!(ring.due(change - PUBLISH_LEAD_TIME - second, every), Due::Nothing);
    assert_eq!(ring.due(change - PUBLISH_LEAD_TIME, every), Due::Publication);
    assert_eq!(ring.due(change + HOUR, None), Due::Nothing, "without a schedule");

    let from = ring.next_change(change - PUBLISH_LEAD_TIME, 24 * HOUR);
    assert_eq!(from, change);
    ring.publish(key(), Some(from), NOW).unwrap();
    assert_eq!(ring.due(change - second, every), Due::Nothing);
    assert_eq!(ring.due(change, every), Due::Change);
    assert_eq!(ring.due(change, None), Due::Change, "by command as well");
}

#[test]
fn t34_a_key_that_is_announced_late_waits_all_the_same() {
    let ring = Ring::new(key(), NOW, HOUR);
    let late = NOW + 100 * HOUR;
    assert_eq!(ring.due(late, Some(24 * HOUR)), Due::Publication);
    assert_eq!(ring.next_change(late, 24 * HOUR), late + PUBLISH_LEAD_TIME);
}

#[test]
fn t34_a_key_without_a_time_gets_one_from_a_schedule_that_comes_later() {
    let mut ring = Ring::new(key(), NOW, HOUR);
    ring.publish(key(), None, NOW).unwrap();
    assert_eq!(ring.due(NOW + 100 * HOUR, None), Due::Nothing, "without a schedule");
    let every = Some(24 * HOUR);
    assert_eq!(ring.due(NOW + HOUR, every), Due::Date);
    ring.set_date(ring.next_change(NOW + HOUR, 24 * HOUR));
    assert_eq!(ring.due(NOW + 23 * HOUR, every), Due::Nothing);
    assert_eq!(ring.due(NOW + 24 * HOUR, every), Due::Change);
}

#[test]
fn a_clock_that_is_set_back_makes_nothing_due() {
    let mut ring = Ring::new(key(), NOW, HOUR);
    ring.rotate(None, NOW + HOUR).unwrap();
    assert_eq!(ring.due(NOW, Some(HOUR)), Due::Nothing);
    assert_eq!(ring.published(NOW).count(), 2);
}

#[test]
fn t34_a_key_is_kept_as_long_as_the_longest_token_lives() {
    let mut ring = Ring::new(key(), NOW, 2 * HOUR);
    let first = ring.active.key.kid().to_owned();
    ring.rotate(Some(Algorithm::ES256), NOW).unwrap();
    let there = |ring: &Ring, at| ring.published(at).any(|key| key.kid() == first);
    assert!(there(&ring, NOW + 2 * HOUR));
    assert!(!there(&ring, NOW + 2 * HOUR + RETIREMENT_MARGIN));
    assert_eq!(ring.active.key.algorithm(), Algorithm::ES256);
}
