use super::{
    catalog::ISSUER_REQUESTS,
    handles::{ByValue, Counter},
    labels::ISSUER_RESULTS,
};

/// The token requests to one issuer.
#[derive(Clone, Debug)]
pub(crate) struct IssuerMetrics {
    results: ByValue<Counter>,
}

impl IssuerMetrics {
    pub(crate) fn new(issuer: &str) -> Self {
        Self {
            results: ByValue::register(ISSUER_RESULTS, |result| {
                Counter::register(&ISSUER_REQUESTS, &[issuer, result])
            }),
        }
    }

    /// A token request was answered: with `granted`, or its error code.
    pub(crate) fn answered(&self, result: &str) {
        self.results.with(result, Counter::increment);
    }
}
