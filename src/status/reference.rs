use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::json;

use super::names::{IDX, STATUS, STATUS_LIST, URI};
use crate::json::{self, Member};

/// The greatest index: greater integers are not exact in every reader of JSON (RFC 8259 §6).
const MAX_INDEX: u64 = (1 << 53) - 1;

/// The place of a token's status: its claim `status`.
///
/// ```
/// use tower_bearer::status::StatusReference;
///
/// let claims = r#"{"status":{"status_list":{"idx":7,"uri":"https://issuer.example/lists/1"}}}"#;
/// let reference = StatusReference::read(claims)?.expect("the claims have a status");
/// assert_eq!((reference.index, &*reference.uri), (7, "https://issuer.example/lists/1"));
/// # Ok::<(), tower_bearer::status::MalformedReference>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusReference {
    /// `idx`: the place of the status in its list, at most 2^53 - 1.
    pub index: u64,
    /// `uri`: the address of the list.
    pub uri: Box<str>,
}

/// The claim `status` does not say where a status is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedReference;

impl fmt::Display for MalformedReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`status` has no `status_list` with an index and an address")
    }
}

impl std::error::Error for MalformedReference {}

impl StatusReference {
    /// Reads the claim `status` of a claims set; `None` if there is none. Other members of it are
    /// ignored, but one without a `status_list` is malformed: nobody knows the token's status.
    ///
    /// # Errors
    /// `status` is no object with an object `status_list` of a `uri` and an `idx` from 0 to 2^53 - 1.
    pub fn read(payload: &str) -> Result<Option<Self>, MalformedReference> {
        let status = match json::member(payload, STATUS) {
            None | Some(Member::Null) => return Ok(None),
            Some(Member::Object(status)) => status,
            Some(_) => return Err(MalformedReference),
        };
        let Some(Member::Object(list)) = json::member(status, STATUS_LIST) else {
            return Err(MalformedReference);
        };
        match (json::member(list, IDX), json::member(list, URI)) {
            (Some(Member::Number(index)), Some(Member::Text(uri))) if !uri.is_empty() => {
                let index = index_of(index).ok_or(MalformedReference)?;
                Ok(Some(Self { index, uri: uri.into() }))
            }
            _ => Err(MalformedReference),
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in the range")]
fn index_of(number: f64) -> Option<u64> {
    let is_index = number.fract() == 0.0 && (0.0..=MAX_INDEX as f64).contains(&number);
    is_index.then_some(number as u64)
}

/// Writes the claim `status`.
impl Serialize for StatusReference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json!({STATUS_LIST: {IDX: self.index, URI: &*self.uri}}).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: &str) -> Result<Option<(u64, String)>, MalformedReference> {
        let read = StatusReference::read(&format!("{{\"sub\":\"a\",\"status\":{status}}}"))?;
        Ok(read.map(|reference| (reference.index, reference.uri.into())))
    }

    #[test]
    fn s10_the_claim_status_names_an_index_and_an_address() {
        let found = |index, uri: &str| Ok(Some((index, uri.to_owned())));
        assert_eq!(StatusReference::read("{}"), Ok(None));
        assert_eq!(read("null"), Ok(None));
        assert_eq!(read(r#"{"status_list":{"idx":0,"uri":"a"}}"#), found(0, "a"));
        let most = r#"{"x":1,"status_list":{"uri":"a","idx":9007199254740991,"y":[]}}"#;
        assert_eq!(read(most), found(MAX_INDEX, "a"));
        for malformed in [
            "1",
            "[]",
            "\"status_list\"",
            "{}",
            r#"{"identifier_list":{"id":"1","uri":"a"}}"#,
            r#"{"status_list":null}"#,
            r#"{"status_list":[]}"#,
            r#"{"status_list":{"uri":"a"}}"#,
            r#"{"status_list":{"idx":0}}"#,
            r#"{"status_list":{"idx":0,"uri":""}}"#,
            r#"{"status_list":{"idx":0,"uri":1}}"#,
            r#"{"status_list":{"idx":"0","uri":"a"}}"#,
            r#"{"status_list":{"idx":-1,"uri":"a"}}"#,
            r#"{"status_list":{"idx":0.5,"uri":"a"}}"#,
            r#"{"status_list":{"idx":9007199254740992,"uri":"a"}}"#,
            r#"{"status_list":{"idx":1e300,"uri":"a"}}"#,
        ] {
            assert_eq!(read(malformed), Err(MalformedReference), "{malformed}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let reference = StatusReference { index: 7, uri: "https://issuer.example/l/\"1".into() };
        let payload = json!({"status": reference}).to_string();
        assert_eq!(StatusReference::read(&payload), Ok(Some(reference)));
    }
}
