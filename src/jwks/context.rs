use std::sync::Arc;

use super::shared_sets::SharedKeySets;
use crate::{
    metrics::IssuersMetrics,
    time::Clock,
    transport::{Transport, UrlRule},
};

/// What the keys of an issuer need of the resource server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeysContext<'a> {
    pub(crate) clock: &'a Arc<dyn Clock>,
    pub(crate) url_rule: &'a UrlRule,
    /// The transport of issuers without one of their own.
    pub(crate) transport: &'a Arc<dyn Transport>,
    pub(crate) metrics: &'a IssuersMetrics,
    pub(crate) shared: &'a SharedKeySets,
    /// The issuer's scopes are compared as patterns.
    pub(crate) uses_patterns: bool,
}
