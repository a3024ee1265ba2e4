//! Settings of an API for issuers as they are (rows W1 to W11), through the Layer.

use axum::{Router, routing::get};
use http::StatusCode;
use serde_json::json;
use tower_bearer::{
    RequireScope, ResourceServer,
    server::ResourceServerBuilder,
    verify::{AudienceClaim, ClaimValue, ScopeSource, TokenLimits},
};

use super::{builder, get_with};
use crate::support::Mint;

async fn status(builder: ResourceServerBuilder, mint: &Mint) -> StatusCode {
    let app = Router::new().route("/", get(|| async { "in" }).layer(RequireScope("announce:read")));
    get_with(&app.layer(builder.build().unwrap().layer()), "/", &mint.sign()).await.status()
}

#[tokio::test]
async fn w10_an_api_sets_the_limits_of_its_tokens() {
    let long = Mint::new().claim("pad", "x".repeat(6_400));
    let wide = long.clone().header("x5c", json!(["M".repeat(2_600)]));
    assert_eq!(status(builder(&long), &long).await, StatusCode::UNAUTHORIZED);
    let limits = TokenLimits::default().max_token_bytes(16_384).max_header_bytes(4_096);
    assert_eq!(status(builder(&long).limits(limits), &long).await, StatusCode::OK);
    assert_eq!(status(builder(&wide).limits(limits), &wide).await, StatusCode::OK);
}

#[tokio::test]
async fn w10_an_api_sets_the_limit_of_scopes() {
    let groups: Vec<String> =
        (0..300).map(|i| format!("g{i}")).chain(["announce:read".into()]).collect();
    let mint = Mint::new().claim("groups", groups);
    let with_groups = || builder(&mint).scope_claim("groups");
    assert_eq!(status(with_groups(), &mint).await, StatusCode::UNAUTHORIZED);
    let limits = TokenLimits::default().max_scopes(301);
    assert_eq!(status(with_groups().limits(limits), &mint).await, StatusCode::OK);
}

#[tokio::test]
async fn w05_w06_an_api_reads_scopes_from_several_sources() {
    let mint = Mint::new().without("scope");
    let sources = [ScopeSource::claim("scp"), ScopeSource::pointer("/realm_access/roles")];
    let api = || builder(&mint).scope_claims(sources.clone());
    assert_eq!(status(api(), &mint).await, StatusCode::FORBIDDEN);
    let user = mint.clone().claim("scp", "announce:read");
    assert_eq!(status(api(), &user).await, StatusCode::OK);
    let role = mint.clone().claim("realm_access", json!({"roles": ["announce:read"]}));
    assert_eq!(status(api(), &role).await, StatusCode::OK);
    let both = role.claim("scp", "other");
    assert_eq!(status(api(), &both).await, StatusCode::FORBIDDEN);
    assert_eq!(status(api().add_user_roles_to_scopes(), &both).await, StatusCode::OK);
}

#[tokio::test]
async fn w01_w03_w04_an_api_says_what_its_issuers_access_tokens_are() {
    let mint = Mint::new().header("typ", "vnd+jwt").claim("nonce", "n").claim("typ", "Bearer");
    let api = || builder(&mint).token_types(["vnd+jwt"]);
    assert_eq!(status(api(), &mint).await, StatusCode::UNAUTHORIZED);
    let api = api().access_token_claim(ClaimValue::new("typ", "Bearer"));
    assert_eq!(status(api, &mint).await, StatusCode::OK);

    let mint = Mint::new().without("aud").claim("azp", Mint::AUDIENCE);
    assert_eq!(status(builder(&mint), &mint).await, StatusCode::UNAUTHORIZED);
    let api = builder(&mint).audience_claim(AudienceClaim::without_claim_value("azp"));
    assert_eq!(status(api, &mint).await, StatusCode::OK);
}

#[test]
fn settings_that_could_not_work_do_not_build() {
    let mint = Mint::new();
    let setting = |builder: ResourceServerBuilder| {
        let error = builder.build().map(|_: ResourceServer| ()).unwrap_err();
        error.problems()[0].setting().to_string()
    };
    for limits in
        [TokenLimits::default().max_token_bytes(65_537), TokenLimits::default().max_token_bytes(0)]
    {
        assert_eq!(setting(builder(&mint).limits(limits)), "max_token_bytes");
    }
    let limits = TokenLimits::default().max_members(1_025);
    assert_eq!(setting(builder(&mint).limits(limits)), "max_members");
    assert_eq!(setting(builder(&mint).token_types(["logout+jwt"])), "token_types");
    assert_eq!(setting(builder(&mint).token_types(["x"]).strict_rfc9068()), "token_types");
    let pointer = ScopeSource::pointer("realm_access/roles");
    assert_eq!(setting(builder(&mint).scope_claim(pointer)), "scope_claim");
    let empty = ClaimValue::new("typ", "");
    assert_eq!(setting(builder(&mint).access_token_claim(empty)), "access_token_claim");
    let empty = AudienceClaim::without_claim_value("");
    assert_eq!(setting(builder(&mint).audience_claim(empty)), "audience_claim");
    let greatest = TokenLimits::default().max_token_bytes(65_536).max_header_bytes(16_384);
    assert!(builder(&mint).limits(greatest).build().is_ok());
}
