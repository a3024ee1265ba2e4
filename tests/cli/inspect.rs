//! `token inspect`

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use tower_bearer::{
    algorithm::Algorithm,
    key::{SigningKey, public_jwk_set},
};

use crate::{
    folder::{Folder, Run},
    vectors::{vectors, vectors_json},
};

const NOW: u64 = 1_800_000_000;

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name}"))
}

/// The exit status and every line agree with what the verifier is known to say.
#[test]
fn hostile_tokens_get_the_verdict_of_the_verifier() {
    let Some(document) = vectors_json("hostile-tokens.json") else { return };
    let folder = Folder::new();
    std::fs::write(folder.path("jwks.json"), vectors("hostile-tokens-jwks.json").unwrap()).unwrap();
    let names = document["allowed_algs"].as_array().unwrap().iter().map(|name| name.as_str());
    let algorithms = names.map(Option::unwrap).collect::<Vec<_>>().join(",");
    let now = document["now"].to_string();
    let mut wrong = BTreeMap::new();
    let cases = document["cases"].as_array().unwrap();
    for case in cases {
        let (id, token) = (case["id"].as_u64().unwrap(), text(case, "token"));
        // Over 8 KiB, which is more than a token may have here.
        let expected = match text(case, "expect") {
            _ if id == 357 => "reject",
            // A scope claim that is an array is read.
            _ if id == 353 => "accept",
            // The program joins the lines of what was pasted; the verifier refuses it (W45).
            _ if token.contains('\n') => "accept",
            expected => expected,
        };
        // The end of a last line is the shell's, not the token's.
        let input = format!("{token}\n");
        let run = folder.told(
            &input,
            &[
                "token",
                "inspect",
                "-",
                "--json",
                "--jwks",
                "jwks.json",
                "--issuer",
                text(&document, "issuer"),
                "--audience",
                text(&document, "audience"),
                "--scope",
                text(&document, "required_scope"),
                "--algorithms",
                &algorithms,
                "--at",
                &now,
            ],
        );
        if let Err(why) = right(&run, expected, token) {
            wrong.insert(id, format!("{}: {why}: {run:?}", text(case, "name")));
        }
    }
    assert_eq!(wrong, BTreeMap::new(), "{} of {} rows", wrong.len(), cases.len());
    assert_eq!(cases.len(), 219);
}

fn right(run: &Run, expected: &str, token: &str) -> Result<(), &'static str> {
    let malformed = run.code == Some(4) && expected == "reject";
    if run.code != Some(i32::from(expected != "accept")) && !malformed {
        return Err("another exit status");
    }
    let report: Value = serde_json::from_str(&run.out).map_err(|_| "no JSON")?;
    let outcomes: Vec<_> = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| (text(check, "check"), text(check, "outcome")))
        .collect();
    let failed = outcomes.iter().position(|(_, outcome)| *outcome == "failed");
    match (failed, expected) {
        (None, "accept") => {}
        (Some(at), "forbidden") if outcomes[at].0 == "scope" => {}
        (Some(at), "reject") if outcomes[at].0 != "scope" => {
            if outcomes[at + 1..].iter().any(|(_, outcome)| *outcome != "not reached") {
                return Err("a check was made after one that failed");
            }
        }
        _ => return Err("another check fails"),
    }
    // Neither the token nor its signature is shown.
    let signature = token.rsplit('.').next().unwrap_or_default();
    if signature.len() > 20 && run.out.contains(signature) {
        return Err("the signature is shown");
    }
    Ok(())
}

/// A token of these texts.
pub(crate) fn sign(key: &SigningKey, header: &str, claims: &str) -> String {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let signed = format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()));
    format!("{signed}.{}", encode(&key.sign(signed.as_bytes()).unwrap()))
}

/// A token that was signed here, and what it is judged by.
struct Case {
    folder: Folder,
    key: SigningKey,
}

impl Case {
    fn new() -> Self {
        let (folder, key) = (Folder::new(), SigningKey::generate(Algorithm::ES256).unwrap());
        let key = key.with_kid("of-the-test");
        folder.write("jwks.json", &public_jwk_set([&key]));
        Self { folder, key }
    }

    fn sign(&self, header: &str, claims: &str) -> String {
        sign(&self.key, header, claims)
    }

    fn good(&self) -> String {
        self.sign(
            r#"{"typ":"at+jwt","alg":"ES256","kid":"of-the-test"}"#,
            r#"{"iss":"https://issuer.example","aud":"urn:api","sub":"somebody","client_id":"caller","iat":1800000000,"exp":1800003600,"jti":"1","scope":"announce:read"}"#,
        )
    }

    fn judge(&self, token: &str, more: &str) -> Run {
        let at = NOW.to_string();
        let words = [
            "token",
            "inspect",
            "-",
            "--jwks",
            "jwks.json",
            "--issuer",
            "https://issuer.example",
            "--audience",
            "urn:api",
            "--at",
            &at,
        ];
        let more = more.split(' ').filter(|word| !word.is_empty());
        self.folder.told(token, &words.into_iter().chain(more).collect::<Vec<_>>())
    }
}

#[test]
fn a_token_that_is_admitted_is_explained_check_by_check() {
    let case = Case::new();
    let run = case.judge(&case.good(), "--scope announce:7:read --strict --max-age 1h");
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{run:?}");
    insta::assert_snapshot!(run.out);
}

#[test]
fn a_token_that_is_refused_shows_both_sides_of_what_differs() {
    let case = Case::new();
    let run = case.judge(&case.good(), "--audience urn:other");
    assert_eq!(run.code, Some(0), "one of several audiences: {run:?}");
    let other = case.sign(
        r#"{"typ":"at+jwt","alg":"ES256","kid":"of-another"}"#,
        r#"{"iss":"https://issuer.example","aud":"urn:api","exp":1800003600}"#,
    );
    let run = case.judge(&other, "--scope announce:read");
    assert_eq!((run.code, run.err.as_str()), (Some(1), ""), "{run:?}");
    insta::assert_snapshot!(run.out);
}

#[test]
fn each_setting_of_the_verifier_has_its_option() {
    let case = Case::new();
    let good = case.good();
    for (more, code) in [
        ("", 0),
        ("--algorithms RS256,ES256", 0),
        ("--algorithms RS256", 1),
        ("--at 1800003629", 0),
        ("--at 1800003630", 1),
        ("--at 1800003600 --leeway 0s", 1),
        ("--at 1800003599 --leeway 0s", 0),
        ("--at 1800000100 --max-age 60s", 1),
        ("--scope announce:7:read", 0),
        ("--scope announce:7:read --exact", 1),
        ("--scope announce:read --exact", 0),
        ("--scope announce:read --scope-claim scp", 1),
        ("--scope announce:read --scope announce:create", 1),
    ] {
        // The last one of two counts.
        let judged = case.judge(&good, more.strip_prefix("--at ").map_or(more, |_| ""));
        let run = match more.strip_prefix("--at ") {
            None => judged,
            Some(rest) => {
                let (at, rest) = rest.split_once(' ').unwrap_or((rest, ""));
                let words = [
                    "token",
                    "inspect",
                    &good,
                    "--jwks",
                    "jwks.json",
                    "--issuer",
                    "https://issuer.example",
                    "--audience",
                    "urn:api",
                    "--at",
                    at,
                ];
                let rest = rest.split(' ').filter(|word| !word.is_empty());
                case.folder.told("", &words.into_iter().chain(rest).collect::<Vec<_>>())
            }
        };
        assert_eq!(run.code, Some(code), "{more}: {run:?}");
    }
    let bare = case.sign(
        r#"{"alg":"ES256"}"#,
        r#"{"iss":"https://issuer.example","aud":"urn:api","exp":1800003600}"#,
    );
    assert_eq!(case.judge(&bare, "").code, Some(0));
    let run = case.judge(&bare, "--strict");
    assert_eq!(run.code, Some(1), "{run:?}");
}

#[test]
fn a_token_alone_is_shown_and_not_judged() {
    let case = Case::new();
    let run = case.folder.told(&case.good(), &["token", "inspect", "-", "--at", "1800000060"]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{run:?}");
    insta::assert_snapshot!(run.out);
    for nothing in ["", "a.b.c", "no token", "e30.e30"] {
        let run = case.folder.told(nothing, &["token", "inspect", "-"]);
        assert_eq!(run.code, Some(4), "{nothing}: {run:?}");
        assert!(run.err.starts_with("error: not a JWT: "), "{run:?}");
    }
}

/// What a token says cannot move a cursor, or turn the direction of writing.
#[test]
fn a_token_cannot_write_to_the_terminal_as_it_likes() {
    let case = Case::new();
    let token = case.sign(
        r#"{"alg":"ES256","kid":"\u001b[2J\u202eevil\u009b"}"#,
        r#"{"iss":"\u001b]0;title\u0007","aud":"\u007f\u2066","exp":1}"#,
    );
    for run in [
        case.folder.told(&token, &["token", "inspect", "-"]),
        case.judge(&token, ""),
        case.judge(&token, "--json"),
    ] {
        let harmful = |c: char| {
            (c.is_control() && c != '\n')
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        assert!(!run.out.contains(harmful), "{run:?}");
    }
}

#[test]
fn keys_that_cannot_be_had_are_no_verdict() {
    let case = Case::new();
    case.folder.write("jwks.json", "{}");
    assert_eq!(case.judge(&case.good(), "").code, Some(3));
    std::fs::remove_file(case.folder.path("jwks.json")).unwrap();
    let run = case.judge(&case.good(), "");
    assert_eq!((run.code, run.out.as_str()), (Some(3), ""), "{run:?}");
}

/// Garbage is told apart from a token that is refused.
#[test]
fn what_is_no_token_has_an_exit_status_of_its_own() {
    let case = Case::new();
    for nothing in ["no token", "a.b.c", "e30.e30"] {
        assert_eq!(case.judge(nothing, "").code, Some(4), "{nothing}");
    }
    let expired = case.sign(
        r#"{"alg":"ES256"}"#,
        r#"{"iss":"https://issuer.example","aud":"urn:api","exp":1700003600}"#,
    );
    let run = case.judge(&expired, "");
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.out.contains("1700003600 (Tue, 14 Nov 2023 23:13:20 GMT, "), "{run:?}");
    assert!(
        run.out.contains("expected later than 1799999970 (Fri, 15 Jan 2027 07:59:30"),
        "{run:?}"
    );
}

#[test]
fn w45_what_people_paste_is_read_and_the_note_says_what_was_left_out() {
    let case = Case::new();
    let good = case.good();
    let (head, tail) = good.split_at(70);
    for (pasted, note) in [
        (format!("Bearer {good}"), "note: left out around the token: `Bearer`\n"),
        (
            format!("Authorization: Bearer {good}\n\n"),
            "note: left out around the token: white space, `Authorization:`, `Bearer`\n",
        ),
        (format!("\"{good}\""), "note: left out around the token: quotes\n"),
        (format!("{head}\n{tail}\n"), "note: left out around the token: line breaks\n"),
        (format!("{good}\r\n"), ""),
    ] {
        let run = case.judge(&pasted, "");
        assert_eq!((run.code, run.err.as_str()), (Some(0), note), "{pasted}");
    }
    let run = case.judge(&format!("Bearer {head} {tail}"), "");
    assert_eq!(run.code, Some(4), "a space within a token stays: {run:?}");
}

#[test]
fn without_keys_they_are_found_by_the_issuers_metadata() {
    let (folder, secret) = Folder::with_issuer();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let file = folder.read("issuer.toml").replace("127.0.0.1:8080", &free.to_string());
    folder.write("issuer.toml", &file.replace("127.0.0.1:0", &free.to_string()));
    let issuer = format!("http://{free}");
    let audience = "https://display.example";
    let words = ["token", "inspect", "-", "--issuer", &issuer, "--audience", audience];
    let _serving = crate::serve::Serving::start(&folder);
    let mut command = folder.command("token get --audience https://display.example");
    let command = command.env("TOWER_BEARER_CLIENT_SECRET", secret);
    let command = command.env("TOWER_BEARER_ISSUER", &issuer);
    let token = Run::of(&command.env("TOWER_BEARER_CLIENT_ID", "outsourcer-a").output().unwrap());
    assert_eq!(token.code, Some(0), "{token:?}");
    let run = folder.told(&token.out, &words);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.out.ends_with("\nadmitted\n"), "{run:?}");
}

/// Answers each request on one connection, until the process ends.
fn serve(answer: impl Fn(&str) -> String + Send + 'static) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 4_096];
            let length = std::io::Read::read(&mut stream, &mut head).unwrap_or(0);
            let head = String::from_utf8_lossy(&head[..length]).into_owned();
            let path = head.split(' ').nth(1).unwrap_or_default();
            let _ = std::io::Write::write_all(&mut stream, answer(path).as_bytes());
        }
    });
    url
}

fn http(status: u16, kind: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} -\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    )
}

#[test]
fn w20_what_is_not_the_issuers_metadata_is_passed_over() {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let keys = public_jwk_set([&key]);
    let inspect = |first: String, last: fn(&str) -> String| {
        let (keys, url) = (keys.clone(), std::sync::Arc::new(std::sync::OnceLock::<String>::new()));
        let own = url.clone();
        let address = serve(move |path| match path {
            "/.well-known/oauth-authorization-server" => first.clone(),
            "/jwks" => http(200, "application/json", &keys),
            _ => http(200, "application/json", &last(own.wait())),
        });
        url.set(address.clone()).unwrap();
        let header = format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"{}"}}"#, key.kid());
        let claims = format!(r#"{{"iss":"{address}","aud":"urn:api","exp":{}}}"#, NOW + 60);
        let token = sign(&key, &header, &claims);
        let at = NOW.to_string();
        let words =
            ["token", "inspect", "-", "--issuer", &address, "--audience", "urn:api", "--at", &at];
        Folder::new().told(&token, &words)
    };
    let good: fn(&str) -> String = |url| format!(r#"{{"issuer":"{url}","jwks_uri":"{url}/jwks"}}"#);
    for first in [http(403, "text/plain", ""), http(200, "text/html", "<html>"), {
        http(200, "application/json", r#"{"issuer":"https://other.example"}"#)
    }] {
        let run = inspect(first.clone(), good);
        assert_eq!(run.code, Some(0), "{first}: {run:?}");
    }
    let away = inspect(http(503, "text/plain", ""), good);
    assert!(away.code != Some(0) && away.err.contains("answers 503"), "{away:?}");
    let slash = inspect(http(404, "text/plain", ""), |url| {
        format!(r#"{{"issuer":"{url}/","jwks_uri":"{url}/jwks"}}"#)
    });
    assert!(slash.code != Some(0) && slash.err.contains("try --issuer http://"), "{slash:?}");
}

/// The file of an API says whose tokens it takes; the token's own issuer is chosen.
#[test]
fn a_token_is_judged_by_the_file_of_an_api() {
    let folder = Folder::new();
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    std::fs::write(folder.path("jwks.json"), public_jwk_set([&key])).unwrap();
    let issuer = |name: &str| {
        format!(
            "[[issuers]]\nissuer = \"https://{name}.example\"\naudience = \"urn:api\"\n\
             scope_claims = \"scp\"\nkeys.file = \"jwks.json\"\n"
        )
    };
    let file = format!("{}{}", issuer("other"), issuer("issuer"));
    std::fs::write(folder.path("api.toml"), &file).unwrap();
    let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = serde_json::json!({"alg": "ES256", "kid": key.kid()});
    let token = |audience: &str| {
        let claims = serde_json::json!({
            "iss": "https://issuer.example", "aud": audience, "exp": NOW + 60,
            "scp": ["announce:read"],
        });
        let signed = format!("{}.{}", encode(header.clone()), encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()).unwrap());
        format!("{signed}.{signature}")
    };
    let now = NOW.to_string();
    let inspect = |token: &str| {
        let scope = ["--config", "api.toml", "--scope", "announce:read", "--at", &now];
        folder.told(token, &[&["token", "inspect", "-"][..], &scope].concat())
    };
    let refused = inspect(&token("urn:other"));
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let admitted = inspect(&token("urn:api"));
    assert_eq!(admitted.code, Some(0), "{admitted:?}");

    std::fs::write(folder.path("api.toml"), file.replace("audience", "audiance")).unwrap();
    let wrong = inspect(&token("urn:api"));
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    assert!(wrong.err.contains("issuers[1].audiance is not a setting"), "{wrong:?}");
}
