//! Measures what hostile token requests cost the issuer, next to honest ones of the same kind, size
//! and algorithm: each entrance of the token endpoint, without HTTP. At most three times is allowed.
//! `hostile_input` measures the entrances of the resource server and the client.

use std::hint::black_box;

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
use tower_bearer_bench::hostile::{CostTable, INPUTS, filled, shortest};

const SECRET: &str = "p3YkTq0ZfVbN7sGm1xWcRj9uHdLo5aEi8vKt2yQnB4M";
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
const GRANT: &str = "grant_type=client_credentials";
const TYPE: &str = "&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

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

/// A body as long as a body may be.
fn body(begin: &str, separator: &str, end: &str, part: impl Fn(usize) -> String) -> String {
    filled(&format!("{begin}{separator}"), separator, end, MAX_BODY_BYTES, part)
}

fn scopes(separator: &str) -> String {
    (0..250)
        .map(|n| format!("announce:{}:read", n % 50 + 100 * n))
        .collect::<Vec<_>>()
        .join(separator)
}

/// The time of one request, in µs.
async fn time(issuer: &TokenIssuer, asked: &[Asked]) -> f64 {
    let mut requests = asked.iter().cycle();
    let request = || {
        let (kind, authorization, body) = requests.next().expect("a request");
        let mut request = Request::post("/oauth/token").header("content-type", *kind);
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        request.body(Full::new(Bytes::from(body.clone()))).expect("a request")
    };
    shortest(request, async |request| {
        black_box(issuer.clone().oneshot(request).await.expect("an answer"));
    })
    .await
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
    let mut table = CostTable::new();
    let client = SigningKey::generate(Algorithm::ES256).expect("a key");
    let own = issuer(Algorithm::EdDSA, &client);
    let good = || basic("a", SECRET);

    let form = |body: String| vec![(FORM, good(), body)];
    let honest = time(&own, &form(format!("{GRANT}&scope={}", scopes("+")))).await;
    for (name, asked) in [
        ("5,000 parameters", form(body(GRANT, "&", "", |n| format!("{n:x}")))),
        (
            "63 parameters",
            form(body(GRANT, "&", "", |n| {
                if n < 62 { format!("{n}={}", "x".repeat(250)) } else { "x".repeat(MAX_BODY_BYTES) }
            })),
        ),
        ("escapes alone", form(body(&format!("{GRANT}&scope="), "", "", |_| "%61".into()))),
        ("resources", form(body(GRANT, "&", "", |n| format!("resource=u:{n}")))),
        ("8,000 scopes", form(body(&format!("{GRANT}&scope=a"), "+", "", |_| "a".into()))),
        (
            "wrong secret",
            vec![(FORM, basic("a", "x"), body(&format!("{GRANT}&x="), "", "", |_| "%61".into()))],
        ),
    ] {
        table.row("form, 16 KB", honest, name, time(&own, &asked).await);
    }

    let json = |body: String| vec![(JSON, good(), body)];
    let begin = r#"{"grant_type":"client_credentials""#;
    let honest = time(&own, &json(format!("{begin},\"scope\":\"{}\"}}", scopes(" ")))).await;
    for (name, asked) in [
        (
            "128 members",
            json(body(begin, ",", "}", |n| {
                if n < 120 {
                    format!("\"{n}\":\"{}\"", "x".repeat(120))
                } else {
                    "x".repeat(MAX_BODY_BYTES)
                }
            })),
        ),
        ("members without end", json(body(begin, ",", "}", |n| format!("\"{n}\":0")))),
        (
            "3,000 resources",
            json(body(&format!("{begin},\"resource\":[\"u:0\""), ",", "]}", |n| {
                format!("\"u:{n}\"")
            })),
        ),
        (
            "escapes alone",
            json(body(&format!("{begin},\"scope\":\""), "", "\"}", |_| "\\u0061".into())),
        ),
        ("numbers", json(body(&format!("{begin},\"x\":[0"), ",", "]}", |_| "1.5e3".into()))),
        ("nesting", json(body(&format!("{begin},\"x\":[0"), ",", "]}", |_| "[[[[[]]]]]".into()))),
    ] {
        table.row("JSON, 16 KB", honest, name, time(&own, &asked).await);
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
        table.row("Basic", honest, name, time(&own, &asked).await);
    }

    for algorithm in Algorithm::ALL {
        let client = SigningKey::generate(algorithm).expect("a key");
        let other = SigningKey::generate(algorithm).expect("a key").with_kid(client.kid());
        let own = issuer(algorithm, &client);
        let asked =
            |assertion: String| (FORM, None, format!("{GRANT}&client_assertion={assertion}{TYPE}"));
        let many = |key: &SigningKey, spoiled| -> Vec<Asked> {
            (0..INPUTS).map(|n| asked(assertion(&own, key, n, spoiled))).collect()
        };
        let honest = time(&own, &many(&client, false)).await;
        table.row(algorithm.name(), honest, "forged", time(&own, &many(&other, false)[..8]).await);
        table.row(
            algorithm.name(),
            honest,
            "200 audiences",
            time(&own, &many(&client, true)[..8]).await,
        );
    }
    table.finish();
}
