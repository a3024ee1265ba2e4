use std::{fmt, path::PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{build, check, description, issuer_config::IssuerConfig, schema, value::Value};
use crate::{
    error::{ConfigError, Problems},
    server::{ResourceServer, ResourceServerBuilder},
};

/// The description of a resource server, as a file or the environment has it; see
/// [`config`](crate::config).
///
/// `Debug` shows the issuers' identifiers and nothing else.
#[derive(Clone, PartialEq)]
pub struct ResourceServerConfig {
    file: Value,
    folder: PathBuf,
}

impl ResourceServerConfig {
    /// Looks files up in this folder where the description names them by a relative path; in the
    /// working directory by default.
    #[must_use]
    pub fn relative_to(self, folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), ..self }
    }

    /// Makes a builder with these settings, to which functions can be added: a body for refusals,
    /// a clock, or issuers that are known only at run time.
    ///
    /// Nothing is fetched; files with keys are read.
    ///
    /// # Errors
    /// Everything that is wrong with the description: unknown names, wrong types, values out of
    /// range, missing settings, and what [`ResourceServerBuilder::build`] would refuse. Each
    /// problem has its path, such as `issuers[1].keys.jwks_uri`.
    pub fn builder(&self) -> Result<ResourceServerBuilder, ConfigError> {
        self.parts().map(|(builder, _)| builder)
    }

    /// The issuers of the description, for tools that judge tokens without a server.
    ///
    /// # Errors
    /// As [`builder`](Self::builder).
    pub fn issuers(&self) -> Result<Vec<IssuerConfig>, ConfigError> {
        self.parts().map(|(_, issuers)| issuers)
    }

    fn parts(&self) -> Result<(ResourceServerBuilder, Vec<IssuerConfig>), ConfigError> {
        let mut shape = Problems::default();
        check::file(&self.file, &description::RESOURCE_SERVER, &mut shape);
        let mut building = Problems::default();
        let parts = build::builder(&self.file, &self.folder, &mut building);
        shape.append_new(building);
        shape.or(parts)
    }

    /// Builds the server. Nothing is fetched yet.
    ///
    /// # Errors
    /// As [`builder`](Self::builder).
    pub fn build(&self) -> Result<ResourceServer, ConfigError> {
        self.builder()?.build()
    }

    /// The JSON Schema (draft 2020-12) of a description, as JSON text: for editors, and for checks
    /// of a file before it is used.
    ///
    /// A file that satisfies the schema may still be refused: the schema knows neither the bounds
    /// of durations nor which URLs may be fetched.
    #[must_use]
    pub fn json_schema() -> String {
        schema::document(&description::RESOURCE_SERVER)
    }
}

/// Reads any map, and never fails by its content: [`ResourceServerConfig::builder`] reports all
/// problems at once, which a reader that stops at the first could not.
impl<'de> Deserialize<'de> for ResourceServerConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|file| Self { file, folder: PathBuf::new() })
    }
}

/// Writes the description as it was read. Secrets are named by their files; only `proxy` may hold one,
/// the password of its URL.
impl Serialize for ResourceServerConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.file.serialize(serializer)
    }
}

impl fmt::Debug for ResourceServerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuers = self.file.member("issuers").and_then(Value::list).unwrap_or_default();
        let names: Vec<_> = issuers
            .into_iter()
            .filter_map(|issuer| issuer.member("issuer").and_then(Value::text))
            .collect();
        f.debug_struct("ResourceServerConfig").field("issuers", &names).finish_non_exhaustive()
    }
}
