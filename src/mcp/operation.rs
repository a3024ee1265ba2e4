//! Which operation a request asks for: by its headers, or by its body. Pure.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName};

use crate::json;

const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");

/// The first revision whose servers compare the headers with the body (SEP-2243).
const FIRST_COMPARED: &str = "2026-07-28";

/// The most messages of one batch. Revision 2025-03-26 allows batches, and later ones do not.
const MAX_BATCH: usize = 64;

/// What is wrong with a request, as a sentence for its caller.
pub(super) type Unclear = &'static str;

/// One operation of MCP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Operation<'t> {
    /// The method; `None` for the answer to a request of the server.
    pub(super) method: Option<Cow<'t, str>>,
    /// The tool, the prompt or the URI of the resource.
    pub(super) name: Option<Cow<'t, str>>,
}

/// The member of `params` that names what a method is about.
fn name_member(method: &str) -> Option<&'static str> {
    match method {
        "tools/call" | "prompts/get" => Some("name"),
        "resources/read" => Some("uri"),
        _ => None,
    }
}

/// Returns the operation that the headers name.
///
/// # Errors
/// The revision is too old to be compared with the body, or a header is missing or malformed.
pub(super) fn from_headers(headers: &HeaderMap) -> Result<Operation<'_>, Unclear> {
    check_version(headers)?;
    let method = one(headers, &METHOD)?.ok_or("`Mcp-Method` is missing")?;
    let name = match name_member(method) {
        Some(_) => Some(decode(one(headers, &NAME)?.ok_or("`Mcp-Name` is missing")?)?),
        None => None,
    };
    Ok(Operation { method: Some(method.into()), name })
}

/// Checks that the server compares the headers of a request with its body.
///
/// # Errors
/// The revision is too old for that, missing or malformed.
pub(super) fn check_version(headers: &HeaderMap) -> Result<(), Unclear> {
    let version = one(headers, &VERSION)?.ok_or("`MCP-Protocol-Version` is missing")?;
    match version {
        _ if !is_date(version) => Err("`MCP-Protocol-Version` is malformed"),
        _ if version < FIRST_COMPARED => Err("`MCP-Protocol-Version` is older than 2026-07-28"),
        _ => Ok(()),
    }
}

/// Returns the operations that a body asks for: several for a batch.
///
/// # Errors
/// The body is not JSON, or does not say clearly what it asks for.
pub(super) fn from_body(body: &[u8]) -> Result<Vec<Operation<'_>>, Unclear> {
    let text = std::str::from_utf8(body).map_err(|_| "the body is not JSON")?;
    let mut messages = Vec::new();
    if text.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('[') {
        let mut count = 0_usize;
        let read = json::elements(text, &mut |message| {
            count += 1;
            if count <= MAX_BATCH {
                messages.push(message);
            }
        });
        read.map_err(|_| "the body is not JSON")?;
        if count == 0 || count > MAX_BATCH {
            return Err("the body is a batch of no message, or of more than 64");
        }
    } else {
        messages.push(text);
    }
    messages.into_iter().map(from_message).collect()
}

fn from_message(message: &str) -> Result<Operation<'_>, Unclear> {
    let [method, params] = members(message, ["method", "params"])?;
    let Some(method) = method else { return Ok(Operation { method: None, name: None }) };
    let method = json::string(method).ok_or("`method` is not a string")?;
    let name = match (name_member(&method), params) {
        (None, _) => None,
        (Some(_), None) => return Err("`params` is missing"),
        (Some(member), Some(params)) => {
            let [name] = members(params, [member])?;
            let name = name.and_then(json::string);
            Some(name.ok_or("the name of the tool or prompt, or the URI, is not a string")?)
        }
    };
    Ok(Operation { method: Some(method), name })
}

/// Returns the members of these names as JSON text.
///
/// # Errors
/// It is not an object, or one of the names occurs twice: two readers could take different ones.
fn members<'t, const N: usize>(
    object: &'t str,
    names: [&str; N],
) -> Result<[Option<&'t str>; N], Unclear> {
    let mut found = [None; N];
    let mut is_repeated = false;
    json::read_raw(object, &mut |member, value| {
        for (name, place) in names.iter().zip(&mut found) {
            if member == *name {
                is_repeated |= place.replace(value).is_some();
            }
        }
    })
    .map_err(|_| "the body is not a message of JSON-RPC")?;
    if is_repeated {
        return Err("a member of the body occurs twice");
    }
    Ok(found)
}

/// Checks that headers, as far as a request has them, name the operations of its body.
///
/// # Errors
/// They differ, or one is malformed.
pub(super) fn check_headers(headers: &HeaderMap, body: &[Operation<'_>]) -> Result<(), Unclear> {
    let method = one(headers, &METHOD)?;
    let name = one(headers, &NAME)?.map(decode).transpose()?;
    if method.is_none() && name.is_none() {
        return Ok(());
    }
    let [operation] = body else { return Err("a batch has no `Mcp-Method`") };
    if method.is_some() && method != operation.method.as_deref() {
        return Err("`Mcp-Method` differs from the body");
    }
    match (&name, &operation.name) {
        (Some(header), Some(body)) if header != body => Err("`Mcp-Name` differs from the body"),
        _ => Ok(()),
    }
}

/// Returns the value of a header that may occur once, as visible ASCII and spaces between.
fn one<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, Unclear> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err("a header that names the operation occurs twice");
    }
    // A server may trim what HTTP/2 lets through, and would then compare another value.
    let value = value.to_str().ok().filter(|text| !text.contains('\t') && text.trim() == *text);
    value.map(Some).ok_or("a header that names the operation is malformed")
}

/// Decodes `=?base64?..?=`, the form of a value that is not plain ASCII. The markers are
/// case-sensitive; any other value stands for itself.
fn decode(value: &str) -> Result<Cow<'_, str>, Unclear> {
    let Some(encoded) = value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?="))
    else {
        return Ok(value.into());
    };
    let bytes = STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    bytes.map(Cow::Owned).ok_or("`Mcp-Name` is not base64 of UTF-8")
}

/// Returns true for a date such as `2026-07-28`, by which revisions are named: they sort as text.
fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
        let field = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), value.parse().unwrap())
        };
        fields.iter().map(field).collect()
    }

    fn call(name: &str) -> Result<String, Unclear> {
        let headers = headers(&[
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", "tools/call"),
            ("mcp-name", name),
        ]);
        from_headers(&headers).map(|operation| operation.name.unwrap().into_owned())
    }

    #[test]
    fn a_name_may_be_base64_between_markers_that_have_a_case() {
        assert_eq!(call("write").unwrap(), "write");
        assert_eq!(call("=?base64?5pu444GP?=").unwrap(), "\u{66f8}\u{304f}");
        assert_eq!(call("=?base64??=").unwrap(), "");
        assert_eq!(call("=?BASE64?d3JpdGU=?=").unwrap(), "=?BASE64?d3JpdGU=?=");
        assert_eq!(call("=?base64?d3JpdGU=").unwrap(), "=?base64?d3JpdGU=");
        for bad in ["=?base64?d3JpdGU?=", "=?base64?d3Jp dGU=?=", "=?base64?/w==?=", " write"] {
            assert!(call(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_revisions_whose_servers_compare_are_read() {
        for (version, is_read) in [
            ("2026-07-28", true),
            ("2027-01-01", true),
            ("2026-07-27", false),
            ("2025-11-25", false),
            ("2026-7-28", false),
            ("9", false),
            ("draft", false),
        ] {
            let headers =
                headers(&[("mcp-protocol-version", version), ("mcp-method", "tools/list")]);
            assert_eq!(from_headers(&headers).is_ok(), is_read, "{version}");
        }
        assert!(from_headers(&headers(&[("mcp-method", "tools/list")])).is_err());
    }

    #[test]
    fn a_body_says_its_operations() {
        let name = |body: &str| {
            let operations = from_body(body.as_bytes())?;
            let shown = |it: &Operation<'_>| {
                format!(
                    "{} {}",
                    it.method.as_deref().unwrap_or("-"),
                    it.name.as_deref().unwrap_or("-")
                )
            };
            Ok::<_, Unclear>(operations.iter().map(shown).collect::<Vec<_>>().join(", "))
        };
        let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
        for (body, expected) in [
            (r#"{"method":"tools/list"}"#, "tools/list -"),
            (r#"{"method":"tools/call","params":{"n\u0061me":"a"}}"#, "tools/call a"),
            (r#" {"params":{"uri":"b"},"method":"resources/read"}"#, "resources/read b"),
            (r#"{"result":{}}"#, "- -"),
            (
                r#"[{"method":"ping"},{"method":"prompts/get","params":{"name":"c"}}]"#,
                "ping -, prompts/get c",
            ),
        ] {
            assert_eq!(name(body).unwrap(), expected);
        }
        let nested =
            format!(r#"{{"method":"tools/call","params":{{"arguments":{deep},"name":"a"}}}}"#);
        assert_eq!(name(&nested).unwrap(), "tools/call a");
        for bad in [
            "",
            "[]",
            "\"tools/list\"",
            "{\"method\":\"tools/list\"} x",
            "\u{feff}{\"method\":\"tools/list\"}",
            r#"{"method":1}"#,
            r#"{"method":"tools/call"}"#,
            r#"{"method":"tools/call","params":[]}"#,
            r#"{"method":"tools/call","params":{"name":1}}"#,
            r#"{"method":"tools/call","params":{"uri":"a"}}"#,
            r#"{"method":"tools/list","method":"tools/call","params":{"name":"a"}}"#,
            r#"{"method":"tools/call","params":{"name":"a","n\u0061me":"b"}}"#,
            r#"{"method":"tools/call","params":{"name":"a"},"params":{"name":"b"}}"#,
            r#"[{"method":"tools/list"},1]"#,
        ] {
            assert!(name(bad).is_err(), "{bad}");
        }
        let batch = |count: usize| format!("[{}]", vec![r#"{"method":"ping"}"#; count].join(","));
        assert!(name(&batch(MAX_BATCH)).is_ok() && name(&batch(MAX_BATCH + 1)).is_err());
    }

    #[test]
    fn headers_beside_a_body_say_the_same() {
        let body = from_body(br#"{"method":"tools/call","params":{"name":"write"}}"#).unwrap();
        let check = |fields: &[(&'static str, &str)]| check_headers(&headers(fields), &body);
        assert!(check(&[]).is_ok());
        assert!(check(&[("mcp-method", "tools/call"), ("mcp-name", "write")]).is_ok());
        assert!(check(&[("mcp-name", "=?base64?d3JpdGU=?=")]).is_ok());
        assert!(check(&[("mcp-method", "tools/call"), ("mcp-name", "read")]).is_err());
        assert!(check(&[("mcp-method", "tools/list")]).is_err());
        assert!(check(&[("mcp-name", "write"), ("mcp-name", "write")]).is_err());
    }
}
