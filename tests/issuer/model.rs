//! A wrong model fails when it is built, with every problem at once.

use std::time::Duration;

use tower_bearer::issuer::{Account, Application, TokenIssuer};

use super::client::{display, outsourcer_a, secret};

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
        .default_application("nowhere")
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
