//! The accounts of an issuer by their keys.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{applications::Applications, record::AccountRecord};
use crate::error::{ConfigError, Setting};

/// All applications, and the accounts by their keys.
pub(in crate::issuer) struct Registry {
    pub(in crate::issuer) applications: Applications,
    accounts: RwLock<HashMap<String, Arc<AccountRecord>>>,
    /// In seconds: the longest lifetime of a token that may have been issued.
    longest_lifetime: AtomicU64,
}

impl Registry {
    /// A registry without accounts. Tokens live for `lifetime` unless an account sets another one.
    pub(in crate::issuer) fn new(applications: Applications, lifetime: Duration) -> Self {
        Self {
            applications,
            accounts: RwLock::default(),
            longest_lifetime: AtomicU64::new(lifetime.as_secs()),
        }
    }

    /// Adds an account unless its key is taken.
    pub(in crate::issuer) fn add(&self, record: AccountRecord) -> Result<(), ConfigError> {
        let mut accounts = self.accounts.write().unwrap_or_else(PoisonError::into_inner);
        match accounts.entry(record.key.clone()) {
            Entry::Occupied(taken) => Err(ConfigError::single(
                Setting::Account { key: taken.key().as_str().into(), member: None },
                "has the key of another account: give each a key of its own",
            )),
            Entry::Vacant(free) => {
                let lifetime = record.lifetime.unwrap_or_default().as_secs();
                self.longest_lifetime.fetch_max(lifetime, Ordering::Relaxed);
                free.insert(Arc::new(record));
                Ok(())
            }
        }
    }

    /// Removes an account. Returns false if there is no such account.
    pub(in crate::issuer) fn remove(&self, key: &str) -> bool {
        let mut accounts = self.accounts.write().unwrap_or_else(PoisonError::into_inner);
        accounts.remove(key).is_some()
    }

    pub(in crate::issuer) fn account(&self, key: &str) -> Option<Arc<AccountRecord>> {
        self.accounts.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Returns the keys of all accounts, sorted.
    pub(in crate::issuer) fn account_keys(&self) -> Vec<String> {
        let accounts = self.accounts.read().unwrap_or_else(PoisonError::into_inner);
        let mut keys: Vec<_> = accounts.keys().cloned().collect();
        keys.sort_unstable();
        keys
    }

    pub(in crate::issuer) fn longest_lifetime(&self) -> Duration {
        Duration::from_secs(self.longest_lifetime.load(Ordering::Relaxed))
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("applications", &self.applications)
            .field("accounts", &self.account_keys())
            .finish_non_exhaustive()
    }
}
