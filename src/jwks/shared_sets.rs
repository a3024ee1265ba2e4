use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::{document::JwksDocument, settings::RemoteJwks};
use crate::{refresh::Refresher, transport::UrlRule};

/// The key sets of one resource server that several issuers may share.
///
/// Issuers share a set if they name the same address with equal settings. The set is fetched once
/// for all of them; budgets, missing key ids and revoked keys stay with each issuer.
#[derive(Debug, Default)]
pub(crate) struct SharedKeySets(Mutex<Vec<SharedSet>>);

#[derive(Debug)]
struct SharedSet {
    settings: RemoteJwks,
    rule: UrlRule,
    refresher: Weak<Refresher<JwksDocument>>,
}

impl SharedKeySets {
    /// Returns the set in use for these settings, or else the one that `open` makes.
    pub(super) fn find_or_open(
        &self,
        settings: &RemoteJwks,
        rule: &UrlRule,
        open: impl FnOnce() -> Arc<Refresher<JwksDocument>>,
    ) -> Arc<Refresher<JwksDocument>> {
        let mut sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = |set: &SharedSet| set.rule == *rule && set.settings.is_same(settings);
        let known = sets.iter().filter(|set| is_same(set)).find_map(|set| set.refresher.upgrade());
        known.unwrap_or_else(|| {
            let opened = open();
            sets.retain(|set| set.refresher.strong_count() > 0);
            let refresher = Arc::downgrade(&opened);
            sets.push(SharedSet { settings: settings.clone(), rule: rule.clone(), refresher });
            opened
        })
    }
}
