//! Issuers that name a workload or a user, and grant no scopes.

use serde_json::json;

use super::{Recipe, Spoil};

pub(super) static RECIPES: [Recipe; 6] = [
    Recipe {
        vendor: "Google",
        page: "google.md",
        scopes: &["113774264463038321964"],
        audiences: &[],
        spoils: &[
            (1, "scope: another caller", || Spoil::Claims(json!({"sub": "113774264463038321965"}))),
            (1, "an ID token of a user: `at_hash`", || Spoil::Claims(json!({"at_hash": "x"}))),
            (1, "`iss` without a scheme", || Spoil::Claims(json!({"iss": "accounts.google.com"}))),
        ],
        key_set: Some("google"),
        metadata: Some("google"),
    },
    Recipe {
        vendor: "Firebase",
        page: "firebase.md",
        scopes: &["announce:read"],
        audiences: &[],
        spoils: &[
            (1, "scope: no `scope`", || Spoil::Claims(json!({"scope": null}))),
            (1, "another project", || {
                Spoil::Claims(
                    json!({"iss": "https://securetoken.google.com/stranger", "aud": "stranger"}),
                )
            }),
            (1, "a session cookie", || {
                Spoil::Claims(json!({"iss": "https://session.firebase.google.com/maps-example"}))
            }),
        ],
        key_set: None,
        metadata: None,
    },
    Recipe {
        vendor: "GitHub Actions",
        page: "github-actions.md",
        scopes: &["octo-org/octo-repo"],
        audiences: &[],
        spoils: &[
            (1, "scope: another repository", || {
                Spoil::Claims(json!({"repository": "stranger/octo-repo"}))
            }),
            (1, "scope: an environment named after the repository", || {
                Spoil::Claims(
                    json!({"repository": "stranger/x", "sub": "repo:stranger/x:environment:a octo-org/octo-repo"}),
                )
            }),
            (1, "the default `aud`", || {
                Spoil::Claims(json!({"aud": "https://github.com/octo-org"}))
            }),
            (1, "older than 10 minutes", || Spoil::Claims(json!({"iat": 1799999000}))),
            (1, "`iat` missing", || Spoil::Claims(json!({"iat": null}))),
        ],
        key_set: Some("github-actions"),
        metadata: None,
    },
    Recipe {
        vendor: "GitLab CI/CD",
        page: "gitlab.md",
        scopes: &["my-group/my-project"],
        audiences: &[],
        spoils: &[
            (1, "scope: another project", || {
                Spoil::Claims(json!({"project_path": "my-group/other"}))
            }),
            (1, "scope: a group of a similar name", || {
                Spoil::Claims(json!({"project_path": "my-group/my-project/sub"}))
            }),
            (1, "`aud` of the instance", || Spoil::Claims(json!({"aud": "https://gitlab.com"}))),
        ],
        key_set: Some("gitlab"),
        metadata: None,
    },
    Recipe {
        vendor: "Kubernetes",
        page: "kubernetes.md",
        scopes: &[
            "system:serviceaccount:maps:gift-deliveries",
            "system:serviceaccount:maps:gift-deliveries",
        ],
        audiences: &[],
        spoils: &[
            (2, "scope: another account", || {
                Spoil::Claims(json!({"sub": "system:serviceaccount:maps:default"}))
            }),
            (2, "a token of another cluster", || {
                Spoil::Claims(json!({"iss": "https://kubernetes.default.svc"}))
            }),
            (1, "scope: another account", || {
                Spoil::Claims(json!({"sub": "system:serviceaccount:maps:default"}))
            }),
            (1, "scope: another namespace", || {
                Spoil::Claims(json!({"sub": "system:serviceaccount:other:gift-deliveries"}))
            }),
            (1, "the default token", || {
                Spoil::Claims(json!({"aud": ["https://kubernetes.default.svc"]}))
            }),
            (1, "a legacy token", || {
                Spoil::Claims(json!({"iss": "kubernetes/serviceaccount", "exp": null, "aud": null}))
            }),
        ],
        key_set: None,
        metadata: None,
    },
    Recipe {
        vendor: "Cloudflare Access",
        page: "cloudflare-access.md",
        scopes: &["e367826f93b8d71185e03fe518aff3b4.access"],
        audiences: &[],
        spoils: &[
            (1, "scope: another service token", || {
                Spoil::Claims(json!({"common_name": "0.access"}))
            }),
            (1, "scope: a user", || {
                Spoil::Claims(json!({"common_name": null, "email": "ada@example.com"}))
            }),
            (1, "the AUD tag of another application", || {
                Spoil::Claims(
                    json!({"aud": ["0000000000000000000000000000000000000000000000000000000000000000"]}),
                )
            }),
        ],
        key_set: None,
        metadata: None,
    },
];
