//! A payload with a good signature: what is admitted is an object by another reader's judgement,
//! with the issuer, the audience and an expiry to come, and its claims are what that reader sees.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tower_bearer::scope::Pattern;
use tower_bearer_fuzz::{AUDIENCE, ISSUER, KEY, KEYS, NOW, VERIFIER, sign};

fuzz_target!(|payload: &[u8]| {
    let header = format!(r#"{{"alg":"EdDSA","typ":"at+jwt","kid":"{}"}}"#, KEY.kid());
    let token = sign(header.as_bytes(), payload);
    if let Ok(token) = VERIFIER.verify(&token, &KEYS, NOW) {
        let claims: Value = serde_json::from_slice(payload).unwrap();
        assert_eq!(claims["iss"], ISSUER);
        let ours = |value: &Value| value == AUDIENCE;
        assert!(match &claims["aud"] {
            Value::Array(all) => all.iter().any(ours),
            one => ours(one),
        });
        assert!(claims["exp"].as_f64().unwrap() > 1_799_999_000.0);
        // A claim that is `null` is absent.
        let claim = |name: &str| claims.get(name).filter(|value| !value.is_null());
        for name in ["at_hash", "c_hash", "cnf"] {
            assert!(claim(name).is_none(), "{name}");
        }
        let text = |name: &str| claim(name).map(|value| value.as_str().unwrap());
        assert_eq!(token.subject(), text("sub"));
        let caller = text("client_id").or(text("azp")).or(text("cid")).or(text("appid"));
        assert_eq!(token.client_id(), caller);
        assert_eq!(token.token_id(), text("jti"));
        let scopes: Vec<&str> = match claim("scope") {
            Some(Value::String(list)) => list.split(' ').filter(|item| !item.is_empty()).collect(),
            Some(Value::Array(all)) if all.iter().all(Value::is_string) => {
                let texts = all.iter().filter_map(Value::as_str);
                texts.filter(|text| Pattern::parse(text).is_ok()).collect()
            }
            _ => Vec::new(),
        };
        assert!(token.scopes().iter().eq(scopes));
        assert!(match &claims["aud"] {
            Value::Array(all) => token.audience().eq(all.iter().filter_map(Value::as_str)),
            one => token.audience().eq(one.as_str()),
        });
        let seconds = token.expires_at().as_millis() as f64 / 1_000.0;
        let distance = (seconds - claims["exp"].as_f64().unwrap()).abs();
        assert!(distance <= f64::max(0.001, seconds * 1e-15) || seconds > 1e15, "{distance}");
        assert_eq!(token.claims::<Value>().unwrap(), claims);
    }
});
