//! Sources of tokens other than `Authorization` (row W40).

use http::{HeaderName, header::COOKIE};
use tower_bearer::server::TokenSource;

use super::*;

const ASSERTION: HeaderName = HeaderName::from_static("cf-access-jwt-assertion");

fn app(mint: &Mint, sources: impl IntoIterator<Item = TokenSource>) -> Router {
    let builder = sources.into_iter().fold(builder(mint), ResourceServerBuilder::token_source);
    let layer = builder.build().unwrap().layer();
    Router::new().route("/", get(|| async { "in" })).layer(layer)
}

/// The status for a request with these fields; `{}` stands for a good token.
async fn status(app: &Router, mint: &Mint, fields: &[(HeaderName, &str)]) -> u16 {
    let mut request = request("/", None);
    for (name, value) in fields {
        let value = value.replace("{}", &mint.sign());
        request.headers_mut().append(name, value.parse().unwrap());
    }
    call(app, request).await.status().as_u16()
}

#[tokio::test]
async fn w40_a_header_without_scheme_replaces_authorization() {
    let mint = Mint::new();
    let app = app(&mint, [TokenSource::header(ASSERTION)]);
    assert_eq!(status(&app, &mint, &[(ASSERTION, "{}")]).await, 200);
    assert_eq!(status(&app, &mint, &[(ASSERTION, "{}"), (ASSERTION, "{}")]).await, 400);
    assert_eq!(status(&app, &mint, &[(ASSERTION, "Bearer {}")]).await, 400);
    assert_eq!(status(&app, &mint, &[(ASSERTION, "{}x")]).await, 401);
    assert_eq!(status(&app, &mint, &[]).await, 401);
    let authorization = (header::AUTHORIZATION, "Bearer {}");
    assert_eq!(status(&app, &mint, std::slice::from_ref(&authorization)).await, 401);
    assert_eq!(status(&app, &mint, &[(ASSERTION, "{}"), authorization]).await, 200, "ignored");
}

#[tokio::test]
async fn w40_a_header_can_have_a_scheme() {
    let mint = Mint::new();
    let name = HeaderName::from_static("x-authorization");
    let app = app(&mint, [TokenSource::header_with_scheme(name.clone(), "JWT")]);
    assert_eq!(status(&app, &mint, &[(name.clone(), "JWT {}")]).await, 200);
    assert_eq!(status(&app, &mint, &[(name.clone(), "jwt   {}")]).await, 200);
    assert_eq!(status(&app, &mint, &[(name.clone(), "Bearer {}")]).await, 401, "another scheme");
    assert_eq!(status(&app, &mint, &[(name.clone(), "JWT")]).await, 400);
    assert_eq!(status(&app, &mint, &[(name.clone(), "JWT {}"), (name, "JWT {}")]).await, 400);
}

#[tokio::test]
async fn w40_a_cookie_is_found_among_others_and_must_not_be_repeated() {
    let mint = Mint::new();
    let app = app(&mint, [TokenSource::cookie("__Host-token")]);
    for fields in [
        &["__Host-token={}"][..],
        &["a=b; __Host-token={}; c"],
        &["a=b;__Host-token={}"],
        &["a=b", "__Host-token={}"],
        &["x__Host-token=1; __Host-token2=2; __Host-token={}"],
    ] {
        let fields: Vec<_> = fields.iter().map(|field| (COOKIE, *field)).collect();
        assert_eq!(status(&app, &mint, &fields).await, 200, "{fields:?}");
    }
    for repeated in [&["__Host-token={}; __Host-token={}"][..], &["__Host-token={}"; 2]] {
        let fields: Vec<_> = repeated.iter().map(|field| (COOKIE, *field)).collect();
        assert_eq!(status(&app, &mint, &fields).await, 400, "{fields:?}");
    }
    assert_eq!(status(&app, &mint, &[(COOKIE, "__Host-token=")]).await, 400);
    for none in ["a=b", "__host-token={}", "__Host-token", "a=__Host-token={}"] {
        assert_eq!(status(&app, &mint, &[(COOKIE, none)]).await, 401, "{none}");
    }
}

#[tokio::test]
async fn w40_a_function_finds_the_token_in_the_head() {
    let mint = Mint::new();
    let protocol = header::SEC_WEBSOCKET_PROTOCOL;
    let source = TokenSource::from_fn(|head| {
        let protocols = head.headers.get("sec-websocket-protocol")?.to_str().ok()?;
        protocols.split(',').find_map(|protocol| protocol.trim().strip_prefix("bearer."))
    });
    let app = app(&mint, [source]);
    assert_eq!(status(&app, &mint, &[(protocol.clone(), "chat, bearer.{}")]).await, 200);
    assert_eq!(status(&app, &mint, &[(protocol.clone(), "chat, bearer.")]).await, 400);
    assert_eq!(status(&app, &mint, &[(protocol, "chat")]).await, 401);
}

#[tokio::test]
async fn w40_a_token_in_two_of_several_sources_is_malformed() {
    let mint = Mint::new();
    let app = app(&mint, [TokenSource::authorization(), TokenSource::cookie("token")]);
    let (authorization, cookie) = ((header::AUTHORIZATION, "Bearer {}"), (COOKIE, "token={}"));
    assert_eq!(status(&app, &mint, std::slice::from_ref(&authorization)).await, 200);
    assert_eq!(status(&app, &mint, std::slice::from_ref(&cookie)).await, 200);
    assert_eq!(status(&app, &mint, &[authorization, cookie.clone()]).await, 400);
    let basic = (header::AUTHORIZATION, "Basic dXNlcjpwYXNz");
    assert_eq!(status(&app, &mint, &[basic, cookie]).await, 200, "no bearer credential");
}

#[test]
fn w40_names_that_cannot_be_do_not_build() {
    let mint = Mint::new();
    for source in [
        TokenSource::cookie(""),
        TokenSource::cookie("a b"),
        TokenSource::header_with_scheme(ASSERTION, "Bearer "),
    ] {
        let error = builder(&mint).token_source(source).build().unwrap_err();
        assert_eq!(error.problems()[0].setting(), "token_source");
    }
    assert!(builder(&mint).token_source(TokenSource::cookie("a")).build().is_ok());
}
