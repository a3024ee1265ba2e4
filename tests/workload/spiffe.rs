//! JWT-SVIDs of a SPIFFE trust domain.

use super::*;

const ID: &str = "spiffe://example.org/ns/gifts/sa/deliveries";

/// A bundle, as a SPIFFE server publishes it: each key with its use.
fn bundle<'a>(keys: impl IntoIterator<Item = (&'a SigningKey, &'static str)>) -> Reply {
    let entries = keys.into_iter().map(|(key, usage)| {
        let set: Value = serde_json::from_str(&public_jwk_set([key])).unwrap();
        let mut entry = set["keys"][0].clone();
        entry["use"] = usage.into();
        entry.as_object_mut().unwrap().remove("alg");
        entry
    });
    let keys: Value = entries.collect();
    Reply::json(json!({"keys": keys, "spiffe_sequence": 1, "spiffe_refresh_hint": 300}).to_string())
}

/// A trust domain, and an issuer that trusts it.
async fn start(usage: &'static str) -> (Platform, RunningIssuer) {
    let (platform, clock) = (Platform::start().await, ManualClock::at(NOW));
    platform.server.always(bundle([(&platform.key, usage)]));
    let keys = RemoteJwks::new(platform.server.url("/bundle.json").parse().unwrap());
    let domain = Issuer::new("spiffe://example.org").unwrap();
    let trusted = WorkloadIssuer::spiffe(domain, Audience::new(AUDIENCE).unwrap(), keys);
    let trusted = trusted.subject("spiffe://example.org/ns/*/sa/deliveries", ACCOUNT);
    let issuer = trusting(&clock, trusted).start().await.unwrap();
    (platform, issuer)
}

/// A JWT-SVID has neither `iss` nor `jti`.
fn svid(platform: &Platform) -> Mint {
    platform.token().claim("sub", ID).without("iss").without("jti")
}

fn presented(token: &Mint) -> Request {
    Request::new(Form::ClientAssertion, &token.sign())
        .with("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe")
}

#[tokio::test]
async fn t25_a_jwt_svid_is_a_client_assertion_of_its_trust_domain() {
    let (platform, issuer) = start("jwt-svid").await;
    let good = || svid(&platform);
    for (what, repaired) in [
        ("as it is", good()),
        ("with an iss of its own", good().claim("iss", "https://spire.example")),
        ("with a jti", good().claim("jti", "1")),
        ("with a typ", good().header("typ", "JWT")),
    ] {
        let request = presented(&repaired);
        assert_eq!(request.send(&issuer).await.status, 200, "{what}");
        assert_eq!(request.send(&issuer).await.status, 200, "{what}: it is used again");
        assert_eq!(request.with("client_id", ID).send(&issuer).await.status, 200, "{what}");
    }
    for (what, spoiled) in [
        (
            "another trust domain",
            good().claim("sub", "spiffe://example.com/ns/gifts/sa/deliveries"),
        ),
        (
            "a longer trust domain",
            good().claim("sub", "spiffe://example.org.evil/ns/gifts/sa/deliveries"),
        ),
        ("another workload", good().claim("sub", "spiffe://example.org/ns/gifts/sa/wrapping")),
        ("the trust domain itself", good().claim("sub", "spiffe://example.org")),
        ("no path", good().claim("sub", "spiffe://example.org/")),
        ("no SPIFFE ID", good().claim("sub", "system:serviceaccount:gifts:deliveries")),
        ("no subject", good().without("sub")),
        ("another audience", good().claim("aud", "https://other.example")),
        (
            "another audience as well",
            good().claim("aud", json!([AUDIENCE, "https://other.example"])),
        ),
        ("no end", good().without("exp")),
        ("expired", good().claim("exp", NOW.as_secs() - 30)),
        ("an access token", good().header("typ", "at+jwt")),
        ("an unknown key", good().header("kid", "another")),
    ] {
        let answer = presented(&spoiled).send(&issuer).await;
        assert_eq!(answer.error(), (401, "invalid_client"), "{what}");
        assert_eq!(presented(&good()).send(&issuer).await.status, 200, "{what}, repaired");
    }
    for form in Form::ALL {
        let answer = Request::new(form, &good().sign()).send(&issuer).await;
        assert_eq!(answer.error(), form.refused(), "its assertion type is its own: {form:?}");
    }
}

#[tokio::test]
async fn t25_only_keys_for_jwt_svids_count_in_a_bundle_and_nowhere_else() {
    for usage in ["sig", "x509-svid", "enc"] {
        let (platform, issuer) = start(usage).await;
        let answer = presented(&svid(&platform)).send(&issuer).await;
        assert_eq!(answer.error(), (503, "temporarily_unavailable"), "{usage}: it has no key");
    }
    let world = World::start().await;
    world.platform.server.always(bundle([(&world.platform.key, "jwt-svid")]));
    let answer = world.ask(Form::JwtGrant, &world.token().sign()).await;
    assert_eq!(answer.error(), (503, "temporarily_unavailable"), "the keys of no other issuer");
    world.platform.server.always(bundle([(&world.platform.key, "sig")]));
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(world.good().await, 200);
}
