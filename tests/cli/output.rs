//! What the program prints, and where it takes its settings from.

use serde_json::Value;

use crate::{
    folder::{Folder, Run},
    serve::Serving,
};

/// As `tower-bearer .. | head -1` does.
#[test]
fn a_closed_pipe_ends_the_program_without_an_error() {
    let (folder, _) = Folder::with_issuer();
    for words in ["issuer account list", "issuer app list --json", "completions bash"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let run = Run::of(&folder.command(words).stdout(writer).output().unwrap());
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{words}");
    }
}

#[test]
fn quiet_prints_results_and_errors_alone() {
    let (folder, _) = Folder::with_issuer();
    for words in [
        "issuer app add maps --quiet",
        "-q issuer check",
        "issuer rule -q remove outsourcer-a display announce:*:read",
    ] {
        let run = folder.run(words);
        assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (Some(0), "", ""), "{words}");
    }
    let run = folder.run("issuer account add b -q");
    assert!(run.out.contains("client_secret") && run.err.is_empty(), "{run:?}");
    assert!(folder.done("issuer app list -q").contains("maps"));
    assert!(folder.refused(1, "issuer app add maps -q").contains("exists"));
}

#[test]
fn every_command_that_changes_something_can_print_json() {
    let folder = Folder::new();
    for (words, member, value) in [
        ("init --json", "config", "issuer.toml"),
        ("app add display --json", "application", "display"),
        ("resource add display announce read --json", "resource", "announce"),
        ("account add a --json", "client_id", "a"),
        ("rule add a display announce --json", "effect", "allow"),
        ("account disable a display --json", "application", "display"),
        ("account enable a display --json", "account", "a"),
        ("account secret add a --json", "client_id", "a"),
        ("account secret remove a --json", "account", "a"),
        ("check --json", "config", "issuer.toml"),
        ("rule remove a display announce --json", "account", "a"),
        ("resource remove display announce --json", "application", "display"),
        ("account remove a --json", "account", "a"),
        ("app remove display --json", "application", "display"),
    ] {
        let printed: Value =
            serde_json::from_str(&folder.done(&format!("issuer {words}"))).unwrap();
        assert_eq!(printed[member], value, "{words}");
    }
    let rotated: Value = serde_json::from_str(&folder.done("issuer rotate --now --json")).unwrap();
    assert_eq!(rotated[0]["state"], "signs");
}

#[test]
fn check_prints_the_problems_as_json() {
    let (folder, _) = Folder::with_issuer();
    let good: Value = serde_json::from_str(&folder.done("issuer check --json")).unwrap();
    assert_eq!((&good["valid"], &good["rules"]), (&true.into(), &1.into()));
    folder.write("issuer.toml", &folder.read("issuer.toml").replace("algorithm", "algorithn"));
    let run = folder.run("issuer check --json");
    assert_eq!((run.code, run.err.as_str()), (Some(1), ""), "{run:?}");
    let bad: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((&bad["valid"], &bad["problems"][0]["line"]), (&false.into(), &5.into()));
}

#[test]
fn the_configuration_is_named_before_or_after_the_command_or_by_the_environment() {
    let (folder, _) = Folder::with_issuer();
    std::fs::rename(folder.path("issuer.toml"), folder.path("other.toml")).unwrap();
    for words in [
        "--config other.toml issuer check",
        "-c other.toml issuer check",
        "issuer --config other.toml check",
        "issuer check -c other.toml",
    ] {
        assert!(
            folder.done(words).starts_with("other.toml: OK (1 application, 1 account, 1 rule)")
        );
    }
    let with = |words: &str| {
        let mut command = folder.command(words);
        Run::of(&command.env("TOWER_BEARER_CONFIG", "other.toml").output().unwrap())
    };
    assert_eq!(with("issuer check").code, Some(0));
    let run = with("issuer check --config none.toml");
    assert!(run.err.contains("none.toml not found"), "an option counts more: {run:?}");
    let run = with("--config none.toml issuer check");
    assert!(run.err.contains("none.toml not found"), "an option counts more: {run:?}");
}

#[test]
fn probes_ask_for_healthz() {
    let (folder, _) = Folder::with_issuer();
    let serving = Serving::start(&folder);
    assert_eq!(serving.status("/healthz"), 200);
    assert_eq!(serving.status("/healthz/more"), 404);
}

#[test]
fn the_log_can_be_json_and_follows_rust_log() {
    let (folder, _) = Folder::with_issuer();
    let mut serving = Serving::start_by(folder.command("issuer serve --log-format json"));
    let line: Value = serde_json::from_str(&serving.wait_for("serving")).unwrap();
    assert_eq!((&line["level"], &line["message"]), (&"INFO".into(), &"serving".into()));
    drop(serving);
    let mut command = folder.command("issuer serve");
    command.env("RUST_LOG", "warn");
    let (status, log) = Serving::start_by(command).end("-TERM");
    assert!(status.success() && log.is_empty(), "{log}");
    let mut command = folder.command("issuer serve --log info");
    command.env("RUST_LOG", "warn");
    let (_, log) = Serving::start_by(command).end("-TERM");
    assert!(log.contains("serving"), "an option counts more: {log}");
    let run = Run::of(&folder.command("issuer serve").env("RUST_LOG", "a=b=c").output().unwrap());
    assert_eq!(run.code, Some(2), "{run:?}");
}
