//! `docs/recipes`: the configuration of each page as it stands there, and the tokens that it shows:
//! each is admitted, refused when one thing is spoiled, and admitted when that is repaired.

mod api;
mod calling;
mod page;
mod vendors;

use std::fmt::Write as _;

use serde_json::{Value, json};
use tower_bearer::{algorithm::Algorithm, key::SigningKey, time::UnixTime};

use self::{
    api::{Answer, Api},
    page::Example,
    vendors::{Recipe, Spoil, recipes},
};
use crate::support::{Mint, NOW, vectors, vectors_json, vectors_path};

/// The algorithm of a key that every recipe's issuer publishes, and that no recipe allows.
const NOT_ALLOWED: Algorithm = Algorithm::ES384;
const OTHER_KID: &str = "not-allowed";

/// The token of a page, signed by `key`.
fn mint(example: &Example, key: &SigningKey) -> Mint {
    Mint::of(key, &example.header, &example.claims)
}

/// What is spoiled in every token, whatever the vendor.
fn usual_spoils(recipe: &Recipe, token: usize) -> Vec<(String, Spoil)> {
    let mut spoils = vec![
        ("`iss`", Spoil::Claims(json!({"iss": "https://stranger.example"}))),
        ("`exp`", Spoil::Claims(json!({"exp": 1_799_999_000}))),
        ("`exp` missing", Spoil::Claims(json!({"exp": null}))),
        ("`alg`", Spoil::Algorithm),
        ("`alg` none", Spoil::Unsigned),
        ("`typ`", Spoil::Header(json!({"typ": "dpop+jwt"}))),
        ("signature", Spoil::Signature),
    ];
    let own = recipe.audiences.iter().find(|(place, _)| *place == token);
    let audience = own.map_or("aud", |(_, claim)| claim);
    spoils.insert(1, ("audience", Spoil::Claims(json!({audience: "urn:another-api"}))));
    spoils.insert(2, ("audience missing", Spoil::Claims(json!({audience: null}))));
    spoils.into_iter().map(|(name, spoil)| (name.to_owned(), spoil)).collect()
}

fn spoiled(example: &Example, key: &SigningKey, other: &SigningKey, spoil: &Spoil) -> String {
    let good = mint(example, key);
    match spoil {
        Spoil::Claims(changes) => good.with_claims(changes).sign(),
        Spoil::Header(changes) => good.with_header(changes).sign(),
        Spoil::Algorithm => Mint::of(other, &example.header, &example.claims)
            .header("alg", NOT_ALLOWED.name())
            .header("kid", OTHER_KID)
            .sign(),
        Spoil::Unsigned => {
            let token = good.header("alg", "none").sign();
            token[..=token.rfind('.').unwrap()].to_owned()
        }
        Spoil::Signature => {
            let token = good.sign();
            let place = token.rfind('.').unwrap() + 10;
            let letter = if &token[place..=place] == "A" { "B" } else { "A" };
            format!("{}{letter}{}", &token[..place], &token[place + 1..])
        }
    }
}

/// Checks a page, and returns its table and the number of spoiled tokens that were refused.
async fn check(recipe: &Recipe, keys: [&SigningKey; 2]) -> (String, usize, usize) {
    let [key, other] = keys;
    let examples = page::examples(&page::read(recipe.page));
    assert_eq!(examples.len(), recipe.scopes.len(), "{}: tokens on the page", recipe.page);
    let mut table = "| token | spoiled | answer | reason |\n|---|---|---|---|".to_owned();
    let mut refused = 0;
    for (index, (example, scope)) in examples.iter().zip(recipe.scopes).enumerate() {
        let kid = example.header["kid"].as_str().unwrap();
        let api = Api::new(&example.config, &[(key, kid), (other, OTHER_KID)]);
        let good = mint(example, key).sign();
        let admitted = Answer { status: 200, reason: String::new() };
        assert_eq!(api.get(&good, scope).await, admitted, "{} token {}", recipe.page, index + 1);

        let mut spoils = usual_spoils(recipe, index + 1);
        let own = recipe.spoils.iter().filter(|(token, ..)| *token == index + 1);
        spoils.extend(own.map(|(_, name, spoil)| ((*name).to_owned(), spoil())));
        for (name, spoil) in spoils {
            let token = spoiled(example, key, other, &spoil);
            let answer = api.get(&token, scope).await;
            let what = format!("{} token {}: {name}", recipe.page, index + 1);
            assert!(matches!(answer.status, 401 | 403), "{what}: {answer:?}");
            let expected = if name.starts_with("scope") { 403 } else { 401 };
            assert_eq!(answer.status, expected, "{what}: {answer:?}");
            assert_eq!(api.get(&good, scope).await, admitted, "{what}, repaired");
            refused += 1;
            let Answer { status, reason } = answer;
            let reason = reason.replace('|', "\\|");
            write!(table, "\n| {} | {name} | {status} | {reason} |", index + 1).unwrap();
        }
        let answer = api.get(&good, "another:scope:than-granted").await;
        assert_eq!(answer.status, 403, "{} token {}: another scope", recipe.page, index + 1);
    }
    (table, examples.len(), refused)
}

#[tokio::test]
async fn each_recipe_admits_its_tokens_and_refuses_them_spoiled() {
    let key = SigningKey::generate(Algorithm::RS256).unwrap();
    let other = SigningKey::generate(NOT_ALLOWED).unwrap();
    let mut summary =
        "| vendor | token shapes admitted | spoiled variants refused |\n|---|---|---|".to_owned();
    let (mut all_tokens, mut all_refused) = (0, 0);
    for recipe in recipes() {
        let (table, tokens, refused) = check(recipe, [&key, &other]).await;
        page::hold(recipe.page, &table);
        let row = format!("| [{}]({}) | {tokens} | {refused} |", recipe.vendor, recipe.page);
        write!(summary, "\n{row}").unwrap();
        all_tokens += tokens;
        all_refused += refused;
    }
    write!(summary, "\n| **all** | {all_tokens} | {all_refused} |").unwrap();
    page::hold("README.md", &summary);
}

/// Authing is the one vendor of whom there are real tokens.
#[tokio::test]
async fn the_recipe_of_authing_admits_its_real_access_tokens_and_refuses_its_id_token() {
    let Some(tokens) = vectors_json("authing-tokens.json") else { return };
    let keys = vectors_path("jwks/authing-oidc1.json").unwrap();
    let config = page::examples(&page::read("authing.md")).swap_remove(0).config;
    for (token, scope, status) in [
        (&tokens["tokens"][0], "order:read", 200),
        (&tokens["tokens"][1], "email", 200),
        (&tokens["tokens"][2], "email", 401),
    ] {
        let now = UnixTime::from_secs(token["verify_at"].as_u64().unwrap());
        let text = token["token"].as_str().unwrap();
        let answer = Api::with_key_file(&config, &keys, now).get(text, scope).await;
        assert_eq!(answer.status, status, "{}: {answer:?}", token["name"]);
        let later = Api::with_key_file(&config, &keys, NOW).get(text, scope).await;
        assert_eq!(later.status, 401, "{}", token["name"]);
    }
}

#[test]
fn every_page_is_a_recipe_that_is_tested() {
    let mut pages: Vec<_> = std::fs::read_dir(page::folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    pages.sort();
    let mut tested: Vec<_> = recipes().map(|recipe| recipe.page.to_owned()).collect();
    tested.sort();
    assert_eq!(pages, tested);
}

#[test]
fn the_key_sets_of_real_vendors_have_keys_for_the_algorithms_of_their_recipes() {
    for recipe in recipes() {
        let Some(name) = recipe.key_set else { continue };
        let Some(document) = vectors(&format!("jwks/{name}.json")) else { return };
        let keys = tower_bearer::key::KeySet::parse(&document).unwrap();
        let kids: Vec<_> = keys.kids().collect();
        assert!(!kids.is_empty(), "{}", recipe.vendor);
        for kid in kids {
            let serving = keys.candidates(Some(kid), Algorithm::RS256).count();
            assert!(serving > 0, "{}: {kid} serves no RS256", recipe.vendor);
        }
    }
}

#[test]
fn the_issuers_of_the_pages_are_spelt_as_real_metadata_spells_them() {
    for recipe in recipes() {
        let Some(name) = recipe.metadata else { continue };
        let Some(metadata) = vectors_json(&format!("discovery/{name}.json")) else { return };
        let slash = |issuer: &Value| issuer.as_str().unwrap().ends_with('/');
        let examples = page::examples(&page::read(recipe.page));
        let claims = &examples[0].claims;
        assert_eq!(slash(&claims["iss"]), slash(&metadata["issuer"]), "{}", recipe.vendor);
    }
}
