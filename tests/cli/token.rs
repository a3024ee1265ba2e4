//! `token get`

use serde_json::Value;

use crate::{
    folder::{Folder, Run},
    serve::Serving,
};

struct Asking {
    folder: Folder,
    secret: String,
    serving: Serving,
}

impl Asking {
    fn start() -> Self {
        let (folder, secret) = Folder::with_issuer();
        let serving = Serving::start(&folder);
        Self { folder, secret, serving }
    }

    /// `token get` with more words; the secret is in the variable.
    fn get(&self, words: &str) -> Run {
        let endpoint = format!("http://{}/oauth/token", self.serving.address);
        let mut command = self.folder.command("token get --client-id outsourcer-a --endpoint");
        command.arg(endpoint).env("TOWER_BEARER_CLIENT_SECRET", &self.secret);
        command.args(words.split(' ').filter(|word| !word.is_empty()));
        Run::of(&command.output().unwrap())
    }
}

#[test]
fn every_way_to_send_the_credentials_gets_a_token() {
    let asking = Asking::start();
    for way in ["", "--auth basic", "--auth post", "--auth json"] {
        let run = asking.get(&format!("{way} --audience https://display.example"));
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{way}: {run:?}");
        assert_eq!(run.out.trim_end().split('.').count(), 3, "{run:?}");
        assert_eq!(run.out.lines().count(), 1, "{run:?}");
    }
    let run = asking.get("--resource https://display.example");
    assert_eq!(run.code, Some(0), "{run:?}");
}

#[test]
fn c4_what_is_not_granted_is_told_and_may_be_a_failure() {
    let asking = Asking::start();
    let wanted = "--audience https://display.example --scope announce:read --scope revenue:read";
    let run = asking.get(wanted);
    assert_eq!((run.code, run.err.as_str()), (Some(0), "note: not granted: revenue:read\n"));
    let run = asking.get(&format!("{wanted} --whole"));
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""), "{run:?}");
    let run = asking.get(&format!("{wanted} --json"));
    let answer: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(answer["scope"], "announce:read");
    assert_eq!(answer["rejected_scope"], "revenue:read");
    assert_eq!(answer["token_type"], "Bearer");
    let run = asking.get("--audience https://display.example --scope revenue:read");
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.err.contains("rejects the requested scope: revenue:read"), "{run:?}");
}

#[test]
fn the_secret_comes_from_a_variable_a_file_or_standard_input() {
    let Asking { folder, secret, serving } = Asking::start();
    let endpoint = format!("http://{}/oauth/token", serving.address);
    let words = |more: &[&'static str]| {
        let words = ["token", "get", "--client-id", "outsourcer-a", "--endpoint"];
        [&words[..], &[Box::leak(endpoint.clone().into_boxed_str())], more].concat()
    };
    folder.write("secret", &format!("{secret}\n"));
    let run = folder.told("", &words(&["--secret-file", "secret"]));
    assert_eq!(run.code, Some(0), "{run:?}");
    let run = folder.told(&format!("{secret}\r\n"), &words(&["--secret-stdin"]));
    assert_eq!(run.code, Some(0), "{run:?}");
    let mut command = folder.command_of(&words(&["--secret-env", "OTHER"]));
    let run = Run::of(&command.env("OTHER", &secret).output().unwrap());
    assert_eq!(run.code, Some(0), "{run:?}");
    let run = folder.told("", &words(&[]));
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.err.contains("set TOWER_BEARER_CLIENT_SECRET, or give --secret-file"), "{run:?}");
    let run = folder.told("", &words(&["--secret-file", "none"]));
    assert_eq!(run.code, Some(3), "{run:?}");
}

#[test]
fn a_refusal_says_what_to_do_next() {
    let asking = Asking::start();
    let run = asking.get("--audience https://other.example");
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.err.contains("next: name the API by --audience or --resource"), "{run:?}");
    let mut command = asking.folder.command("token get --client-id nobody --endpoint");
    command.arg(format!("http://{}/oauth/token", asking.serving.address));
    let run = Run::of(&command.env("TOWER_BEARER_CLIENT_SECRET", "guess").output().unwrap());
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.err.contains("next: check the client id and the secret"), "{run:?}");
    assert!(!run.err.contains("guess"));
}

/// The issuer's metadata name the endpoint, and must be the issuer's own.
#[test]
fn c5_an_issuer_is_found_by_its_metadata_and_another_ones_are_refused() {
    let (folder, secret) = Folder::with_issuer();
    let get = |issuer: &str| {
        let mut command = folder.command("token get --client-id outsourcer-a --issuer");
        Run::of(&command.arg(issuer).env("TOWER_BEARER_CLIENT_SECRET", &secret).output().unwrap())
    };
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let file = folder.read("issuer.toml").replace("127.0.0.1:8080", &free.to_string());
    folder.write("issuer.toml", &file.replace("127.0.0.1:0", &free.to_string()));
    assert_eq!(get(&format!("http://{free}")).code, Some(3), "nobody is there yet");
    let _serving = Serving::start(&folder);
    let run = get(&format!("http://{free}"));
    assert_eq!(run.code, Some(0), "{run:?}");
    let run = get(&format!("http://{free}/"));
    assert_eq!(run.code, Some(1), "a trailing slash counts: {run:?}");
    assert!(run.err.ends_with(&format!("next: try --issuer http://{free}\n")), "{run:?}");
    let run = get("http://issuer.example");
    assert_eq!(run.code, Some(3), "plain http is for this machine alone: {run:?}");
}
