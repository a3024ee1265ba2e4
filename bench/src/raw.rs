use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RsaPublicKeyComponents,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use tower_bearer::{algorithm::Algorithm, key::SigningKey};

/// The check of one token's signature, and nothing else: what every other cost is held against.
pub struct RawVerification {
    key: ParsedPublicKey,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl RawVerification {
    /// # Panics
    /// If the key is for an algorithm other than RS256, ES256 and EdDSA.
    pub fn new(key: &SigningKey, token: &str) -> Self {
        let jwk = key.public_jwk();
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64url");
        let number = |name: &str| decode(jwk[name].as_str().expect("a text"));
        let parsed = match key.algorithm() {
            Algorithm::RS256 => RsaPublicKeyComponents { n: number("n"), e: number("e") }
                .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256),
            Algorithm::ES256 => {
                let point = [&[4], &*number("x"), &*number("y")].concat();
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            }
            Algorithm::EdDSA => ParsedPublicKey::new(&ED25519, number("x")),
            other => panic!("{} is not measured", other.name()),
        };
        let (message, signature) = token.rsplit_once('.').expect("a token");
        Self { key: parsed.expect("a key"), message: message.into(), signature: decode(signature) }
    }

    pub fn verify(&self) -> bool {
        self.key.verify_sig(&self.message, &self.signature).is_ok()
    }
}
