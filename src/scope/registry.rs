use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Requirement, TemplateError};

/// The scope that no metadata lists: it asks for a refresh token, which client credentials never
/// get (RFC 6749 §4.4.3).
const OFFLINE_ACCESS: &str = "offline_access";

/// Collects what the routes of an API require, so that its metadata and its documents can name it.
///
/// It is filled where the routes are built. Clones share one list.
///
/// ```
/// use tower_bearer::{scope, scope::Requirements};
///
/// let requirements = Requirements::new();
/// let layer = requirements.require("announce:create"); // a `RequireScope` that is on the list
/// requirements.add(scope!("announce:{id}:delete"));
/// assert_eq!(requirements.scopes(), ["announce:create", "announce:*:delete"]);
///
/// requirements.add_baseline(scope!("announce:read")); // what a client needs to begin with
/// assert_eq!(requirements.scopes(), ["announce:read"]);
/// ```
#[derive(Clone, Default)]
pub struct Requirements(Arc<Mutex<Lists>>);

#[derive(Debug, Default)]
struct Lists {
    all: Vec<Requirement>,
    baseline: Vec<Requirement>,
}

impl Requirements {
    /// Creates an empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what a route requires.
    pub fn add(&self, requirement: Requirement) {
        let all = &mut self.lock().all;
        if !all.contains(&requirement) {
            all.push(requirement);
        }
    }

    /// Adds a requirement of the baseline: what a client needs for basic use, and should ask for
    /// before it knows more. A 403 names what an operation needs beyond that.
    pub fn add_baseline(&self, requirement: Requirement) {
        self.add(requirement.clone());
        let baseline = &mut self.lock().baseline;
        if !baseline.contains(&requirement) {
            baseline.push(requirement);
        }
    }

    /// Returns all requirements, in the order in which they were added first.
    #[must_use]
    pub fn to_vec(&self) -> Vec<Requirement> {
        self.lock().all.clone()
    }

    /// Returns the scopes for `scopes_supported` (RFC 9728 §2): those of the baseline if there is
    /// one, otherwise all. Each occurs once. A name in braces becomes `*`, as in a challenge.
    /// `offline_access` is left out.
    #[must_use]
    pub fn scopes(&self) -> Vec<String> {
        let lists = self.lock();
        scopes(if lists.baseline.is_empty() { &lists.all } else { &lists.baseline })
    }

    /// Returns the scopes of the baseline.
    pub(crate) fn baseline_scopes(&self) -> Vec<String> {
        scopes(&self.lock().baseline)
    }

    fn lock(&self) -> MutexGuard<'_, Lists> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn scopes(requirements: &[Requirement]) -> Vec<String> {
    let mut seen = HashSet::new();
    let shown = |requirement: &Requirement| {
        let unknown = |name: &str| Err(TemplateError::missing(name));
        let items = requirement.render(&unknown).into_owned();
        items.split(' ').map(str::to_owned).collect::<Vec<_>>()
    };
    let items = requirements.iter().flat_map(shown);
    items
        .filter(|item| !item.is_empty() && item != OFFLINE_ACCESS && seen.insert(item.clone()))
        .collect()
}

impl fmt::Debug for Requirements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.lock(), f)
    }
}
