//! Configurations that are wrong.

use crate::folder::{Folder, ISSUER};

/// What `issuer check` says of a file.
fn faults(text: &str) -> String {
    let folder = Folder::new();
    folder.write("issuer.toml", text);
    folder.refused(1, "issuer check")
}

#[test]
fn every_fault_of_a_file_is_told_at_once_with_its_line_and_its_cure() {
    insta::assert_snapshot!(faults(
        r#"issuer = "not a url"
listen = "localhost:8080"
algorithm = "HS256"
lifetime = "an hour"
rotation = 30
profil = "rfc9068"
default_application = 1

[answers]
excess = "maybe"
unscopd = "refuse"

[[application]]
name = "without an id"

[[application]]
id = "display"
audience = ["https://display.example"]
resources = { announce = "read" }

[[account]]
key = "outsourcer-a"
secret_hashes = ["sha256:abc"]
lifetime = "10m"
remarks = "until the end of the year"

[[account]]
key = "outsourcer-a"

[[rule]]
account = "outsourcer-b"
application = "displai"
effect = "permit"
scopes = ["announce:*:read"]

[[rule]]
account = "outsourcer-a"
application = "display"

[[rule]]
application = "display"
identifier = "17"
"#
    ));
}

/// What only the issuer itself can judge is told with its line too.
#[test]
fn what_the_issuer_does_not_take_is_told_with_its_line() {
    insta::assert_snapshot!(faults(
        r#"issuer = "http://issuer.example"
listen = "127.0.0.1:8080"
lifetime = "31d"
rotation = "1m"
default_application = "screen"

[[application]]
id = "display"

[application.resources]
announce = ["create", "read"]

[[application]]
id = "maps"
audience = "display"

[[account]]
key = "outsourcer-a"
lifetime = "0s"

[[account]]
key = "outsourcer-b"
secret_hashes = ["sha256:71As9DfCJm1P1SH0YAZ25Q:GO7vpsmKGEQmsHQjm6JXDmpZsZ8RfiB-jPBD8nGzSes"]

[[rule]]
account = "outsourcer-b"
application = "display"
scopes = ["announce:*:read"]

[[rule]]
account = "outsourcer-b"
application = "display"
scopes = ["announce:*:delete"]

[[rule]]
account = "outsourcer-b"
application = "display"
resource = "revenue"
operations = ["read"]

[[rule]]
account = "outsourcer-b"
application = "display"
resource = "announce:1"
"#
    ));
}

#[test]
fn w44_and_w22_a_wrong_origin_or_host_is_named_with_its_line() {
    let line = ISSUER.lines().count() + 1;
    for (setting, wrong) in [
        ("allowed_origins", "https://console.example/path"),
        ("allowed_origins", "*"),
        ("allow_http_to", "*:8080"),
        ("allow_http_to", "issuer"),
    ] {
        let said = faults(&format!("{ISSUER}{setting} = [\"{wrong}\"]\n"));
        assert!(said.contains(&format!("issuer.toml:{line}: {setting} cannot ")), "{said}");
    }
    let said = faults(&format!("{ISSUER}allowed_origins = \"https://console.example\"\n"));
    assert!(said.contains(&format!("issuer.toml:{line}: `allowed_origins`")), "{said}");
}

#[test]
fn every_place_that_is_no_toml_is_told() {
    insta::assert_snapshot!(faults(
        "issuer = \nlisten = \"127.0.0.1:8080\n[answers\nexcess = 'reject'\nexcess = 'narrow'\n"
    ));
}

#[test]
fn a_hash_that_is_none_is_told_with_its_line() {
    let account = "[[account]]\nkey = \"a\"\nsecret_hashes = [\n  \"a secret\",\n]\n";
    let said = faults(&format!("{ISSUER}\n{account}"));
    assert!(said.contains("issuer.toml:10: `secret_hashes`: is not a hash of a secret"), "{said}");
    assert!(!said.contains("a secret\""), "what may be a secret is not repeated: {said}");
}

/// An empty list is not the same as none: it must not grant everything.
#[test]
fn a_rule_without_an_operation_is_told_with_its_line() {
    let application = "[[application]]\nid = \"display\"\nresources = { announce = [\"read\"] }\n";
    let hash = "sha256:71As9DfCJm1P1SH0YAZ25Q:GO7vpsmKGEQmsHQjm6JXDmpZsZ8RfiB-jPBD8nGzSes";
    let account = format!("[[account]]\nkey = \"a\"\nsecret_hashes = [\"{hash}\"]\n");
    let rule = "[[rule]]\naccount = \"a\"\napplication = \"display\"\nresource = \"announce\"\n";
    let text = |last: &str| format!("{ISSUER}{application}{account}{rule}{last}");
    let said = faults(&text("operations = []\n"));
    let line = text("").lines().count() + 1;
    let expected = format!(
        "issuer.toml:{line}: `operations` is empty: leave it out for every operation, or name some"
    );
    assert!(said.contains(&expected), "{said}");
    let folder = Folder::new();
    for good in ["", "operations = [\"read\"]\n"] {
        folder.write("issuer.toml", &text(good));
        folder.done("issuer check");
    }
}

#[test]
fn a_file_that_is_missing_is_told_with_the_command_that_makes_one() {
    let folder = Folder::new();
    let said = folder.refused(1, "issuer serve --config other.toml");
    assert!(said.contains("tower-bearer issuer init --config other.toml"), "{said}");
}

/// A change is refused by what would come of it, and the file is what it was.
#[test]
fn a_change_that_would_break_the_file_is_not_made() {
    let (folder, _) = Folder::with_issuer();
    let before = folder.read("issuer.toml");
    for (words, why) in [
        ("issuer app add display", "application `display` exists"),
        ("issuer app add other --audience display", "shares the name `display`"),
        ("issuer app add other --scopes a\"b", "defines `a\"b`"),
        ("issuer app remove other", "there is no application `other`"),
        ("issuer resource add other a b", "there is no application `other`"),
        ("issuer resource add display announce read", "is already defined like that"),
        ("issuer resource remove display revenue", "has no resource `revenue`"),
        ("issuer resource remove display announce fly", "has no operation `fly`"),
        ("issuer resource remove display announce read", "that `display` does not define"),
        ("issuer account add outsourcer-a", "account `outsourcer-a` exists"),
        ("issuer account add b --lifetime 31d", "1 second to 30 days"),
        ("issuer account remove b", "there is no account `b`"),
        ("issuer account disable b display", "there is no account `b`"),
        ("issuer account disable outsourcer-a other", "there is no application `other`"),
        ("issuer account enable outsourcer-a display", "is not disabled for `display`"),
        ("issuer account secret add b", "there is no account `b`"),
        ("issuer account secret remove outsourcer-a", "has no other secret"),
        ("issuer rule add b display a", "there is no account `b`"),
        ("issuer rule add outsourcer-a other a", "there is no application `other`"),
        ("issuer rule add outsourcer-a display revenue", "that `display` does not define"),
        ("issuer rule add outsourcer-a display announce:*:read", "this rule exists already"),
        ("issuer rule remove outsourcer-a display announce:*:create", "there is no such rule"),
        ("issuer init", "issuer.toml exists"),
    ] {
        let said = folder.refused(1, words);
        assert!(said.contains(why), "{words}: {said}");
        assert_eq!(folder.read("issuer.toml"), before, "{words}");
    }
}
