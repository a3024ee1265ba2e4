//! Tokens as issuers write them (rows W1 to W11): each is read, or a setting of that issuer reads it.

use serde_json::{Value, json};
use tower_bearer::{
    error::{TokenFaultKind as Fault, TokenPart},
    scope::{Matching, Pattern},
    verify::{
        AudienceClaim, AudienceRule, ClaimValue, MAX_HEADER_BYTES, MAX_TOKEN_BYTES, ScopeSource,
        TokenLimits, Verifier,
    },
};

use super::{judge, refused_for, verifier};
use crate::support::Mint;

fn outcome(verifier: &Verifier, mint: &Mint) -> Result<(), Fault> {
    judge(verifier, mint, &mint.sign()).map(|_| ())
}

/// The scopes that a token gets, as a list.
fn scopes(verifier: &Verifier, mint: &Mint) -> String {
    judge(verifier, mint, &mint.sign()).unwrap().scopes().to_string()
}

fn cognito() -> Mint {
    let mint = Mint::new().header("typ", "JWT").without("aud");
    mint.claim("client_id", "5bsj").claim("token_use", "access")
}

fn accepting(audience: &'static str) -> Verifier {
    Verifier::new(Mint::issuer(), AudienceRule::from_fn(move |it| it == audience))
}

#[test]
fn w01_without_a_setting_the_audience_is_in_aud_alone() {
    let anything = Verifier::new(Mint::issuer(), AudienceRule::from_fn(|_| true));
    for mint in [cognito(), cognito().without("client_id").claim("azp", "gift-deliveries")] {
        assert_eq!(outcome(&anything, &mint), Err(Fault::Missing("aud")));
        assert_eq!(outcome(&anything, &mint.claim("aud", "any")), Ok(()));
    }
}

#[test]
fn w01_the_audience_is_read_from_the_claim_that_a_setting_names() {
    let access = ClaimValue::new("token_use", "access");
    let verifier = accepting("5bsj").audience_claim(AudienceClaim::new("client_id", access));
    assert_eq!(outcome(&verifier, &cognito()), Ok(()));
    let other = cognito().claim("client_id", "other");
    assert_eq!(outcome(&verifier, &other), Err(Fault::WrongAudience));
    let absent = cognito().without("client_id");
    assert_eq!(outcome(&verifier, &absent), Err(Fault::WrongAudience));
    let array = cognito().without("client_id").claim("cid", json!(["5bsj"]));
    assert_eq!(outcome(&verifier, &array), Err(Fault::WrongType("cid")));

    let azp =
        accepting("gift-deliveries").audience_claim(AudienceClaim::without_claim_value("azp"));
    let keycloak = Mint::new().without("aud").claim("azp", "gift-deliveries");
    assert_eq!(outcome(&azp, &keycloak), Ok(()));
    assert_eq!(outcome(&azp, &keycloak.claim("azp", Value::Null)), Err(Fault::WrongAudience));
}

#[test]
fn w01_an_aud_beside_the_claim_must_be_accepted_as_well() {
    let azp = accepting("client").audience_claim(AudienceClaim::without_claim_value("azp"));
    let mint = Mint::new().claim("azp", "client");
    for aud in [json!("urn:other"), json!([]), json!(["urn:other", "urn:third"])] {
        assert_eq!(outcome(&azp, &mint.clone().claim("aud", aud)), Err(Fault::WrongAudience));
    }
    for aud in [json!("client"), json!(["urn:other", "client"]), Value::Null] {
        assert_eq!(outcome(&azp, &mint.clone().claim("aud", aud)), Ok(()));
    }
    let other = mint.claim("azp", "other").claim("aud", "client");
    assert_eq!(outcome(&azp, &other), Err(Fault::WrongAudience));
}

#[test]
fn w01_the_demanded_claim_keeps_id_tokens_out() {
    let access = ClaimValue::new("token_use", "access");
    let verifier = accepting("5bsj").audience_claim(AudienceClaim::new("client_id", access));
    let fault = Fault::WrongClaimValue { claim: "token_use".into(), expected: "access".into() };
    for value in [json!("id"), json!("Access"), json!(["access"]), json!(1), Value::Null] {
        let mint = cognito().claim("token_use", value);
        assert_eq!(outcome(&verifier, &mint), Err(fault.clone()));
    }
    assert_eq!(outcome(&verifier, &cognito().without("token_use")), Err(fault.clone()));
    assert_eq!(fault.check().name(), "token use");
}

#[test]
fn w02_a_null_claim_is_absent() {
    let good = Mint::new();
    for name in
        ["azp", "client_id", "cid", "appid", "nbf", "iat", "sub", "jti", "nonce", "at_hash", "cnf"]
    {
        let mint = good.clone().claim(name, Value::Null);
        assert_eq!(outcome(&verifier(), &mint), Ok(()), "{name}");
    }
    let azp = good.claim("client_id", Value::Null).claim("azp", "x");
    assert_eq!(judge(&verifier(), &azp, &azp.sign()).unwrap().client_id(), Some("x"));
}

#[test]
fn w02_a_required_claim_that_is_null_is_missing() {
    let good = Mint::new();
    for name in ["iss", "aud", "exp"] {
        let spoiled = good.clone().claim(name, Value::Null);
        refused_for(&Fault::Missing(name), &spoiled, &good);
    }
    let strict = verifier().strict_rfc9068();
    for name in ["sub", "client_id", "iat", "jti"] {
        let mint = good.clone().claim(name, Value::Null);
        assert_eq!(outcome(&strict, &mint), Err(Fault::Missing(name)));
    }
}

#[test]
fn w02_null_is_not_absent_in_the_header_or_inside_a_value() {
    let good = Mint::new();
    for name in ["typ", "alg", "kid", "cty"] {
        let spoiled = good.clone().header(name, Value::Null);
        refused_for(&Fault::WrongType(name), &spoiled, &good);
    }
    let spoiled = good.clone().header("crit", Value::Null);
    refused_for(&Fault::CriticalExtension, &spoiled, &good);
    let spoiled = good.clone().header("b64", Value::Null);
    refused_for(&Fault::UnencodedPayload, &spoiled, &good);
    let spoiled = good.clone().claim("aud", json!([Mint::AUDIENCE, null]));
    refused_for(&Fault::WrongType("aud"), &spoiled, &good);
}

#[test]
fn w02_duplicates_are_refused_before_nulls_are_dropped() {
    let mint = Mint::new();
    for name in ["azp", "aud"] {
        let payload = mint.payload().replacen('{', &format!("{{\"{name}\":null,\"{name}\":1,"), 1);
        let judged = judge(&verifier(), &mint, &mint.sign_payload(&payload)).map(|_| ());
        assert_eq!(judged, Err(Fault::DuplicateMember(TokenPart::Payload)));
    }
}

#[test]
fn w03_at_jwt_settles_that_a_token_with_a_nonce_is_an_access_token() {
    let mint = Mint::new().claim("nonce", "n");
    for typ in ["at+jwt", "application/AT+JWT"] {
        let mint = mint.clone().header("typ", typ);
        assert_eq!(outcome(&verifier(), &mint), Ok(()));
        assert_eq!(outcome(&verifier().strict_rfc9068(), &mint), Ok(()));
        for name in ["at_hash", "c_hash"] {
            let spoiled = mint.clone().claim(name, "h");
            assert_eq!(outcome(&verifier(), &spoiled), Err(Fault::IdToken));
        }
    }
    for mint in [mint.clone().header("typ", "JWT"), mint.clone().without_header("typ")] {
        assert_eq!(outcome(&verifier(), &mint), Err(Fault::IdToken));
    }
}

#[test]
fn w03_a_claim_that_tells_access_tokens_apart_allows_a_nonce() {
    let keycloak = verifier().access_token_claim(ClaimValue::new("typ", "Bearer"));
    let fault = Fault::WrongClaimValue { claim: "typ".into(), expected: "Bearer".into() };
    let jwt = Mint::new().header("typ", "JWT").claim("nonce", "n");
    let bearer = jwt.clone().claim("typ", "Bearer");
    assert_eq!(outcome(&keycloak, &bearer), Ok(()));
    assert_eq!(outcome(&keycloak, &bearer.clone().claim("at_hash", "h")), Err(Fault::IdToken));
    for typ in [json!("ID"), json!("bearer"), json!(["Bearer"]), Value::Null] {
        assert_eq!(outcome(&keycloak, &jwt.clone().claim("typ", typ)), Err(fault.clone()));
    }
    let plain = jwt.without("nonce");
    assert_eq!(outcome(&keycloak, &plain), Err(fault), "demanded of every token");
    assert_eq!(outcome(&keycloak, &Mint::new()), Ok(()), "but of those that `at+jwt` settles");
}

#[test]
fn w04_typ_jose_is_as_jwt() {
    let good = Mint::new();
    for typ in ["JOSE", "jose", "application/jose"] {
        let mint = good.clone().header("typ", typ);
        assert_eq!(outcome(&verifier(), &mint), Ok(()));
        assert_eq!(outcome(&verifier().strict_rfc9068(), &mint), Err(Fault::TokenType));
        assert_eq!(outcome(&verifier(), &mint.claim("nonce", "n")), Err(Fault::IdToken));
    }
}

#[test]
fn w04_a_setting_adds_types_of_one_issuer() {
    let vendors = verifier().token_types(["vnd.example+jwt", "application/other"]);
    let good = Mint::new();
    for typ in ["vnd.example+jwt", "VND.example+JWT", "application/vnd.example+jwt", "other"] {
        let mint = good.clone().header("typ", typ);
        assert_eq!(outcome(&vendors, &mint), Ok(()), "{typ}");
        assert_eq!(outcome(&verifier(), &mint), Err(Fault::TokenType));
        assert_eq!(outcome(&vendors, &mint.claim("nonce", "n")), Err(Fault::IdToken));
    }
    let mint = good.header("typ", "vnd.other+jwt");
    assert_eq!(outcome(&vendors, &mint), Err(Fault::TokenType));
}

#[test]
fn w04_types_of_other_kinds_of_tokens_are_never_added() {
    let kinds = [
        "dpop+jwt",
        "logout+jwt",
        "statuslist+jwt",
        "secevent+jwt",
        "token-introspection+jwt",
        "client-authentication+jwt",
        "application/LOGOUT+jwt",
    ];
    for kind in kinds {
        let added = verifier().token_types([kind]);
        let mint = Mint::new().header("typ", kind);
        assert_eq!(outcome(&added, &mint), Err(Fault::TokenType), "{kind}");
    }
}

fn entra() -> Verifier {
    verifier().scope_claims(["scp", "roles"])
}

#[test]
fn w05_the_first_scope_claim_that_is_present_decides() {
    let none = Mint::new().without("scope");
    let user = none.clone().claim("scp", "Announce.Read");
    let daemon = none.clone().claim("roles", json!(["Announce.Read.All"]));
    assert_eq!(scopes(&entra(), &user), "Announce.Read");
    assert_eq!(scopes(&entra(), &daemon), "Announce.Read.All");
    let both = daemon.clone().claim("scp", "Announce.Read");
    assert_eq!(scopes(&entra(), &both), "Announce.Read");
    assert_eq!(scopes(&entra(), &daemon.clone().claim("scp", "")), "", "even if it is empty");
    assert_eq!(scopes(&entra(), &daemon.clone().claim("scp", 1)), "", "or of a wrong type");
    assert_eq!(scopes(&entra(), &daemon.claim("scp", Value::Null)), "Announce.Read.All");
    assert_eq!(scopes(&entra(), &none), "");
    assert_eq!(scopes(&entra(), &Mint::new()), "", "`scope` is not among them");
}

#[test]
fn w05_scope_claims_are_joined_by_a_setting_of_its_own() {
    let joined = entra().add_user_roles_to_scopes();
    let both = Mint::new().claim("scp", "a:read").claim("roles", json!(["b", "*"]));
    assert_eq!(scopes(&joined, &both), "a:read b *");
    let token = judge(&joined, &both, &both.sign()).unwrap();
    assert_eq!(token.matching(), Matching::Exact, "the stricter of the two");
    let only = Mint::new().claim("roles", json!(["b"]));
    assert_eq!(scopes(&joined, &only), "b");
    let wrong = both.claim("roles", json!(["b", 1]));
    assert_eq!(scopes(&joined, &wrong), "a:read ");
}

#[test]
fn w06_scopes_are_read_at_a_pointer() {
    let keycloak = Mint::new()
        .claim("realm_access", json!({"roles": ["announce:read", "offline access"]}))
        .claim("resource_access", json!({"my/api": {"roles": ["book:read"]}, "x": [{"y": "z"}]}));
    for (pointer, expected) in [
        ("/realm_access/roles", "announce:read"),
        ("/resource_access/my~1api/roles", "book:read"),
        ("/resource_access/x/0/y", "z"),
        ("/realm_access/roles/0", "announce:read"),
        ("/resource_access/other/roles", ""),
        ("/realm_access/roles/2", ""),
        ("/realm_access", ""),
        ("/resource_access/x", ""),
        ("/", ""),
        ("realm_access/roles", ""),
    ] {
        let verifier = verifier().scope_claim(ScopeSource::pointer(pointer));
        assert_eq!(scopes(&verifier, &keycloak), expected, "{pointer}");
    }
}

#[test]
fn w06_a_pointer_to_nothing_leaves_the_decision_to_the_next_source() {
    let sources = [ScopeSource::pointer("/realm_access/roles"), ScopeSource::claim("scope")];
    let verifier = verifier().scope_claims(sources);
    let with = |value: Value| Mint::new().claim("realm_access", value);
    for absent in [json!({}), Value::Null, json!({"other": ["b"]})] {
        assert_eq!(scopes(&verifier, &with(absent)), "announce:read");
    }
    for wrong in [json!("b"), json!(1), json!({"roles": null}), json!({"roles": {}})] {
        assert_eq!(scopes(&verifier, &with(wrong)), "", "present and of a wrong type");
    }
}

#[test]
fn w06_the_names_of_members_are_scopes() {
    let roles = json!({"announce:read": {"2": "org"}, "Domain Users": {}, "b": 1});
    let zitadel = Mint::new().claim("urn:zitadel:iam:org:project:roles", roles);
    let source = ScopeSource::member_names("/urn:zitadel:iam:org:project:roles");
    let verifier = verifier().scope_claim(source);
    assert_eq!(scopes(&verifier, &zitadel), "announce:read b");
    for wrong in [json!(["announce:read"]), json!("announce:read"), json!(1)] {
        let mint = zitadel.clone().claim("urn:zitadel:iam:org:project:roles", wrong);
        assert_eq!(scopes(&verifier, &mint), "");
    }
}

#[test]
fn w06_a_function_of_the_claims_gives_the_scopes() {
    #[derive(serde::Deserialize)]
    struct Level {
        level: u8,
    }
    let source = ScopeSource::from_fn(|token| {
        let Level { level } = token.claims().ok()?;
        assert!(token.scopes().is_empty());
        Some(vec![format!("level:{level}"), "no scope".to_owned()])
    });
    let verifier = verifier().scope_claims([source, ScopeSource::claim("scope")]);
    assert_eq!(scopes(&verifier, &Mint::new().claim("level", 3)), "level:3");
    assert_eq!(scopes(&verifier, &Mint::new()), "announce:read");
    assert!(format!("{verifier:?}").contains("Function(..)"));
}

#[test]
fn w06_names_that_people_choose_are_compared_byte_for_byte() {
    let mint = Mint::new().claim("groups", json!(["*", "book"])).claim("scp", "*");
    let covers = |source: ScopeSource| {
        let verifier = verifier().scope_claim(source);
        let token = judge(&verifier, &mint, &mint.sign()).unwrap();
        token.scopes().covers(Pattern::parse("announce:read").unwrap(), token.matching())
    };
    for source in [ScopeSource::claim("groups"), ScopeSource::pointer("/groups")] {
        assert!(!covers(source.clone()));
        assert!(covers(source.matching(Matching::Patterns)));
    }
    assert!(covers(ScopeSource::claim("scp")));
    assert!(!covers(ScopeSource::claim("scp").matching(Matching::Exact)));
    let exact = verifier().matching(Matching::Exact).scope_claim("scp");
    assert_eq!(judge(&exact, &mint, &mint.sign()).unwrap().matching(), Matching::Exact);
}

#[test]
fn w07_strings_that_are_not_scopes_are_left_out() {
    let groups = verifier().scope_claim("groups");
    for (value, expected) in [
        (json!(["announce-readers", "Domain Users"]), "announce-readers"),
        (json!(["Domain Users", "b", "", "c\"d", "e\u{e9}"]), "b"),
        (json!([]), ""),
        (json!(["a", 1]), ""),
        (json!(["a", null]), ""),
        (json!(["a", ["b"]]), ""),
        (json!(["a", {}]), ""),
    ] {
        let mint = Mint::new().claim("groups", value.clone());
        assert_eq!(scopes(&groups, &mint), expected, "{value}");
    }
}

#[test]
fn w08_scope_may_be_an_array() {
    let with = |value: Value| Mint::new().claim("scope", value);
    for (value, expected) in [
        (json!(["announce:read"]), "announce:read"),
        (json!(["b", "a", "a b"]), "b a"),
        (json!([]), ""),
        (json!(["a", 1]), ""),
    ] {
        assert_eq!(scopes(&verifier(), &with(value.clone())), expected, "{value}");
    }
}

#[test]
fn w10_the_limit_of_a_tokens_length_is_a_setting() {
    let mint = Mint::new();
    let long = mint.clone().claim("pad", "x".repeat(6_400));
    let length = long.sign().len();
    assert!(length > MAX_TOKEN_BYTES);
    let fault = Fault::TooLong { length, limit: MAX_TOKEN_BYTES };
    assert_eq!(outcome(&verifier(), &long), Err(fault));
    let limits = TokenLimits::default().max_token_bytes(length);
    assert_eq!(outcome(&verifier().limits(limits), &long), Ok(()));
    let limits = TokenLimits::default().max_token_bytes(length - 1);
    assert!(outcome(&verifier().limits(limits), &long).is_err());
}

#[test]
fn w10_the_limit_of_a_headers_length_is_a_setting() {
    let long = Mint::new().header("x5c", json!(["M".repeat(2_600)]));
    let length = long.sign().find('.').unwrap();
    let fault = Fault::HeaderTooLong { length, limit: MAX_HEADER_BYTES };
    assert_eq!(outcome(&verifier(), &long), Err(fault));
    let limits = TokenLimits::default().max_header_bytes(length);
    assert_eq!(outcome(&verifier().limits(limits), &long), Ok(()));
}

#[test]
fn w10_the_limit_of_members_is_a_setting() {
    let clients: serde_json::Map<_, _> =
        (0..129).map(|i| (format!("c{i}"), json!({"roles": []}))).collect();
    let wide = Mint::new().claim("resource_access", clients);
    let fault = Fault::TooManyMembers { part: TokenPart::Payload, limit: 128 };
    assert_eq!(outcome(&verifier(), &wide), Err(fault));
    let limits = TokenLimits::default().max_members(129);
    assert_eq!(outcome(&verifier().limits(limits), &wide), Ok(()));
    let source = ScopeSource::pointer("/resource_access/c128/roles");
    assert_eq!(scopes(&verifier().limits(limits).scope_claim(source), &wide), "");
}

#[test]
fn w10_the_limit_of_scopes_is_a_setting() {
    let groups: Vec<String> = (0..300).map(|i| format!("g{i}")).collect();
    let many = Mint::new().claim("groups", groups);
    let verifier = verifier().scope_claim("groups");
    let fault = Fault::TooManyScopes { scopes: 300, limit: 256 };
    assert_eq!(outcome(&verifier, &many), Err(fault));
    let limits = TokenLimits::default().max_scopes(300);
    let token = judge(&verifier.limits(limits), &many, &many.sign()).unwrap();
    assert_eq!(token.scopes().len(), 300);
}

#[test]
fn w10_a_refusal_names_the_limit_what_came_and_the_setting() {
    let mint = Mint::new();
    let text = |mint: &Mint| {
        let refused = verifier().verify(&mint.sign(), &mint.keys(), crate::support::NOW);
        refused.unwrap_err().to_string()
    };
    let long = mint.clone().claim("pad", "x".repeat(6_400));
    let length = long.sign().len();
    let expected = format!("the token has {length} bytes, the limit `max_token_bytes` is 8192");
    assert_eq!(text(&long), expected);
    let many = mint.scope(&"a ".repeat(300));
    assert_eq!(text(&many), "the token has 300 scopes, the limit `max_scopes` is 256");
}

#[test]
fn w11_the_caller_is_the_first_present_of_four_claims() {
    let none = Mint::new().without("client_id");
    let caller = |mint: &Mint| {
        let token = judge(&verifier(), mint, &mint.sign()).unwrap();
        token.client_id().map(str::to_owned)
    };
    assert_eq!(caller(&none), None);
    let mut mint = none.clone();
    for name in ["appid", "cid", "azp", "client_id"] {
        mint = mint.claim(name, format!("by {name}"));
        assert_eq!(caller(&mint), Some(format!("by {name}")));
    }
    assert_eq!(caller(&none.clone().claim("azp", Value::Null).claim("cid", "x")), Some("x".into()));
}

#[test]
fn w11_a_caller_that_is_not_a_string_is_refused() {
    let good = Mint::new();
    for name in ["client_id", "azp", "cid", "appid"] {
        for wrong in [json!(1), json!(["x"]), json!({}), json!(true)] {
            refused_for(&Fault::WrongType(name), &good.clone().claim(name, wrong), &good);
        }
    }
}
