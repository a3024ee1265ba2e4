//! Key sets that real issuers publish, with their quirks.

use std::fmt::Write as _;

use tower_bearer::key::KeySet;

use crate::support::vectors;

const DOCUMENTS: [&str; 19] = [
    "apple",
    "authing-oidc1",
    "battle-net",
    "cognito-us-east-1_BGU9CKFCM",
    "dy-auth0",
    "dy-keycloak",
    "dy-okta",
    "emu-duplicate-kid-sig-enc",
    "entra-common",
    "github-actions",
    "gitlab",
    "google",
    "keycloak-dup-members-fabricated",
    "klarna",
    "mojeid",
    "paypal",
    "slack",
    "tang-ecmr-derivekey",
    "yahoo",
];

#[test]
fn r38_every_published_key_set_loads_with_its_usable_keys() {
    let mut report = String::new();
    for name in DOCUMENTS {
        let Some(document) = vectors(&format!("jwks/{name}.json")) else { return };
        let set = KeySet::parse(&document).unwrap();
        writeln!(report, "{name}: {} usable", set.len()).unwrap();
        for key in set.keys() {
            let algorithms: Vec<_> = key.algorithms().map(|algorithm| algorithm.name()).collect();
            writeln!(report, "  {} {}", key.kid().unwrap_or("-"), algorithms.join(" ")).unwrap();
        }
        for skipped in set.skipped() {
            writeln!(report, "  {}: {}", skipped.kid().unwrap_or("-"), skipped).unwrap();
        }
    }
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("published_key_sets", report);
    });
}
