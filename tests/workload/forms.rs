//! The three forms, each with a good token.

use super::*;

#[tokio::test]
async fn t25_a_workload_gets_a_token_in_each_of_the_three_forms() {
    let world = World::start().await;
    for form in Form::ALL {
        for json in [false, true] {
            let request = Request::new(form, &world.token().sign()).with("scope", "directions x");
            let request = if json { request.into_json() } else { request };
            let answer = request.send(&world.issuer).await;
            assert_eq!(answer.status, 200, "{form:?}: {answer:?}");
            assert_eq!(answer.member("token_type"), "Bearer");
            assert_eq!(
                (answer.member("scope"), answer.member("rejected_scope")),
                ("directions", "x")
            );
            let claims = claims(answer.member("access_token"));
            assert_eq!((&claims["sub"], &claims["client_id"]), (&json!(ACCOUNT), &json!(ACCOUNT)));
            assert_eq!(claims["iss"], json!(world.issuer.issuer().as_str()));
            let issued = answer.json.get("issued_token_type").and_then(Value::as_str);
            let access_token = "urn:ietf:params:oauth:token-type:access_token";
            let expected = (form == Form::TokenExchange).then_some(access_token);
            assert_eq!(issued, expected, "{form:?}: RFC 8693 §2.2.1");
        }
    }
    assert_eq!(world.platform.server.count(), 1, "the keys were fetched once");
}

#[tokio::test]
async fn t25_a_spiffe_id_is_presented_by_its_own_assertion_type() {
    const ID: &str = "spiffe://example.org/ns/gifts/sa/deliveries";
    let (platform, clock) = (Platform::start().await, ManualClock::at(NOW));
    let trusted = platform.trusted().subject("spiffe://example.org/ns/*/sa/deliveries", ACCOUNT);
    let issuer = trusting(&clock, trusted).start().await.unwrap();
    let spiffe = |token: Mint| {
        Request::new(Form::ClientAssertion, &token.sign())
            .with("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe")
    };
    let good = || spiffe(platform.token().claim("sub", ID));
    assert_eq!(good().send(&issuer).await.status, 200);
    assert_eq!(good().with("client_id", ID).send(&issuer).await.status, 200);
    assert_eq!(good().with("client_id", ACCOUNT).send(&issuer).await.status, 200);
    let another = good().with("client_id", "spiffe://example.org/ns/maps/sa/deliveries");
    assert_eq!(another.send(&issuer).await.error(), (400, "invalid_request"));
    for subject in [SUBJECT, "spiffe://example.com/ns/gifts/sa/deliveries", "spiffe:"] {
        let answer = spiffe(platform.token().claim("sub", subject)).send(&issuer).await;
        assert_eq!(answer.error(), (401, "invalid_client"), "{subject}");
    }
}

#[tokio::test]
async fn t28_the_grants_are_in_the_metadata_where_an_issuer_is_trusted() {
    let world = World::start().await;
    let none = without_trust(&world.clock).start().await.unwrap();
    for (issuer, count) in [(&world.issuer, 3), (&none, 1)] {
        let url = format!("{}/.well-known/oauth-authorization-server", issuer.url());
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let body = client.get(url).send().await.unwrap().bytes().await.unwrap();
        let metadata: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(metadata["grant_types_supported"].as_array().unwrap().len(), count);
    }
    for form in [Form::JwtGrant, Form::TokenExchange] {
        let answer = Request::new(form, &world.token().sign()).send(&none).await;
        assert_eq!(answer.error(), (400, "unsupported_grant_type"), "{form:?}");
    }
}

#[tokio::test]
async fn t25_each_account_has_its_own_subjects_and_the_first_rule_decides() {
    let (platform, clock) = (Platform::start().await, ManualClock::at(NOW));
    let trusted = platform
        .trusted()
        .subject("system:serviceaccount:gifts:admin", "admin")
        .subject("system:serviceaccount:gifts:*", ACCOUNT);
    let admin = Account::new("admin").allow("maps", "directions");
    let issuer = trusting(&clock, trusted).account(admin).start().await.unwrap();
    for (subject, account) in [
        ("system:serviceaccount:gifts:admin", Some("admin")),
        ("system:serviceaccount:gifts:deliveries", Some(ACCOUNT)),
        ("system:serviceaccount:gifts:anything", Some(ACCOUNT)),
        ("system:serviceaccount:maps:admin", None),
        ("system:serviceaccount:gifts:admin:x", None),
    ] {
        let token = platform.token().claim("sub", subject).sign();
        let answer = Request::new(Form::JwtGrant, &token).send(&issuer).await;
        let got = (answer.status == 200).then(|| claims(answer.member("access_token")));
        let got = got.map(|claims| claims["client_id"].as_str().unwrap().to_owned());
        assert_eq!(got.as_deref(), account, "{subject}");
    }
}

#[tokio::test]
async fn t25_an_issuer_without_rules_admits_nobody() {
    let (platform, clock) = (Platform::start().await, ManualClock::at(NOW));
    let account = account().secret(&Secret::new(SECRET));
    let issuer = without_trust(&clock).account(account).trusted_issuer(platform.trusted());
    let issuer = issuer.start().await.unwrap();
    for form in Form::ALL {
        let answer = Request::new(form, &platform.token().sign()).send(&issuer).await;
        assert_eq!(answer.error(), form.refused(), "{form:?}");
    }
}
