use super::{
    catalog::{REQUESTS, ROUTE_REFUSALS, VERIFICATION},
    handles::{ByValue, Counter, Histogram, Timer},
    labels::{ADMITTED, REFUSED, ROUTE_REFUSED},
};

/// The requests to one API.
#[derive(Clone, Debug)]
pub(crate) struct RequestMetrics {
    /// By a token; apart, because it is counted for most requests.
    admitted: Counter,
    admitted_without_token: Counter,
    refused: ByValue<Counter>,
    refused_by_route: ByValue<Counter>,
    verification: Histogram,
}

impl RequestMetrics {
    pub(crate) fn new(api: &str) -> Self {
        let admitted = |reason| Counter::register(&REQUESTS, &[api, "admitted", reason]);
        Self {
            admitted: admitted(ADMITTED[0]),
            admitted_without_token: admitted(ADMITTED[1]),
            refused: ByValue::register(REFUSED, |reason| {
                Counter::register(&REQUESTS, &[api, "refused", reason])
            }),
            refused_by_route: ByValue::register(ROUTE_REFUSED, |reason| {
                Counter::register(&ROUTE_REFUSALS, &[api, reason])
            }),
            verification: Histogram::register(&VERIFICATION, &[api]),
        }
    }

    /// The layer admitted a request with a token.
    pub(crate) fn admitted(&self) {
        self.admitted.increment();
    }

    /// An optional layer admitted a request without a token.
    pub(crate) fn admitted_without_token(&self) {
        self.admitted_without_token.increment();
    }

    /// The layer refused a request.
    pub(crate) fn refused(&self, reason: &str) {
        self.refused.with(reason, Counter::increment);
    }

    /// A route refused a request that the layer admitted.
    pub(crate) fn refused_by_route(&self, reason: &str) {
        self.refused_by_route.with(reason, Counter::increment);
    }

    /// A token that was not in the cache was verified.
    pub(crate) fn verified(&self, timer: &Timer) {
        self.verification.stop(timer);
    }
}
