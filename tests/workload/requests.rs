//! What may stand beside an assertion, and what applies to a workload as to any client.

use tower_bearer::issuer::{AccessDenied, Quota, TokenModifications};

use super::*;

#[tokio::test]
async fn t9_a_secret_beside_an_assertion_is_refused() {
    let world = World::start().await;
    let token = world.token().sign();
    for form in Form::ALL {
        let request = Request::new(form, &token);
        for both in [
            request.clone().with("client_id", "other").with("client_secret", SECRET),
            request.clone().with("client_secret", SECRET),
            request.clone().basic("other", SECRET),
            request.clone().basic(ACCOUNT, SECRET),
        ] {
            let answer = both.send(&world.issuer).await;
            assert_eq!(answer.error(), (400, "invalid_request"), "{form:?}");
        }
    }
    for form in [Form::JwtGrant, Form::TokenExchange] {
        let assertion = Request::new(Form::ClientAssertion, &token);
        let fields = assertion.fields.into_iter().filter(|(name, _)| name != "grant_type");
        let both = fields
            .fold(Request::new(form, &token), |request, (name, value)| request.with(&name, &value));
        assert_eq!(both.send(&world.issuer).await.error(), (400, "invalid_request"), "{form:?}");
    }
    for form in Form::ALL {
        assert_eq!(world.ask(form, &token).await.status, 200, "it was not used up: {form:?}");
    }
}

#[tokio::test]
async fn t5_a_grant_without_its_assertion_is_not_authenticated() {
    let world = World::start().await;
    let token = world.token().sign();
    for (form, parameter) in [(Form::JwtGrant, "assertion"), (Form::TokenExchange, "subject_token")]
    {
        let request = Request::new(form, &token);
        for bare in [request.clone().without(parameter), request.clone().with(parameter, "")] {
            let answer = bare.send(&world.issuer).await;
            assert_eq!(answer.error(), (400, "invalid_request"), "{form:?}");
            let answer = bare.with("client_id", ACCOUNT).send(&world.issuer).await;
            assert_eq!(answer.error(), (400, "invalid_request"), "{form:?}");
        }
        assert_eq!(request.send(&world.issuer).await.status, 200);
    }
}

#[tokio::test]
async fn t25_a_client_id_beside_a_workloads_assertion_is_its_account() {
    let world = World::start().await;
    for form in Form::ALL {
        let with = |id: &str| Request::new(form, &world.token().sign()).with("client_id", id);
        for another in ["other", SUBJECT, "nobody", " gift-deliveries"] {
            let answer = with(another).send(&world.issuer).await;
            assert_eq!(answer.error(), (400, "invalid_request"), "{form:?} {another}");
        }
        assert_eq!(with(ACCOUNT).send(&world.issuer).await.status, 200, "{form:?}");
        assert_eq!(with("").send(&world.issuer).await.status, 200, "an empty one is none");
    }
}

#[tokio::test]
async fn t4_parameters_of_another_grant_are_refused() {
    let world = World::start().await;
    let token = world.token().sign();
    let access_token = "urn:ietf:params:oauth:token-type:access_token";
    let id_token = "urn:ietf:params:oauth:token-type:id_token";
    let [client, grant, exchange] = Form::ALL.map(|form| Request::new(form, &token));
    for (what, wrong) in [
        ("assertion", client.clone().with("assertion", &token)),
        ("subject_token", client.clone().with("subject_token", &token)),
        ("subject_token", grant.clone().with("subject_token", &token)),
        ("assertion", exchange.clone().with("assertion", &token)),
        ("actor_token", exchange.clone().with("actor_token", &token)),
        ("actor_token_type", exchange.clone().with("actor_token_type", id_token)),
        ("actor_token", grant.clone().with("actor_token", &token)),
        ("no type", exchange.clone().without("subject_token_type")),
        ("an access token", exchange.clone().with("subject_token_type", access_token)),
        ("another type", exchange.clone().with("requested_token_type", id_token)),
        ("another type", grant.clone().with("requested_token_type", access_token)),
    ] {
        let answer = wrong.send(&world.issuer).await;
        assert_eq!(answer.error(), (400, "invalid_request"), "{what}: {answer:?}");
    }
    for repaired in [
        grant,
        exchange.clone(),
        exchange.clone().with("subject_token_type", id_token),
        exchange.with("requested_token_type", access_token),
        client,
    ] {
        assert_eq!(repaired.send(&world.issuer).await.status, 200);
    }
}

#[tokio::test]
async fn t8_an_assertion_in_the_uri_is_refused() {
    let world = World::start().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for name in ["assertion", "subject_token", "actor_token"] {
        let url = format!("{}?{name}=x", world.issuer.token_endpoint());
        let request = client.post(url).header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body("grant_type=client_credentials").send().await.unwrap();
        assert_eq!(answer.status(), 400, "{name}");
        assert!(answer.text().await.unwrap().contains("do not belong in the URI"), "{name}");
    }
}

#[tokio::test]
async fn t25_a_deleted_or_disabled_account_gets_no_token_by_its_workload() {
    let world = World::start().await;
    assert_eq!(world.good().await, 200);
    assert!(world.issuer.delete_account(ACCOUNT).unwrap());
    for form in Form::ALL {
        let answer = world.ask(form, &world.token().sign()).await;
        assert_eq!(answer.error(), form.refused(), "{form:?}");
    }
    world.issuer.add_account(account().disable("maps")).unwrap();
    for form in Form::ALL {
        let answer = world.ask(form, &world.token().sign()).await;
        assert_eq!(answer.error(), (400, "unauthorized_client"), "{form:?}");
    }
    assert!(world.issuer.delete_account(ACCOUNT).unwrap());
    world.issuer.add_account(account()).unwrap();
    assert_eq!(world.good().await, 200);
}

#[tokio::test]
async fn t34_the_quota_and_the_hooks_apply_to_a_workload() {
    let world = World::start().await;
    let trust = || world.platform.trusted().rule(rule());
    let quota = Quota::unlimited().requests_per_minute(2);
    let limited = next(&world.issuer).account(account().quota(quota)).trusted_issuer(trust());
    world.issuer.reconfigure(limited).unwrap();
    assert_eq!((world.good().await, world.good().await), (200, 200));
    let answer = world.ask(Form::TokenExchange, &world.token().sign()).await;
    assert_eq!(answer.error(), (429, "too_many_requests"));
    assert!(answer.retry_after.is_some_and(|seconds| seconds <= 60));

    let hooked = next(&world.issuer).account(account()).trusted_issuer(trust()).hook(|exchange| {
        let denied = exchange.client_id() == ACCOUNT;
        let reason = "temporarily revoked";
        std::future::ready(if denied {
            Err(AccessDenied::new(reason))
        } else {
            Ok(TokenModifications::none())
        })
    });
    world.issuer.reconfigure(hooked).unwrap();
    world.clock.advance(Duration::from_secs(60));
    let answer = world.ask(Form::JwtGrant, &world.token().sign()).await;
    assert_eq!(answer.error(), (400, "access_denied"));
    world
        .issuer
        .reconfigure(next(&world.issuer).account(account()).trusted_issuer(trust()))
        .unwrap();
    assert_eq!(world.good().await, 200);
}

#[tokio::test]
async fn t31_an_account_may_have_a_secret_a_key_and_a_workload() {
    let world = World::start().await;
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let keys = tower_bearer::key::KeySet::parse(public_jwk_set([&key]).as_bytes()).unwrap();
    let account = account().secret(&Secret::new(SECRET)).public_keys(keys);
    let trusted = world.platform.trusted().rule(rule());
    world.issuer.reconfigure(next(&world.issuer).account(account).trusted_issuer(trusted)).unwrap();
    let own = Mint::with_key(&key)
        .header("typ", "JWT")
        .claim("iss", ACCOUNT)
        .claim("sub", ACCOUNT)
        .claim("aud", world.issuer.issuer().as_str())
        .claim("exp", NOW.as_secs() + 60);
    assert_eq!(
        world.ask(Form::ClientAssertion, &own.clone().claim("jti", "a").sign()).await.status,
        200
    );
    assert_eq!(world.good().await, 200);
    let bare = Request::new(Form::ClientAssertion, "");
    let bare = bare.without("client_assertion").without("client_assertion_type");
    assert_eq!(bare.basic(ACCOUNT, SECRET).send(&world.issuer).await.status, 200);
    for form in [Form::JwtGrant, Form::TokenExchange] {
        let answer = world.ask(form, &own.clone().claim("jti", "b").sign()).await;
        assert_eq!(answer.error(), form.refused(), "its own key signs client assertions alone");
    }
}
