//! Conversions from and to the types of jsonwebtoken.

use jsonwebtoken::{TokenData, jwk::JwkSet};
use serde_json::{Value, json};
use tower_bearer::{
    algorithm::Algorithm,
    issuer::{Application, TokenIssuer},
    key::{KeySet, SigningKey, public_jwk_set},
    token::AccessToken,
    verify::Verifier,
};

use crate::support::{Mint, NOW, vectors};

fn verified(mint: &Mint) -> AccessToken {
    let verifier = Verifier::new(Mint::issuer(), Mint::audience());
    verifier.verify(&mint.sign(), &mint.keys(), NOW).unwrap()
}

#[test]
fn a_token_becomes_token_data_with_all_of_its_header_and_claims() {
    let mint = Mint::new().header("x5t", "AA").header("custom", json!([1])).claim("n", 7);
    let data: TokenData<Value> = verified(&mint).token_data().unwrap();
    assert_eq!(data.claims["sub"], "somebody");
    assert_eq!(data.claims["n"], 7);
    assert_eq!(data.header.alg, jsonwebtoken::Algorithm::ES256);
    assert_eq!(data.header.typ.as_deref(), Some("at+jwt"));
    assert_eq!(data.header.kid.as_deref(), Some(mint.key().kid()));
    assert_eq!(data.header.x5t.as_deref(), Some("AA"));
    assert_eq!(data.header.extras.get("custom").unwrap(), Some(json!([1])));
}

#[test]
fn a_header_that_jsonwebtoken_cannot_hold_is_reduced() {
    let mint = Mint::new().header("x5c", "not an array");
    let data: TokenData<Value> = verified(&mint).token_data().unwrap();
    assert_eq!(data.header.typ.as_deref(), Some("at+jwt"));
    assert_eq!(data.header.kid.as_deref(), Some(mint.key().kid()));
    assert_eq!(data.header.x5c, None);
}

#[test]
fn ed25519_is_eddsa_and_es512_is_refused() {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let data: TokenData<Value> =
        verified(&Mint::with_key(&key).header("alg", "Ed25519")).token_data().unwrap();
    assert_eq!(data.header.alg, jsonwebtoken::Algorithm::EdDSA);

    let key = SigningKey::generate(Algorithm::ES512).unwrap();
    let error = verified(&Mint::with_key(&key)).token_data::<Value>().unwrap_err();
    assert_eq!(error.to_string(), "jsonwebtoken does not have the token's signature algorithm");
}

#[test]
fn claims_of_another_shape_are_an_error() {
    let token = verified(&Mint::new());
    let error = token.token_data::<Vec<String>>().unwrap_err();
    assert_eq!(format!("{error:?}"), "the token's claims do not have the shape asked for");
}

#[test]
fn algorithms_are_converted_both_ways_unless_one_crate_lacks_them() {
    for algorithm in Algorithm::ALL {
        match jsonwebtoken::Algorithm::try_from(algorithm) {
            Ok(theirs) => assert_eq!(Algorithm::try_from(theirs), Ok(algorithm)),
            Err(_) => assert_eq!(algorithm, Algorithm::ES512),
        }
    }
    for symmetric in ["HS256", "HS384", "HS512"] {
        let symmetric: jsonwebtoken::Algorithm = symmetric.parse().unwrap();
        assert!(Algorithm::try_from(symmetric).is_err());
    }
}

#[test]
fn a_token_is_signed_with_the_parameters_of_a_jsonwebtoken_header() {
    let api = Application::new("api").audience("urn:api");
    let issuer = TokenIssuer::builder(Mint::issuer()).algorithm(Algorithm::ES256).application(api);
    let issuer = issuer.build().unwrap();
    let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
    header.cty = Some("json".into());
    let token = issuer.token().jsonwebtoken_header(&header).sign().unwrap();
    let decoded = jsonwebtoken::decode_header(&token).unwrap();
    assert_eq!((decoded.typ, decoded.cty), (header.typ, header.cty));
    assert_eq!(decoded.alg, jsonwebtoken::Algorithm::ES256);
    assert_eq!(decoded.kid, Some(issuer.kid()));
}

#[test]
fn a_jwk_set_becomes_a_key_set_that_verifies_the_same_tokens() {
    let mint = Mint::new();
    let theirs: JwkSet = serde_json::from_str(&public_jwk_set([mint.key()])).unwrap();
    let keys = KeySet::try_from(&theirs).unwrap();
    assert!(keys.same_keys_as(&mint.keys()));
    let verifier = Verifier::new(Mint::issuer(), Mint::audience());
    assert!(verifier.verify(&mint.sign(), &keys, NOW).is_ok());
}

#[test]
fn the_key_sets_of_real_issuers_have_the_same_keys_by_way_of_jsonwebtoken() {
    for name in ["github-actions", "gitlab", "google", "dy-okta", "cognito-us-east-1_BGU9CKFCM"] {
        let Some(document) = vectors(&format!("jwks/{name}.json")) else { return };
        let theirs: JwkSet = serde_json::from_slice(&document).unwrap();
        let (theirs, ours) =
            (KeySet::try_from(&theirs).unwrap(), KeySet::parse(&document).unwrap());
        assert!(theirs.same_keys_as(&ours) && !ours.is_empty(), "{name}");
    }
}
