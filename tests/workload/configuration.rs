//! What a configuration of trusted issuers may say.

use tower_bearer::{key::KeySet, verify::AudienceRule};

use super::*;

fn audience() -> Audience {
    Audience::new(AUDIENCE).unwrap()
}

fn named(name: &str) -> WorkloadIssuer {
    WorkloadIssuer::discover(Issuer::new(name.to_owned()).unwrap(), audience())
}

fn cluster() -> WorkloadIssuer {
    named("https://cluster.example")
}

/// The problems of an issuer that trusts these.
fn problems(trusted: impl IntoIterator<Item = WorkloadIssuer>) -> String {
    let builder = TokenIssuer::builder("https://issuer.example".parse().unwrap());
    let builder = configured(builder).account(account().secret(&Secret::new(SECRET)));
    let built = trusted.into_iter().fold(builder, TokenIssuerBuilder::trusted_issuer).build();
    built.map_or_else(|error| error.to_string(), |_| String::new())
}

#[test]
fn t25_a_trusted_issuer_that_cannot_be_meant_is_a_configuration_error() {
    let minute = Duration::from_secs(60);
    for (trusted, expected) in [
        (vec![named("https://issuer.example")], "is this issuer itself"),
        (vec![named("https://issuer.example/")], "is this issuer itself"),
        (vec![cluster(), cluster()], "is named twice"),
        (vec![cluster(), named("https://cluster.example/")], "is named twice"),
        (vec![named("http://cluster.example")], "cannot be used: `issuer`"),
        (vec![named("cluster")], "cannot be used: `issuer`"),
        (vec![cluster().algorithms([])], "cannot be used: `algorithms`"),
        (
            vec![cluster().max_lifetime(minute - Duration::from_secs(1))],
            "give 1 minute to 24 hours",
        ),
        (vec![cluster().max_lifetime(1_441 * minute)], "give 1 minute to 24 hours"),
        (vec![cluster().subject("a:b", "nobody")], "names the account `nobody`"),
        (vec![cluster().subject("", ACCOUNT)], "rule 1 has a subject ``, which is empty"),
        (vec![cluster().subject("*", ACCOUNT)], "admits every subject"),
        (vec![cluster().subject("a:b", ACCOUNT).subject("a:b*", ACCOUNT)], "rule 2 has a subject"),
        (
            vec![cluster().rule(rule().claim("a", json!([1])))],
            "not a string, a number below 2^53 or a boolean",
        ),
        (
            vec![cluster().rule(rule().claim("a", 9_007_199_254_740_993_u64))],
            "not a string, a number below 2^53 or a boolean",
        ),
        (vec![cluster().rule(rule().claim("", "x"))], "of the claim ``"),
        (
            vec![
                named("https://token.actions.githubusercontent.com")
                    .subject("repo:*/*:ref:x", ACCOUNT),
            ],
            "admits strangers",
        ),
        (
            vec![named("https://gitlab.com").subject("project_path:*/gifts:ref:x", ACCOUNT)],
            "admits strangers",
        ),
    ] {
        let found = problems(trusted);
        assert!(found.contains(expected), "{expected}: {found}");
        assert!(found.starts_with("trusted issuer `"), "{found}");
    }
    let none = WorkloadIssuer::new(
        Issuer::new("https://cluster.example").unwrap(),
        AudienceRule::from(Vec::new()),
        KeySet::default(),
    );
    let found = problems([none]);
    assert!(
        found.contains("`audience` names none") && found.contains("`keys` hold none"),
        "{found}"
    );
    for good in [
        vec![],
        vec![cluster(), named("https://other.example")],
        vec![
            cluster().max_lifetime(minute),
            named("https://other.example").max_lifetime(1_440 * minute),
        ],
        vec![cluster().subject("a:*", ACCOUNT).rule(rule().claim("a", 1.5))],
        vec![cluster().rule(rule().claim("a", 9_007_199_254_740_991_u64))],
        vec![
            named("https://token.actions.githubusercontent.com")
                .subject("repo:octo-org/*:ref:x", ACCOUNT),
        ],
    ] {
        assert_eq!(problems(good), "");
    }
}

#[test]
fn t25_an_account_cannot_have_the_name_of_a_trusted_issuer() {
    let issuer = "https://cluster.example";
    let taken = Account::new(issuer).secret(&Secret::new(SECRET));
    let builder = || configured(TokenIssuer::builder("https://issuer.example".parse().unwrap()));
    let error = builder().account(taken.clone()).trusted_issuer(cluster()).build().unwrap_err();
    assert!(error.to_string().contains("has the name of a trusted issuer as its key"), "{error}");
    let issuer = builder().trusted_issuer(cluster()).build().unwrap();
    assert!(issuer.add_account(taken.clone()).is_err());
    assert!(builder().build().unwrap().add_account(taken).is_ok());
}

#[test]
fn t25_an_account_needs_a_credential_or_a_rule_that_names_it() {
    let builder = || configured(TokenIssuer::builder("https://issuer.example".parse().unwrap()));
    let error = builder().account(account()).build().unwrap_err();
    assert!(error.to_string().contains("name it in a rule of a `trusted_issuer`"), "{error}");
    let trusting = builder().trusted_issuer(cluster().subject("a:b", ACCOUNT));
    assert!(trusting.account(account()).build().is_ok());
}

#[test]
fn t25_a_trust_domain_is_named_as_spiffe_names_it() {
    let bundle = || RemoteJwks::new("https://spire.example/bundle.json".parse().unwrap());
    let domain = |name: &str| {
        let name = Issuer::new(name.to_owned()).unwrap();
        WorkloadIssuer::spiffe(name, audience(), bundle()).subject("spiffe://a/b", ACCOUNT)
    };
    for wrong in ["example.org", "https://example.org", "spiffe://example.org/x"] {
        assert!(problems([domain(wrong)]).contains("is no trust domain"), "{wrong}");
    }
    assert_eq!(problems([domain("spiffe://example.org")]), "");
}

#[test]
fn the_problem_of_a_rule_names_its_place() {
    let builder = configured(TokenIssuer::builder("https://issuer.example".parse().unwrap()));
    let trusted = cluster().subject("a:b", "other").subject("*", "other");
    let error = builder.trusted_issuer(trusted).build().unwrap_err();
    let place = tower_bearer::error::ConfigError::problems(&error)[0].setting();
    let tower_bearer::error::Setting::TrustedIssuer { index: 0, rule: Some(1), issuer, .. } = place
    else {
        panic!("{place:?}")
    };
    assert_eq!(&**issuer, "https://cluster.example");
}
