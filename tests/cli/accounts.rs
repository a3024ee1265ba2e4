//! Accounts and their secrets.

use tower_bearer::{
    algorithm::Algorithm,
    issuer::SecretHash,
    key::{SigningKey, public_jwk_set},
    secret::Secret,
};

use crate::folder::Folder;

#[test]
fn a_secret_is_shown_once_and_only_its_hash_is_in_the_file() {
    let (folder, _) = Folder::with_issuer();
    let run = folder.run("issuer account add outsourcer-b");
    let secret = run.out.lines().find_map(|line| line.strip_prefix("client_secret  ")).unwrap();
    assert_eq!(secret.len(), 43, "256 bits in base64url");
    assert!(run.out.starts_with("client_id      outsourcer-b\n"), "{run:?}");
    let file = folder.read("issuer.toml");
    assert!(!file.contains(secret));
    let hash = SecretHash::from_secret(&Secret::new(secret)).unwrap().to_string();
    let scheme = hash.split(':').next().unwrap();
    assert!(file.contains(&format!("secret_hashes = [\"{scheme}:")), "{file}");
    for words in ["account list", "account list --json", "rule list", "check", "app list"] {
        assert!(!folder.done(&format!("issuer {words}")).contains(secret), "{words}");
    }
}

#[test]
fn an_account_has_two_secrets_while_it_moves_from_one_to_the_other() {
    let (folder, first) = Folder::with_issuer();
    let hashes = || folder.read("issuer.toml").matches("sha256:").count();
    let second = folder.done("issuer account secret add outsourcer-a --json");
    assert!(!second.contains(&first));
    assert_eq!(hashes(), 2);
    let said = folder.refused(1, "issuer account secret add outsourcer-a");
    assert!(said.contains("already has 2 secrets"), "{said}");
    let both = folder.read("issuer.toml");
    let done = folder.done("issuer account secret remove outsourcer-a");
    assert_eq!(done, "removed a secret of account outsourcer-a; it has 1 left\n");
    let newer = folder.read("issuer.toml");
    folder.write("issuer.toml", &both);
    folder.done("issuer account secret remove outsourcer-a --newest");
    assert_ne!(folder.read("issuer.toml"), newer, "the older one is left");
    let said = folder.refused(1, "issuer account secret remove outsourcer-a");
    assert!(said.contains("has no other secret"), "{said}");
    assert_eq!(hashes(), 1);
}

#[test]
fn what_an_account_is_told_is_what_its_list_tells() {
    let (folder, _) = Folder::with_issuer();
    folder
        .command_of(&[
            "issuer",
            "account",
            "add",
            "auditor",
            "--lifetime",
            "2h",
            "--remark",
            "a \"quoted\" remark",
            "--metadata",
            "team=blue",
            "--metadata",
            r#"roles={"of":["editor",1,2.5,true]}"#,
        ])
        .output()
        .unwrap();
    folder.done("issuer account disable auditor display");
    let list: serde_json::Value =
        serde_json::from_str(&folder.done("issuer account list --json")).unwrap();
    let auditor = &list.as_array().unwrap()[1];
    assert_eq!(
        *auditor,
        serde_json::json!({
            "key": "auditor",
            "secrets": 1,
            "public_keys": 0,
            "lifetime": 7200,
            "remark": "a \"quoted\" remark",
            "metadata": {"team": "blue", "roles": {"of": ["editor", 1, 2.5, true]}},
            "disabled": ["display"],
        })
    );
}

/// An account with a public key needs no secret; what is no public key is told.
#[test]
fn t31_an_account_may_have_public_keys_instead_of_a_secret() {
    let (folder, _) = Folder::with_issuer();
    let key = SigningKey::generate(Algorithm::ES256).unwrap().with_kid("of-the-client");
    folder.write("set.json", &public_jwk_set([&key]));
    folder.write("private.json", r#"{"kty":"oct","k":"AAAA"}"#);
    folder.write("no.json", "no");
    for file in ["private.json", "no.json", "none.json"] {
        let said = folder.refused(1, &format!("issuer account add signer --public-key {file}"));
        assert!(said.contains(&format!("error: {file} ")), "{said}");
    }
    let done = folder.done("issuer account add signer --public-key set.json --no-secret");
    assert_eq!(done, "client_id      signer\n");
    let list = folder.done("issuer account list");
    assert!(list.lines().any(|line| line.starts_with("signer        0        1 ")), "{list}");
    let file = folder.read("issuer.toml");
    assert!(file.contains("public_keys = ['{"), "{file}");
    folder.write("issuer.toml", &file.replace("\"kty\"", "\"kty"));
    let said = folder.refused(1, "issuer check");
    assert!(said.contains("`public_keys` has a string that is not a JWK"), "{said}");
}
