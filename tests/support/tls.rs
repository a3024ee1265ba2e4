//! TLS of the tests' own: an authority whose key is thrown away, and a certificate of it for
//! `localhost`, `keys.localhost` and 127.0.0.1.

use std::sync::Arc;

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

/// The certificate of the authority.
pub(crate) const AUTHORITY: &str = include_str!("tls/ca.pem");

/// Its path.
pub(crate) const AUTHORITY_FILE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/tls/ca.pem");

pub(super) fn acceptor() -> TlsAcceptor {
    let chain = vec![CertificateDer::from_pem_slice(include_bytes!("tls/server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}
