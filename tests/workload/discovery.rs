//! A trusted issuer whose keys are found by its metadata.

use super::*;

#[tokio::test]
async fn t25_the_keys_of_a_trusted_issuer_are_found_by_its_metadata() {
    let (platform, clock) = (Platform::start().await, ManualClock::at(NOW));
    let (issuer, set) = (platform.issuer(), public_jwk_set([&platform.key]));
    let jwks_uri = platform.server.url("/keys");
    let metadata = json!({"issuer": issuer.as_str(), "jwks_uri": jwks_uri}).to_string();
    platform.server.follow(move |request| match request.head.split(' ').nth(1).unwrap() {
        "/.well-known/openid-configuration" => Reply::json(metadata.clone()),
        "/keys" => Reply::json(set.clone()),
        _ => Reply::status(404),
    });
    let audience = Audience::new(AUDIENCE).unwrap();
    let trusted = WorkloadIssuer::discover(issuer, audience).rule(rule());
    let issuer = trusting(&clock, trusted).start().await.unwrap();
    for form in Form::ALL {
        let answer = Request::new(form, &platform.token().sign()).send(&issuer).await;
        assert_eq!(answer.status, 200, "{form:?}: {answer:?}");
    }
}

#[tokio::test]
async fn t25_metadata_of_another_issuer_give_no_keys() {
    let (platform, clock) = (Platform::start().await, ManualClock::at(NOW));
    let other = Platform::start().await;
    let metadata =
        json!({"issuer": other.issuer().as_str(), "jwks_uri": other.server.url("/jwks")});
    platform.server.always(Reply::json(metadata.to_string()));
    let audience = Audience::new(AUDIENCE).unwrap();
    let trusted = WorkloadIssuer::discover(platform.issuer(), audience).rule(rule());
    let issuer = trusting(&clock, trusted).start().await.unwrap();
    let answer = Request::new(Form::JwtGrant, &platform.token().sign()).send(&issuer).await;
    assert_eq!(answer.error(), (503, "temporarily_unavailable"));
    assert_eq!(other.server.count(), 0);
}

/// Another instance of this crate's issuer is a platform like any other.
#[tokio::test]
async fn t25_another_token_issuer_can_play_the_platform() {
    let clock = ManualClock::at(NOW);
    let cluster = TokenIssuer::on_loopback().algorithm(Algorithm::EdDSA).clock(clock.clone());
    let cluster = cluster.start().await.unwrap();
    let audience = Audience::new(AUDIENCE).unwrap();
    let trusted =
        WorkloadIssuer::discover(cluster.issuer().clone(), audience).subject(SUBJECT, ACCOUNT);
    let issuer = trusting(&clock, trusted).start().await.unwrap();
    let token = || cluster.token().subject(SUBJECT).audience(AUDIENCE);
    let answer = Request::new(Form::JwtGrant, &token().sign().unwrap()).send(&issuer).await;
    assert_eq!(answer.error(), Form::JwtGrant.refused(), "an access token is no assertion");
    let token = token().typ("JWT").sign().unwrap();
    assert_eq!(Request::new(Form::JwtGrant, &token).send(&issuer).await.status, 200);
}
