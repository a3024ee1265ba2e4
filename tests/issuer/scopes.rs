//! Which scopes a client gets, and for which application.

use http::header;
use tower_bearer::issuer::{
    Account, Application, EmptyGrant, ExcessScope, GrantPolicy, MissingScope, TokenIssuer,
};

use super::client::{Answer, SECRET, basic, by_basic, display, secret};

/// An application that defines nothing, and one account with these rules for it.
fn ruled(allow: &str, deny: &str, answers: GrantPolicy) -> TokenIssuer {
    display()
        .application(Application::new("open"))
        .account(Account::new("tester").secret(&secret()).allow("open", allow).deny("open", deny))
        .grant_policy(answers)
        .build()
        .unwrap()
}

async fn ask(issuer: &TokenIssuer, scope: &str) -> Answer {
    by_basic("tester", SECRET).with("scope", scope).of(issuer).await
}

fn both(scope: &str, rejected: &str) -> (String, String) {
    (scope.to_owned(), rejected.to_owned())
}

/// Allow rules, deny rules, request, `scope`, `rejected_scope`.
type Row = [&'static str; 5];

const REJECTED: [Row; 16] = [
    [
        "announce:*:read",
        "",
        "announce:read announce:update revenue:read customer user-growth:read",
        "announce:read",
        "announce:update revenue:read customer user-growth:read",
    ],
    [
        "user-growth:2019:* revenue:*:create revenue:*:read revenue:*:update customer:*:read",
        "",
        "user-growth:2020:read user-growth:2019:* user-growth:2019:read revenue:create \
         revenue:*:read customer:read",
        "user-growth:2019:* user-growth:2019:read revenue:create revenue:*:read customer:read",
        "user-growth:2020:read",
    ],
    ["revenue:*:read", "", "revenue:*:read", "revenue:*:read", ""],
    ["revenue:*:read", "", "revenue:*:read revenue:*:delete", "revenue:*:read", "revenue:*:delete"],
    ["book:*:*", "", "book message table", "book", "message table"],
    ["user-growth:2019:*", "", "user-growth:*:read", "", "user-growth:*:read"],
    ["announce:*:read customer:*:read", "", "*", "", "*"],
    ["announce:*:read", "", "revenue:read customer", "", "revenue:read customer"],
    ["announce:*:read", "", "announce:read announce:read", "announce:read", ""],
    ["announce:*:read", "", "announce:read announce:*:read", "announce:read announce:*:read", ""],
    [
        "revenue:*:*",
        "revenue:*:delete",
        "revenue:read revenue:delete revenue:*",
        "revenue:read",
        "revenue:delete revenue:*",
    ],
    [
        "book:*:*",
        "book:9:*",
        "book:1:read book:9:read book:read book",
        "book:1:read",
        "book:9:read book:read book",
    ],
    ["*", "*", "announce:read", "", "announce:read"],
    ["*", "", "book::read a:b:c:d book:read", "book:read", "book::read a:b:c:d"],
    ["announce:*:read directions", "", "", "announce:*:read directions", ""],
    ["* announce:*:read", "revenue:*:delete", "", "announce:*:read", ""],
];

const NARROWED: [Row; 3] = [
    ["user-growth:2019:*", "", "user-growth:*:read", "user-growth:2019:read", "user-growth:*:read"],
    [
        "user-growth:2019:* user-growth:2021:read",
        "",
        "user-growth:*:read",
        "user-growth:2019:read user-growth:2021:read",
        "user-growth:*:read",
    ],
    ["announce:*:read customer:*:read", "", "*", "announce:*:read customer:*:read", "*"],
];

#[tokio::test]
async fn t13_t15_what_is_granted_and_rejected_follows_the_table() {
    let rejecting = REJECTED.iter().map(|row| (row, ExcessScope::Reject));
    let narrowing = NARROWED.iter().map(|row| (row, ExcessScope::Narrow));
    for ([allow, deny, requested, scope, rejected], excess) in rejecting.chain(narrowing) {
        let strict = ruled(allow, deny, GrantPolicy::default().excess(excess));
        let answer = ask(&strict, requested).await;
        if scope.is_empty() {
            assert_eq!(answer.error(), (400, "invalid_scope".into()), "{requested}");
            assert_eq!(answer.member("rejected_scope"), *rejected);
        } else {
            assert_eq!(answer.scopes(), both(scope, rejected), "{requested}");
        }
        let lenient = GrantPolicy::default().excess(excess).empty(EmptyGrant::EmptyToken);
        let answer = ask(&ruled(allow, deny, lenient), requested).await;
        assert_eq!(answer.scopes(), both(scope, rejected), "{requested}");
    }
}

#[tokio::test]
async fn t14_without_a_scope_the_client_gets_its_rules_or_an_error_by_setting() {
    let issuer = ruled("directions", "", GrantPolicy::default());
    assert_eq!(by_basic("tester", SECRET).of(&issuer).await.scopes(), both("directions", ""));
    let asked = ruled("directions", "", GrantPolicy::default().missing(MissingScope::Refuse));
    let answer = by_basic("tester", SECRET).of(&asked).await;
    assert_eq!(answer.error(), (400, "invalid_scope".into()));
    assert_eq!(ask(&asked, "directions").await.status, 200);

    let nothing_left = ruled("directions", "*", GrantPolicy::default());
    let answer = by_basic("tester", SECRET).of(&nothing_left).await;
    assert_eq!(
        (answer.error(), answer.member("rejected_scope")),
        ((400, "invalid_scope".into()), String::new())
    );
}

#[tokio::test]
async fn t15_excess_is_refused_whole_in_strict_mode() {
    let issuer = ruled("book:*:read", "", GrantPolicy::default().excess(ExcessScope::Refuse));
    let answer = ask(&issuer, "book:read book:delete").await;
    assert_eq!(answer.error(), (400, "invalid_scope".into()));
    assert_eq!(answer.member("rejected_scope"), "book:delete");
    assert_eq!(ask(&issuer, "book:read").await.scopes(), both("book:read", ""));
}

#[tokio::test]
async fn t15_more_scopes_than_a_token_may_have_are_refused() {
    let issuer = ruled("book", "", GrantPolicy::default());
    let items = |count: u32| (0..count).map(|n| format!("book:{n}:read ")).collect::<String>();
    assert_eq!(ask(&issuer, &items(257)).await.error(), (400, "invalid_scope".into()));
    assert_eq!(ask(&issuer, &items(256)).await.status, 200);
}

#[tokio::test]
async fn t19_a_resource_is_an_absolute_uri_that_the_issuer_knows() {
    let account = Account::new("tester").secret(&secret()).allow("open", "a");
    let open = Application::new("open");
    let issuer = display().application(open).account(account).build().unwrap();
    let by_audience = by_basic("tester", SECRET).with("audience", "open");
    assert_eq!(by_audience.of(&issuer).await.status, 200);
    let by_resource = by_basic("tester", SECRET).with("resource", "open");
    assert_eq!(by_resource.of(&issuer).await.member("error"), "invalid_target");
    let invalid_target = (400, "invalid_target".to_owned());
    for unknown in
        ["https://other.example", "https://display.example/", "https://display.example#a", "open"]
    {
        let asked = basic().with("resource", unknown);
        assert_eq!(asked.of(&issuer).await.error(), invalid_target, "{unknown}");
    }
    assert_eq!(basic().with("audience", "urn:unknown").of(&issuer).await.error(), invalid_target);
    let known = "https://display.example";
    assert_eq!(basic().with("resource", known).of(&issuer).await.status, 200);
    assert_eq!(
        basic().with("audience", known).with("resource", known).of(&issuer).await.status,
        200
    );
    let one_unknown = basic().with("resource", known).with("resource", "urn:unknown");
    assert_eq!(one_unknown.of(&issuer).await.error(), invalid_target);
}

/// `both` has the same rule for two applications and one of its own in the second.
fn two_applications(default: Option<&str>) -> TokenIssuer {
    let account = Account::new("both")
        .secret(&secret())
        .allow("display", "announce:*:read")
        .allow("wall", "announce:*:read paint");
    let builder =
        display().application(Application::new("wall").audience("urn:wall")).account(account);
    match default {
        Some(default) => builder.default_application(default).build().unwrap(),
        None => builder.build().unwrap(),
    }
}

#[tokio::test]
async fn t20_the_default_resource_is_the_clients_only_one_or_the_configured_one() {
    let both = by_basic("both", SECRET);
    let issuer = two_applications(None);
    assert_eq!(audience_of(&basic().of(&issuer).await), "https://display.example");
    assert_eq!(both.of(&issuer).await.error(), (400, "invalid_target".into()));
    assert_eq!(audience_of(&both.of(&two_applications(Some("wall"))).await), "urn:wall");
    let named = both.with("resource", "https://display.example");
    assert_eq!(
        audience_of(&named.of(&two_applications(Some("wall"))).await),
        "https://display.example"
    );
}

#[tokio::test]
async fn t20_scopes_of_different_resources_are_not_mixed() {
    let issuer = two_applications(None);
    let resources = by_basic("both", SECRET)
        .with("resource", "https://display.example")
        .with("resource", "urn:wall");
    let mixed = resources.clone().with("scope", "announce:read paint");
    assert_eq!(mixed.of(&issuer).await.error(), (400, "invalid_scope".into()));
    let answer = resources.with("scope", "announce:read").of(&issuer).await;
    assert_eq!(answer.scopes(), both("announce:read", ""));
    assert_eq!(audience_of(&answer), "https://display.example urn:wall");
}

#[tokio::test]
async fn the_big_screen_display_answers_its_outsourcers() {
    let issuer = display().build().unwrap();
    let b = Account::new("outsourcer-b")
        .allow("display", "user-growth:2019:*")
        .allow("display", "revenue:*:create revenue:*:read revenue:*:update")
        .allow("display", "customer:*:read");
    let b = issuer.create_account(b).unwrap();

    let requested = "announce:read announce:update revenue:read customer user-growth:read";
    let answer = basic().with("scope", requested).of(&issuer).await;
    let rejected = "announce:update revenue:read customer user-growth:read";
    assert_eq!(answer.scopes(), both("announce:read", rejected));

    let requested = "user-growth:2020:read user-growth:2019:* user-growth:2019:read revenue:create \
                     revenue:*:read customer:read";
    let asked = by_basic("outsourcer-b", b.client_secret.expose()).with("scope", requested);
    let granted =
        "user-growth:2019:* user-growth:2019:read revenue:create revenue:*:read customer:read";
    assert_eq!(asked.of(&issuer).await.scopes(), both(granted, "user-growth:2020:read"));

    assert!(issuer.delete_account("outsourcer-a").unwrap());
    let answer = basic().of(&issuer).await;
    assert_eq!(answer.error(), (401, "invalid_client".into()));
    assert!(answer.header(header::WWW_AUTHENTICATE).starts_with("Basic "));
    assert_eq!(asked.of(&issuer).await.status, 200);
}

/// The `aud` of an answer's token, several with spaces between them.
fn audience_of(answer: &Answer) -> String {
    let claims = super::tokens::payload(&answer.member("access_token"));
    match &claims["aud"] {
        serde_json::Value::Array(several) => {
            several.iter().map(|one| one.as_str().unwrap()).collect::<Vec<_>>().join(" ")
        }
        one => one.as_str().unwrap().to_owned(),
    }
}

#[tokio::test]
async fn t14_a_list_of_spaces_names_no_scope() {
    let answers = GrantPolicy::default().missing(MissingScope::Refuse);
    let issuer = ruled("announce:read", "", answers);
    for empty in ["", " ", "   "] {
        assert_eq!(ask(&issuer, empty).await.error(), (400, "invalid_scope".to_owned()));
    }
    assert_eq!(ask(&issuer, "announce:read").await.status, 200);
}
