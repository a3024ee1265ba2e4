//! The challenge as its caller reads it, and as an API writes it.

use http::{HeaderMap, HeaderValue, header::WWW_AUTHENTICATE};
use tower_bearer::challenge::Challenge;

/// The realms of the Bearer challenges in a field; `-` where there is none.
fn realms(field: &str) -> Vec<String> {
    let read = Challenge::parse_all(field);
    read.iter().map(|challenge| challenge.realm().unwrap_or("-").to_owned()).collect()
}

#[test]
fn what_is_written_is_read_again() {
    let written = Challenge::new("maps")
        .with_error("insufficient_scope", "the token lacks a required scope")
        .with_scope("geocode:location directions")
        .with_resource_metadata("https://api.example/.well-known/oauth-protected-resource");
    let field = written.to_header_value();
    let [read] = &Challenge::parse_all(field.to_str().unwrap())[..] else { panic!("one") };
    assert_eq!(*read, written);
    assert_eq!(read.realm(), Some("maps"));
    assert_eq!(read.error(), Some("insufficient_scope"));
    assert_eq!(read.description(), Some("the token lacks a required scope"));
    assert_eq!(read.scope(), Some("geocode:location directions"));
    let metadata = "https://api.example/.well-known/oauth-protected-resource";
    assert_eq!(read.resource_metadata(), Some(metadata));
}

#[test]
fn r10_a_challenge_without_parameters_gets_an_empty_realm() {
    assert_eq!(Challenge::default().to_header_value(), "Bearer realm=\"\"");
    assert_eq!(Challenge::new("a").to_header_value(), "Bearer realm=\"a\"");
}

#[test]
fn r14_characters_outside_the_alphabet_are_left_out() {
    let written = Challenge::new("a\"b\\c\r\nx: y\u{e9}\u{7f}!#[]~ ");
    assert_eq!(written.to_header_value(), "Bearer realm=\"abcx: y!#[]~ \"");
}

#[test]
fn the_challenges_of_other_schemes_are_passed_over() {
    for (field, expected) in [
        ("Basic realm=\"x\"", &[][..]),
        ("Bearer realm=a", &["a"]),
        ("bEaReR realm=\"a\"", &["a"]),
        ("Basic realm=\"x\", Bearer realm=\"a\"", &["a"]),
        ("Bearer realm=\"a\", Basic realm=\"x\"", &["a"]),
        ("Negotiate abc-._~+/9==, Bearer realm=\"a\"", &["a"]),
        ("Negotiate abcd== , Bearer realm=\"a\"", &["a"]),
        ("Negotiate, Bearer realm=\"a\"", &["a"]),
        ("DPoP algs=\"ES256\",Bearer realm=\"a\",Bearer realm=\"b\"", &["a", "b"]),
        ("Bearer realm=\"a, Bearer realm=b\"", &["a, Bearer realm=b"]),
        ("Bearer, Bearer realm=\"b\"", &["-", "b"]),
        ("Bearer", &["-"]),
        ("Bearer \t realm \t= \t\"a\"", &["a"]),
        (", ,\tBearer realm=a,,", &["a"]),
        ("", &[]),
    ] {
        assert_eq!(realms(field), expected, "{field}");
    }
}

#[test]
fn a_quoted_string_ends_at_its_quote_and_escapes_one_character() {
    let read = |field: &str| Challenge::parse_all(field)[0].clone();
    assert_eq!(read(r#"Bearer realm="a\"b\\c", error="e""#).realm(), Some(r#"a"b\c"#));
    assert_eq!(read(r#"Bearer realm="a\"b\\c", error="e""#).error(), Some("e"));
    assert_eq!(read("Bearer realm=\"\u{e9}\", error=\"e\"").error(), Some("e"));
}

#[test]
fn of_a_repeated_parameter_the_first_counts_and_unknown_ones_are_ignored() {
    let field = "Bearer x=y, REALM=\"a\", realm=\"b\", scope=\"s\", error_uri=\"u\", Scope=t";
    let [read] = &Challenge::parse_all(field)[..] else { panic!("one") };
    assert_eq!((read.realm(), read.scope()), (Some("a"), Some("s")));
    assert_eq!((read.error(), read.description()), (None, None));
}

#[test]
fn reading_ends_at_what_is_malformed_and_keeps_what_came_before() {
    for field in [
        "Bearer realm=\"a\", error=\"unterminated",
        "Bearer realm=\"a\", error=\"escape at the end\\",
        "Bearer realm=\"a\", error=",
        "Bearer realm=\"a\", (comment), Bearer realm=\"b\"",
        "Bearer realm=\"a\", x@y, Bearer realm=\"b\"",
    ] {
        assert_eq!(realms(field), ["a"], "{field}");
        assert_eq!(Challenge::parse_all(field)[0].error(), None, "{field}");
    }
}

#[test]
fn r30_a_field_is_read_up_to_8_kib() {
    let field = |length: usize| {
        let rest = length - "Bearer realm=\"\"".len();
        format!("Bearer realm=\"{}\"", "a".repeat(rest))
    };
    assert_eq!(realms(&field(8_192)).len(), 1);
    assert_eq!(realms(&field(8_193)).len(), 0);
    let wide = format!("{}\u{e9}", field(8_191));
    assert_eq!(wide.len(), 8_193);
    assert_eq!(realms(&wide).len(), 0, "cut in the middle of a character");
}

#[test]
fn r30_at_most_16_challenges_are_read() {
    let field = |count: usize| vec!["Bearer realm=a"; count].join(", ");
    assert_eq!(realms(&field(16)).len(), 16);
    assert_eq!(realms(&field(17)), vec!["a"; 16], "and the last has its parameters");
    let mut headers = HeaderMap::new();
    for _ in 0..17 {
        headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=a"));
    }
    assert_eq!(Challenge::from_headers(&headers).len(), 16);
}

#[test]
fn a_header_has_at_most_256_schemes_and_parameters() {
    let field = |parameters: usize| format!("Bearer {}realm=\"a\"", "x=y, ".repeat(parameters));
    assert_eq!(realms(&field(254)), ["a"]);
    assert_eq!(realms(&field(255)), ["-"]);
}

#[test]
fn a_response_may_have_several_fields_and_one_that_is_no_text_is_passed_over() {
    let mut headers = HeaderMap::new();
    headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=x"));
    headers.append(WWW_AUTHENTICATE, HeaderValue::from_bytes(b"Bearer realm=\xff").unwrap());
    headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=a"));
    assert_eq!(Challenge::from_headers(&headers), [Challenge::new("a")]);
}
