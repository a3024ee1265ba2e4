//! The machines of a token client.

use std::time::Duration;

use tower_bearer::{client::TokenClient, time::UnixTime};

use super::{HOUR, Machine};
use crate::support::{ManualClock, NOW, Reply, ScriptedIssuer};

const SECOND: Duration = Duration::from_secs(1);

/// A client and its issuer, whose tokens last for an hour.
struct Known {
    issuer: ScriptedIssuer,
    client: TokenClient,
}

impl Known {
    fn start(clock: &ManualClock) -> Self {
        let issuer = ScriptedIssuer::granting();
        Self { client: issuer.client(clock), issuer }
    }

    /// The name of the token; empty if there is none.
    async fn token(&self) -> String {
        self.client.token().await.map(|token| token.secret().to_owned()).unwrap_or_default()
    }
}

pub(super) struct Token(Known);

impl Machine for Token {
    async fn start(clock: &ManualClock) -> Self {
        let known = Known::start(clock);
        assert_eq!(known.token().await, "token-1");
        Self(known)
    }

    async fn use_at_wrong_time(&self, _: UnixTime) {
        assert_ne!(self.0.token().await, "");
    }

    async fn observe(&self, clock: &ManualClock) -> Vec<String> {
        let before = self.0.issuer.count();
        let mut facts = Vec::new();
        for hour in 0..5 {
            let now = NOW + hour * HOUR;
            clock.set(now);
            let end = self.0.client.token().await.unwrap().expires_at();
            facts.push(format!("hour {hour}: a valid token: {}", now < end && end <= now + HOUR));
        }
        // One an hour, and one that replaces what came in the wrong moment.
        facts.push(format!("few requests: {}", self.0.issuer.count() - before <= 5));
        facts
    }
}

/// The issuer asks for a pause while the clock is wrong.
pub(super) struct TokenInOutage(Known);

impl Machine for TokenInOutage {
    async fn start(clock: &ManualClock) -> Self {
        let known = Known::start(clock);
        known.issuer.always(Reply::status(503));
        assert_eq!(known.token().await, "");
        Self(known)
    }

    async fn use_at_wrong_time(&self, _: UnixTime) {
        self.0.issuer.always(Reply::status(503).with("retry-after", "315360000"));
        assert_eq!(self.0.token().await, "");
    }

    async fn observe(&self, clock: &ManualClock) -> Vec<String> {
        self.0.issuer.always(Reply::token("good"));
        clock.set(NOW + 2 * SECOND);
        vec![format!("after the first backoff: {:?}", self.0.token().await)]
    }
}

/// An API refuses each token as soon as it comes.
pub(super) struct RefusedToken(Known);

impl RefusedToken {
    async fn refuse(&self) {
        if let Ok(token) = self.0.client.token().await {
            self.0.client.invalidate(&token);
        }
    }
}

impl Machine for RefusedToken {
    async fn start(clock: &ManualClock) -> Self {
        let own = Self(Known::start(clock));
        for _ in 0..3 {
            own.refuse().await;
        }
        own
    }

    async fn use_at_wrong_time(&self, _: UnixTime) {
        for _ in 0..3 {
            self.refuse().await;
        }
    }

    async fn observe(&self, clock: &ManualClock) -> Vec<String> {
        let before = self.0.issuer.count();
        for _ in 0..100 {
            self.refuse().await;
        }
        let requests = self.0.issuer.count() - before;
        let mut facts = vec![format!("few requests for 100 refusals: {}", requests <= 4)];
        clock.set(NOW + 61 * SECOND);
        let (before, last) = (self.0.issuer.count(), self.0.token().await);
        // The first call renews the token in the background.
        for _ in 0..16 {
            tokio::task::yield_now().await;
        }
        let renewed = self.0.issuer.count() > before && self.0.token().await != last;
        facts.push(format!("after the longest backoff another token: {renewed}"));
        facts
    }
}
