//! A resource server described by a file, or by the environment.
//!
//! [`ResourceServerConfig`] is read by any serde deserializer: TOML, YAML, JSON, or environment
//! variables. Settings that are not data, such as functions, are set on the builder that it
//! returns.
//!
//! ```
//! use tower_bearer::config::ResourceServerConfig;
//!
//! let config: ResourceServerConfig = serde_json::from_str(
//!     r#"{
//!         "realm": "announcements",
//!         "issuers": [{
//!             "issuer": "https://issuer.example",
//!             "audience": "urn:api",
//!             "algorithms": ["ES256"],
//!             "keys": {"jwks_uri": "https://issuer.example/.well-known/jwks.json"}
//!         }]
//!     }"#,
//! )?;
//! let api = config.builder()?.build()?;
//!
//! let misspelt: ResourceServerConfig =
//!     serde_json::from_str(r#"{"issuers": [{"issuer": "https://a.example", "audiance": "b"}]}"#)?;
//! let error = misspelt.builder().err().map(|error| error.to_string());
//! assert_eq!(
//!     error.as_deref(),
//!     Some(
//!         "issuers[0].audiance is not a setting; did you mean `audience`?; \
//!          issuers[0].audience is missing: give a list of strings"
//!     ),
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Reading never fails by the content of a file: [`builder`](ResourceServerConfig::builder) reports
//! all problems at once, each with its path and its fix. Unknown names are problems.
//!
//! # Values
//!
//! | kind | written as | for example |
//! |---|---|---|
//! | identifier | a string, compared byte for byte | `"https://issuer.example"` |
//! | duration | a string: a number and `ms`, `s`, `m`, `h` or `d` | `"30s"` |
//! | whole number | a number, or its digits in a string | `100`, `"100"` |
//! | boolean | `true` and `false`, or these words in a string | `true` |
//! | list of words | a list of strings, or one string with spaces between them | `"ES256 RS256"` |
//! | list of tables | a list, or a table with the names `0`, `1` and so on | `issuers.0.audience` |
//!
//! The second form of each is for environment variables, where all is text. A reader that turns
//! digits into numbers by itself must be stopped from it where a string is meant: a number is not
//! taken for an identifier, since `0123` would lose its zero.
//!
//! `docs/api.schema.json` in the repository is the JSON Schema of a file, and
//! [`ResourceServerConfig::json_schema`] returns it.

mod build;
mod check;
mod description;
mod duration;
mod issuer_config;
mod resource_server;
mod schema;
mod shape;
mod suggest;
mod value;

pub use self::{
    issuer_config::{IssuerConfig, KeyLocation},
    resource_server::ResourceServerConfig,
};
