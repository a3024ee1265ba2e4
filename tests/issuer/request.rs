//! The form of a token request and of its answers (RFC 6749 §3.2, §5).

use http::{Request, header};
use serde_json::json;

use super::client::{FORM, SECRET, bare, basic, display, post, send};

#[tokio::test]
async fn t1_only_post_gets_a_token() {
    let issuer = display().build().unwrap();
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] {
        let answer = basic().by(method).of(&issuer).await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header(header::ALLOW), "POST");
        assert!(answer.body.is_empty());
    }
    assert_eq!(basic().of(&issuer).await.status, 200);
}

#[test]
fn t2_an_issuer_url_without_tls_is_refused_but_for_loopback_by_consent() {
    use tower_bearer::issuer::TokenIssuer;
    let builder = |url: &str| {
        TokenIssuer::builder(url.parse().unwrap())
            .algorithm(tower_bearer::algorithm::Algorithm::ES256)
    };
    assert!(builder("http://issuer.example").build().is_err());
    assert!(builder("http://issuer.example").allow_loopback_http().build().is_err());
    assert!(builder("http://127.0.0.1:7000").build().is_err());
    assert!(builder("http://127.0.0.1:7000").allow_loopback_http().build().is_ok());
    assert!(builder("https://issuer.example").build().is_ok());
}

#[test]
fn w22_an_issuer_url_may_be_plain_http_at_a_named_host() {
    use tower_bearer::{algorithm::Algorithm, issuer::TokenIssuer};
    let issuer = |url: &str, host: &str| {
        let builder = TokenIssuer::builder(url.parse().unwrap()).algorithm(Algorithm::ES256);
        builder.allow_http_to([host]).build()
    };
    assert!(issuer("http://issuer:8080/tenant", "issuer:8080").is_ok());
    assert!(issuer("http://ISSUER:8080", "issuer:8080").is_ok());
    for (url, host) in [("http://issuer:8081", "issuer:8080"), ("http://issuer", "issuer:8080")] {
        assert!(issuer(url, host).is_err(), "{url}");
    }
    let error = issuer("https://issuer.example", "*:80").unwrap_err();
    assert_eq!(error.problems()[0].setting(), "allow_http_to");
}

#[tokio::test]
async fn t3_a_repeated_parameter_is_refused_empty_is_omitted_and_unknown_is_ignored() {
    let issuer = display().build().unwrap();
    for name in ["grant_type", "scope", "audience", "unheard_of"] {
        let twice = basic().without(name).with(name, "").with(name, "");
        assert_eq!(twice.of(&issuer).await.error(), (400, "invalid_request".into()), "{name}");
    }
    let once = basic().with("scope", "").with("audience", "").with("unheard_of", "x");
    assert_eq!(once.of(&issuer).await.status, 200);
    let empty = basic().without("grant_type").with("grant_type", "");
    assert_eq!(empty.of(&issuer).await.error(), (400, "invalid_request".into()));
}

#[tokio::test]
async fn t4_a_form_and_a_json_body_are_taken_and_nothing_else() {
    let issuer = display().build().unwrap();
    let members = json!({
        "grant_type": "client_credentials", "client_id": "outsourcer-a", "client_secret": SECRET,
        "audience": "https://display.example", "scope": "announce:read", "extra": {"a": [1]},
    });
    let answer = bare().as_json_of(&issuer, &members.to_string()).await;
    assert_eq!(answer.scopes(), ("announce:read".into(), String::new()));
    assert_eq!(post().at("/oidc/token").of(&issuer).await.status, 200);

    let plain = post().without_header("content-type");
    assert_eq!(plain.of(&issuer).await.error(), (400, "invalid_request".into()));
    for other in ["text/plain", "multipart/form-data; boundary=x", "application/jwt"] {
        let answer = plain.clone().header("content-type", other).of(&issuer).await;
        assert_eq!(answer.error(), (400, "invalid_request".into()), "{other}");
    }
    for same in
        ["Application/X-WWW-Form-URLencoded", "application/x-www-form-urlencoded;charset=UTF-8"]
    {
        assert_eq!(
            plain.clone().header("content-type", same).of(&issuer).await.status,
            200,
            "{same}"
        );
    }
    let both = post().header("content-type", FORM);
    assert_eq!(both.of(&issuer).await.error(), (400, "invalid_request".into()));
}

#[tokio::test]
async fn t4_a_json_body_has_each_member_once_and_as_a_string() {
    let issuer = display().build().unwrap();
    let ask = |text: &'static str| {
        let issuer = issuer.clone();
        async move { basic().as_json_of(&issuer, text).await.error() }
    };
    for wrong in [
        r#"{"grant_type":"client_credentials","grant_type":"client_credentials"}"#,
        r#"{"grant_type":"client_credentials","scope":["announce:read"]}"#,
        r#"{"grant_type":"client_credentials","scope":7}"#,
        r#"{"grant_type":"client_credentials"} x"#,
        r#"["client_credentials"]"#,
        "",
    ] {
        assert_eq!(ask(wrong).await, (400, "invalid_request".into()), "{wrong}");
    }
    assert_eq!(ask(r#"{"grant_type":"client_credentials"}"#).await.0, 200);
    let resources = r#"{"grant_type":"client_credentials","resource":["https://display.example"]}"#;
    assert_eq!(ask(resources).await.0, 200);
}

#[tokio::test]
async fn t4_a_body_beyond_the_limit_is_refused_before_it_is_read_to_its_end() {
    let issuer = display().build().unwrap();
    let padded = |bytes: usize| {
        let asked = basic();
        let body = format!("{}&x=", asked.body());
        let filler = "x".repeat(bytes - body.len());
        asked.request(body + &filler)
    };
    let limit = tower_bearer::issuer::MAX_BODY_BYTES;
    let answer = send(&issuer, padded(limit + 1)).await;
    assert_eq!(answer.error(), (413, "invalid_request".into()));
    assert_eq!(send(&issuer, padded(limit)).await.status, 200);
}

#[tokio::test]
async fn t6_t11_the_answer_has_a_token_its_type_its_lifetime_and_no_refresh_token() {
    let issuer = display().build().unwrap();
    let answer = basic().of(&issuer).await;
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/json");
    let json = answer.json();
    let names: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["access_token", "expires_in", "rejected_scope", "scope", "token_type"]);
    assert_eq!((&json["token_type"], &json["expires_in"]), (&json!("Bearer"), &json!(3600)));
}

#[tokio::test]
async fn t12_no_answer_of_the_token_endpoint_may_be_stored() {
    let issuer = display().build().unwrap();
    for asked in [basic(), bare(), basic().without("grant_type"), basic().with("scope", "x")] {
        let answer = asked.of(&issuer).await;
        assert_eq!(answer.header(header::CACHE_CONTROL), "no-store", "{}", answer.status);
        assert_eq!(answer.header(header::PRAGMA), "no-cache");
    }
}

#[tokio::test]
async fn t16_each_refusal_has_its_own_code() {
    let issuer = display()
        .account(
            tower_bearer::issuer::Account::new("suspended")
                .secret(&super::client::secret())
                .allow("display", "announce:*:read")
                .disable("display"),
        )
        .build()
        .unwrap();
    let password = basic().without("grant_type").with("grant_type", "password");
    assert_eq!(password.of(&issuer).await.error(), (400, "unsupported_grant_type".into()));
    let without = basic().without("grant_type");
    assert_eq!(without.of(&issuer).await.error(), (400, "invalid_request".into()));
    let suspended = super::client::by_basic("suspended", SECRET);
    assert_eq!(suspended.of(&issuer).await.error(), (400, "unauthorized_client".into()));
    let excess = basic().with("scope", "revenue:read");
    assert_eq!(excess.of(&issuer).await.error(), (400, "invalid_scope".into()));
    assert_eq!(basic().of(&issuer).await.status, 200);
}

#[tokio::test]
async fn t18_an_error_description_keeps_to_its_alphabet_and_repeats_nothing_of_the_request() {
    let issuer = display().build().unwrap();
    let odd = "\u{fc}\"\\ evil";
    let refused = [
        basic().without("grant_type").with("grant_type", odd),
        basic().with("audience", odd),
        basic().with("resource", odd),
        basic().with("scope", odd),
        basic().with("client_id", odd),
        bare().with("client_id", odd).with("client_secret", odd),
        basic().at("/oauth/token?client_secret=evil"),
        basic().header("authorization", "Basic evil"),
    ];
    for asked in refused {
        let answer = asked.of(&issuer).await;
        assert!(matches!(answer.status, 400 | 401), "{answer:?}");
        let text = answer.member("error_description");
        assert!(!text.is_empty() && !text.contains("evil"), "{text}");
        assert!(text.chars().all(|c| matches!(c, ' '..='!' | '#'..='[' | ']'..='~')), "{text}");
    }
}

#[tokio::test]
async fn a_path_that_the_issuer_does_not_have_is_not_found() {
    let issuer = display().build().unwrap();
    for path in ["/", "/oauth", "/oauth/token/", "/oauth/register", "//oauth/token"] {
        let request = Request::post(path).body(String::new()).unwrap();
        assert_eq!(send(&issuer, request).await.status, 404, "{path}");
    }
}
