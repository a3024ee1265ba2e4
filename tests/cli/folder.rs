//! A folder of a test's own, in which it runs the program.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

/// Removed with all that is in it when it is dropped.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

/// What a run of the program came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Folder {
    /// An empty folder.
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(name);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// A folder with an issuer that has an application and an account, and the account's secret.
    pub(crate) fn with_issuer() -> (Self, String) {
        let folder = Self::new();
        folder.write("issuer.toml", ISSUER);
        folder.done("issuer app add display --audience https://display.example");
        folder.done("issuer resource add display announce create read update delete");
        let secret = folder.add_account("outsourcer-a");
        folder.done("issuer rule add outsourcer-a display announce:*:read");
        (folder, secret)
    }

    /// Makes an account, and returns its secret.
    pub(crate) fn add_account(&self, key: &str) -> String {
        let shown = self.done(&format!("issuer account add {key} --json"));
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(shown["client_id"], key);
        shown["client_secret"].as_str().unwrap().to_owned()
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap()
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        fs::write(self.path(file), text).unwrap();
    }

    /// The program in this folder, with words that are parted by blanks.
    pub(crate) fn command(&self, words: &str) -> Command {
        self.command_of(&words.split(' ').collect::<Vec<_>>())
    }

    pub(crate) fn command_of(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tower-bearer"));
        command.args(words).current_dir(&self.0).stdin(Stdio::null());
        for name in ["CLIENT_ID", "CLIENT_SECRET", "CONFIG", "ISSUER"] {
            command.env_remove(format!("TOWER_BEARER_{name}"));
        }
        command.env_remove("RUST_LOG").env("COLUMNS", "100");
        command
    }

    pub(crate) fn run(&self, words: &str) -> Run {
        Run::of(&self.command(words).output().unwrap())
    }

    /// Runs a command that must succeed, and returns what it prints.
    pub(crate) fn done(&self, words: &str) -> String {
        let run = self.run(words);
        assert_eq!(run.code, Some(0), "{words}: {run:?}");
        run.out
    }

    /// Runs a command that must fail in this way, and returns what it says.
    pub(crate) fn refused(&self, code: i32, words: &str) -> String {
        let run = self.run(words);
        assert_eq!(run.code, Some(code), "{words}: {run:?}");
        assert_eq!(run.out, "", "{words}");
        run.err
    }

    /// Runs a command with this text on its standard input.
    pub(crate) fn told(&self, text: &str, words: &[&str]) -> Run {
        let mut command = self.command_of(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child: Child = command.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        // A program that does not read its input is its own matter.
        let _ = std::io::Write::write_all(&mut input, text.as_bytes());
        drop(input);
        Run::of(&child.wait_with_output().unwrap())
    }
}

impl Run {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// An issuer whose keys are made fast; port 0 is any free one.
pub(crate) const ISSUER: &str = "\
# An issuer for a test.
issuer = \"http://127.0.0.1:8080\"
listen = \"127.0.0.1:0\"
allow_loopback_http = true
algorithm = \"ES256\"
";
