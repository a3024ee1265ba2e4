//! Trusted issuers in the file, and every credential of `token get`.

use serde_json::{Value, json};
use tower_bearer::{
    algorithm::Algorithm,
    key::{SigningKey, public_jwk_set},
    time::{Clock as _, SystemClock},
};

use crate::{
    folder::{Folder, ISSUER, Run},
    inspect::sign,
    serve::Serving,
};

const SUBJECT: &str = "system:serviceaccount:gifts:deliveries";

/// The public half of a key as a JWK.
fn jwk(key: &SigningKey) -> String {
    let set: Value = serde_json::from_str(&public_jwk_set([key])).unwrap();
    set["keys"][0].to_string()
}

/// The private key in PEM.
fn pem(key: &SigningKey) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let der = STANDARD.encode(key.to_pkcs8_der().unwrap().as_bytes());
    let lines: Vec<_> =
        der.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

/// A file whose issuer trusts the owner of this key, for one service account in production.
fn file(key: &SigningKey) -> String {
    format!(
        r#"{ISSUER}
[[application]]
id = "maps"
audience = "urn:worldmappers"
scopes = ["directions"]

[[account]]
key = "gift-deliveries"

[[rule]]
account = "gift-deliveries"
application = "maps"
scopes = ["directions"]

[[trusted_issuer]]
issuer = "https://cluster.example"
audience = "https://issuer.example"
public_keys = ['{}']
algorithms = ["ES256"]
max_lifetime = "1h"
replay = "until-expiry"

[[trusted_issuer.rule]]
subject = "system:serviceaccount:gifts:*"
account = "gift-deliveries"
claims = {{ environment = "production" }}
"#,
        jwk(key)
    )
}

/// A token of the cluster for a subject.
fn token(key: &SigningKey, subject: &str) -> String {
    let now = SystemClock.now().as_secs();
    let header = json!({"alg": "ES256", "kid": key.kid()}).to_string();
    let claims = json!({
        "iss": "https://cluster.example",
        "sub": subject,
        "aud": ["https://issuer.example"],
        "iat": now,
        "exp": now + 600,
        "environment": "production",
    });
    sign(key, &header, &claims.to_string())
}

fn started() -> (Folder, SigningKey, Serving) {
    let (folder, key) = (Folder::new(), SigningKey::generate(Algorithm::ES256).unwrap());
    folder.write("issuer.toml", &file(&key));
    folder.write("token", &format!("{}\n", token(&key, SUBJECT)));
    let serving = Serving::start(&folder);
    (folder, key, serving)
}

/// `token get` for the maps, with more words.
fn get(folder: &Folder, serving: &Serving, words: &str) -> Run {
    let endpoint = format!("http://{}/oauth/token", serving.address);
    let mut command = folder.command("token get --audience urn:worldmappers --endpoint");
    command.arg(endpoint).args(words.split(' '));
    Run::of(&command.output().unwrap())
}

#[test]
fn t25_a_file_names_trusted_issuers_and_the_program_shows_them() {
    let (folder, key) = (Folder::new(), SigningKey::generate(Algorithm::ES256).unwrap());
    folder.write("issuer.toml", &file(&key));
    let said = folder.done("issuer check");
    assert!(said.contains("1 application, 1 account, 1 rule, 1 trusted issuer"), "{said}");
    let shown: Value = serde_json::from_str(&folder.done("issuer trusted --json")).unwrap();
    assert_eq!(
        shown,
        json!([{
            "issuer": "https://cluster.example",
            "audiences": ["https://issuer.example"],
            "keys": "1 key",
            "rules": [{
                "subject": "system:serviceaccount:gifts:*",
                "account": "gift-deliveries",
                "claims": {"environment": "production"},
            }],
        }])
    );
    let table = folder.done("issuer trusted");
    for text in ["https://cluster.example", "gifts:*", "environment=\"production\""] {
        assert!(table.contains(text), "{table}");
    }
    let before = folder.read("issuer.toml");
    let said = folder.refused(1, "issuer account remove gift-deliveries");
    assert!(
        said.contains("nothing was changed") && said.contains("which does not exist"),
        "{said}"
    );
    assert_eq!(folder.read("issuer.toml"), before);
}

#[test]
fn t25_a_workload_gets_a_token_by_every_source_and_in_every_grant() {
    let (folder, key, serving) = started();
    for words in [
        "--assertion-file token",
        "--assertion-file token --auth json",
        "--assertion-file token --client-id gift-deliveries",
        "--assertion-file token --grant jwt-bearer",
        "--assertion-file token --grant token-exchange",
        "--assertion-command cat --assertion-argument token",
        "--assertion-command cat --assertion-argument token --grant token-exchange",
    ] {
        let run = get(&folder, &serving, words);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{words}: {run:?}");
        assert_eq!(run.out.trim_end().split('.').count(), 3, "{words}: {run:?}");
    }
    let run = get(&folder, &serving, "--assertion-file token --client-id other");
    assert_eq!(run.code, Some(1), "{run:?}");
    let stranger = SigningKey::generate(Algorithm::ES256).unwrap();
    for (what, wrong) in [
        ("another subject", token(&key, "system:serviceaccount:maps:deliveries")),
        ("another key", token(&stranger, SUBJECT)),
    ] {
        folder.write("wrong", &wrong);
        for grant in ["client-credentials", "jwt-bearer", "token-exchange"] {
            let run = get(&folder, &serving, &format!("--assertion-file wrong --grant {grant}"));
            assert_eq!(run.code, Some(1), "{what} {grant}: {run:?}");
            assert!(!run.err.contains("eyJ"), "{run:?}");
        }
    }
    let run = get(&folder, &serving, "--assertion-file none");
    assert_eq!(run.code, Some(3), "{run:?}");
}

/// A change of the file counts for the next request, and the keys that are in memory stay.
#[test]
fn t25_a_running_issuer_takes_another_rule_for_a_workload() {
    let (folder, key, mut serving) = started();
    assert_eq!(get(&folder, &serving, "--assertion-file token").code, Some(0));
    let strict = file(&key).replace("gifts:*", "gifts:wrapping");
    folder.write("issuer.toml", &strict);
    serving.wait_for("configuration reloaded");
    assert_eq!(get(&folder, &serving, "--assertion-file token").code, Some(1));
    folder.write("token", &token(&key, "system:serviceaccount:gifts:wrapping"));
    assert_eq!(get(&folder, &serving, "--assertion-file token").code, Some(0));
}

#[test]
fn t25_a_private_key_in_pem_or_as_a_jwk_proves_the_client() {
    let folder = Folder::new();
    folder.write(
        "issuer.toml",
        &ISSUER.replace("listen", "legacy_assertion_audience = true\nlisten"),
    );
    folder.done("issuer app add maps --audience urn:worldmappers --scopes directions");
    for algorithm in [Algorithm::ES256, Algorithm::EdDSA] {
        let key = SigningKey::generate(algorithm).unwrap();
        let name = algorithm.name();
        folder.write("public.json", &jwk(&key));
        folder.done(&format!("issuer account add {name} --public-key public.json --no-secret"));
        folder.done(&format!("issuer rule add {name} maps directions"));
        folder.write(&format!("{name}.pem"), &pem(&key));
    }
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let file = folder.read("issuer.toml").replace("127.0.0.1:8080", &free.to_string());
    folder.write("issuer.toml", &file.replace("127.0.0.1:0", &free.to_string()));
    let serving = Serving::start(&folder);
    for name in ["ES256", "EdDSA"] {
        let words = format!("--client-id {name} --key-file {name}.pem");
        let run = get(&folder, &serving, &words);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{name}: {run:?}");
        let mut command = folder.command("token get --audience urn:worldmappers --issuer");
        command.arg(format!("http://{free}")).args(words.split(' '));
        let run = Run::of(&command.output().unwrap());
        assert_eq!(run.code, Some(0), "its audience is the issuer: {run:?}");
        let run = get(&folder, &serving, &format!("{words} --key-id another"));
        assert_eq!(run.code, Some(1), "{name}: {run:?}");
    }
    let run = get(&folder, &serving, "--client-id ES256 --key-file EdDSA.pem");
    assert_eq!(run.code, Some(1), "{run:?}");
    folder.write("none.pem", "no key");
    let run = get(&folder, &serving, "--client-id ES256 --key-file none.pem");
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.err.contains("give PKCS #8 in PEM"), "{run:?}");
}

#[test]
fn t9_two_credentials_of_one_client_are_a_mistake_of_the_command_line() {
    let folder = Folder::new();
    for words in [
        "--assertion-file a --client-id b --secret-file c",
        "--assertion-file a --client-id b --key-file c",
        "--assertion-file a --assertion-command b",
        "--assertion-file a --assertion-github-actions",
        "--client-id b --key-file a --secret-file c",
        "--grant jwt-bearer",
        "--grant token-exchange --client-id b --secret-file c",
        "--grant jwt-bearer --assertion-file a --client-id b",
        "--assertion-argument a",
        "--assertion-github-actions",
        "--secret-file a",
    ] {
        let said =
            folder.refused(2, &format!("token get --endpoint https://a.example/token {words}"));
        assert!(said.contains("error:"), "{words}: {said}");
    }
}

#[test]
fn every_fault_of_a_trusted_issuer_is_reported_with_its_line_and_its_cure() {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let good = file(&key);
    for (from, to, line, expected) in [
        (
            "audience = \"https://issuer.example\"\n",
            "\n",
            "[[trusted_issuer]]",
            "trusted_issuer has no `audience`",
        ),
        (
            "https://cluster.example",
            "http://127.0.0.1:8080",
            "[[trusted_issuer]]",
            "is this issuer itself",
        ),
        (
            "https://cluster.example",
            "spiffe://example.org",
            "[[trusted_issuer]]",
            "a SPIFFE trust domain has no metadata",
        ),
        ("algorithms = [\"ES256\"]", "algorithms = []", "algorithms", "`algorithms` is empty"),
        (
            "algorithms = [\"ES256\"]",
            "algorithms = [\"HS256\"]",
            "algorithms",
            "cannot have `HS256`",
        ),
        ("until-expiry", "never", "replay", "write one of `client-assertions-once`"),
        ("\"1h\"", "\"2d\"", "[[trusted_issuer]]", "give 1 minute to 24 hours"),
        ("gifts:*", "gifts*", "subject = ", "let it be a whole component"),
        (
            "account = \"gift-deliveries\"\nclaims",
            "account = \"nobody\"\nclaims",
            "subject = ",
            "names the account `nobody`",
        ),
        (
            "\"production\" }",
            "[1] }",
            "subject = ",
            "not a string, a number below 2^53 or a boolean",
        ),
        (
            "\"production\" }",
            "\"production\" }\nsubjct = \"x\"",
            "subjct",
            "did you mean `subject`?",
        ),
        (
            "replay =",
            "jwks_uri = \"https://cluster.example/jwks\"\nreplay =",
            "jwks_uri",
            "exclude each other",
        ),
        ("public_keys = ['{", "public_keys = ['", "public_keys", "is not a JWK"),
    ] {
        let folder = Folder::new();
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good, "{from}");
        folder.write("issuer.toml", &text);
        let said = folder.refused(1, "issuer check");
        let number = text.lines().position(|it| it.starts_with(line)).unwrap() + 1;
        let found = said
            .lines()
            .any(|it| it.starts_with(&format!("issuer.toml:{number}:")) && it.contains(expected));
        assert!(found, "line {number}: {expected}\n{said}");
    }
    let folder = Folder::new();
    folder.write("issuer.toml", &good);
    folder.done("issuer check");
}
