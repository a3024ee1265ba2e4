use std::{error::Error, fmt, future::Future, pin::Pin, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;

use super::{ASSERTION_LIFETIME, CredentialError, SourceContext};
use crate::{
    algorithm::Algorithm,
    jwt::{Header, unsigned},
    key::SigningKey,
    secret::{Secret, random},
};

type Signature = Result<Vec<u8>, Box<dyn Error + Send + Sync>>;
type SignatureFuture = Pin<Box<dyn Future<Output = Signature> + Send>>;
type SignFn = dyn Fn(Vec<u8>) -> SignatureFuture + Send + Sync;

/// Signs a client's assertions (`private_key_jwt`): a [`SigningKey`], from PEM or a JWK, or a
/// function that asks a key management service.
#[derive(Clone)]
pub struct AssertionSigner {
    algorithm: Algorithm,
    key_id: Box<str>,
    sign: Arc<SignFn>,
}

impl AssertionSigner {
    /// A function that signs the bytes that it is given with `algorithm`; an ECDSA signature is two
    /// numbers of fixed length (RFC 7518 §3.4). `key_id` is the `kid` by which the issuer knows the
    /// key.
    pub fn from_fn<F, R>(algorithm: Algorithm, key_id: impl Into<Box<str>>, sign: F) -> Self
    where
        F: Fn(Vec<u8>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Vec<u8>, Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        let sign = Arc::new(move |message| Box::pin(sign(message)) as SignatureFuture);
        Self { algorithm, key_id: key_id.into(), sign }
    }

    /// A new assertion (RFC 7523 §3): its only audience is the issuer, and it is good for a minute.
    pub(super) async fn assertion(
        &self,
        client_id: &str,
        context: &SourceContext<'_>,
    ) -> Result<Secret, CredentialError> {
        let id = random::<16>().map_err(|error| CredentialError(error.to_string()))?;
        let claims = json!({
            "iss": client_id,
            "sub": client_id,
            "aud": context.audience,
            "jti": URL_SAFE_NO_PAD.encode(id),
            "iat": context.now.as_secs(),
            "exp": (context.now + ASSERTION_LIFETIME).as_secs(),
        });
        let header = Header::for_key_id("JWT", self.algorithm, &self.key_id);
        let mut assertion = unsigned(&header, &claims);
        let signature = (self.sign)(assertion.clone().into_bytes()).await;
        let signature = signature
            .map_err(|error| CredentialError(format!("the assertion is not signed: {error}")))?;
        assertion.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut assertion);
        Ok(Secret::new(assertion))
    }
}

impl From<SigningKey> for AssertionSigner {
    fn from(key: SigningKey) -> Self {
        let (algorithm, key_id) = (key.algorithm(), key.kid().to_owned());
        Self::from_fn(algorithm, key_id, move |message| {
            let signature = key.sign(&message);
            async move { Ok(signature?) }
        })
    }
}

impl fmt::Debug for AssertionSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssertionSigner")
            .field("algorithm", &self.algorithm)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}
