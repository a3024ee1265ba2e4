//! The keys of a trusted issuer: rotations, outages and floods.

use super::*;
use crate::support::until;

#[tokio::test]
async fn t25_a_rotated_key_is_found_and_the_old_one_refused() {
    let world = World::start().await;
    assert_eq!(world.good().await, 200);
    let old = world.token();
    let new = SigningKey::generate(Algorithm::ES256).unwrap();
    world.platform.server.always(published([&world.platform.key, &new]));
    let by_new = || {
        let claims = serde_json::from_str(&world.token().payload()).unwrap();
        Mint::of(&new, &json!({"alg": "ES256", "kid": new.kid()}), &claims).sign()
    };
    assert_eq!(world.ask(Form::JwtGrant, &by_new()).await.status, 200, "published a moment ago");
    assert_eq!(world.ask(Form::JwtGrant, &old.sign()).await.status, 200, "still published");
    world.platform.server.always(published([&new]));
    world.clock.advance(Duration::from_secs(300));
    assert_eq!(world.ask(Form::JwtGrant, &by_new()).await.status, 200);
    until(|| world.platform.server.count() == 3).await;
    let refused = async { while world.ask(Form::JwtGrant, &old.sign()).await.status == 200 {} };
    tokio::time::timeout(Duration::from_secs(5), refused).await.unwrap();
    assert_eq!(world.ask(Form::JwtGrant, &old.sign()).await.error(), Form::JwtGrant.refused());
    assert_eq!(world.ask(Form::JwtGrant, &by_new()).await.status, 200);
}

#[tokio::test]
async fn t25_without_keys_the_answer_is_503_with_retry_after() {
    let world = World::start().await;
    world.platform.server.always(Reply::Close);
    for form in Form::ALL {
        let answer = world.ask(form, &world.token().sign()).await;
        assert_eq!(answer.error(), (503, "temporarily_unavailable"), "{form:?}");
        assert!(
            answer.retry_after.is_some_and(|seconds| (1..=60).contains(&seconds)),
            "{answer:?}"
        );
    }
    let forged = world.token().claim("aud", "urn:other").sign();
    let answer = world.ask(Form::JwtGrant, &forged).await;
    assert_eq!(answer.error(), Form::JwtGrant.refused(), "what needs no key is refused at once");
    world.platform.server.always(published([&world.platform.key]));
    world.clock.advance(Duration::from_secs(60));
    let token = world.token().sign();
    assert_eq!(world.ask(Form::ClientAssertion, &token).await.status, 200, "nothing was used up");
}

#[tokio::test]
async fn t25_an_outage_after_the_first_fetch_refuses_nobody_for_an_hour() {
    let world = World::start().await;
    assert_eq!(world.good().await, 200);
    world.platform.server.always(Reply::status(500));
    for _ in 0..6 {
        world.clock.advance(Duration::from_secs(600));
        let now = NOW.as_secs();
        let token = world.token().claim("iat", now).claim("exp", now + 3_600 + 30).sign();
        assert_eq!(world.ask(Form::JwtGrant, &token).await.status, 200);
    }
    let trusted = world.platform.trusted().rule(rule());
    world
        .issuer
        .reconfigure(next(&world.issuer).account(account()).trusted_issuer(trusted))
        .unwrap();
    let now = NOW.as_secs() + 3_600;
    let token = || world.token().claim("iat", now).claim("exp", now + 600).sign();
    assert_eq!(
        world.ask(Form::JwtGrant, &token()).await.status,
        200,
        "a reconfiguration keeps them"
    );
    world.clock.advance(Duration::from_secs(360));
    let answer = world.ask(Form::JwtGrant, &token()).await;
    assert_eq!(answer.error(), (503, "temporarily_unavailable"), "too old");
}

#[tokio::test]
async fn t25_a_trusted_issuer_that_is_left_out_is_not_trusted_any_more() {
    let world = World::start().await;
    assert_eq!(world.good().await, 200);
    let account = account().secret(&Secret::new(SECRET));
    let other = Platform::start().await;
    let next_one =
        next(&world.issuer).account(account).trusted_issuer(other.trusted().rule(rule()));
    world.issuer.reconfigure(next_one).unwrap();
    for form in Form::ALL {
        let answer = world.ask(form, &world.token().sign()).await;
        assert_eq!(answer.error(), form.refused(), "{form:?}");
        assert_eq!(world.ask(form, &other.token().sign()).await.status, 200, "{form:?}");
    }
}

#[tokio::test]
async fn t25_a_flood_of_unknown_kids_costs_the_platform_a_few_fetches() {
    let world = World::start().await;
    assert_eq!(world.good().await, 200);
    let before = world.platform.server.count();
    for number in 0..100 {
        let junk = world.token().header("kid", format!("junk-{number}")).sign();
        let answer = world.ask(Form::JwtGrant, &junk).await;
        assert!(matches!(answer.status, 400 | 503), "{answer:?}");
    }
    let fetches = world.platform.server.count() - before;
    assert!(fetches <= 7, "{fetches} fetches");
    assert_eq!(world.good().await, 200);
}

#[tokio::test]
async fn t25_requests_that_wait_for_keys_share_one_fetch_and_may_be_cancelled() {
    let world = World::start().await;
    let good = published([&world.platform.key]);
    world.platform.server.always(Reply::AnswerWhenReleased(Box::new(good.clone())));
    let cancelled = Request::new(Form::JwtGrant, &world.token().sign());
    let issuer = TokenIssuer::clone(&world.issuer);
    let task = tokio::spawn(async move { cancelled.send(&issuer).await });
    until(|| world.platform.server.count() == 1).await;
    task.abort();
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let (issuer, token) = (TokenIssuer::clone(&world.issuer), world.token().sign());
            tokio::spawn(async move { Request::new(Form::JwtGrant, &token).send(&issuer).await })
        })
        .collect();
    // One more request says that the others have come.
    assert_eq!(world.ask(Form::JwtGrant, "no token").await.status, 400);
    world.platform.server.release();
    for task in waiting {
        let answer = task.await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert_eq!(world.platform.server.count(), 1);
}
