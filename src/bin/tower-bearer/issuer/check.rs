//! `tower-bearer issuer check`

use clap::Args;
use serde_json::json;

use crate::{
    config::{Config, ConfigFile},
    ui::{self, Failure, Format, Outcome, plural},
};

/// Checks the configuration, and lists every error with its line.
#[derive(Debug, Args)]
pub(super) struct Command {
    #[command(flatten)]
    format: Format,
}

impl Command {
    pub(super) fn run(self, file: &ConfigFile) -> Outcome {
        let path = file.path().display().to_string();
        let config = match Config::parse(&file.read()?) {
            Ok(config) => config,
            Err(problems) if self.format.json => {
                ui::json(&json!({"config": path, "valid": false, "problems": problems.to_json()}))?;
                return Err(Failure::already_reported());
            }
            Err(problems) => return Err(file.invalid(&problems)),
        };
        let (applications, accounts, rules) =
            (config.applications.len(), config.accounts.len(), config.rules.len());
        let trusted = config.trusted_issuers.len();
        let mut text = format!(
            "{path}: OK ({}, {}, {}",
            plural(applications, "application"),
            plural(accounts, "account"),
            plural(rules, "rule")
        );
        if trusted > 0 {
            text = format!("{text}, {}", plural(trusted, "trusted issuer"));
        }
        text.push(')');
        self.format.done(
            &text,
            &json!({
                "config": path,
                "valid": true,
                "applications": applications,
                "accounts": accounts,
                "rules": rules,
                "trusted_issuers": trusted,
            }),
        )
    }
}
