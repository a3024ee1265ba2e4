use std::{any::Any, fmt, sync::Arc};

use bytes::Bytes;

/// Copies a body, unless it can be sent only once.
type CopyBody<B> = Box<dyn Fn(&B) -> Option<B> + Send + Sync>;

/// The functions that copy bodies for a request that is sent again, one for each type of body.
///
/// Layers have no body parameter, so a function is found by the type of the body at run time.
#[derive(Clone)]
pub(super) struct Replays(Vec<Arc<dyn Any + Send + Sync>>);

impl Replays {
    pub(super) fn add<B: 'static>(
        &mut self,
        copy: impl Fn(&B) -> Option<B> + Send + Sync + 'static,
    ) {
        let copy: CopyBody<B> = Box::new(copy);
        self.0.push(Arc::new(copy));
    }

    /// A copy of `body`; `None` for one that can be sent only once.
    pub(super) fn copy<B: 'static>(&self, body: &B) -> Option<B> {
        self.0.iter().rev().find_map(|copy| copy.downcast_ref::<CopyBody<B>>())?(body)
    }
}

impl Default for Replays {
    fn default() -> Self {
        let mut replays = Self(Vec::new());
        replays.add(|(): &()| Some(()));
        replays.add(|body: &Bytes| Some(body.clone()));
        replays.add(|body: &String| Some(body.clone()));
        replays
    }
}

impl fmt::Debug for Replays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Replays({})", self.0.len())
    }
}
