//! The header and the claims of a token, for people to read. Nothing is decided by them.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use tower_bearer::time::UnixTime;

use crate::ui::{format_date, harmless};

/// The header and the payload, if they can be read.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    header: Option<Map<String, Value>>,
    claims: Option<Map<String, Value>>,
    pub(super) bytes: usize,
    pub(super) parts: usize,
}

impl Decoded {
    pub(super) fn of(token: &str) -> Self {
        let object = |part: Option<&str>| {
            let bytes = URL_SAFE_NO_PAD.decode(part?).ok()?;
            serde_json::from_slice::<Map<String, Value>>(&bytes).ok()
        };
        let mut parts = token.split('.');
        Self {
            header: object(parts.next()),
            claims: object(parts.next()),
            bytes: token.len(),
            parts: token.split('.').count(),
        }
    }

    /// The reason why the text is not a JWT, if it is not.
    pub(super) fn fault(&self) -> Option<String> {
        if self.parts != 3 {
            let parts = self.parts;
            return Some(format!("expected three dot-separated parts, found {parts}"));
        }
        let part = match (&self.header, &self.claims) {
            (None, _) => "header",
            (_, None) => "payload",
            _ => return None,
        };
        Some(format!("the {part} is not a JSON object in base64url"))
    }

    /// The date of a claim and its distance from `now`; empty if the claim is not a time.
    pub(super) fn date(&self, name: &str, now: UnixTime) -> String {
        let seconds = self.claims.as_ref().and_then(|claims| claims.get(name)?.as_f64());
        seconds.and_then(|seconds| distance(seconds, now)).unwrap_or_default()
    }

    /// A header parameter as JSON text.
    pub(super) fn header(&self, name: &str) -> String {
        shown(self.header.as_ref(), name)
    }

    /// A claim as JSON text.
    pub(super) fn claim(&self, name: &str) -> String {
        shown(self.claims.as_ref(), name)
    }

    /// The names of the header's parameters.
    pub(super) fn header_names(&self) -> String {
        names(self.header.as_ref())
    }

    /// The names of the claims.
    pub(super) fn claim_names(&self) -> String {
        names(self.claims.as_ref())
    }

    /// The names of those claims that the token has.
    pub(super) fn present<const N: usize>(&self, names: [&str; N]) -> String {
        let has =
            |name: &&str| self.claims.as_ref().is_some_and(|claims| claims.contains_key(*name));
        let found: Vec<_> = names.into_iter().filter(has).collect();
        if found.is_empty() { "absent".to_owned() } else { found.join(", ") }
    }

    /// The header and the claims as JSON, and the times as dates.
    pub(super) fn text(&self, now: UnixTime) -> String {
        let part = |members: &Option<Map<String, Value>>| match members {
            Some(members) => format!("{:#}", Value::Object(members.clone())),
            None => "cannot be read as a JSON object".to_owned(),
        };
        let mut text = format!("header {}\nclaims {}", part(&self.header), part(&self.claims));
        for name in ["iat", "nbf", "exp"] {
            let date = self.date(name, now);
            if !date.is_empty() {
                text.push_str(&format!("\n{name} is {date}"));
            }
        }
        harmless(&text)
    }

    pub(super) fn json(&self) -> Value {
        json!({"header": self.header, "claims": self.claims})
    }
}

fn names(members: Option<&Map<String, Value>>) -> String {
    match members {
        Some(members) => {
            let names = members.keys().map(|name| Value::from(name.as_str()).to_string());
            cut(&names.collect::<Vec<_>>().join(", "))
        }
        None => "not a JSON object".to_owned(),
    }
}

/// A NumericDate as a date, and its distance from `now`.
fn distance(seconds: f64, now: UnixTime) -> Option<String> {
    let time = UnixTime::EPOCH + Duration::try_from_secs_f64(seconds.floor()).ok()?;
    let ahead = time.saturating_since(now).as_secs();
    let ago = now.saturating_since(time).as_secs();
    let date = format_date(time)?;
    Some(match (ago, ahead) {
        (0, 0) => format!("{date}, now"),
        (0, ahead) => format!("{date}, in {ahead} s"),
        (ago, _) => format!("{date}, {ago} s ago"),
    })
}

/// The member as JSON, in which control characters are escaped. A long one is cut.
fn shown(members: Option<&Map<String, Value>>, name: &str) -> String {
    let Some(value) = members.and_then(|members| members.get(name)) else {
        return "absent".to_owned();
    };
    cut(&value.to_string())
}

fn cut(text: &str) -> String {
    const MAX_CHARS: usize = 200;
    let text = harmless(text);
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
