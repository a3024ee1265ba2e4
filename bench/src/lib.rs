//! What the measurements have in common: a guarded service in this process, whose key server and
//! clock are theirs to command.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    convert::Infallible,
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicIsize, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{Request, Response, header::AUTHORIZATION};
use http_body_util::Empty;
use tower::{Layer, ServiceExt, service_fn};
use tower_bearer::{
    Audience, Issuer, ResourceServer,
    algorithm::Algorithm,
    jwks::RemoteJwks,
    key::{SigningKey, public_jwk_set},
    time::{Clock, UnixTime},
    transport::{Transport, TransportFuture},
};

/// Where every clock of the measurements begins.
pub const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "urn:api:announcements";

/// Counts the bytes that are in use.
pub struct Counting;

static IN_USE: AtomicIsize = AtomicIsize::new(0);

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size() as isize, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Bytes in use, if [`Counting`] is the global allocator.
pub fn bytes_in_use() -> isize {
    IN_USE.load(Ordering::Relaxed)
}

#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    pub fn advance(&self, duration: Duration) {
        self.0.fetch_add(duration.as_millis() as u64, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> UnixTime {
        UnixTime::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// A key server in this process: it answers, or never does.
#[derive(Clone, Debug)]
pub struct KeyServer {
    document: Bytes,
    hangs: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

impl KeyServer {
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

/// A guarded service, and who signs for it.
pub struct Api {
    pub keys: KeyServer,
    pub clock: ManualClock,
    pub server: ResourceServer,
    signer: SigningKey,
}

impl Api {
    pub fn new(algorithm: Algorithm) -> Self {
        let signer = SigningKey::generate(algorithm).expect("a key");
        let document = public_jwk_set([&signer]).into();
        let keys = KeyServer { document, hangs: Arc::default(), asked: Arc::default() };
        let clock = ManualClock(Arc::new(AtomicU64::new(NOW * 1_000)));
        let address = "https://issuer.example/jwks".parse().expect("a URL");
        let remote = RemoteJwks::new(address).transport(keys.clone());
        let issuer = Issuer::new(ISSUER).expect("an issuer");
        let audience = Audience::new(AUDIENCE).expect("an audience");
        let server = ResourceServer::builder(issuer, audience, remote).clock(clock.clone()).build();
        Self { keys, clock, server: server.expect("a server"), signer }
    }

    /// A good token that lasts.
    pub fn token(&self) -> String {
        self.token_with_kid(self.signer.kid())
    }

    pub fn token_with_kid(&self, kid: &str) -> String {
        let header = format!(
            r#"{{"alg":"{}","typ":"at+jwt","kid":"{kid}"}}"#,
            self.signer.algorithm().name()
        );
        let claims = format!(
            r#"{{"iss":"{ISSUER}","aud":"{AUDIENCE}","sub":"s","client_id":"c","iat":{NOW},"exp":{},"jti":"1","scope":"announce:read"}}"#,
            NOW + 360_000
        );
        let signed =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = self.signer.sign(signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The status of one call with this token.
    pub async fn call(&self, token: &str) -> u16 {
        let value = format!("Bearer {token}");
        let request = Request::builder().header(AUTHORIZATION, value).body(()).expect("a request");
        let service = service_fn(async |_: Request<()>| {
            Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
        });
        match self.server.layer().layer(service).oneshot(request).await {
            Ok(response) => response.status().as_u16(),
            Err(never) => match never {},
        }
    }
}
