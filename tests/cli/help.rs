//! What the program says of itself.

use crate::folder::Folder;

const COMMANDS: [&str; 29] = [
    "",
    "completions",
    "issuer",
    "issuer account",
    "issuer account add",
    "issuer account disable",
    "issuer account enable",
    "issuer account list",
    "issuer account remove",
    "issuer account secret",
    "issuer account secret add",
    "issuer account secret remove",
    "issuer app",
    "issuer app add",
    "issuer check",
    "issuer init",
    "issuer keys",
    "issuer resource",
    "issuer resource add",
    "issuer resource remove",
    "issuer revoke",
    "issuer rotate",
    "issuer rule",
    "issuer rule add",
    "issuer serve",
    "issuer trusted",
    "token",
    "token get",
    "token inspect",
];

#[test]
fn every_command_explains_itself() {
    let folder = Folder::new();
    let mut manual = String::new();
    for command in COMMANDS {
        let words = format!("{command} --help");
        let help = folder.done(words.trim_start());
        manual.push_str(&format!("$ tower-bearer {}\n{help}\n", words.trim_start()));
    }
    insta::assert_snapshot!(manual);
}

#[test]
fn a_command_line_that_is_wrong_is_told_so_and_exits_with_2() {
    let folder = Folder::new();
    for words in [
        "",
        "issue",
        "issuer",
        "issuer app add",
        "issuer rule add a b",
        "issuer rule add a b c --resource d",
        "issuer account add a --lifetime 10",
        "issuer account add a --metadata role",
        "issuer account add a --no-secret",
        "issuer rotate --now --announce",
        "token get --client-id a",
        "token get --client-id a --issuer https://a.example --endpoint https://a.example/token",
        "token get --client-id a --issuer https://a.example --secret-stdin --secret-file b",
        "token inspect",
        "token inspect - --jwks a",
        "token inspect - --jwks a --issuer https://a.example",
        "token inspect - --issuer https://a.example",
        "token inspect - --audience b",
        "token get --issuer https://a.example",
        "token inspect - --jwks a --issuer https://a.example --audience b --algorithms none",
        "token inspect - --jwks a --issuer https://a.example --audience b --algorithms HS256",
        "token inspect - --jwks a --issuer https://a.example --audience b --leeway 6m",
        "token inspect - --jwks a --issuer https://a.example --audience b --scope a:{id}",
        "completions tcsh",
    ] {
        let said = folder.refused(2, words);
        assert!(said.contains("Usage:") || said.contains("error:"), "{words}: {said}");
    }
}

#[test]
fn completions_know_every_command_for_every_shell() {
    let folder = Folder::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = folder.done(&format!("completions {shell}"));
        for word in ["issuer", "rotate", "inspect", "completions", "jwks"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn the_version_is_that_of_the_crate() {
    let said = Folder::new().done("--version");
    assert_eq!(said, format!("tower-bearer {}\n", env!("CARGO_PKG_VERSION")));
}
