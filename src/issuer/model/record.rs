//! An account as requests use it.

use std::{sync::Arc, time::Duration};

use serde_json::{Map, Value};

use super::{quota::Quota, rules::Rules, secret_hash::SecretHash, usage::Usage};
use crate::key::KeySet;

/// An account whose settings were checked. It holds hashes instead of secrets.
#[derive(Debug)]
pub(in crate::issuer) struct AccountRecord {
    pub(in crate::issuer) key: String,
    pub(in crate::issuer) lifetime: Option<Duration>,
    pub(in crate::issuer) remark: Option<String>,
    pub(in crate::issuer) metadata: Map<String, Value>,
    pub(in crate::issuer) grants: Vec<GrantRecord>,
    /// The indices of the applications whose tokens it may introspect.
    pub(in crate::issuer) introspects: Vec<usize>,
    pub(in crate::issuer) secrets: Vec<SecretHash>,
    pub(in crate::issuer) public_keys: KeySet,
    /// The fingerprints of its secrets and public keys, separated by blanks.
    pub(in crate::issuer) credentials: String,
    pub(in crate::issuer) quota: Option<Quota>,
    pub(in crate::issuer) usage: Arc<Usage>,
}

/// The rules of an account for one application.
#[derive(Debug)]
pub(in crate::issuer) struct GrantRecord {
    /// The application's index.
    pub(in crate::issuer) application: usize,
    pub(in crate::issuer) rules: Rules,
    pub(in crate::issuer) disabled: bool,
}
