//! Finds the token in what people paste: a header, a quoted string, folded lines.

/// A token, and what was left out to read it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pasted {
    pub(super) token: String,
    pub(super) left_out: Vec<&'static str>,
}

impl Pasted {
    /// Removes what stands around the token, from outside to inside, until nothing is left to
    /// remove. The line end of a shell is not counted as left out.
    pub(super) fn new(text: &str) -> Self {
        let mut left_out = Vec::new();
        let text = text.strip_suffix('\n').unwrap_or(text);
        let mut token = text.strip_suffix('\r').unwrap_or(text);
        while let Some((what, rest)) = strip(token) {
            if !left_out.contains(&what) {
                left_out.push(what);
            }
            token = rest;
        }
        let mut token = token.to_owned();
        if token.contains(['\r', '\n']) {
            token = token.lines().map(str::trim).collect();
            left_out.push("line breaks");
        }
        Self { token, left_out }
    }
}

/// The outermost part that does not belong to a token, and the text without it.
fn strip(text: &str) -> Option<(&'static str, &str)> {
    let trimmed = text.trim();
    if trimmed.len() < text.len() {
        return Some(("white space", trimmed));
    }
    for (prefix, what) in [
        ("-H ", "`-H`"),
        ("Authorization:", "`Authorization:`"),
        ("Bearer ", "`Bearer`"),
        ("Bearer\n", "`Bearer`"),
        ("\"access_token\":", "`\"access_token\":`"),
        ("access_token=", "`access_token=`"),
    ] {
        if let Some(head) = text.get(..prefix.len())
            && head.eq_ignore_ascii_case(prefix)
        {
            return Some((what, text[prefix.len()..].trim_start()));
        }
    }
    if let Some(rest) = text.strip_suffix([',', ';']) {
        return Some(("punctuation", rest));
    }
    for quote in ['"', '\'', '`'] {
        if let Some(rest) = text.strip_prefix(quote) {
            return Some(("quotes", rest.strip_suffix(quote).unwrap_or(rest)));
        }
        if let Some(rest) = text.strip_suffix(quote) {
            return Some(("quotes", rest));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJ.eyJ9.c2ln";

    #[test]
    fn w45_what_people_paste_is_read() {
        for text in [
            "Bearer eyJ.eyJ9.c2ln",
            "bearer eyJ.eyJ9.c2ln\n\n",
            "Authorization: Bearer eyJ.eyJ9.c2ln",
            "authorization:bearer   eyJ.eyJ9.c2ln\r\n",
            "-H 'Authorization: Bearer eyJ.eyJ9.c2ln'",
            "\"eyJ.eyJ9.c2ln\"",
            "'eyJ.eyJ9.c2ln',",
            "  eyJ.eyJ9.c2ln  ",
            "eyJ.eyJ9.c2ln\r\n\r\n",
            "eyJ.ey\n  J9.c2\r\n\tln\n",
            "Bearer\neyJ.eyJ9.c2ln",
            "\"access_token\": \"eyJ.eyJ9.c2ln\",",
        ] {
            let pasted = Pasted::new(text);
            assert_eq!(pasted.token, TOKEN, "{text:?}");
            assert!(!pasted.left_out.is_empty(), "{text:?}");
        }
    }

    #[test]
    fn w45_the_note_names_what_was_left_out() {
        let left_out = |text: &str| Pasted::new(text).left_out.join(", ");
        assert_eq!(left_out("Authorization: Bearer 'a.b.c'"), "`Authorization:`, `Bearer`, quotes");
        assert_eq!(left_out("a.b\n.c"), "line breaks");
        for text in ["a.b.c", "a.b.c\n", "a.b.c\r\n", "a. b.c", "", "no token"] {
            assert_eq!(left_out(text), "", "{text:?}");
        }
    }
}
