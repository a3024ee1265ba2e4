//! The machines of the issuer.

use std::{collections::HashMap, time::Duration};

use tower_bearer::{
    algorithm::Algorithm,
    issuer::{PUBLISH_LEAD_TIME, Quota, TokenIssuer},
    key::SigningKey,
    time::UnixTime,
};

use super::{DAY, HOUR, Machine};
use crate::{
    issuer::{
        assertions::{account, asking, assertion},
        client::{basic, display, without_accounts},
    },
    support::{ManualClock, NOW},
};

/// Two of three tokens an hour are used.
pub(super) struct Quotas(TokenIssuer);

impl Machine for Quotas {
    async fn start(clock: &ManualClock) -> Self {
        let quota = Quota::unlimited().tokens_per_hour(3).requests_per_minute(100);
        let issuer = display().clock(clock.clone()).quota(quota).build().unwrap();
        for _ in 0..2 {
            assert_eq!(basic().of(&issuer).await.status, 200);
        }
        Self(issuer)
    }

    async fn use_at_wrong_time(&self, _: UnixTime) {
        basic().of(&self.0).await;
    }

    async fn observe(&self, clock: &ManualClock) -> Vec<String> {
        let mut facts = Vec::new();
        for hour in [0, 0, 2] {
            clock.set(NOW + hour * HOUR);
            facts.push(format!("hour {hour}: {}", basic().of(&self.0).await.status));
        }
        facts
    }
}

/// An assertion of 50 minutes is used.
pub(super) struct UsedAssertions {
    issuer: TokenIssuer,
    key: SigningKey,
    used: String,
}

impl UsedAssertions {
    fn assertion(&self, from: UnixTime, lifetime: Duration) -> String {
        sign(&self.key, from, lifetime)
    }

    async fn status(&self, assertion: &str) -> u16 {
        asking(assertion).of(&self.issuer).await.status
    }
}

fn sign(key: &SigningKey, from: UnixTime, lifetime: Duration) -> String {
    assertion(key).claim("iat", from.as_secs()).claim("exp", (from + lifetime).as_secs()).sign()
}

impl Machine for UsedAssertions {
    async fn start(clock: &ManualClock) -> Self {
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        let builder = without_accounts().clock(clock.clone()).account(account(&key));
        let used = sign(&key, NOW, HOUR * 5 / 6);
        let own = Self { issuer: builder.build().unwrap(), key, used };
        assert_eq!(own.status(&own.used).await, 200);
        own
    }

    async fn use_at_wrong_time(&self, now: UnixTime) {
        assert_eq!(self.status(&self.assertion(now, HOUR / 2)).await, 200);
    }

    async fn observe(&self, clock: &ManualClock) -> Vec<String> {
        let fresh = self.assertion(NOW, HOUR / 60);
        let mut facts = vec![
            format!("used before: {}", self.status(&self.used).await),
            format!("fresh: {}", self.status(&fresh).await),
            format!("again: {}", self.status(&fresh).await),
        ];
        clock.set(NOW + HOUR / 2);
        facts.push(format!("used before, later: {}", self.status(&self.used).await));
        facts
    }
}

/// Keys that change each day, one hour after the last change.
pub(super) struct Rotation {
    issuer: TokenIssuer,
    /// The key that signed before the wrong moment.
    signed_by: String,
}

impl Rotation {
    fn published(&self) -> Vec<String> {
        self.issuer.published_keys().into_iter().map(|key| key.kid).collect()
    }
}

impl Machine for Rotation {
    async fn start(clock: &ManualClock) -> Self {
        clock.set(NOW - HOUR);
        let issuer = display().clock(clock.clone()).rotate_every(DAY).build().unwrap();
        clock.set(NOW);
        issuer.rotate_if_due().unwrap();
        let signed_by = issuer.kid();
        Self { issuer, signed_by }
    }

    async fn use_at_wrong_time(&self, _: UnixTime) {
        self.issuer.rotate_if_due().unwrap();
    }

    async fn observe(&self, clock: &ManualClock) -> Vec<String> {
        let kept = self.published().contains(&self.signed_by);
        let mut first_seen = HashMap::new();
        let (mut last, mut changes, mut most) = (self.issuer.kid(), 0, 0);
        let mut shortest_lead = Duration::MAX;
        // Every five minutes for 20 days.
        for step in 0..20 * 24 * 12 {
            let now = NOW + step * Duration::from_secs(300);
            clock.set(now);
            self.issuer.rotate_if_due().unwrap();
            let kids = self.published();
            most = most.max(kids.len());
            for kid in kids {
                first_seen.entry(kid).or_insert(now);
            }
            let kid = self.issuer.kid();
            if kid != last {
                changes += 1;
                shortest_lead = shortest_lead.min(now.saturating_since(first_seen[&kid]));
                last = kid;
            }
        }
        vec![
            format!("the key of tokens that are valid is published: {kept}"),
            format!("one change a day: {}", (19..=21).contains(&changes)),
            format!("published before it signs: {}", shortest_lead >= PUBLISH_LEAD_TIME),
            format!("few keys at once: {}", most <= 4),
        ]
    }
}
