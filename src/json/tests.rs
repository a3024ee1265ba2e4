use super::*;

fn members(text: &str) -> Result<Vec<String>, JsonFault> {
    let mut seen = Vec::new();
    read(text, &mut |name, value| seen.push(format!("{name}={value:?}"))).map(|()| seen)
}

/// The value of the only member, which is of one kind.
fn only<T>(text: &str, kind: impl Fn(Member<'_>) -> Option<T>) -> Result<T, JsonFault> {
    let mut found = None;
    read(text, &mut |_, value| found = kind(value)).map(|()| found.expect("a value of this kind"))
}

fn nested(depth: usize) -> String {
    format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth))
}

#[test]
fn values_come_in_order_and_borrow_from_the_text() {
    assert_eq!(
        members(r#"{"s":"x","n":1.5,"b":true,"a":["x","y"],"m":["x",1],"o":{},"z":null}"#),
        Ok(["s=Text(\"x\")", "n=Number(1.5)", "b=Bool(true)", "a=Texts([\"x\", \"y\"])"]
            .into_iter()
            .chain(["m=Array(\"[\\\"x\\\",1]\")", "o=Object(\"{}\")", "z=Null"])
            .map(str::to_owned)
            .collect())
    );
}

#[test]
fn r23_duplicate_member_names_are_refused_at_every_depth() {
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"\u0061":1}"#,
        r#"{"o":{"a":1,"a":2}}"#,
        r#"{"o":[{"a":1,"a":2}]}"#,
        r#"{"":1,"":1}"#,
    ] {
        assert_eq!(members(text), Err(JsonFault::Duplicate), "{text}");
        assert!(members(&text.replacen("\":1", "b\":1", 1)).is_ok(), "{text}");
    }
}

#[test]
fn r22_what_is_not_one_object_is_refused() {
    for text in ["", "[]", "1", "\"{}\"", "{}{}", "{},", "\u{feff}{}", "{\"a\":1,}", "{'a':1}"] {
        assert_eq!(members(text), Err(JsonFault::Syntax), "{text}");
    }
    assert!(members(" {} ").is_ok());
}

#[test]
fn r30_depth_and_number_of_members_are_bounded() {
    assert!(members(&nested(MAX_DEPTH - 1)).is_ok());
    assert_eq!(members(&nested(MAX_DEPTH)), Err(JsonFault::TooDeep));
    assert_eq!(members(&nested(20_000)), Err(JsonFault::TooDeep));
    let wide = |n: usize| {
        let all: Vec<_> = (0..n).map(|i| format!("\"{i}\":0")).collect();
        format!("{{{}}}", all.join(","))
    };
    assert!(members(&wide(MAX_MEMBERS)).is_ok());
    assert_eq!(members(&wide(MAX_MEMBERS + 1)), Err(JsonFault::TooMany));
}

#[test]
fn numbers_are_those_of_json_and_as_near_as_an_f64_can_be() {
    let number = |text: &str| {
        only(&format!("{{\"n\":{text}}}"), |value| match value {
            Member::Number(number) => Some(number),
            _ => None,
        })
    };
    for (text, value) in [
        ("0", 0.0),
        ("-0", 0.0),
        ("7", 7.0),
        ("-7", -7.0),
        ("0.5", 0.5),
        ("123.0625", 123.0625),
        ("999999999999999", 999_999_999_999_999.0),
        ("9007199254740993", 9_007_199_254_740_992.0),
        ("18446744073709551616", 18_446_744_073_709_551_616.0),
        ("1e3", 1_000.0),
        ("25E-2", 0.25),
        ("0e+0", 0.0),
        ("1e-999", 0.0),
    ] {
        assert_eq!(number(text), Ok(value), "{text}");
        assert_eq!(number(&format!(" {text} ")), Ok(value), "{text}");
    }
    for wrong in [
        "-",
        "+1",
        "01",
        "-01",
        "00",
        "1.",
        ".5",
        "1.e3",
        "1e",
        "1e+",
        "0x10",
        "1_0",
        "1e309",
        "1 2",
        "--1",
        "NaN",
        "-Infinity",
        "1\u{660}",
    ] {
        assert_eq!(number(wrong), Err(JsonFault::Syntax), "{wrong}");
    }
}

#[test]
fn strings_are_unescaped_and_end_where_they_end() {
    let text = |inside: &str| {
        only(&format!("{{\"s\":\"{inside}\"}}"), |value| match value {
            Member::Text(text) => Some(text.into_owned()),
            _ => None,
        })
    };
    for (inside, value) in [
        ("", ""),
        ("a", "a"),
        ("1234567", "1234567"),
        ("12345678", "12345678"),
        ("123456789 and more", "123456789 and more"),
        ("\u{7f}\u{e9}\u{20ac}\u{1d11e}", "\u{7f}\u{e9}\u{20ac}\u{1d11e}"),
        (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
        (r"a\u00e9b\u20ACc", "a\u{e9}b\u{20ac}c"),
        (r"\uD834\uDD1E!", "\u{1d11e}!"),
        (r"\u0000", "\0"),
    ] {
        assert_eq!(text(inside).as_deref(), Ok(value), "{inside}");
    }
    for wrong in [
        "\0",
        "\u{1f}",
        "a\nb",
        "12345678\t",
        "\\",
        r"\a",
        r"\x41",
        r"\U0041",
        r"\u",
        r"\u12",
        r"\u12g4",
        r"\u+123",
        r"\u 123",
        r"\u00\u{e9}",
        r"\ud834",
        r"\ud834x",
        r"\ud834\n",
        r"\ud834\u0041",
        r"\udd1e",
        r"\udd1e\ud834",
        "\"",
        "a\"b",
        "\\\u{e9}",
    ] {
        assert_eq!(text(wrong), Err(JsonFault::Syntax), "{wrong}");
    }
}

#[test]
fn white_space_is_that_of_json_and_stands_between_words_only() {
    let spaced = " \n{\t\"a\" :\r[ \"x\" , \"y\" ] , \"b\" : {} , \"c\" : [ ] } \n";
    assert_eq!(members(spaced), members(r#"{"a":["x","y"],"b":{},"c":[]}"#));
    for wrong in ["{\u{c}}", "{\u{a0}}", "{}\0", "{\"a\":t rue}", "{\"a\":1 0}", "\u{b}{}"] {
        assert_eq!(members(wrong), Err(JsonFault::Syntax), "{wrong:?}");
    }
}

#[test]
fn what_is_cut_off_anywhere_is_refused() {
    let whole = r#"{"a":["x",{"b":-1.5e3}],"c":"\u00e9\"","d":[true,false,null],"e":{}}"#;
    assert!(members(whole).is_ok());
    for end in 0..whole.len() {
        assert_eq!(members(&whole[..end]), Err(JsonFault::Syntax), "{}", &whole[..end]);
    }
}

#[test]
fn duplicates_are_found_among_many_names() {
    let wide = |last: &str| {
        let all: Vec<_> = (0..100).map(|i| format!("\"{i}\":0")).collect();
        format!("{{{},\"{last}\":0}}", all.join(","))
    };
    for name in ["0", "15", "16", "99", r"\u0035\u0030"] {
        assert_eq!(members(&wide(name)), Err(JsonFault::Duplicate), "{name}");
    }
    assert!(members(&wide("100")).is_ok());
}

#[test]
fn the_limit_of_members_can_be_set() {
    let count = |text: &str, limit| {
        let mut count = 0;
        read_with_limit(text, limit, &mut |_, _| count += 1).map(|()| count)
    };
    assert_eq!(count(r#"{"a":1,"b":2}"#, 2), Ok(2));
    assert_eq!(count(r#"{"a":1,"b":2,"c":3}"#, 2), Err(JsonFault::TooMany));
    assert_eq!(count(r#"{"o":{"a":1,"b":2,"c":3}}"#, 2), Err(JsonFault::TooMany));
}

fn raw_members(text: &str) -> Result<Vec<String>, JsonFault> {
    let mut seen = Vec::new();
    read_raw(text, &mut |name, value| seen.push(format!("{name}={value}"))).map(|()| seen)
}

#[test]
fn raw_values_are_the_text_between_the_words_around_them() {
    let text = r#" { "a" : [1, {"b":2,"b":[]} , {}] ,"a":{"c":"]"} , "d\n" : -1.5e2,"e":null} "#;
    let expected = ["a=[1, {\"b\":2,\"b\":[]} , {}]", "a={\"c\":\"]\"}", "d\n=-1.5e2", "e=null"];
    assert_eq!(raw_members(text), Ok(expected.map(str::to_owned).to_vec()));
    let mut items = Vec::new();
    elements(r#" [ 1, [2 ] , "x"] "#, &mut |item| items.push(item)).unwrap();
    assert_eq!(items, ["1", "[2 ]", "\"x\""]);
    for end in 0..text.len() - 2 {
        assert!(raw_members(&text[..end]).is_err(), "{}", &text[..end]);
    }
    for fine in [r#"{"a":[1e999,"\ud800","\u0000\/"]}"#, r#"{"a":{"\udd00":-0.0E-0}}"#] {
        assert!(raw_members(fine).is_ok(), "{fine}");
    }
    for wrong in [r#"{"a":"\x"}"#, r#"{"a":"\u12"}"#, r#"{"a":01}"#, r#"{"a":"}"#] {
        assert!(raw_members(wrong).is_err(), "{wrong}");
    }
    for wrong in [r#"{"a":[1,]}"#, r#"{"a":[}]}"#, r#"{"a":{1:2}}"#, r#"{"a":[1 2]}"#, "[]"] {
        assert!(raw_members(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn r30_raw_values_may_nest_without_end_and_cost_no_stack() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(raw_members(&deep).map(|members| members.len()), Ok(1));
}

#[test]
fn a_value_inside_another_is_checked_as_one_that_is_read() {
    let digits = |count: usize| "9".repeat(count);
    let numbers = [
        "0", "-0", "01", "-", "1.", ".5", "1.5e3", "1e+99", "1e99", "1e100", "1e308", "1e309",
        "-1e400", "1E", "1e+", "0e0", "1e-999", "0.0e5000",
    ];
    let strings = [
        r#""""#,
        r#""a""#,
        r#""\u0061""#,
        r#""\ud834\udd1e""#,
        r#""\ud834""#,
        r#""\udd1e""#,
        r#""\ud834a""#,
        r#""\u12g4""#,
        r#""\x""#,
        "\"\u{1}\"",
        r#""a"#,
        r#""\""#,
        "\"\u{e9}\"",
    ];
    let long = [digits(200), digits(201), digits(308), digits(310), format!("0.{}", digits(400))];
    let mut verdicts = [0, 0];
    for value in numbers.into_iter().chain(strings).chain(long.iter().map(String::as_str)) {
        let outer = members(&format!("{{\"x\":{value}}}")).is_ok();
        for inner in [format!("[{value}]"), format!("{{\"y\":{value}}}"), format!("[[0,{value}]]")]
        {
            assert_eq!(members(&format!("{{\"x\":{inner}}}")).is_ok(), outer, "{inner}");
        }
        verdicts[usize::from(outer)] += 1;
    }
    assert_eq!(verdicts, [17, 19], "some are valid and some are not");
}
