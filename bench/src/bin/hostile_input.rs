//! Measures what hostile input costs a resource server and a client, next to the dearest honest
//! input of the same algorithm and size: requests at the layer, key sets, metadata, challenges, and
//! answers of token endpoints and APIs. At most three times is allowed. `token_requests` measures
//! the token endpoint.

use std::{convert::Infallible, hint::black_box};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body_util::Empty;
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};
use tower_bearer::{
    Issuer,
    algorithm::Algorithm,
    challenge::Challenge,
    client::{ClientCredentials, InsufficientScope, TokenClient},
    key::{KeySet, MAX_KEYS, SigningKey},
    metadata::ServerMetadata,
    scope::ScopeSet,
    secret::Secret,
    server::TokenSource,
    verify::{MAX_HEADER_BYTES, MAX_TOKEN_BYTES},
};
use tower_bearer_bench::{
    AUDIENCE, Api, ISSUER, KeyServer, NOW,
    hostile::{CostTable, filled, shortest},
};

/// The longest key set and the longest metadata that are fetched, in bytes.
const MAX_DOCUMENT_BYTES: usize = 256 * 1_024;
/// The longest answer of a token endpoint that is read, in bytes.
const MAX_ANSWER_BYTES: usize = 64 * 1_024;
/// The longest challenge that is parsed, in bytes.
const MAX_CHALLENGE_BYTES: usize = 8_192;
/// The longest list of scopes that a client reads from others, in bytes.
const MAX_LIST_BYTES: usize = 4_096;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut table = CostTable::new();
    claims(&mut table).await;
    for algorithm in Algorithm::ALL {
        signatures(&mut table, algorithm).await;
    }
    cookies(&mut table).await;
    key_sets(&mut table).await;
    metadata(&mut table).await;
    challenges(&mut table).await;
    token_answers(&mut table).await;
    table.finish();
}

/// The time of one request, in µs. The first tells that they get the answer that is meant.
async fn at_layer(api: &Api, requests: &[HeaderMap], admitted: bool) -> f64 {
    let service = api.server.layer().layer(service_fn(async |_: Request<()>| {
        Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
    }));
    let mut turn = requests.iter().cycle();
    let request = || {
        let mut request = Request::new(());
        request.headers_mut().clone_from(turn.next().expect("a request"));
        request
    };
    shortest(request, async |request| {
        let Ok(answer) = service.clone().oneshot(request).await;
        assert_eq!(answer.status().is_success(), admitted);
    })
    .await
}

fn bearer(token: &str) -> HeaderMap {
    let value = HeaderValue::try_from(format!("Bearer {token}")).expect("a header");
    HeaderMap::from_iter([(header::AUTHORIZATION, value)])
}

/// A token of these JSON texts.
fn signed(api: &Api, header: &str, payload: &str) -> String {
    let parts = [header, payload].map(|text| URL_SAFE_NO_PAD.encode(text)).join(".");
    let signature = api.signer.sign(parts.as_bytes()).expect("a signature");
    format!("{parts}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A token of these JSON texts with the signature of another.
fn forged(api: &Api, header: &str, payload: &str) -> String {
    let parts = [header, payload].map(|text| URL_SAFE_NO_PAD.encode(text)).join(".");
    let signature = api.signer.sign(b"another message").expect("a signature");
    format!("{parts}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn header_of(api: &Api) -> String {
    json!({"alg": api.signer.algorithm().name(), "typ": "at+jwt", "kid": api.signer.kid()})
        .to_string()
}

/// The payload of a token that is as long as a token may be. `claims` are its own besides `more`.
fn payload(claims: &str, begin: &str, end: &str, more: impl Fn(usize) -> String) -> String {
    // A header and an RSA signature take 500 bytes at most.
    let max = (MAX_TOKEN_BYTES - 500) / 4 * 3;
    let base = format!(
        r#"{{"iss":"{ISSUER}","sub":"7c1e1f6a","client_id":"gifts","iat":{NOW},"exp":{},"jti":"1",{claims}{begin}"#,
        NOW + 3_600
    );
    filled(&base, ",", end, max, more)
}

async fn claims(table: &mut CostTable) {
    const USUAL: &str = r#""aud":"urn:api:announcements","scope":"announce:read","#;
    const AUD: &str = r#""aud":"urn:api:announcements","#;
    assert!(USUAL.contains(AUDIENCE));
    let api = Api::new(Algorithm::EdDSA);
    let header = header_of(&api);
    let mut honest: f64 = 0.0;
    for text in [
        payload(USUAL, "\"x\":\"", "\"}", |n| if n < 7 { "x".repeat(800) } else { over() }),
        payload(USUAL, "", "}", |n| {
            if n < 60 {
                format!("\"https://claim.example/{n}\":\"{}\"", "x".repeat(60))
            } else {
                over()
            }
        }),
        payload(AUD, "\"scope\":[", "]}", |n| {
            if n < 250 { format!("\"announce:{n}:read\"") } else { over() }
        }),
    ] {
        honest = honest.max(at_layer(&api, &[bearer(&signed(&api, &header, &text))], true).await);
    }
    let number = |n: usize| format!("\"{n:03}\":9007199254740993.{}1", "0".repeat(28));
    let texts = [
        (
            "120 members",
            payload(USUAL, "", "}", |n| {
                if n < 112 { format!("\"a{n:09}a\":\"{}\"", "x".repeat(30)) } else { over() }
            }),
        ),
        ("members without end", payload(USUAL, "", "}", |n| format!("\"{n}\":0"))),
        ("escapes alone", payload(USUAL, "\"x\":[", "]}", |_| "\"\\u0061\\u0061\"".into())),
        ("an escaped subject", {
            let text = payload(USUAL, "\"azp\":\"\\u0061", "\"}", |_| "\\u0061".into());
            text.replace("\\u0061,", "\\u0061")
        }),
        (
            "escaped names",
            payload(USUAL, "", "}", |n| {
                if n < 112 {
                    format!("\"\\u0061\\u0061\\u0061{n:03}\":[\"\\n\\n\\n\"]")
                } else {
                    over()
                }
            }),
        ),
        ("112 long numbers", payload(USUAL, "", "}", |n| if n < 112 { number(n) } else { over() })),
        ("an array of numbers", payload(USUAL, "\"x\":[", "]}", |_| "1.5e3".into())),
        ("a number of 5,000 digits", {
            payload(USUAL, "\"x\":", "}", |n| if n < 1 { "9".repeat(5_000) } else { over() })
        }),
        ("nesting", payload(USUAL, "\"x\":[", "]}", |_| "[[[[[[[[]]]]]]]]".into())),
        ("nested members", payload(USUAL, "\"x\":[", "]}", |n| format!("{{\"{n}\":{{\"a\":0}}}}"))),
        (
            "900 audiences",
            payload("", "\"aud\":[", "]}", |n| {
                if n == 0 { format!("\"{AUDIENCE}\"") } else { format!("\"{n}\"") }
            }),
        ),
        ("foreign audiences", payload("", "\"aud\":[", "]}", |n| format!("\"{n}\""))),
        ("1,500 scopes", payload(AUD, "\"scope\":[", "]}", |_| "\"a\"".into())),
        ("white space", payload(USUAL, "\"x\":[0", "]}", |_| "  \n\t    0".into())),
    ];
    for (name, text) in texts {
        let tokens = [bearer(&forged(&api, &header, &text))];
        table.row("claims, 8 KB", honest, name, at_layer(&api, &tokens, false).await);
    }
    headers(table, &api, honest).await;
}

async fn headers(table: &mut CostTable, api: &Api, honest: f64) {
    let (text, kid) = (header_of(api), api.signer.kid());
    let usual = r#""aud":"urn:api:announcements","#;
    let payload = payload(usual, "\"x\":[", "]}", |_| "\"\\u0061\\u0061\"".into());
    let header = |begin: &str, end: &str, part: &dyn Fn(usize) -> String| {
        let begin = format!(r#"{{"alg":"EdDSA","typ":"at+jwt",{begin}"#);
        filled(&begin, ",", end, MAX_HEADER_BYTES / 4 * 3, part)
    };
    let junk: Vec<HeaderMap> = (0..600)
        .map(|n| {
            let kid = format!("{n}{}", "k".repeat(200));
            let text = json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid}).to_string();
            bearer(&forged(api, &text, &payload))
        })
        .collect();
    let token = forged(api, &text, &payload);
    let unsigned = token.rsplit_once('.').map_or(&*token, |(signed, _)| signed);
    let with_kid = format!("\"kid\":\"{kid}\",");
    let repeated = HeaderMap::from_iter((0..90).map(|n| {
        let name = header::HeaderName::try_from(format!("x-{n}")).expect("a name");
        (name, HeaderValue::from_static("Bearer a"))
    }));
    for (name, requests) in [
        ("junk key ids", junk),
        (
            "members without end",
            vec![bearer(&forged(
                api,
                &header(&with_kid, "}", &|n| format!("\"{n}\":0")),
                &payload,
            ))],
        ),
        (
            "escapes alone",
            vec![bearer(&forged(
                api,
                &header(&format!("{with_kid}\"x\":[0,"), "]}", &|_| "\"\\u0061\"".into()),
                &payload,
            ))],
        ),
        (
            "`crit`",
            vec![bearer(&forged(
                api,
                &header(&format!("{with_kid}\"crit\":[0,"), "]}", &|n| n.to_string()),
                &payload,
            ))],
        ),
        ("8 KB without a dot", vec![bearer(&"a".repeat(MAX_TOKEN_BYTES))]),
        ("8 KB of dots", vec![bearer(&".".repeat(MAX_TOKEN_BYTES))]),
        ("a long signature", vec![bearer(&format!("{unsigned}.{}", "A".repeat(1_500)))]),
        ("a stray bit at the end", vec![bearer(&format!("{unsigned}.{}", "/".repeat(86)))]),
        ("8 KB of spaces", vec![bearer(&" ".repeat(MAX_TOKEN_BYTES))]),
        ("90 headers", vec![repeated]),
    ] {
        table.row("header, 8 KB", honest, name, at_layer(api, &requests, false).await);
    }
}

/// Ends a text that [`filled`] makes.
fn over() -> String {
    "x".repeat(MAX_DOCUMENT_BYTES)
}

async fn signatures(table: &mut CostTable, algorithm: Algorithm) {
    let api = Api::new(algorithm);
    let good = [bearer(&api.draft().bytes(2_000).sign())];
    let honest = at_layer(&api, &good, true).await;
    let bad = [bearer(&api.draft().bytes(2_000).sign_wrongly())];
    let time = at_layer(&api, &bad, false).await;
    table.row(algorithm.name(), honest, "a bad signature", time);
}

async fn cookies(table: &mut CostTable) {
    let key = SigningKey::generate(Algorithm::EdDSA).expect("a key");
    let api = Api::with_key(key, |builder| builder.token_source(TokenSource::cookie("token")));
    let cookie = |text: String| {
        let value = HeaderValue::try_from(text).expect("a header");
        [HeaderMap::from_iter([(header::COOKIE, value)])]
    };
    let token = format!("; token={}", api.draft().bytes(2_000).sign());
    let honest = filled("", "; ", &token, 8_192, |n| format!("cookie-{n}=0123456789abcdef"));
    let honest = at_layer(&api, &cookie(honest), true).await;
    for (name, text) in [
        ("2,700 cookies", filled("", ";", "", 8_192, |_| "a=".into())),
        ("names that begin alike", filled("", ";", "", 8_192, |_| "token".into())),
        ("blanks", filled("", ";", "", 8_192, |_| " ".repeat(90))),
        ("two tokens", filled("", ";", "", 8_192, |_| "token=a".into())),
    ] {
        table.row("cookie, 8 KB", honest, name, at_layer(&api, &cookie(text), false).await);
    }
}

/// The time of reading a document, in µs.
async fn parsing(document: String, mut parse: impl FnMut(&[u8])) -> f64 {
    shortest(|| (), async |()| parse(document.as_bytes())).await
}

/// An odd number of this many bytes, another one for each `seed`.
fn number(bytes: usize, seed: usize) -> String {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed as u64 + 1);
    let mut octets: Vec<u8> = (0..bytes)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state.to_be_bytes()[0]
        })
        .collect();
    octets[0] |= 0x80;
    octets[bytes - 1] |= 1;
    URL_SAFE_NO_PAD.encode(octets)
}

fn rsa(bytes: usize, exponent: &str, seed: usize) -> Value {
    json!({"kty": "RSA", "kid": seed.to_string(), "n": number(bytes, seed), "e": exponent})
}

async fn key_sets(table: &mut CostTable) {
    /// A document of these keys as long as a document may be.
    fn set(keys: impl Iterator<Item = Value>) -> String {
        let keys: Vec<Value> = keys.collect();
        let bare = json!({"keys": keys}).to_string().len();
        let room = MAX_DOCUMENT_BYTES.saturating_sub(bare + 100 * MAX_KEYS) / MAX_KEYS;
        let padded = keys.into_iter().map(|mut key| {
            key["x5c"] = json!(["M".repeat(room)]);
            key
        });
        json!({"keys": padded.collect::<Vec<_>>()}).to_string()
    }
    let parse = |document: &[u8]| drop(black_box(KeySet::parse(document)));
    let keys = 0..MAX_KEYS;
    let honest = parsing(set(keys.clone().map(|n| rsa(512, "AQAB", n))), parse).await;
    for (name, keys) in [
        ("RSA keys of 8,192 bits", keys.clone().map(|n| rsa(1_024, "AQAB", n)).collect::<Vec<_>>()),
        ("exponents of 33 bits", keys.clone().map(|n| rsa(512, "Af____8", n)).collect()),
        (
            "keys that differ in the end",
            keys.clone()
                .map(|n| {
                    let mut key = rsa(512, "AQAB", 0);
                    key["kid"] = json!(format!("{}{n:03}", "k".repeat(200)));
                    key
                })
                .collect(),
        ),
        (
            "even numbers",
            keys.clone()
                .map(|n| {
                    let mut key = rsa(512, "AQAB", n);
                    key["n"] = json!(number(512, n).replace('A', "B"));
                    key["e"] = json!("AQAA");
                    key
                })
                .collect(),
        ),
    ] {
        table.row(
            "100 RSA keys, 256 KB",
            honest,
            name,
            parsing(set(keys.into_iter()), parse).await,
        );
    }
    let made = |algorithm: Algorithm| {
        let key =
            move |_| Value::Object(SigningKey::generate(algorithm).expect("a key").public_jwk());
        keys.clone().map(key).collect::<Vec<_>>()
    };
    for algorithm in [Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::EdDSA] {
        let good = made(algorithm);
        let honest = parsing(set(good.clone().into_iter()), parse).await;
        let spoiled = good.into_iter().enumerate().map(|(n, mut key)| {
            let bytes = key["x"].as_str().map_or(32, |x| x.len() * 3 / 4);
            // Below the prime of each curve.
            key["x"] = json!(format!("AA{}", &number(bytes, n)[2..]));
            key
        });
        let time = parsing(set(spoiled), parse).await;
        let entrance = format!("100 {} keys, 256 KB", algorithm.name());
        table.row(&entrance, honest, "points off the curve", time);
    }
    let honest = parsing(set(made(Algorithm::EdDSA).into_iter()), parse).await;
    let fill = |begin: &str, end: &str, part: &dyn Fn(usize) -> String| {
        filled(begin, ",", end, MAX_DOCUMENT_BYTES, part)
    };
    let entry = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#;
    for (name, document) in [
        ("80,000 entries", fill("{\"keys\":[", "]}", &|_| "{}".into())),
        ("members without end", fill("{\"keys\":[],", "}", &|n| format!("\"{n}\":0"))),
        (
            "100 entries of 127 members",
            fill("{\"keys\":[", "]}", &|n| {
                if n >= MAX_KEYS {
                    return over();
                }
                filled(&format!("{entry},"), ",", "}", 2_500, |n| {
                    if n < 124 { format!("\"{n:03}\":\"\\u0061\"") } else { over() }
                })
            }),
        ),
        ("escapes alone", fill("{\"keys\":[],\"x\":[", "]}", &|_| "\"\\u0061\"".into())),
        (
            "escapes in the keys",
            fill("{\"keys\":[", "]}", &|n| {
                if n >= MAX_KEYS {
                    return over();
                }
                filled(&format!("{entry},\"kid\":\"{n}\",\"x5c\":["), ",", "]}", 2_500, |_| {
                    "\"\\u0061\"".into()
                })
            }),
        ),
        ("numbers", fill("{\"keys\":[],\"x\":[", "]}", &|_| "1.5e3".into())),
        ("nesting", fill("{\"keys\":[],\"x\":[", "]}", &|_| "[[[[[[[[]]]]]]]]".into())),
        (
            "key ids of other types",
            fill("{\"keys\":[", "]}", &|n| {
                if n >= MAX_KEYS {
                    return over();
                }
                filled(&format!("{entry},\"kid\":["), ",", "]}", 2_500, |_| "[[[]]]".into())
            }),
        ),
    ] {
        table.row("100 EdDSA keys, 256 KB", honest, name, parsing(document, parse).await);
    }
}

async fn metadata(table: &mut CostTable) {
    let issuer = Issuer::new(ISSUER).expect("an issuer");
    let parse = |document: &[u8]| drop(black_box(ServerMetadata::parse(document, &issuer)));
    let begin = format!(r#"{{"issuer":"{ISSUER}","jwks_uri":"https://issuer.example/jwks""#);
    let fill = |more: &str, end: &str, part: &dyn Fn(usize) -> String| {
        filled(&format!("{begin},{more}"), ",", end, MAX_DOCUMENT_BYTES, part)
    };
    // As real metadata: lists of short names and objects of addresses, but as long as may be.
    let honest = fill("\"x\":[", "]}", &|n| {
        format!(
            r#"{{"claims_supported":["aud","exp","iss","sub"],"e":"https://a.example/{n}","b":true}}"#
        )
    });
    let honest = parsing(honest, parse).await;
    for (name, document) in [
        ("members without end", fill("", "}", &|n| format!("\"{n}\":0"))),
        (
            "120 members",
            fill("", "}", &|n| {
                if n < 120 { format!("\"a{n:09}a\":\"{}\"", "x".repeat(2_000)) } else { over() }
            }),
        ),
        ("escapes alone", fill("\"x\":[", "]}", &|_| "\"\\u0061\"".into())),
        (
            "an escaped address",
            fill("\"token_endpoint\":\"https://a/", "\"}", &|_| "\\u0061".repeat(40)),
        ),
        (
            "an address of 60 KB",
            fill("\"token_endpoint\":\"https://a/", "\"}", &|n| {
                if n < 60 { "a".repeat(1_000) } else { over() }
            }),
        ),
        ("numbers", fill("\"x\":[", "]}", &|_| "1.5e3".into())),
        ("empty texts", fill("\"x\":[", "]}", &|_| "\"\"".into())),
        ("nesting", fill("\"x\":[", "]}", &|_| "[[[[[[[[]]]]]]]]".into())),
        ("nested members", fill("\"x\":[", "]}", &|n| format!("{{\"{n}\":{{\"a\":0}}}}"))),
    ] {
        table.row("metadata, 256 KB", honest, name, parsing(document, parse).await);
    }
}

async fn challenges(table: &mut CostTable) {
    let granted = filled("", " ", "", 4_000, |n| format!("announce:{n}:read"));
    let granted = ScopeSet::parse(&granted).expect("scopes");
    let time = async |text: String| {
        let value = HeaderValue::try_from(text).expect("a header");
        let headers = HeaderMap::from_iter([(header::WWW_AUTHENTICATE, value)]);
        let judge = |headers: &HeaderMap| {
            InsufficientScope::from_answer(StatusCode::FORBIDDEN, headers, &granted)
        };
        let parse = shortest(|| (), async |()| drop(black_box(Challenge::from_headers(&headers))));
        (parse.await, shortest(|| (), async |()| drop(black_box(judge(&headers)))).await)
    };
    let fill = |begin: &str, separator: &str, end: &str, part: &dyn Fn(usize) -> String| {
        filled(begin, separator, end, MAX_CHALLENGE_BYTES, part)
    };
    let refused = "Bearer error=\"insufficient_scope\", scope=\"";
    // As an API of many announcements would write it, and a proxy that adds its own.
    let list = filled("", " ", "", MAX_LIST_BYTES, |n| format!("announce:{n}:write"));
    let honest = fill(&format!("{refused}{list}\", "), ", ", "", &|n| {
        format!("Digest realm=\"realm {n}\", nonce=\"bm9uY2U=\", qop=\"auth\", algorithm=MD5")
    });
    let (parsed, judged) = time(honest).await;
    for (name, text) in [
        ("2,700 parameters", fill("Bearer ", ",", "", &|_| "a=b".into())),
        ("2,000 empty strings", fill("Bearer ", ",", "", &|_| "a=\"\"".into())),
        ("known parameters again and again", fill("Bearer ", ",", "", &|_| "scope=a".into())),
        ("4,000 schemes", fill("", ",", "", &|_| "a".into())),
        (
            "16 challenges",
            fill("", ",", "", &|_| format!("Bearer realm=\"{}\"", "\\a".repeat(245))),
        ),
        ("escapes alone", fill("Bearer realm=\"", "", "\"", &|_| "\\a".into())),
        ("a string without end", fill("Bearer realm=\"", "", "", &|_| "\\a".into())),
        ("blanks", fill("Bearer ", "", "", &|_| "  ,".into())),
        ("tokens of other schemes", fill("", ",", "", &|_| "a bc==".into())),
    ] {
        let (time, _) = time(text).await;
        table.row("challenge, 8 KB", parsed, name, time);
    }
    for (name, list) in [
        ("1,300 scopes", filled("", " ", "", MAX_LIST_BYTES, short)),
        ("one scope again and again", filled("", " ", "", MAX_LIST_BYTES, |_| "a".into())),
        (
            "scopes that nearly match",
            filled("", " ", "", MAX_LIST_BYTES, |n| format!("announce:{n}:reax")),
        ),
    ] {
        let (_, time) = time(format!("{refused}{list}\"")).await;
        table.row("required scopes, 4 KB", judged, name, time);
    }
}

/// A short scope, another one for each `n`.
fn short(n: usize) -> String {
    let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap_or_default());
    [letter(n), letter(n / 26), letter(n / 676)].iter().collect()
}

async fn token_answers(table: &mut CostTable) {
    let endpoint: Uri = "https://issuer.example/token".parse().expect("a URL");
    let time = async |answer: String| {
        assert!(answer.len() <= MAX_ANSWER_BYTES);
        let server = KeyServer::new(answer);
        let client = || {
            let credentials = ClientCredentials::new("gifts", Secret::new("s3cret"));
            let builder = TokenClient::builder(endpoint.clone(), credentials);
            builder.scope("announce:read").transport(server.clone()).build().expect("a client")
        };
        shortest(client, async |client| drop(black_box(client.token().await))).await
    };
    let begin = r#"{"access_token":"a","token_type":"Bearer","expires_in":60"#;
    let fill = |begin: &str, separator: &str, end: &str, part: &dyn Fn(usize) -> String| {
        filled(begin, separator, end, MAX_ANSWER_BYTES, part)
    };
    let scope = filled("", " ", "", 4_000, |n| format!("announce:{n}:read"));
    // With the details of RFC 9396, the dearest members that an honest issuer writes.
    let listed = format!("{begin},\"scope\":\"{scope}\",\"authorization_details\":[");
    let honest = fill(&listed, ",", "]}", &|n| {
        format!(
            r#"{{"type":"announce","identifier":"{n}","actions":["read","update"],"locations":["https://display.example/"]}}"#
        )
    });
    let honest = time(honest).await;
    let refused = r#"{"error":"invalid_scope","rejected_scope":"#;
    for (name, answer) in [
        ("rejected scopes", fill(&format!("{refused}\""), " ", "\"}", &short)),
        (
            "an array of rejected scopes",
            fill(&format!("{refused}["), ",", "]}", &|n| format!("\"{}\"", short(n))),
        ),
        ("16,000 scopes", fill(&format!("{begin},\"scope\":["), ",", "]}", &|_| "\"a\"".into())),
        (
            "an escaped token",
            fill(r#"{"token_type":"Bearer","access_token":""#, "", "\"}", &|_| "\\u0061".into()),
        ),
        ("members without end", fill(&format!("{begin},"), ",", "}", &|n| format!("\"{n}\":0"))),
        ("escapes alone", fill(&format!("{begin},\"x\":["), ",", "]}", &|_| "\"\\u0061\"".into())),
        ("numbers", fill(&format!("{begin},\"x\":["), ",", "]}", &|_| "1.5e3".into())),
        ("a number of 60,000 digits", format!("{begin},\"x\":{}}}", "9".repeat(60_000))),
        ("nesting", fill(&format!("{begin},\"x\":["), ",", "]}", &|_| "[[[[[[[[]]]]]]]]".into())),
        (
            "a description",
            format!(
                "{{\"error\":\"invalid_client\",\"error_description\":\"{}\"}}",
                "x".repeat(60_000)
            ),
        ),
    ] {
        table.row("token answer, 64 KB", honest, name, time(answer).await);
    }
}
