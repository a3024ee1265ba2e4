//! `tower-bearer issuer trusted`

use clap::Args;
use serde_json::json;

use crate::{
    config::{ConfigFile, TrustedKeys, TrustedRuleEntry},
    ui::{self, Format, Outcome, print_table},
};

/// Lists the trusted issuers, and which subjects of them are which account
///
/// Tokens of a trusted issuer are the credentials of a pod or a job, which needs no secret. Each is
/// an entry of the configuration, with a rule for each account:
///
///   [[trusted_issuer]]
///   issuer = "https://token.actions.githubusercontent.com"
///   audience = "https://issuer.example"
///
///   [[trusted_issuer.rule]]
///   subject = "repo:octo-org/gifts:environment:production"
///   account = "gift-deliveries"
///   claims = { repository_id = "74" }
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Command {
    #[command(flatten)]
    format: Format,
}

impl Command {
    pub(super) fn run(self, file: &ConfigFile) -> Outcome {
        let config = file.load()?;
        if self.format.json {
            let issuers = config.trusted_issuers.iter().map(|trusted| {
                let rules = trusted.rules.iter().map(|rule| {
                    json!({
                        "subject": rule.subject,
                        "account": rule.account,
                        "claims": rule.claims,
                    })
                });
                json!({
                    "issuer": trusted.issuer.as_str(),
                    "audiences": trusted.audiences.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
                    "keys": keys(&trusted.keys),
                    "rules": rules.collect::<Vec<_>>(),
                })
            });
            return ui::json(&issuers.collect());
        }
        let mut rows = Vec::new();
        for trusted in &config.trusted_issuers {
            let row = |subject, account, claims| {
                [trusted.issuer.to_string(), keys(&trusted.keys), subject, account, claims]
            };
            if trusted.rules.is_empty() {
                rows.push(row("nobody".to_owned(), String::new(), String::new()));
            }
            for TrustedRuleEntry { subject, account, claims, .. } in &trusted.rules {
                let claims = claims.iter().map(|(name, value)| format!("{name}={value}"));
                let claims = claims.collect::<Vec<_>>().join(" ");
                rows.push(row(subject.clone(), account.clone(), claims));
            }
        }
        print_table(["ISSUER", "KEYS", "SUBJECT", "ACCOUNT", "CLAIMS"], &rows)
    }
}

fn keys(keys: &TrustedKeys) -> String {
    match keys {
        TrustedKeys::Discovered => "discovered".to_owned(),
        TrustedKeys::At(jwks_uri) => jwks_uri.to_string(),
        TrustedKeys::Here(keys) => ui::plural(keys.len(), "key"),
    }
}
