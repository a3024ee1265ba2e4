//! Parses challenges (RFC 9110 §11.6.1): one header may hold several schemes, and commas separate
//! both challenges and their parameters.

use std::borrow::Cow;

use http::{HeaderMap, header::WWW_AUTHENTICATE};

use super::Challenge;

/// The longest header that is parsed, in bytes; real ones are below 1,000.
const MAX_FIELD_BYTES: usize = 8_192;
/// The most challenges that are parsed.
const MAX_CHALLENGES: usize = 16;
/// The most schemes and parameters of one header that are parsed; real ones have below 20.
const MAX_PARTS: usize = 256;

impl Challenge {
    /// Parses the Bearer challenges of a response. Other schemes and malformed parts are skipped: a
    /// caller cannot use them.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Vec<Self> {
        let fields = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|f| f.to_str().ok());
        fields.flat_map(Self::parse_all).take(MAX_CHALLENGES).collect()
    }

    /// Parses the Bearer challenges of one header.
    #[must_use]
    pub fn parse_all(field: &str) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        let mut bearer = false;
        if field.len() > MAX_FIELD_BYTES {
            return found;
        }
        let mut rest = field;
        for _ in 0..MAX_PARTS {
            rest = rest.trim_start_matches([' ', '\t', ',']);
            let (name, after) = token(rest);
            if name.is_empty() {
                return found;
            }
            let value = after.trim_start_matches([' ', '\t']).strip_prefix('=');
            match value.and_then(|value| parameter(value.trim_start_matches([' ', '\t']))) {
                Some((value, after)) => {
                    if let Some(challenge) = found.last_mut().filter(|_| bearer) {
                        challenge.set(name, value);
                    }
                    rest = after;
                }
                None if after.starts_with([' ', '\t'])
                    || after.is_empty()
                    || after.starts_with(',') =>
                {
                    bearer = name.eq_ignore_ascii_case("bearer");
                    if bearer {
                        if found.len() == MAX_CHALLENGES {
                            return found;
                        }
                        found.push(Self::default());
                    }
                    rest = token68(after);
                }
                None => return found,
            }
        }
        found
    }

    /// Sets a parameter. The first of repeated ones counts.
    fn set(&mut self, name: &str, value: Cow<'_, str>) {
        let mut places = [
            ("realm", &mut self.realm),
            ("error", &mut self.error),
            ("error_description", &mut self.description),
            ("scope", &mut self.scope),
            ("resource_metadata", &mut self.resource_metadata),
        ];
        if let Some((_, place)) =
            places.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name))
        {
            place.get_or_insert_with(|| value.into());
        }
    }
}

/// Splits a token (RFC 9110 §5.6.2) off the front.
fn token(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !is_token_character(c)).unwrap_or(text.len());
    text.split_at(end)
}

const fn is_token_character(c: char) -> bool {
    matches!(c,
        '0'..='9' | 'A'..='Z' | 'a'..='z' | '!' | '#' | '$' | '%' | '&' | '\'' | '*' | '+' | '-'
        | '.' | '^' | '_' | '`' | '|' | '~')
}

/// Splits a parameter's value off the front, a token or a quoted string.
fn parameter(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = token(text);
        return (!value.is_empty()).then_some((Cow::Borrowed(value), rest));
    };
    let (plain, rest) = quoted.split_at_checked(quoted.find(['"', '\\'])?)?;
    if let Some(rest) = rest.strip_prefix('"') {
        return Some((Cow::Borrowed(plain), rest));
    }
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((value.into(), quoted.get(at + 1..)?)),
            '\\' => value.push(characters.next()?.1),
            c => value.push(c),
        }
    }
    None
}

/// Skips the token68 of a challenge (`Negotiate abcd==`), if it has one.
fn token68(after_scheme: &str) -> &str {
    let text = after_scheme.trim_start_matches([' ', '\t']);
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || "-._~+/".contains(c)))
        .unwrap_or(text.len());
    let (_, rest) = text.split_at(end);
    let rest = rest.trim_start_matches('=');
    let ends = rest.trim_start_matches([' ', '\t']);
    if end > 0 && (ends.is_empty() || ends.starts_with(',')) { rest } else { after_scheme }
}
