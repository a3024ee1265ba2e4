//! Authorization servers that a vendor runs.

use serde_json::json;

use super::{Recipe, Spoil};

pub(super) static RECIPES: [Recipe; 5] = [
    Recipe {
        vendor: "Auth0",
        page: "auth0.md",
        scopes: &["read:patients", "read:patients", "read:patients"],
        audiences: &[],
        spoils: &[
            (1, "scope: no `scope`", || Spoil::Claims(json!({"scope": null}))),
            (2, "scope: no `scope`", || Spoil::Claims(json!({"scope": null}))),
            (2, "scope: `read` alone", || Spoil::Claims(json!({"scope": "read"}))),
            (1, "`iss` without the slash", || {
                Spoil::Claims(json!({"iss": "https://example.eu.auth0.com"}))
            }),
            (2, "`aud` of `/userinfo` alone", || {
                Spoil::Claims(json!({"aud": ["https://example.eu.auth0.com/userinfo"]}))
            }),
            (3, "`typ` JWT", || Spoil::Header(json!({"typ": "JWT"}))),
            (3, "`jti` missing", || Spoil::Claims(json!({"jti": null}))),
            (3, "`client_id` missing", || Spoil::Claims(json!({"client_id": null}))),
            (3, "scope: no `permissions`", || Spoil::Claims(json!({"permissions": null}))),
            (3, "scope: in `scope` instead of `permissions`", || {
                Spoil::Claims(json!({"permissions": [], "scope": "read:patients"}))
            }),
        ],
        key_set: Some("dy-auth0"),
        metadata: Some("dy-auth0"),
    },
    Recipe {
        vendor: "Authing",
        page: "authing.md",
        scopes: &["order:read", "order:read"],
        audiences: &[],
        spoils: &[
            (1, "scope: no `scope`", || Spoil::Claims(json!({"scope": null}))),
            (2, "scope: no `scope`", || Spoil::Claims(json!({"scope": null}))),
            (1, "an account that is not listed", || {
                Spoil::Claims(json!({"aud": "000000000000000000000000"}))
            }),
            (1, "an ID token: `at_hash`", || {
                Spoil::Claims(json!({"at_hash": "B3IgOYDDa0Pz8v1_9qZrAw"}))
            }),
            (1, "an ID token: `nonce`", || Spoil::Claims(json!({"nonce": "E65b1QoUYt"}))),
        ],
        key_set: Some("authing-oidc1"),
        metadata: None,
    },
    Recipe {
        vendor: "Microsoft Entra ID",
        page: "entra.md",
        scopes: &["Announce.Read.All", "Announce.Read", "Announce.Read.All", "Announce.Read.All"],
        audiences: &[],
        spoils: &[
            (1, "scope: no `roles`", || Spoil::Claims(json!({"roles": null}))),
            (2, "scope: no `scp`", || Spoil::Claims(json!({"scp": ""}))),
            (2, "scope: the user's role beside `scp`", || {
                Spoil::Claims(json!({"scp": "openid", "roles": ["Announce.Read"]}))
            }),
            (1, "`iss` of version 1.0", || {
                Spoil::Claims(
                    json!({"iss": "https://sts.windows.net/6fc5a5a5-6c0f-4d5e-9c35-6f0b3f2ad1c1/"}),
                )
            }),
            (1, "`iss` of another tenant", || {
                Spoil::Claims(
                    json!({"iss": "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"}),
                )
            }),
            (1, "`iss` of the template", || {
                Spoil::Claims(json!({"iss": "https://login.microsoftonline.com/{tenantid}/v2.0"}))
            }),
            (3, "scope: no `roles`", || Spoil::Claims(json!({"roles": null}))),
            (3, "`iss` of version 2.0", || {
                Spoil::Claims(
                    json!({"iss": "https://login.microsoftonline.com/6fc5a5a5-6c0f-4d5e-9c35-6f0b3f2ad1c1/v2.0"}),
                )
            }),
            (3, "`aud` the bare client id", || {
                Spoil::Claims(json!({"aud": "0d2f7bcd-9a42-4f68-8f6c-3d5f0f7e2b11"}))
            }),
            (4, "scope: no `roles`", || Spoil::Claims(json!({"roles": null}))),
            (4, "`iss` of a tenant that is not listed", || {
                Spoil::Claims(
                    json!({"iss": "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"}),
                )
            }),
        ],
        key_set: Some("entra-common"),
        metadata: None,
    },
    Recipe {
        vendor: "Okta",
        page: "okta.md",
        scopes: &["announce:read", "announce:read"],
        audiences: &[],
        spoils: &[
            (1, "scope: no `scp`", || Spoil::Claims(json!({"scp": null}))),
            (2, "scope: no `scp`", || Spoil::Claims(json!({"scp": null}))),
            (1, "scope: in `scope` instead of `scp`", || {
                Spoil::Claims(json!({"scp": [], "scope": "announce:read"}))
            }),
            (1, "scope: not only strings", || Spoil::Claims(json!({"scp": ["announce:read", 1]}))),
            (1, "`iss` of the org server", || {
                Spoil::Claims(json!({"iss": "https://example.okta.com"}))
            }),
            (1, "`aud` of the org server", || {
                Spoil::Claims(json!({"aud": "https://example.okta.com"}))
            }),
        ],
        key_set: Some("dy-okta"),
        metadata: Some("dy-okta"),
    },
    Recipe {
        vendor: "Amazon Cognito",
        page: "cognito.md",
        scopes: &["announcements/read", "announcements/read"],
        audiences: &[(1, "client_id"), (2, "client_id")],
        spoils: &[
            (1, "scope: no `scope`", || Spoil::Claims(json!({"scope": null}))),
            (2, "scope: no `scope`", || Spoil::Claims(json!({"scope": null}))),
            (1, "`token_use` id", || Spoil::Claims(json!({"token_use": "id"}))),
            (1, "`token_use` missing", || Spoil::Claims(json!({"token_use": null}))),
            (1, "an `aud` of another API", || Spoil::Claims(json!({"aud": "urn:another-api"}))),
            (2, "an ID token", || {
                Spoil::Claims(
                    json!({"token_use": "id", "client_id": null, "aud": "7m1234abcdefghijklmnopqrst"}),
                )
            }),
        ],
        key_set: Some("cognito-us-east-1_BGU9CKFCM"),
        metadata: None,
    },
];
