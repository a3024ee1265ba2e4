//! Tokens that come again.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use tower_bearer::issuer::ReplayRule;

use super::*;

/// The status of the same token twice in a form.
async fn twice(world: &World, form: Form, token: &str) -> [u16; 2] {
    [world.ask(form, token).await.status, world.ask(form, token).await.status]
}

#[tokio::test]
async fn t25_a_client_assertion_is_accepted_once_and_a_grant_until_it_expires() {
    let world = World::start().await;
    for (form, second) in
        [(Form::ClientAssertion, 401), (Form::JwtGrant, 200), (Form::TokenExchange, 200)]
    {
        let token = world.token().sign();
        assert_eq!(twice(&world, form, &token).await, [200, second], "{form:?}");
    }
    let token = world.token().claim("exp", NOW.as_secs() + 60).sign();
    assert_eq!(world.ask(Form::JwtGrant, &token).await.status, 200);
    world.clock.advance(Duration::from_secs(89));
    assert_eq!(world.ask(Form::JwtGrant, &token).await.status, 200, "within the leeway");
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.ask(Form::JwtGrant, &token).await.error(), Form::JwtGrant.refused());
}

#[tokio::test]
async fn t25_by_setting_each_token_is_accepted_once_whatever_its_form() {
    let world = World::with(|trusted| trusted.replay(ReplayRule::Once)).await;
    for form in Form::ALL {
        let token = world.token().sign();
        assert_eq!(world.ask(form, &token).await.status, 200);
        for again in Form::ALL {
            let answer = world.ask(again, &token).await;
            assert_eq!(answer.error(), again.refused(), "{form:?} {again:?}");
        }
    }
    let same_id = world.token().claim("jti", "1");
    assert_eq!(world.ask(Form::JwtGrant, &same_id.sign()).await.status, 200);
    let changed = same_id.claim("exp", NOW.as_secs() + 900).sign();
    assert_eq!(world.ask(Form::JwtGrant, &changed).await.status, 400, "by its jti");
    let next = next(&world.issuer).account(account());
    let trusted = world.platform.trusted().rule(rule()).replay(ReplayRule::Once);
    world.issuer.reconfigure(next.trusted_issuer(trusted)).unwrap();
    assert_eq!(world.ask(Form::JwtGrant, &changed).await.status, 400, "whatever the configuration");
}

#[tokio::test]
async fn t25_by_setting_a_token_is_accepted_until_it_expires_whatever_its_form() {
    let world = World::with(|trusted| trusted.replay(ReplayRule::UntilExpiry)).await;
    let token = world.token().sign();
    for form in Form::ALL {
        assert_eq!(twice(&world, form, &token).await, [200, 200], "{form:?}");
    }
}

#[tokio::test]
async fn t25_a_token_without_jti_is_recognized_by_its_header_and_claims() {
    let world = World::with(|trusted| trusted.replay(ReplayRule::Once)).await;
    for without in [world.token().without("jti"), world.token().claim("jti", "")] {
        let token = without.sign();
        assert_eq!(twice(&world, Form::JwtGrant, &token).await, [200, 400]);
        assert_eq!(world.ask(Form::JwtGrant, &other_signature(&token)).await.status, 400);
        assert_eq!(world.ask(Form::JwtGrant, &without.sign()).await.status, 400, "signed again");
        let later = without.claim("iat", NOW.as_secs() - 1).sign();
        assert_eq!(twice(&world, Form::JwtGrant, &later).await, [200, 400], "another token");
    }
}

/// Anybody can change an ECDSA signature (r, s) into (r, n - s), which is valid, too.
fn other_signature(token: &str) -> String {
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
        0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let mut borrow = 0;
    for (byte, order) in signature[32..].iter_mut().zip(ORDER).rev() {
        let difference = i32::from(order) - i32::from(*byte) - borrow;
        borrow = i32::from(difference < 0);
        *byte = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[tokio::test]
async fn t25_the_other_ecdsa_signature_of_a_token_is_valid() {
    let world = World::start().await;
    let token = other_signature(&world.token().sign());
    assert_eq!(world.ask(Form::JwtGrant, &token).await.status, 200);
}

#[tokio::test]
async fn t25_two_platforms_may_use_the_same_jti() {
    let world = World::start().await;
    let other = Platform::start().await;
    let once = |platform: &Platform| platform.trusted().rule(rule()).replay(ReplayRule::Once);
    let next = next(&world.issuer).account(account()).trusted_issuer(once(&world.platform));
    world.issuer.reconfigure(next.trusted_issuer(once(&other))).unwrap();
    for platform in [&world.platform, &other] {
        let token = platform.token().claim("jti", "1").sign();
        assert_eq!(twice(&world, Form::JwtGrant, &token).await, [200, 400]);
    }
}
