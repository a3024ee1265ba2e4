//! What the issuer says of its builder, in the words and at the places of the file.

use std::collections::HashMap;

use super::{entries::RuleEntry, model::Config};

impl Config {
    /// Where the issuer's word for a setting stands in the file.
    pub(super) fn line_of(
        &self,
        setting: &str,
        cure: &str,
        rules: &HashMap<&str, Vec<&RuleEntry>>,
    ) -> usize {
        let named = |kind: &str| {
            let rest = setting.strip_prefix(kind)?.strip_prefix(" `")?;
            rest.rfind('`').map(|end| &rest[..end])
        };
        if let Some(key) = named("account") {
            let quoted = |text: &String| cure.contains(&format!("`{text}`"));
            let about = rules.get(key).into_iter().flatten();
            if let Some(rule) = about.into_iter().find(|rule| rule.words().iter().any(quoted)) {
                return rule.line;
            }
            let account = self.accounts.iter().find(|account| account.key == key);
            return account.map_or(1, |account| account.line);
        }
        if let Some(id) = named("application") {
            // Of two with one name it is the second that is told of.
            let application = self.applications.iter().rev().find(|known| known.id == id);
            return application.map_or(1, |application| application.line);
        }
        // The file calls it `rotation`.
        let setting = if setting == "rotate_every" { "rotation" } else { setting };
        self.heads.get(setting).copied().unwrap_or(1)
    }
}

/// The issuer speaks of its builder; in the file the same things have other names.
const NAMES: [(&str, &str); 4] = [
    ("rotate_every ", "rotation "),
    ("with `allow_loopback_http()`", "with `allow_loopback_http = true`"),
    ("define it with `Application::resource`", "define it under [application.resources]"),
    (
        "give it one with `secret`, `secret_hash` or `public_keys`, or use `create_account`",
        "remove it, and let `tower-bearer issuer account add` make it",
    ),
];

/// The problem as it reads in the file.
pub(super) fn in_words(problem: &str) -> String {
    NAMES.into_iter().fold(problem.to_owned(), |text, (name, word)| text.replace(name, word))
}
