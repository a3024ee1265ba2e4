//! A wrong model fails when it is built, with every problem at once.

use std::time::Duration;

use tower_bearer::{
    algorithm::Algorithm,
    issuer::{Account, Application, KeyStore, Rule, SecretHash, TokenIssuer},
    key::SigningKey,
    secret::Secret,
};

use super::client::{basic, display, outsourcer_a, secret, without_accounts};

#[test]
fn a_wrong_model_lists_every_problem_with_its_cure() {
    let error = TokenIssuer::builder("http://issuer.example/?a=b".parse().unwrap())
        .lifetime(Duration::ZERO)
        .application(Application::new("display").resource("announce", ["read", "up date"]))
        .application(Application::new("wall").audience("display"))
        .account(Account::new("a").allow("display", "announce:*:raed revenu:*:read \u{fc}"))
        .account(Account::new("b").secret(&secret()).lifetime(Duration::from_millis(1_500)))
        .account(Account::new("c").secret(&secret()).allow("nowhere", "x"))
        .account(Account::new("d").secret(&secret()))
        .account(Account::new("d").secret(&secret()))
        .account(
            Account::new("e")
                .secret(&secret())
                .secret_hash(SecretHash::from_secret(&secret()).unwrap())
                .secret_hash(SecretHash::from_secret(&secret()).unwrap())
                .rule(Rule::allow("display", "announce").operations(["raed"]))
                .rule(Rule::deny("display", "revenu").identifier("2019"))
                .rule(Rule::allow("display", "announce:1"))
                .rule(Rule::allow("display", "announce").operations(Vec::<String>::new())),
        )
        .rule(Rule::allow("display", "announce"))
        .rule(Rule::allow("display", "announce").subject("nobody"))
        .default_application("nowhere")
        .rotate_every(Duration::from_secs(60))
        .signing_key(SigningKey::generate(Algorithm::EdDSA).unwrap())
        .key_store(KeyStore::new("nowhere"))
        .build()
        .unwrap_err();
    let problems: Vec<_> = error.problems().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(problems.join("\n"));
}

#[test]
fn a_rule_may_be_wider_or_narrower_than_what_the_application_defines() {
    for rule in ["announce", "announce:7:read", "announce:*", "*", "*:*:read"] {
        let account = Account::new("a").secret(&secret()).allow("display", rule);
        assert!(display().account(account).build().is_ok(), "{rule}");
    }
    for rule in ["announcement", "announce:7:raed", "announce::read"] {
        let account = Account::new("a").secret(&secret()).allow("display", rule);
        assert!(display().account(account).build().is_err(), "{rule}");
    }
}

#[test]
fn an_account_that_is_created_late_is_checked_alike() {
    let issuer = display().build().unwrap();
    let wrong = Account::new("late").allow("display", "announce:*:raed").lifetime(Duration::ZERO);
    assert_eq!(issuer.create_account(wrong).unwrap_err().problems().len(), 2);
    assert_eq!(issuer.account_keys(), ["outsourcer-a"]);
    let taken = issuer.create_account(outsourcer_a().secret(&secret()).secret(&secret()));
    assert!(taken.is_err());
    assert!(
        issuer.create_account(Account::new("late").allow("display", "announce:*:read")).is_ok()
    );
    assert_eq!(issuer.account_keys(), ["late", "outsourcer-a"]);
}

#[tokio::test]
async fn rules_in_words_decide_as_rules_in_scopes_do() {
    let account = || Account::new("outsourcer-a").secret(&secret());
    let in_words = [
        Rule::allow("https://display.example", "revenue").operations(["read", "update"]),
        Rule::allow("https://display.example", "user-growth").identifier("2019"),
        Rule::deny("https://display.example", "revenue").identifier("2018"),
    ];
    let own = in_words.iter().cloned().fold(account(), Account::rule);
    let central = in_words.into_iter().fold(without_accounts().account(account()), |all, rule| {
        all.rule(rule.subject("outsourcer-a"))
    });
    let in_scopes = account()
        .allow("display", "revenue:*:read revenue:*:update user-growth:2019:*")
        .deny("display", "revenue:2018:*");
    let asked = "revenue:2017:read revenue:2018:read user-growth:2019:read user-growth:2020:read";
    for issuer in [display_of(own), central.build().unwrap(), display_of(in_scopes)] {
        let scopes = basic().with("scope", asked).of(&issuer).await.scopes();
        assert_eq!(scopes.0, "revenue:2017:read user-growth:2019:read");
        assert_eq!(scopes.1, "revenue:2018:read user-growth:2020:read");
    }
}

fn display_of(account: Account) -> TokenIssuer {
    without_accounts().account(account).build().unwrap()
}

#[tokio::test]
async fn an_account_that_is_known_by_a_hash_comes_in_with_the_secret() {
    let hash = SecretHash::from_secret(&secret()).unwrap();
    let text = hash.to_string();
    assert_eq!(text.parse(), Ok(hash.clone()));
    assert_eq!(format!("{hash:?}"), "SecretHash(..)");
    assert_ne!(SecretHash::from_secret(&secret()).unwrap(), hash, "each has a salt of its own");
    let account = |text: &str| {
        let account = Account::new("outsourcer-a").secret_hash(text.parse().unwrap());
        display_of(account.allow("display", "announce:*:read"))
    };
    assert_eq!(basic().of(&account(&text)).await.status, 200);
    let of_another = SecretHash::from_secret(&Secret::generate().unwrap()).unwrap().to_string();
    assert_eq!(basic().of(&account(&of_another)).await.status, 401);
    for wrong in
        ["", "sha256", "sha256::", "sha1:a:b", &text[1..], &format!("{text}:"), &text[..60]]
    {
        assert!(wrong.parse::<SecretHash>().is_err(), "{wrong}");
    }
}

#[test]
fn w09_an_application_does_not_define_scopes_of_openid_connect_by_accident() {
    let application = || Application::new("mail").resource("email", ["send"]);
    let build = |application: Application| {
        let issuer = "https://issuer.example".parse().unwrap();
        TokenIssuer::builder(issuer).algorithm(Algorithm::ES256).application(application).build()
    };
    for refused in [application(), Application::new("mail").scopes("mail:send profile")] {
        let error = build(refused).unwrap_err();
        assert!(error.to_string().contains("scope of OpenID Connect"), "{error}");
    }
    assert!(build(application().allow_openid_names()).is_ok());
    assert!(build(Application::new("mail").resource("emails", ["send"])).is_ok());
}
