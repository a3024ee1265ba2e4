use std::time::Duration;

use super::{
    catalog::{CLIENT_REFUSED, CLIENT_REQUEST, CLIENT_REQUESTS},
    handles::{ByValue, Counter, Histogram},
    labels::CLIENT_RESULTS,
};

/// The token requests of one client.
#[derive(Clone, Debug)]
pub(crate) struct ClientMetrics {
    results: ByValue<Counter>,
    request: Histogram,
    refused: Counter,
}

impl ClientMetrics {
    pub(crate) fn new(client: &str) -> Self {
        Self {
            results: ByValue::register(CLIENT_RESULTS, |result| {
                Counter::register(&CLIENT_REQUESTS, &[client, result])
            }),
            request: Histogram::register(&CLIENT_REQUEST, &[client]),
            refused: Counter::register(&CLIENT_REFUSED, &[client]),
        }
    }

    /// A token request has ended: with `granted`, or the kind of its error.
    pub(crate) fn requested(&self, result: &str, duration: Duration) {
        self.results.with(result, Counter::increment);
        self.request.record(duration);
    }

    /// An API refused a token.
    pub(crate) fn refused(&self) {
        self.refused.increment();
    }
}
