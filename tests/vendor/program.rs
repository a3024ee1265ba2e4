//! The program `tower-bearer`, as an operator runs it.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use tower_bearer::issuer::Credentials;

/// An issuer's configuration in a folder of its own, and the issuer once it is served.
pub(crate) struct Program {
    folder: PathBuf,
    url: String,
    serving: Option<Child>,
}

/// An account's key and secret, as the program shows them once.
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl From<Credentials> for Client {
    fn from(made: Credentials) -> Self {
        Self { id: made.client_id, secret: made.client_secret.expose().to_owned() }
    }
}

impl Program {
    /// A configuration with these settings and nothing else. The issuer's URL is a loopback
    /// address, with `end` behind it.
    pub(crate) fn new(name: &str, end: &str, settings: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let url = format!("http://{free}");
        let head = format!(
            "issuer = \"{url}{end}\"\nlisten = \"{free}\"\nallow_loopback_http = true\n{settings}\n"
        );
        fs::write(folder.join("issuer.toml"), head).unwrap();
        Self { folder, url, serving: None }
    }

    /// Where the issuer is served, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tower-bearer"));
        command.current_dir(&self.folder).arg("issuer").args(words);
        command
    }

    /// Runs `tower-bearer issuer` with these words, and says what it printed.
    pub(crate) fn run(&self, words: &[&str]) -> String {
        let output = self.command(words).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {told}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Adds an account; its secret is shown this once.
    pub(crate) fn add_account(&self, words: &[&str]) -> Client {
        let words = [&["account", "add", "--json"], words].concat();
        let shown: Value = serde_json::from_str(&self.run(&words)).unwrap();
        let member = |name: &str| shown[name].as_str().unwrap().to_owned();
        Client { id: member("client_id"), secret: member("client_secret") }
    }

    /// Serves the issuer until this value is dropped.
    pub(crate) fn serve(&mut self) {
        let mut command = self.command(&["serve", "--log", "off"]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        self.serving = Some(child);
        assert_eq!(ready.trim_end(), format!("listening on {}", self.url));
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(mut child) = self.serving.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}
