//! Loads servers over HTTP with wrk, server on one core and client on the other, in alternating
//! rounds. `over_http NODE`: the folder where the dependencies of bench/node are installed.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{Router, routing::get};
use tower_bearer::{
    algorithm::Algorithm,
    key::{SigningKey, public_jwk_set},
};
use tower_bearer_bench::{
    AUDIENCE, Draft, ISSUER, USUAL_BYTES,
    plot::Plot,
    race::median,
    report::{Goal, Report, number},
    stacks,
};

const ROUNDS: usize = 31;
/// The others need no precision: they are told apart at once.
const OTHERS_ROUNDS: usize = 5;
const SECONDS: &str = "1";
const CONNECTIONS: &str = "32";
const BARE: &str = "axum, bare";
/// An empty layer that lends each request a value, and an extractor of it.
const EMPTY: &str = "axum + empty layer";
const WARM: &str = "axum + tower-bearer, warm";
const COLD: &str = "axum + tower-bearer, cold";
const EXPRESS: &str = "express + express-jwt + jwks-rsa";
const FASTIFY: &str = "fastify + fast-jwt, cached";
/// These are told apart by a few percent. Each round starts them anew, since where a process happens
/// to lie in memory counts for about as much, and loads them once before it measures.
const COMPARED: [&str; 3] = [BARE, EMPTY, WARM];

fn main() {
    let node = env::args().nth(1).expect("the folder of bench/node's dependencies");
    let key = SigningKey::generate(Algorithm::RS256).expect("a key");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs();
    let token = Draft::new(&key, now).bytes(USUAL_BYTES).sign();
    let jwks = public_jwk_set([&key]);
    let jwks_uri = serve_keys(jwks.clone());

    let this = env::current_exe().expect("a path").with_file_name("http_server");
    let ours = |name, kind| Server::start(name, Command::new(&this).arg(kind).env("JWKS", &jwks));
    let script = |name, file: &str| {
        let mut command = Command::new("node");
        command.arg(file).current_dir(&node).env("NODE_ENV", "production");
        command.env("JWKS_URI", &jwks_uri).env("ISSUER", ISSUER).env("AUDIENCE", AUDIENCE);
        Server::start(name, &mut command)
    };
    let mut servers = [
        ours(BARE, "bare"),
        ours(EMPTY, "empty"),
        ours(WARM, "warm"),
        ours(COLD, "cold"),
        script(EXPRESS, "express.js"),
        script(FASTIFY, "fastify.js"),
    ];
    let mut loads: BTreeMap<&str, Vec<Load>> = BTreeMap::new();
    for round in 0..ROUNDS {
        for server in &mut servers {
            if COMPARED.contains(&server.name) {
                server.restart();
                server.load(&token);
            } else if round >= OTHERS_ROUNDS {
                continue;
            }
            loads.entry(server.name).or_default().push(server.load(&token));
        }
    }
    report(&servers, &loads);
}

/// The key set on a loopback socket, for servers that fetch it.
fn serve_keys(document: String) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a socket");
    listener.set_nonblocking(true).expect("a socket");
    let address = format!("http://{}/jwks", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        stacks::runtime().block_on(async {
            let json = [("content-type", "application/json")];
            let app = Router::new().route("/jwks", get(async move || (json, document.clone())));
            let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
            axum::serve(listener, app).await.expect("a key server");
        });
    });
    address
}

/// A server in a process of its own, on the first core.
struct Server {
    name: &'static str,
    command: Command,
    running: Running,
}

struct Running {
    child: Child,
    url: String,
}

/// What one round of load came to.
struct Load {
    requests_a_second: f64,
    /// Microseconds of the server's processor.
    cpu_a_request: f64,
    p50: f64,
    p99: f64,
}

impl Server {
    fn start(name: &'static str, command: &mut Command) -> Self {
        let mut pinned = Command::new("taskset");
        pinned.args(["-c", "0"]).arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            pinned.env(name, value.unwrap_or_default());
        }
        if let Some(directory) = command.get_current_dir() {
            pinned.current_dir(directory);
        }
        let running = Running::spawn(&mut pinned);
        Self { name, command: pinned, running }
    }

    fn restart(&mut self) {
        self.running = Running::spawn(&mut self.command);
    }

    fn load(&self, token: &str) -> Load {
        let before = self.cpu_nanos();
        let field = format!("authorization: Bearer {token}");
        let output = Command::new("taskset")
            .args(["-c", "1", "wrk", "--latency", "-t", "1", "-c", CONNECTIONS, "-d", SECONDS])
            .args(["-H", &field, &self.running.url])
            .output()
            .expect("taskset and wrk");
        let cpu = self.cpu_nanos() - before;
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(!text.contains("Non-2xx"), "{} refused:\n{text}", self.name);
        // The word after a line's first.
        let after = |label: &str| {
            let mut lines = text.lines().map(str::split_whitespace);
            let found =
                lines.find_map(
                    |mut words| {
                        if words.next() == Some(label) { words.next() } else { None }
                    },
                );
            found.unwrap_or_else(|| panic!("no {label} in:\n{text}")).to_owned()
        };
        let line = text.lines().find(|line| line.contains(" requests in ")).expect("a count");
        let requests: f64 =
            line.split_whitespace().next().and_then(|it| it.parse().ok()).expect("a count");
        Load {
            requests_a_second: after("Requests/sec:").parse().expect("a number"),
            cpu_a_request: cpu / requests / 1_000.0,
            p50: micros_of(&after("50%")),
            p99: micros_of(&after("99%")),
        }
    }

    /// What all its threads have had of the processor.
    fn cpu_nanos(&self) -> f64 {
        let tasks =
            fs::read_dir(format!("/proc/{}/task", self.running.child.id())).expect("its threads");
        let of_thread = |task: fs::DirEntry| {
            let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse::<f64>().ok()
        };
        tasks.flatten().filter_map(of_thread).sum()
    }
}

impl Running {
    fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("taskset and a server");
        let mut line = String::new();
        let output = child.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut line).expect("its address");
        let running = Self { child, url: format!("{}{}", line.trim(), stacks::PATH) };
        assert!(line.starts_with("http://"), "{command:?} did not start");
        running
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// wrk writes `850.00us`, `1.23ms` or `1.23s`.
fn micros_of(text: &str) -> f64 {
    let (number, factor) = if let Some(number) = text.strip_suffix("us") {
        (number, 1.0)
    } else if let Some(number) = text.strip_suffix("ms") {
        (number, 1_000.0)
    } else {
        (text.trim_end_matches('s'), 1_000_000.0)
    };
    number.parse::<f64>().expect("a time") * factor
}

fn report(servers: &[Server], loads: &BTreeMap<&str, Vec<Load>>) {
    let of = |name: &str, what: fn(&Load) -> f64| median(loads[name].iter().map(what).collect());
    let mut report = Report::new("2-http", "Over HTTP");
    report.paragraph(&format!(
        "wrk with {CONNECTIONS} connections on one core, the server on the other; {ROUNDS} \
         alternating rounds of {SECONDS} s ({OTHERS_ROUNDS} for cold and Node), medians. {BARE}, the \
         empty layer and warm start anew in each, and are loaded for as long before it. All get \
         the same request with the same token of RS256. wrk is the bottleneck where a server is \
         fast, so the server's own processor time says more than requests a second."
    ));
    let rows = servers.iter().map(|server| {
        let name = server.name;
        let requests = of(name, |it| it.requests_a_second);
        let cpu = of(name, |it| it.cpu_a_request);
        let (p50, p99) = (of(name, |it| it.p50), of(name, |it| it.p99));
        [name.to_owned(), number(requests), number(cpu), number(p50), number(p99)]
    });
    report.table(["", "requests/s", "server CPU, µs a request", "p50, µs", "p99, µs"], rows);

    let pairs = loads[BARE].iter().zip(&loads[WARM]);
    let cpu = median(pairs.map(|(bare, warm)| warm.cpu_a_request / bare.cpu_a_request).collect());
    report.goal(
        "Over HTTP, warm: server CPU over that of bare axum",
        Goal::AtMost(1.08),
        cpu,
        " ×",
    );
    let requests = |name| of(name, |it| it.requests_a_second);
    for (other, bound) in [(EXPRESS, 30.0), (FASTIFY, 2.0)] {
        let what = format!("Over HTTP, warm: requests/s over {other}");
        report.goal(&what, Goal::AtLeast(bound), requests(WARM) / requests(other), " ×");
    }
    let bar = |server: &Server| {
        let ours = server.name.contains("tower-bearer");
        (server.name.to_owned(), requests(server.name) / 1_000.0, ours)
    };
    let title = "Requests a second over HTTP on one core, in thousands";
    report.plot("http", &Plot::bars(title, "", servers.iter().map(bar).collect()));
    report.write();
}
