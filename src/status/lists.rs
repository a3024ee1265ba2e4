//! The lists of one issuer: fetched when a token first names them, and bounded in number.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use http::Uri;

use super::{
    fetch::{ListSource, SignerKeys},
    names::MEDIA_TYPE,
    origin::Origin,
    remote::RemoteList,
    settings::StatusCheck,
    token::StatusListVerifier,
};
use crate::{
    claims::Issuer,
    refresh::Fetcher,
    time::{Clock, UnixTime},
    transport::{Transport, UrlRule},
};

/// A list that was not used for this long gives way to another when there are too many. Verified
/// tokens are remembered no longer.
const IDLE: Duration = Duration::from_secs(300);

type Held = HashMap<Box<str>, Arc<RemoteList>>;

/// The means to fetch and to verify the lists of an issuer.
#[derive(Debug)]
pub(crate) struct ListContext {
    pub(crate) issuer: Issuer,
    pub(crate) verifier: StatusListVerifier,
    pub(crate) keys: Arc<dyn SignerKeys>,
    pub(crate) clock: Arc<dyn Clock>,
    /// A transport that is not the default one fetches the keys, and so the lists.
    pub(crate) has_transport: bool,
    /// The rule for addresses, and the transport.
    pub(crate) fetching: (UrlRule, Arc<dyn Transport>),
}

/// The status lists of one issuer.
#[derive(Debug)]
pub(crate) struct StatusLists {
    settings: StatusCheck,
    context: ListContext,
    /// The origins that lists may have.
    origins: Box<[Origin]>,
    /// Read without a lock; replaced whole, while `changing` is locked.
    held: ArcSwap<Held>,
    changing: Mutex<()>,
}

/// The reason why there is no list at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoList {
    /// The issuer may not have lists there.
    Foreign,
    /// There are too many lists, and none gives way now.
    TooMany { retry_after: Duration },
}

impl StatusLists {
    pub(crate) fn new(settings: StatusCheck, context: ListContext) -> Self {
        let own = context.issuer.as_str().parse().ok();
        let origins = settings.origins.iter().cloned().chain(own);
        let origins = origins.filter_map(|url| Origin::of(&url)).collect();
        let (held, changing) = (ArcSwap::default(), Mutex::default());
        Self { settings, context, origins, held, changing }
    }

    /// Returns true if a token without a status is refused.
    pub(crate) const fn is_required(&self) -> bool {
        self.settings.is_required()
    }

    /// Returns the list at this address. Call it with the address in a token that passed every other
    /// check: a list takes a place.
    pub(crate) fn at(&self, uri: &str, now: UnixTime) -> Result<Arc<RemoteList>, NoList> {
        if let Some(list) = self.held.load().get(uri) {
            return Ok(list.clone());
        }
        let url = self.allowed(uri).ok_or(NoList::Foreign)?;
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let held = self.held.load();
        if let Some(list) = held.get(uri) {
            return Ok(list.clone());
        }
        let mut next = Held::clone(&held);
        if next.len() >= self.settings.max_lists {
            evict(&mut next, now)?;
        }
        let list = self.open(uri, url);
        next.insert(uri.into(), list.clone());
        self.held.store(Arc::new(next));
        Ok(list)
    }

    /// The address as a URL, if the issuer may have lists there.
    fn allowed(&self, uri: &str) -> Option<Uri> {
        let url: Uri = uri.parse().ok()?;
        let origin = Origin::of(&url)?;
        let is_allowed =
            self.origins.contains(&origin) && self.context.fetching.0.check(&url).is_ok();
        is_allowed.then_some(url)
    }

    fn open(&self, uri: &str, url: Uri) -> Arc<RemoteList> {
        let Self { settings, context, .. } = self;
        let verifier = context
            .verifier
            .clone()
            .max_list_bytes(settings.max_list_bytes)
            .max_inflated_bytes(settings.max_inflated_bytes);
        let (url_rule, transport) = context.fetching.clone();
        let fetcher = Fetcher {
            transport: settings.own_transport().unwrap_or(transport),
            url_rule,
            accept: MEDIA_TYPE,
            max_bytes: settings.max_list_bytes,
        };
        let keys = context.keys.clone();
        let source = ListSource { uri: uri.into(), url, fetcher, verifier, keys };
        RemoteList::new(source, settings.limits(), context.clock.clone())
    }
}

/// Evicts the list that was idle longest, if it was idle long enough.
fn evict(held: &mut Held, now: UnixTime) -> Result<(), NoList> {
    let idlest = held.iter().max_by_key(|(_, list)| list.idle_for(now));
    let Some((uri, idle)) = idlest.map(|(uri, list)| (uri.clone(), list.idle_for(now))) else {
        return Ok(());
    };
    if idle < IDLE {
        return Err(NoList::TooMany { retry_after: IDLE.saturating_sub(idle) });
    }
    if let Some(evicted) = held.remove(&uri) {
        evicted.retire();
    }
    Ok(())
}
