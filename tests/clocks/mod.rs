//! The law of clocks: a clock that is wrong for a moment, by an hour, a day or ten years, ahead or
//! back, has no effect once it is right again. Each machine that has a clock is a row here;
//! docs/operations.md has the table for operators.

mod api;
mod client;
mod issuer;

use std::time::Duration;

use tower_bearer::time::UnixTime;

use crate::support::{ManualClock, NOW};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);
const TEN_YEARS: Duration = Duration::from_secs(3_650 * 24 * 3_600);

/// A machine that has a clock.
trait Machine: Sized {
    /// Starts the machine at `NOW` and uses it, so that it has something to lose.
    async fn start(clock: &ManualClock) -> Self;

    /// Uses the machine while its clock shows the wrong time `now`.
    async fn use_at_wrong_time(&self, now: UnixTime);

    /// Uses the machine from `NOW` on, and tells what it does. Facts that depend on chance or on
    /// the wrong moment itself, such as one more fetch, are told as bounds.
    async fn observe(&self, clock: &ManualClock) -> Vec<String>;
}

/// Compares the machine after each wrong moment with one that has had none.
async fn hold<M: Machine>(name: &str) {
    let run = async |wrong: Option<UnixTime>| {
        let clock = ManualClock::at(NOW);
        let machine = M::start(&clock).await;
        if let Some(wrong) = wrong {
            clock.set(wrong);
            machine.use_at_wrong_time(wrong).await;
            clock.set(NOW);
        }
        machine.observe(&clock).await
    };
    let right = run(None).await;
    for distance in [HOUR, DAY, TEN_YEARS] {
        for (direction, wrong) in [("ahead", NOW + distance), ("back", NOW - distance)] {
            assert_eq!(run(Some(wrong)).await, right, "{name}, {distance:?} {direction}");
        }
    }
}

/// Time is paused: the issuer holds refusals back.
#[tokio::test(start_paused = true)]
async fn l3_every_machine_is_right_again_as_soon_as_its_clock_is() {
    hold::<api::Keys>("the keys of an issuer").await;
    hold::<api::KeysInOutage>("keys whose issuer fails").await;
    hold::<api::UnknownKids>("the budget of unknown key ids").await;
    hold::<api::VerifiedTokens>("the cache of verified tokens").await;
    hold::<api::RemovedKeys>("the grace of removed keys").await;
    hold::<api::ResolvedIssuers>("the places of resolved issuers").await;
    hold::<client::Token>("the token of a client").await;
    hold::<client::TokenInOutage>("a client whose issuer fails").await;
    hold::<client::RefusedToken>("a client whose fresh tokens are refused").await;
    hold::<issuer::Quotas>("quotas").await;
    hold::<issuer::UsedAssertions>("used assertions").await;
    hold::<issuer::Rotation>("the schedule of the issuer's keys").await;
}
