//! What a hostile token request costs the issuer beside an honest one of the same kind, size and
//! algorithm: each entrance of the token endpoint, without HTTP. At most three times is allowed.

use std::{
    hint::black_box,
    process::exit,
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tower::ServiceExt;
use tower_bearer::{
    algorithm::Algorithm,
    issuer::{Account, Application, MAX_BODY_BYTES, TokenIssuer},
    key::{KeySet, SigningKey, public_jwk_set},
    secret::Secret,
};

const SECRET: &str = "p3YkTq0ZfVbN7sGm1xWcRj9uHdLo5aEi8vKt2yQnB4M";
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
const GRANT: &str = "grant_type=client_credentials";
const TYPE: &str = "&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ROUNDS: usize = 60;
const BATCH: usize = 10;
const ALLOWED: f64 = 3.0;

/// A request: content type, Authorization, body.
type Asked = (&'static str, Option<String>, String);

fn issuer(algorithm: Algorithm, client: &SigningKey) -> TokenIssuer {
    let keys = KeySet::parse(public_jwk_set([client]).as_bytes()).expect("a key set");
    let account = Account::new("a").secret(&Secret::new(SECRET)).public_keys(keys);
    TokenIssuer::builder("https://issuer.example".parse().expect("an issuer"))
        .algorithm(algorithm)
        .application(Application::new("display").resource("announce", ["read"]))
        .account((0..50).fold(account, |account, number| {
            account.allow("display", format!("announce:{number}:read"))
        }))
        .build()
        .expect("an issuer")
}

fn basic(id: &str, secret: &str) -> Option<String> {
    Some(format!("Basic {}", BASE64_STANDARD.encode(format!("{id}:{secret}"))))
}

/// Pairs up to the longest body.
fn filled(begin: &str, separator: &str, end: &str, part: impl Fn(usize) -> String) -> String {
    let mut body = begin.to_owned();
    for number in 0.. {
        let next = part(number);
        if body.len() + separator.len() + next.len() + end.len() > MAX_BODY_BYTES {
            break;
        }
        body = format!("{body}{separator}{next}");
    }
    body + end
}

fn scopes(separator: &str) -> String {
    (0..250)
        .map(|n| format!("announce:{}:read", n % 50 + 100 * n))
        .collect::<Vec<_>>()
        .join(separator)
}

/// The time of one request, in µs: the shortest batch of many, which nothing interrupted.
async fn time(issuer: &TokenIssuer, asked: &[Asked]) -> f64 {
    let mut shortest = Duration::MAX;
    let mut requests = asked.iter().cycle();
    for _ in 0..ROUNDS {
        let batch: Vec<_> = requests
            .by_ref()
            .take(BATCH)
            .map(|(kind, authorization, body)| {
                let mut request = Request::post("/oauth/token").header("content-type", *kind);
                if let Some(value) = authorization {
                    request = request.header("authorization", value);
                }
                request.body(Full::new(Bytes::from(body.clone()))).expect("a request")
            })
            .collect();
        let begun = Instant::now();
        for request in batch {
            black_box(issuer.clone().oneshot(request).await.expect("an answer"));
        }
        shortest = shortest.min(begun.elapsed());
    }
    shortest.as_secs_f64() * 1e6 / BATCH as f64
}

fn assertion(issuer: &TokenIssuer, key: &SigningKey, number: usize, spoiled: bool) -> String {
    let mut draft = issuer.token().issuer("a").subject("a").audience("https://issuer.example");
    draft = draft.without_claim("client_id").without_claim("scope").typ("JWT").signed_by(key);
    draft = draft.claim("jti", number.to_string());
    if spoiled {
        let audiences: Vec<String> =
            (0..200).map(|n| format!("https://{n}.issuer.example")).collect();
        draft = draft.claim("aud", audiences);
    } else {
        draft = draft.claim("x", "x".repeat(5_000));
    }
    draft.sign().expect("an assertion")
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let mut worst: f64 = 0.0;
    let mut row = |entrance: &str, honest: f64, hostile: &str, time: f64| {
        let ratio = time / honest;
        worst = worst.max(ratio);
        println!("| {entrance} | {honest:.0} | {hostile} | {time:.0} | {ratio:.2} |");
    };
    println!("| entrance | honest, µs | hostile | µs | ratio |\n|---|---|---|---|---|");
    let client = SigningKey::generate(Algorithm::ES256).expect("a key");
    let own = issuer(Algorithm::EdDSA, &client);
    let good = || basic("a", SECRET);

    let form = |body: String| vec![(FORM, good(), body)];
    let honest = time(&own, &form(format!("{GRANT}&scope={}", scopes("+")))).await;
    for (name, asked) in [
        ("5,000 parameters", form(filled(GRANT, "&", "", |n| format!("{n:x}")))),
        (
            "63 parameters",
            form(filled(GRANT, "&", "", |n| {
                if n < 62 { format!("{n}={}", "x".repeat(250)) } else { "x".repeat(MAX_BODY_BYTES) }
            })),
        ),
        ("escapes alone", form(filled(&format!("{GRANT}&scope="), "", "", |_| "%61".into()))),
        ("resources", form(filled(GRANT, "&", "", |n| format!("resource=u:{n}")))),
        ("8,000 scopes", form(filled(&format!("{GRANT}&scope=a"), "+", "", |_| "a".into()))),
        (
            "wrong secret",
            vec![(FORM, basic("a", "x"), filled(&format!("{GRANT}&x="), "", "", |_| "%61".into()))],
        ),
    ] {
        row("form, 16 KB", honest, name, time(&own, &asked).await);
    }

    let json = |body: String| vec![(JSON, good(), body)];
    let begin = r#"{"grant_type":"client_credentials""#;
    let honest = time(&own, &json(format!("{begin},\"scope\":\"{}\"}}", scopes(" ")))).await;
    for (name, asked) in [
        (
            "128 members",
            json(filled(begin, ",", "}", |n| {
                if n < 120 {
                    format!("\"{n}\":\"{}\"", "x".repeat(120))
                } else {
                    "x".repeat(MAX_BODY_BYTES)
                }
            })),
        ),
        ("members without end", json(filled(begin, ",", "}", |n| format!("\"{n}\":0")))),
        (
            "3,000 resources",
            json(filled(&format!("{begin},\"resource\":[\"u:0\""), ",", "]}", |n| {
                format!("\"u:{n}\"")
            })),
        ),
        (
            "escapes alone",
            json(filled(&format!("{begin},\"scope\":\""), "", "\"}", |_| "\\u0061".into())),
        ),
        ("numbers", json(filled(&format!("{begin},\"x\":[0"), ",", "]}", |_| "1.5e3".into()))),
        ("nesting", json(filled(&format!("{begin},\"x\":[0"), ",", "]}", |_| "[[[[[]]]]]".into()))),
    ] {
        row("JSON, 16 KB", honest, name, time(&own, &asked).await);
    }

    let header = |text: String| {
        vec![(FORM, Some(format!("Basic {}", BASE64_STANDARD.encode(text))), GRANT.to_owned())]
    };
    let honest = time(&own, &[(FORM, good(), GRANT.to_owned())]).await;
    for (name, asked) in [
        ("6 KB of escapes", header(format!("a:{}", "%61".repeat(2_000)))),
        ("6 KB of colons", header(":".repeat(6_000))),
        ("a client id of 6 KB", header(format!("{}:x", "x".repeat(6_000)))),
    ] {
        row("Basic", honest, name, time(&own, &asked).await);
    }

    for algorithm in Algorithm::ALL {
        let client = SigningKey::generate(algorithm).expect("a key");
        let other = SigningKey::generate(algorithm).expect("a key").with_kid(client.kid());
        let own = issuer(algorithm, &client);
        let asked =
            |assertion: String| (FORM, None, format!("{GRANT}&client_assertion={assertion}{TYPE}"));
        let many = |key: &SigningKey, spoiled| -> Vec<Asked> {
            (0..ROUNDS * BATCH).map(|n| asked(assertion(&own, key, n, spoiled))).collect()
        };
        let honest = time(&own, &many(&client, false)).await;
        row(algorithm.name(), honest, "forged", time(&own, &many(&other, false)[..8]).await);
        row(algorithm.name(), honest, "200 audiences", time(&own, &many(&client, true)[..8]).await);
    }
    println!("\ndearest: {worst:.2} times, at most {ALLOWED} are allowed");
    if worst > ALLOWED {
        exit(1);
    }
}
