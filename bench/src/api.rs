use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response, header::AUTHORIZATION};
use http_body_util::Empty;
use tower::{Layer, ServiceExt, service_fn};
use tower_bearer::{
    Audience, Issuer, ResourceServer,
    algorithm::Algorithm,
    jwks::RemoteJwks,
    key::{SigningKey, public_jwk_set},
    server::ResourceServerBuilder,
};

use crate::{AUDIENCE, ISSUER, KeyServer, ManualClock, NOW, draft::Draft};

/// A guarded service whose key server and clock are ours to command, and who signs for it.
pub struct Api {
    pub keys: KeyServer,
    pub clock: ManualClock,
    pub server: ResourceServer,
    pub signer: SigningKey,
}

impl Api {
    pub fn new(algorithm: Algorithm) -> Self {
        Self::with_key(SigningKey::generate(algorithm).expect("a key"), |builder| builder)
    }

    /// A service with settings of its own.
    pub fn with_key(
        signer: SigningKey,
        set: impl FnOnce(ResourceServerBuilder) -> ResourceServerBuilder,
    ) -> Self {
        let keys = KeyServer::new(public_jwk_set([&signer]));
        let clock = ManualClock::default();
        let builder = server(remote(keys.clone())).clock(clock.clone());
        Self { keys, clock, server: set(builder).build().expect("a server"), signer }
    }

    /// A good token that lasts.
    pub fn token(&self) -> String {
        self.draft().sign()
    }

    pub fn token_with_kid(&self, kid: &str) -> String {
        self.draft().header("kid", kid).sign()
    }

    pub fn draft(&self) -> Draft<'_> {
        Draft::new(&self.signer, NOW)
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

/// The keys of [`ISSUER`], as this key server has them.
pub fn remote(keys: KeyServer) -> RemoteJwks {
    RemoteJwks::new("https://issuer.example/jwks".parse().expect("a URL")).transport(keys)
}

/// A resource server that trusts [`ISSUER`], on the system's clock.
pub fn server(keys: RemoteJwks) -> ResourceServerBuilder {
    let issuer = Issuer::new(ISSUER).expect("an issuer");
    let audience = Audience::new(AUDIENCE).expect("an audience");
    ResourceServer::builder(issuer, audience, keys)
}

/// How much the caches of the measurements may hold.
pub const CACHE_BYTES: usize = 16 << 20;

/// A server with a cache of verified tokens.
pub fn cached(builder: ResourceServerBuilder) -> ResourceServerBuilder {
    builder.cache_verified_tokens(CACHE_BYTES)
}
