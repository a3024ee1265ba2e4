//! The answer of a token endpoint, as the client reads it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tower_bearer::{
    client::{ClientCredentials, TokenClient},
    secret::Secret,
};
use tower_bearer_fuzz::{Answers, NOW, Stopped, block_on};

fuzz_target!(|input: (bool, Vec<u8>)| {
    let (good, body) = input;
    let endpoint = "https://issuer.example/oauth/token".parse().unwrap();
    let client = TokenClient::builder(endpoint, ClientCredentials::new("c", Secret::new("s")))
        .transport(Answers(if good { 200 } else { 400 }, body.into()))
        .clock(Stopped)
        .scope("announce:read")
        .build()
        .unwrap();
    match block_on(client.token()) {
        Ok(token) => {
            assert!(good);
            assert!(token.authorization().is_sensitive());
            assert!(token.expires_at() >= NOW);
        }
        Err(error) => assert!(error.to_string().len() < 1_000, "{error}"),
    }
});
