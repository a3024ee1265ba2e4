//! Authorization servers that people run themselves.

use serde_json::json;

use super::{Recipe, Spoil};

pub(super) static RECIPES: [Recipe; 5] = [
    Recipe {
        vendor: "Keycloak",
        page: "keycloak.md",
        scopes: &["announce:read", "announce:read", "announce:read", "announce:read"],
        audiences: &[(4, "azp")],
        spoils: &[
            (1, "scope: no `scope`", || Spoil::Claims(json!({"scope": null}))),
            (1, "no audience mapper", || Spoil::Claims(json!({"aud": "account"}))),
            (1, "`nonce`", || Spoil::Claims(json!({"nonce": "2b1a"}))),
            (2, "scope: another client's role", || {
                Spoil::Claims(
                    json!({"resource_access": {"other-api": {"roles": ["announce:read"]}}}),
                )
            }),
            (2, "scope: a role called `*`", || {
                Spoil::Claims(json!({"resource_access": {"announcements-api": {"roles": ["*"]}}}))
            }),
            (2, "scope: only a realm role", || {
                Spoil::Claims(
                    json!({"resource_access": null, "realm_access": {"roles": ["announce:read"]}}),
                )
            }),
            (3, "scope: no `scope`", || Spoil::Claims(json!({"scope": null}))),
            (3, "claim `typ` ID", || Spoil::Claims(json!({"typ": "ID"}))),
            (3, "claim `typ` missing", || Spoil::Claims(json!({"typ": null}))),
            (3, "`at_hash`", || Spoil::Claims(json!({"at_hash": "x"}))),
            (4, "scope: no `scope`", || Spoil::Claims(json!({"scope": null}))),
            (4, "`azp` of another client", || Spoil::Claims(json!({"azp": "stranger"}))),
            (4, "`azp` missing", || Spoil::Claims(json!({"azp": null}))),
            (4, "`aud` account", || Spoil::Claims(json!({"aud": "account"}))),
            (4, "claim `typ` ID", || Spoil::Claims(json!({"typ": "ID"}))),
        ],
        key_set: None,
        metadata: Some("dy-keycloak"),
    },
    Recipe {
        vendor: "Zitadel",
        page: "zitadel.md",
        scopes: &["announce:read"],
        audiences: &[],
        spoils: &[
            (1, "scope: no role", || {
                Spoil::Claims(json!({"urn:zitadel:iam:org:project:294645919545032706:roles": null}))
            }),
            (1, "scope: the role of another project", || {
                Spoil::Claims(
                    json!({"urn:zitadel:iam:org:project:294645919545032706:roles": {}, "urn:zitadel:iam:org:project:1:roles": {"announce:read": {}}}),
                )
            }),
            (1, "scope: a role called `*`", || {
                Spoil::Claims(
                    json!({"urn:zitadel:iam:org:project:294645919545032706:roles": {"*": {}}}),
                )
            }),
            (1, "`iss` with a slash", || {
                Spoil::Claims(json!({"iss": "https://example.zitadel.cloud/"}))
            }),
        ],
        key_set: None,
        metadata: None,
    },
    Recipe {
        vendor: "authentik",
        page: "authentik.md",
        scopes: &["announce:read", "announce:read"],
        audiences: &[],
        spoils: &[
            (1, "scope: no `scope`", || Spoil::Claims(json!({"scope": null}))),
            (2, "scope: no `scope`", || Spoil::Claims(json!({"scope": null}))),
            (1, "`azp` missing", || Spoil::Claims(json!({"azp": null}))),
            (2, "an ID token: no `azp`", || Spoil::Claims(json!({"azp": null}))),
            (2, "`at_hash`", || Spoil::Claims(json!({"at_hash": "x"}))),
            (1, "`iss` without the slash", || {
                Spoil::Claims(json!({"iss": "https://login.example/application/o/announcements"}))
            }),
        ],
        key_set: None,
        metadata: None,
    },
    Recipe {
        vendor: "Ory Hydra",
        page: "hydra.md",
        scopes: &["announce:read"],
        audiences: &[],
        spoils: &[
            (1, "scope: no `scp`", || Spoil::Claims(json!({"scp": []}))),
            (1, "scope: in `scope` beside an empty `scp`", || {
                Spoil::Claims(json!({"scp": [], "scope": "announce:read"}))
            }),
            (1, "`aud` empty", || Spoil::Claims(json!({"aud": []}))),
            (1, "`iss` without the slash", || {
                Spoil::Claims(json!({"iss": "https://hydra.example"}))
            }),
        ],
        key_set: None,
        metadata: None,
    },
    Recipe {
        vendor: "IdentityServer",
        page: "identityserver.md",
        scopes: &["announce.read", "announce.read"],
        audiences: &[],
        spoils: &[
            (1, "scope: no `scope`", || Spoil::Claims(json!({"scope": null}))),
            (2, "scope: no `scope`", || Spoil::Claims(json!({"scope": null}))),
            (1, "scope: not only strings", || {
                Spoil::Claims(json!({"scope": ["announce.read", null]}))
            }),
            (1, "the static audience alone", || {
                Spoil::Claims(json!({"aud": "https://login.example/resources"}))
            }),
        ],
        key_set: None,
        metadata: None,
    },
];
