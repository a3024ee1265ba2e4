use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RsaPublicKeyComponents,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use tower_bearer::{algorithm::Algorithm, key::SigningKey};

/// The check of tokens' signatures, and nothing else: what every other cost is held against.
pub struct RawVerification {
    key: ParsedPublicKey,
    /// Messages and their signatures.
    signed: Vec<(Vec<u8>, Vec<u8>)>,
    next: usize,
}

impl RawVerification {
    /// # Panics
    /// If the key is for an algorithm other than RS256, ES256 and EdDSA.
    pub fn new(key: &SigningKey, tokens: &[String]) -> Self {
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
        let signed = tokens.iter().map(|token| {
            let (message, signature) = token.rsplit_once('.').expect("a token");
            (message.into(), decode(signature))
        });
        Self { key: parsed.expect("a key"), signed: signed.collect(), next: 0 }
    }

    /// Checks the next of them; after the last comes the first again.
    pub fn verify(&mut self) -> bool {
        let (message, signature) = &self.signed[self.next];
        self.next = (self.next + 1) % self.signed.len();
        self.key.verify_sig(message, signature).is_ok()
    }
}
