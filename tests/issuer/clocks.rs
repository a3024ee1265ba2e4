//! A clock that is wrong for one moment: as soon as it is right again, so is the issuer.

use std::{collections::HashMap, time::Duration};

use tower_bearer::{
    issuer::{PUBLISH_LEAD_TIME, Quota, TokenIssuer},
    time::UnixTime,
};

use super::client::{NOW, basic, display};
use crate::support::ManualClock;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);
const TEN_YEARS: Duration = Duration::from_secs(3_650 * 24 * 3_600);

/// The time that a wrong clock shows, ahead and back.
fn wrong_times(now: UnixTime) -> Vec<UnixTime> {
    [HOUR, DAY, TEN_YEARS]
        .into_iter()
        .flat_map(|distance| [now + distance, now - distance])
        .collect()
}

fn published(issuer: &TokenIssuer) -> Vec<String> {
    issuer.published_keys().into_iter().map(|key| key.kid).collect()
}

/// The keys of a schedule of one day, observed every five minutes for 20 days.
struct Observed {
    changes: usize,
    /// Of each key that has signed: how long it was published before that.
    lead_times: HashMap<String, Duration>,
    most_published: usize,
}

fn observe(issuer: &TokenIssuer, clock: &ManualClock, from: UnixTime) -> Observed {
    let mut first_seen = HashMap::new();
    let mut last = issuer.kid();
    let mut observed = Observed { changes: 0, lead_times: HashMap::new(), most_published: 0 };
    for step in 0..20 * 24 * 12 {
        let now = from + step * Duration::from_secs(300);
        clock.set(now);
        issuer.rotate_if_due().unwrap();
        let kids = published(issuer);
        observed.most_published = observed.most_published.max(kids.len());
        for kid in kids {
            first_seen.entry(kid).or_insert(now);
        }
        let kid = issuer.kid();
        if kid != last {
            observed.changes += 1;
            observed.lead_times.insert(kid.clone(), now.saturating_since(first_seen[&kid]));
            last = kid;
        }
    }
    observed
}

#[test]
fn t34_the_schedule_of_the_keys_goes_on_after_a_wrong_moment() {
    for before in [HOUR, DAY - Duration::from_secs(300)] {
        for wrong in wrong_times(NOW + before) {
            let clock = ManualClock::at(NOW);
            let issuer = display().clock(clock.clone()).rotate_every(DAY).build().unwrap();
            clock.set(NOW + before);
            issuer.rotate_if_due().unwrap();
            let token = issuer.token().sign().unwrap();
            let signed_by = issuer.kid();

            clock.set(wrong);
            issuer.rotate_if_due().unwrap();

            clock.set(NOW + before);
            assert!(published(&issuer).contains(&signed_by), "{token} is still good");
            let observed = observe(&issuer, &clock, NOW + before);
            assert!((19..=21).contains(&observed.changes), "{wrong}: {}", observed.changes);
            assert!(observed.most_published <= 4, "{wrong}: {}", observed.most_published);
            for (kid, lead) in observed.lead_times {
                assert!(lead >= PUBLISH_LEAD_TIME, "{wrong}: {kid} after {lead:?}");
            }
        }
    }
}

#[tokio::test]
async fn t34_a_quota_is_exact_after_a_wrong_moment() {
    for wrong in wrong_times(NOW) {
        let clock = ManualClock::at(NOW);
        let quota = Quota::unlimited().tokens_per_hour(3).requests_per_minute(100);
        let issuer = display().clock(clock.clone()).quota(quota).build().unwrap();
        let mut statuses = Vec::new();
        for time in [NOW, NOW, wrong, NOW, NOW] {
            clock.set(time);
            statuses.push(basic().of(&issuer).await.status);
        }
        assert_eq!((statuses[0], statuses[1]), (200, 200), "{wrong}");
        assert_eq!(statuses[4], 429, "{wrong}: three an hour");
        clock.set(NOW + 2 * HOUR);
        assert_eq!(basic().of(&issuer).await.status, 200, "{wrong}");
    }
}
