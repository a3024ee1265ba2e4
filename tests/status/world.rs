//! An API, and an issuer whose lists come over real sockets.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header::AUTHORIZATION};
use http_body_util::Empty;
use serde_json::json;
use tower::{Layer, ServiceExt, service_fn};
use tower_bearer::{
    ResourceServer,
    algorithm::Algorithm,
    error::{BearerError, TokenFaultKind},
    key::SigningKey,
    server::ResourceServerBuilder,
    status::{StatusBits, StatusCheck, StatusList, StatusOutage},
};

use super::tokens::of_statuses;
use crate::support::{ManualClock, Mint, NOW, Reply, Server};

/// The bound of each call here: the API itself waits longer.
const PROMPT: Duration = Duration::from_secs(10);

pub(super) struct World {
    pub(super) lists: Server,
    pub(super) key: SigningKey,
    pub(super) clock: ManualClock,
    pub(super) api: ResourceServer,
}

/// What an API answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) fault: Option<TokenFaultKind>,
}

pub(super) const ADMIT: StatusOutage = StatusOutage::AdmitFor(Duration::from_secs(900));

impl World {
    /// An API that checks statuses so, and a server that has no list yet.
    pub(super) async fn new(check: StatusCheck) -> Self {
        Self::with(check, |api| api).await
    }

    pub(super) async fn with(
        check: StatusCheck,
        set: impl FnOnce(ResourceServerBuilder) -> ResourceServerBuilder,
    ) -> Self {
        let lists = Server::start(|_| Reply::status(404)).await;
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        let clock = ManualClock::at(NOW);
        let keys = Mint::with_key(&key).keys();
        let api = ResourceServer::builder(&*lists.url(""), Mint::AUDIENCE, keys)
            .check_status(check)
            .clock(clock.clone())
            .allow_loopback_http();
        let api = set(api).build().unwrap();
        Self { lists, key, clock, api }
    }

    /// A good token without a status.
    pub(super) fn plain(&self) -> Mint {
        Mint::with_key(&self.key)
            .claim("iss", self.lists.url(""))
            .claim("exp", NOW.as_secs() + 86_400)
    }

    /// A good token whose status is at this index of the list at `/1`.
    pub(super) fn token(&self, index: u64) -> String {
        self.token_of("/1", index)
    }

    pub(super) fn token_of(&self, path: &str, index: u64) -> String {
        let reference = json!({"status_list": {"idx": index, "uri": self.lists.url(path)}});
        self.plain().claim("status", reference).sign()
    }

    /// The list at `/1`: 16 statuses of two bits, of which these are not zero.
    pub(super) fn list(&self, set: &[(u64, u8)]) -> Mint {
        self.list_of("/1", 16, set)
    }

    pub(super) fn list_of(&self, path: &str, statuses: usize, set: &[(u64, u8)]) -> Mint {
        let mut list = StatusList::new(StatusBits::Two, statuses);
        for (index, status) in set {
            assert!(list.set(*index, *status));
        }
        let issued = self.clock_seconds();
        of_statuses(&self.key, &self.lists.url(path), &list)
            .claim("iat", issued)
            .claim("exp", NOW.as_secs() + 86_400)
    }

    pub(super) fn clock_seconds(&self) -> u64 {
        use tower_bearer::time::Clock;
        self.clock.now().as_secs()
    }

    /// Serves this list from now on.
    pub(super) fn serve(&self, list: &Mint) {
        self.lists.always(reply(list));
    }

    pub(super) async fn call(&self, token: &str) -> Answer {
        call(&self.api, token).await
    }

    /// The status of an answer.
    pub(super) async fn status(&self, token: &str) -> u16 {
        self.call(token).await.status
    }

    /// Calls until the answer has this status.
    pub(super) async fn until(&self, token: &str, status: u16) {
        let calls = async {
            while self.status(token).await != status {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PROMPT, calls).await.expect("it happens in time");
    }

    pub(super) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

/// The answer that serves a list.
pub(super) fn reply(list: &Mint) -> Reply {
    let kind = ("content-type", "application/statuslist+jwt".to_owned());
    Reply::Answer(200, vec![kind], list.sign().into_bytes())
}

pub(super) async fn call(api: &ResourceServer, token: &str) -> Answer {
    let request = Request::builder().header(AUTHORIZATION, format!("Bearer {token}"));
    let service = service_fn(async |_: Request<()>| {
        Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
    });
    let call = api.layer().layer(service).oneshot(request.body(()).unwrap());
    let answer = tokio::time::timeout(PROMPT, call).await.expect("it answers in time").unwrap();
    let error = answer.extensions().get::<BearerError>();
    let fault = error.and_then(BearerError::fault).map(|fault| fault.kind().clone());
    let unavailable = answer.status() == StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(answer.headers().contains_key("retry-after"), unavailable);
    Answer { status: answer.status().as_u16(), headers: answer.headers().clone(), fault }
}
