use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http::{Request, Response};
use tower_bearer::transport::{Transport, TransportFuture};

/// A key server in this process: it answers, or never does.
#[derive(Clone, Debug)]
pub struct KeyServer {
    document: Bytes,
    hangs: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

impl KeyServer {
    pub fn new(document: impl Into<Bytes>) -> Self {
        Self { document: document.into(), hangs: Arc::default(), asked: Arc::default() }
    }

    pub fn hang(&self) {
        self.hangs.store(true, Ordering::Relaxed);
    }

    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Transport for KeyServer {
    fn send(&self, _: Request<Bytes>, _: usize) -> TransportFuture<'_> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Box::pin(async {
            if self.hangs.load(Ordering::Relaxed) {
                pending::<()>().await;
            }
            let json = ("content-type", "application/json");
            let answer = Response::builder().header(json.0, json.1).body(self.document.clone());
            Ok(answer.expect("a response"))
        })
    }
}
