use tower_bearer::claims::{Audience, Issuer, MAX_IDENTIFIER_BYTES};

#[test]
fn r30_an_issuer_or_audience_has_at_most_2048_bytes() {
    let text = |length: usize| "a".repeat(length);
    assert_eq!(MAX_IDENTIFIER_BYTES, 2_048);
    assert_eq!(Issuer::new(text(2_048)).unwrap().as_str(), text(2_048));
    assert!(Issuer::new(text(2_049)).unwrap_err().to_string().contains("2,048 bytes"));
    assert!(Audience::try_from(text(2_048)).is_ok());
    assert!(Audience::try_from(text(2_049)).is_err());
}

#[test]
fn r44_what_no_token_could_hold_is_no_issuer_and_says_so() {
    for (text, fault) in [
        ("", "the issuer is empty; give the issuer exactly as it is in the tokens"),
        ("https://a\n", "white space or a control character"),
        (" https://a", "white space or a control character"),
        ("https://a\u{a0}", "white space or a control character"),
        ("https://a\u{7f}", "white space or a control character"),
    ] {
        let error = Issuer::try_from(text).unwrap_err().to_string();
        assert!(error.contains(fault), "{error}");
    }
    assert_eq!(Audience::new("").unwrap_err().to_string().matches("the audience").count(), 2);
    assert!(Issuer::new("https://\u{e9}.example").is_ok());
}
