//! An issuer that runs.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{Receiver, channel},
    },
    thread,
    time::Duration,
};

use tower_bearer::{
    algorithm::Algorithm,
    key::{SigningKey, public_jwk_set},
    time::{Clock as _, SystemClock},
};

use crate::{
    folder::{Folder, ISSUER, Run},
    inspect::sign,
};

/// How long anything here may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// `issuer serve`, until it is dropped.
pub(crate) struct Serving {
    child: Child,
    pub(crate) address: String,
    log: Receiver<String>,
    /// What the log has said by now.
    said: String,
}

impl Serving {
    pub(crate) fn start(folder: &Folder) -> Self {
        Self::start_by(folder.command("issuer serve"))
    }

    /// Starts a server by this command.
    pub(crate) fn start_by(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (lines, log) = channel();
        let errors = BufReader::new(child.stderr.take().unwrap());
        thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                let _ = lines.send(line);
            }
        });
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let address = first.trim().strip_prefix("listening on http://").map(str::to_owned);
        let Some(address) = address else {
            panic!("it does not serve: {:?}", log.iter().collect::<Vec<_>>())
        };
        Self { child, address, log, said: String::new() }
    }

    /// Starts a server by this command; `None` if it ends before it listens. Its log is not kept.
    pub(crate) fn try_start_by(mut command: Command) -> Option<Self> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let address = first.trim().strip_prefix("listening on http://").map(str::to_owned);
        if address.is_none() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        Some(Self { child, address: address?, log: channel().1, said: String::new() })
    }

    /// Returns true if it has ended.
    pub(crate) fn is_gone(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits until the log says this.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        loop {
            let line = self.log.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("no `{text}` in {}", self.said));
            self.said.push_str(&line);
            self.said.push('\n');
            if line.contains(text) {
                return line;
            }
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let kill = Command::new("kill").args([name, &pid]).status().unwrap();
        assert!(kill.success());
    }

    /// Ends it, and returns how, and all that its log has said.
    pub(crate) fn end(mut self, signal: &str) -> (ExitStatus, String) {
        self.signal(signal);
        let status = self.child.wait().unwrap();
        let rest: Vec<_> = self.log.iter().collect();
        (status, format!("{}{}", self.said, rest.join("\n")))
    }

    /// Kills it (SIGKILL).
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The status of an answer to a request without a body.
    pub(crate) fn status(&self, path: &str) -> u16 {
        status(&self.address, path)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn status(address: &str, path: &str) -> u16 {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    status_of(stream)
}

/// The status of the answer to a token request.
fn post(address: &str, form: &str) -> u16 {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = "content-type: application/x-www-form-urlencoded\r\nconnection: close";
    let length = form.len();
    write!(
        stream,
        "POST /oauth/token HTTP/1.1\r\nhost: a\r\n{head}\r\ncontent-length: {length}\r\n\r\n{form}"
    )
    .unwrap();
    status_of(stream)
}

fn status_of(mut stream: TcpStream) -> u16 {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

/// Asks the issuer for a token by the program's own client.
pub(crate) fn token(folder: &Folder, address: &str, key: &str, secret: &str) -> Run {
    let endpoint = format!("http://{address}/oauth/token");
    let mut command = folder.command("token get --audience https://display.example");
    command.args(["--endpoint", &endpoint, "--client-id", key]);
    Run::of(&command.env("TOWER_BEARER_CLIENT_SECRET", secret).output().unwrap())
}

#[test]
fn a_served_issuer_gives_tokens_that_inspect_admits_offline() {
    let (folder, secret) = Folder::with_issuer();
    let serving = Serving::start(&folder);
    let run = token(&folder, &serving.address, "outsourcer-a", &secret);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{run:?}");
    let jwks = format!("http://{}/.well-known/jwks.json", serving.address);
    let words = |scope: &'static str, jwks: &str| {
        let words = "token inspect - --issuer http://127.0.0.1:8080 --strict --audience";
        let mut words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        let rest = ["https://display.example", "--scope", scope, "--jwks", jwks];
        words.extend(rest.map(str::to_owned));
        words
    };
    let inspect = |scope, jwks: &str| {
        let words = words(scope, jwks);
        folder.told(&run.out, &words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let admitted = inspect("announce:7:read", &jwks);
    assert_eq!(admitted.code, Some(0), "{admitted:?}");
    let refused = inspect("announce:7:create", &jwks);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.out.ends_with("refused: the token does not grant announce:7:create\n"));
    let (status, _) = serving.end("-TERM");
    assert!(status.success(), "{status}");
    assert_eq!(inspect("announce:7:read", &jwks).code, Some(3), "the keys cannot be had");
}

/// A request whose body is still to come when the end is asked for.
#[test]
fn a_request_that_has_begun_is_answered_before_the_end() {
    let (folder, _) = Folder::with_issuer();
    let mut serving = Serving::start(&folder);
    let mut stream = TcpStream::connect(&serving.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let body = "grant_type=client_credentials&client_id=outsourcer-a&client_secret=guessed";
    let head = "POST /oauth/token HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\n\
        content-type: application/x-www-form-urlencoded\r\n";
    write!(stream, "{head}content-length: {}\r\n\r\n", body.len()).unwrap();
    let mut answer = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    answer.read_line(&mut line).unwrap();
    assert_eq!(line, "HTTP/1.1 100 Continue\r\n");
    serving.signal("-TERM");
    serving.wait_for("shutting down");
    stream.write_all(body.as_bytes()).unwrap();
    let mut rest = String::new();
    answer.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("HTTP/1.1 401"), "{rest}");
    assert!(serving.child.wait().unwrap().success());
    assert!(TcpStream::connect(&serving.address).is_err(), "nobody is there any more");
}

/// The configuration changes many times while requests are made; none of them fails.
#[test]
fn a_new_configuration_is_taken_without_dropping_a_request() {
    let (folder, secret) = Folder::with_issuer();
    let mut serving = Serving::start(&folder);
    let (address, stop) = (serving.address.clone(), Arc::new(AtomicBool::new(false)));
    let answered = Arc::new(AtomicUsize::new(0));
    let asking: Vec<_> = (0..2)
        .map(|_| {
            let (address, stop, answered) = (address.clone(), stop.clone(), answered.clone());
            thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    assert_eq!(status(&address, "/.well-known/jwks.json"), 200);
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let other = folder.add_account("outsourcer-b");
    folder.done("issuer rule add outsourcer-b display announce:*:read");
    serving.wait_for("rules=2");
    assert_eq!(token(&folder, &address, "outsourcer-b", &other).code, Some(0));
    folder.done("issuer account remove outsourcer-a");
    serving.signal("-HUP");
    serving.wait_for("accounts=1");
    assert_eq!(token(&folder, &address, "outsourcer-a", &secret).code, Some(1));
    folder.done("issuer rotate --now");
    serving.signal("-HUP");
    serving.wait_for("configuration reloaded");
    stop.store(true, Ordering::Relaxed);
    asking.into_iter().for_each(|asking| asking.join().unwrap());
    assert!(answered.load(Ordering::Relaxed) > 20, "{answered:?} requests");
}

#[test]
fn a_broken_configuration_is_reported_and_the_old_one_serves_on() {
    let (folder, secret) = Folder::with_issuer();
    let mut serving = Serving::start(&folder);
    let good = folder.read("issuer.toml");
    folder.write("issuer.toml", &good.replace("algorithm", "algorithn"));
    serving.wait_for("keeping the previous configuration: issuer.toml has 1 problem");
    serving.wait_for("issuer.toml:5: unknown setting `algorithn`: did you mean `algorithm`?");
    assert_eq!(token(&folder, &serving.address, "outsourcer-a", &secret).code, Some(0));
    folder.write("issuer.toml", &good.replace("http://127.0.0.1:8080", "http://127.0.0.1:8081"));
    serving.wait_for("cannot change while it runs");
    folder.write("issuer.toml", &good.replace("127.0.0.1:0", "127.0.0.1:8082"));
    serving.wait_for("restart the issuer to use the new address");
    assert_eq!(token(&folder, &serving.address, "outsourcer-a", &secret).code, Some(0));
}

/// The desk from which tests command an issuer is no part of the program.
/// The head of the answer to a request with this `Origin`.
fn head_for(address: &str, origin: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!("host: {address}\r\norigin: {origin}\r\nconnection: close");
    write!(stream, "GET /.well-known/jwks.json HTTP/1.1\r\n{head}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split("\r\n\r\n").next().unwrap().to_ascii_lowercase()
}

#[test]
fn w44_web_pages_of_the_files_origins_may_read_the_answers() {
    let folder = Folder::new();
    folder.write(
        "issuer.toml",
        &format!("{ISSUER}allowed_origins = [\"https://console.example\"]\n"),
    );
    let issuer = Serving::start(&folder);
    let allowed = "access-control-allow-origin: https://console.example";
    assert!(head_for(&issuer.address, "https://console.example").contains(allowed));
    let other = head_for(&issuer.address, "https://console.example.evil");
    assert!(!other.contains("access-control-allow-origin"), "{other}");
    drop(issuer);
    folder.write("issuer.toml", ISSUER);
    let issuer = Serving::start(&folder);
    let none = head_for(&issuer.address, "https://console.example");
    assert!(!none.contains("access-control-allow-origin"), "none by default: {none}");
}

#[test]
fn w22_an_issuer_at_a_named_host_says_so_when_it_starts() {
    let folder = Folder::new();
    let text = ISSUER.replace("http://127.0.0.1:8080", "http://issuer:8080");
    folder.write("issuer.toml", &format!("{text}allow_http_to = [\"issuer:8080\"]\n"));
    let mut issuer = Serving::start(&folder);
    assert!(issuer.wait_for("plain http is allowed").contains("issuer:8080"));
}

#[test]
fn the_program_cannot_be_told_to_fail() {
    let (folder, _) = Folder::with_issuer();
    let serving = Serving::start(&folder);
    for action in ["faults", "mint", "rotate", "withdraw"] {
        assert_eq!(serving.status(&format!("/testing/{action}")), 404, "{action}");
    }
    assert_eq!(serving.status("/.well-known/jwks.json"), 200);
}

/// What the file says of an account counts: its quota, its public key, and that it is disabled.
#[test]
fn t31_and_t34_an_account_has_the_quota_and_the_public_key_of_the_file() {
    let (folder, secret) = Folder::with_issuer();
    let key = SigningKey::generate(Algorithm::ES256).unwrap().with_kid("of-the-signer");
    folder.write("signer.json", &public_jwk_set([&key]));
    folder.done("issuer account add signer --public-key signer.json --no-secret");
    folder.done("issuer rule add signer display announce:*:read");
    let file = folder.read("issuer.toml");
    let quota = "key = \"outsourcer-a\"\nquota = { tokens_per_day = 1 }";
    folder.write("issuer.toml", &file.replace("key = \"outsourcer-a\"", quota));
    let mut serving = Serving::start(&folder);

    assert_eq!(token(&folder, &serving.address, "outsourcer-a", &secret).code, Some(0));
    let run = token(&folder, &serving.address, "outsourcer-a", &secret);
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.err.contains("next: try again in "), "{run:?}");

    let assertion = sign(
        &key,
        r#"{"typ":"JWT","alg":"ES256","kid":"of-the-signer"}"#,
        &serde_json::json!({
            "iss": "signer",
            "sub": "signer",
            "aud": "http://127.0.0.1:8080",
            "jti": "1",
            "exp": SystemClock.now().as_secs() + 60,
        })
        .to_string(),
    );
    let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let form = format!(
        "grant_type=client_credentials&audience=https%3A%2F%2Fdisplay.example&\
         client_assertion_type={kind}&client_assertion={assertion}"
    );
    assert_eq!(post(&serving.address, &form), 200);
    assert_eq!(post(&serving.address, &form), 401, "an assertion is good once");
    folder.done("issuer account disable signer display");
    serving.wait_for("configuration reloaded");
    let run = folder.refused(1, "issuer account secret remove signer");
    assert!(run.contains("account `signer` has no secret"), "{run}");
}

/// Keys that a command changes are published by the issuer that runs, and survive its end.
#[test]
fn t34_a_rotation_by_command_reaches_the_issuer_that_runs() {
    let (folder, secret) = Folder::with_issuer();
    let mut serving = Serving::start(&folder);
    let kid = |run: &Run| {
        let shown = folder.told(&run.out, &["token", "inspect", "-", "--json"]).out;
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        shown["header"]["kid"].as_str().unwrap().to_owned()
    };
    let before = kid(&token(&folder, &serving.address, "outsourcer-a", &secret));
    folder.done("issuer rotate --now");
    serving.signal("-HUP");
    serving.wait_for("configuration reloaded");
    let after = kid(&token(&folder, &serving.address, "outsourcer-a", &secret));
    assert_ne!(before, after);
    drop(serving);
    let serving = Serving::start(&folder);
    assert_eq!(kid(&token(&folder, &serving.address, "outsourcer-a", &secret)), after);
}

/// The file changes in nothing but its mode when it becomes readable.
#[cfg(unix)]
#[test]
fn a_withdrawal_reaches_an_issuer_that_could_not_read_it_at_first() {
    use std::{
        fs::{self, Permissions},
        os::unix::fs::PermissionsExt as _,
    };

    let (folder, secret) = Folder::with_issuer();
    let mut serving = Serving::start(&folder);
    let kid = |serving: &Serving| {
        let run = token(&folder, &serving.address, "outsourcer-a", &secret);
        let shown = folder.told(&run.out, &["token", "inspect", "-", "--json"]).out;
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        shown["header"]["kid"].as_str().unwrap().to_owned()
    };
    let withdrawn = kid(&serving);
    folder.write("other.toml", &folder.read("issuer.toml"));
    fs::create_dir(folder.path("other.state")).unwrap();
    let (keys, others) = ("issuer.state/keys.json", folder.path("other.state/keys.json"));
    fs::copy(folder.path(keys), &others).unwrap();
    folder.done(&format!("issuer rotate --withdraw {withdrawn} --config other.toml"));
    fs::set_permissions(&others, Permissions::from_mode(0o644)).unwrap();
    fs::rename(&others, folder.path(keys)).unwrap();
    serving.wait_for("keeping the previous signing keys");
    assert_eq!(kid(&serving), withdrawn);
    fs::set_permissions(folder.path(keys), Permissions::from_mode(0o600)).unwrap();
    serving.wait_for("signing keys loaded");
    assert_ne!(kid(&serving), withdrawn);
}

/// What becomes readable is the same file at the same time as before.
#[test]
fn a_configuration_that_could_not_be_read_is_read_again() {
    use std::fs::File;

    let (folder, _) = Folder::with_issuer();
    let mut serving = Serving::start(&folder);
    let good = folder.read("issuer.toml").replace("# An issuer for a test.", "# Again.");
    let mut unreadable = good.clone().into_bytes();
    unreadable[0] = 0xff;
    let path = folder.path("issuer.toml");
    std::fs::write(&path, unreadable).unwrap();
    let written = std::fs::metadata(&path).unwrap().modified().unwrap();
    serving.wait_for("issuer.toml cannot be read");
    let mut file = File::options().write(true).open(&path).unwrap();
    file.write_all(good.as_bytes()).unwrap();
    file.set_modified(written).unwrap();
    serving.wait_for("configuration reloaded");
}

#[test]
fn the_log_holds_neither_secret_nor_token() {
    let (folder, secret) = Folder::with_issuer();
    let serving = Serving::start(&folder);
    let good = token(&folder, &serving.address, "outsourcer-a", &secret);
    let guessed = token(&folder, &serving.address, "outsourcer-a", "a-guessed-secret");
    assert_eq!((good.code, guessed.code), (Some(0), Some(1)));
    assert!(!format!("{guessed:?}").contains("a-guessed-secret"));
    assert_eq!(serving.status("/.well-known/oauth-authorization-server"), 200);
    assert_eq!(serving.status("/nothing"), 404);
    let (status, log) = serving.end("-INT");
    assert!(status.success(), "{status}");
    assert!(log.contains("serving"), "{log}");
    let refused = log.lines().find(|line| line.contains("token refused")).unwrap_or_default();
    assert!(refused.contains("client_id=\"outsourcer-a\""), "{log}");
    for hidden in [secret.as_str(), "a-guessed-secret", good.out.trim()] {
        assert!(!log.contains(hidden), "{log}");
    }
}

#[test]
fn an_address_that_is_taken_is_told() {
    let (folder, _) = Folder::with_issuer();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    folder.write("issuer.toml", &folder.read("issuer.toml").replace("127.0.0.1:0", &address));
    let said = folder.refused(3, "issuer serve");
    assert!(said.contains("cannot listen on"), "{said}");
}
