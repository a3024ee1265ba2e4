//! Applications and accounts as the token endpoint looks them up.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::{Map, Value};

use crate::issuer::{
    client_auth::decoys::decoys,
    grant::rules::Rules,
    model::account::Account,
    model::application::Application,
    model::check,
    model::quota::{Quota, Usage},
    model::secret_hash::SecretHash,
};
use crate::{
    error::{ConfigError, Problems, Setting},
    key::KeySet,
    secret::NoRandomness,
};

/// How many secrets of an account are valid at the same time: the old and the new one.
pub const MAX_SECRETS: usize = 2;

/// All applications, and the accounts by their keys.
pub(in crate::issuer) struct Registry {
    applications: Vec<Application>,
    by_id: HashMap<String, usize>,
    by_audience: HashMap<String, usize>,
    accounts: RwLock<HashMap<String, Arc<AccountRecord>>>,
    /// Compared where an account has no secret, so that an unknown client costs as much as a wrong
    /// secret.
    decoy: SecretHash,
    /// The same for public keys.
    decoy_keys: KeySet,
    /// Seconds: how long a token may live that was issued by now.
    longest_lifetime: AtomicU64,
}

/// An account whose rules were checked.
#[derive(Debug)]
pub(in crate::issuer) struct AccountRecord {
    pub(in crate::issuer) key: String,
    pub(in crate::issuer) lifetime: Option<Duration>,
    pub(in crate::issuer) remark: Option<String>,
    pub(in crate::issuer) metadata: Map<String, Value>,
    pub(in crate::issuer) grants: Vec<GrantRecord>,
    pub(in crate::issuer) secrets: Vec<SecretHash>,
    pub(in crate::issuer) public_keys: KeySet,
    pub(in crate::issuer) quota: Option<Quota>,
    pub(in crate::issuer) usage: Arc<Usage>,
}

/// The rules of an account for one application.
#[derive(Debug)]
pub(in crate::issuer) struct GrantRecord {
    /// The application's place in the registry.
    pub(in crate::issuer) application: usize,
    pub(in crate::issuer) rules: Rules,
    pub(in crate::issuer) disabled: bool,
}

impl Registry {
    /// Checks the applications; each of their problems is added to `problems`.
    pub(in crate::issuer) fn new(
        applications: Vec<Application>,
        lifetime: Duration,
        problems: &mut Problems,
    ) -> Result<Self, NoRandomness> {
        check::applications(&applications, problems);
        let places = |name: fn(&Application) -> &str| {
            let place = |(at, known)| (name(known).to_owned(), at);
            applications.iter().enumerate().map(place).collect()
        };
        Ok(Self {
            by_id: places(|application| &application.id),
            by_audience: places(Application::audience_or_id),
            applications,
            accounts: RwLock::default(),
            decoy: SecretHash::decoy()?,
            decoy_keys: decoys(),
            longest_lifetime: AtomicU64::new(lifetime.as_secs()),
        })
    }

    /// Checks an account, but not whether its key is free.
    pub(in crate::issuer) fn check(&self, account: &Account) -> Result<(), ConfigError> {
        check::account(account, self).map(drop)
    }

    /// Checks an account, and adds it if nothing is wrong with it; its secrets are hashed here. It
    /// has used so much of its quota.
    pub(in crate::issuer) fn add(
        &self,
        account: Account,
        usage: Arc<Usage>,
    ) -> Result<(), ConfigError> {
        let grants = check::account(&account, self)?;
        let hashes = account.secrets.iter().map(SecretHash::of).collect::<Result<Vec<_>, _>>();
        let mut secrets = hashes.map_err(check::no_randomness)?;
        secrets.extend(account.secret_hashes);
        let record = AccountRecord {
            secrets,
            public_keys: account.public_keys.unwrap_or_default(),
            quota: account.quota,
            usage,
            key: account.key,
            lifetime: account.lifetime,
            remark: account.remark,
            metadata: account.metadata,
            grants,
        };
        let mut accounts = self.accounts.write().unwrap_or_else(PoisonError::into_inner);
        match accounts.entry(record.key.clone()) {
            Entry::Occupied(taken) => Err(ConfigError::one(
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

    /// False when there was no such account.
    pub(in crate::issuer) fn remove(&self, key: &str) -> bool {
        let mut accounts = self.accounts.write().unwrap_or_else(PoisonError::into_inner);
        accounts.remove(key).is_some()
    }

    pub(in crate::issuer) fn account(&self, key: &str) -> Option<Arc<AccountRecord>> {
        self.accounts.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// The keys of all accounts, sorted.
    pub(in crate::issuer) fn account_keys(&self) -> Vec<String> {
        let accounts = self.accounts.read().unwrap_or_else(PoisonError::into_inner);
        let mut keys: Vec<_> = accounts.keys().cloned().collect();
        keys.sort_unstable();
        keys
    }

    /// The account that a secret proves. Every call makes [`MAX_SECRETS`] comparisons.
    pub(in crate::issuer) fn authenticate(
        &self,
        key: &str,
        secret: &str,
    ) -> Option<Arc<AccountRecord>> {
        let account = self.account(key);
        let secrets = account.as_ref().map_or(&[][..], |account| &account.secrets);
        let decoys = std::iter::repeat(&self.decoy);
        let proven = secrets
            .iter()
            .chain(decoys)
            .take(MAX_SECRETS)
            .fold(false, |proven, hash| proven | hash.matches(secret));
        account.filter(|_| proven)
    }

    pub(in crate::issuer) fn decoy_keys(&self) -> &KeySet {
        &self.decoy_keys
    }

    pub(in crate::issuer) fn applications(&self) -> &[Application] {
        &self.applications
    }

    /// An application's place by its audience, byte for byte.
    pub(in crate::issuer) fn by_audience(&self, audience: &str) -> Option<usize> {
        self.by_audience.get(audience).copied()
    }

    /// An application's place by its id or its audience.
    pub(in crate::issuer) fn by_name(&self, name: &str) -> Option<usize> {
        self.by_id.get(name).copied().or_else(|| self.by_audience(name))
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
