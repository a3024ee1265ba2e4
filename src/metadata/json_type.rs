use http::{HeaderMap, header::CONTENT_TYPE};

/// Checks that a response's body is `application/json` or of a `+json` type (RFC 6839 §3.1). The
/// error names the type that came.
pub(crate) fn check_json_type(headers: &HeaderMap) -> Result<(), String> {
    let mut fields = headers.get_all(CONTENT_TYPE).iter();
    let came = match (fields.next(), fields.next()) {
        (None, _) => "without a content type".to_owned(),
        (Some(_), Some(_)) => "of two content types".to_owned(),
        (Some(field), None) => {
            let text = field.to_str().unwrap_or_default();
            let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            if essence == "application/json" || essence.ends_with("+json") {
                return Ok(());
            }
            format!("{:?}", essence.chars().take(100).collect::<String>())
        }
    };
    Err(format!("the answer is {came}, and should be application/json"))
}
