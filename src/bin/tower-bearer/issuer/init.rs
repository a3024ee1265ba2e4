//! `tower-bearer issuer init`

use std::net::SocketAddr;

use clap::Args;
use serde_json::json;

use crate::{
    config::ConfigFile,
    ui::{Format, Outcome},
};

/// Writes a first configuration, with a comment for each setting.
///
/// Without `--issuer` the issuer is for this machine alone: its URL is plain http on the address
/// that it listens on. With `--issuer https://...` it belongs behind a proxy that speaks TLS.
#[derive(Debug, Args)]
pub(super) struct Command {
    /// The issuer's URL: the `iss` of its tokens.
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// The address and port to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    #[command(flatten)]
    format: Format,
}

impl Command {
    pub(super) fn run(self, file: &ConfigFile) -> Outcome {
        let loopback = self.issuer.is_none();
        let issuer = self.issuer.unwrap_or_else(|| format!("http://{}", self.listen));
        let text = include_str!("starter.toml")
            .replace("{issuer}", &toml_edit::Value::from(issuer).to_string())
            .replace("{listen}", &self.listen.to_string())
            .replace("{loopback}", if loopback { LOOPBACK } else { "" });
        file.create(&text)?;
        let path = file.path().display().to_string();
        self.format.done(
            &format!("wrote {path}\nnext: tower-bearer issuer app add --help, then issuer serve"),
            &json!({"config": path}),
        )
    }
}

const LOOPBACK: &str = "
# Allows plain http in the URL above, on this machine alone.
allow_loopback_http = true
";
