//! Tokens that are taken back: by command, with an account, and by an issuer that is killed.
//!
//! `TOWER_BEARER_KILLS` says how often the issuer is killed at a random moment, and
//! `TOWER_BEARER_STRACE` that it is also killed before each of the system calls that could leave something
//! half done. `scripts/kill9.sh` sets both.

use std::{
    collections::{HashMap, HashSet},
    convert::Infallible,
    env,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{Request, Response, StatusCode, header::AUTHORIZATION};
use serde_json::Value;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_bearer::{
    Audience, Issuer, ResourceServer,
    status::{StatusBits, StatusCheck, StatusList, StatusOutage},
};

use crate::{
    folder::Folder,
    serve::{Serving, token},
};

/// How often the issuer is killed unless the environment says otherwise.
const KILLS: u32 = 5;

/// How long anything here may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The index and the list of a token's status.
type Place = (u64, String);

/// The claims of a token, which the issuer has made a moment ago.
fn claims(token: &str) -> Value {
    let payload = token.trim().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

fn place(token: &str) -> Place {
    let list = claims(token)["status"]["status_list"].clone();
    (list["idx"].as_u64().unwrap(), list["uri"].as_str().unwrap().to_owned())
}

/// Sends a request, and returns status and body of the answer; `None` if the issuer is gone.
fn send(address: &str, head: &str, body: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let length = body.len();
    let form = "content-type: application/x-www-form-urlencoded\r\nconnection: close";
    let request =
        format!("{head} HTTP/1.1\r\nhost: a\r\n{form}\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// The list at an address, as the issuer publishes it.
fn list(address: &str, uri: &str) -> StatusList {
    let path = uri.strip_prefix("http://127.0.0.1:8080").unwrap();
    let (status, body) = send(address, &format!("GET {path}"), "").unwrap();
    assert_eq!(status, 200, "{path}");
    let lst = claims(&body)["status_list"]["lst"].as_str().unwrap().to_owned();
    StatusList::decode(StatusBits::One, &lst, 1 << 24).unwrap()
}

fn is_valid(address: &str, place: &Place) -> bool {
    list(address, &place.1).get(place.0).unwrap() == 0
}

/// Waits until a token is taken back, for as long as a running issuer may need.
fn wait_until_revoked(address: &str, place: &Place) {
    let begun = Instant::now();
    while is_valid(address, place) {
        assert!(begun.elapsed() < PATIENCE, "{place:?} is valid");
        thread::sleep(Duration::from_millis(50));
    }
}

struct Client {
    folder: Folder,
    secret: String,
}

impl Client {
    fn new() -> Self {
        let (folder, secret) = Folder::with_issuer();
        Self { folder, secret }
    }

    fn token(&self, serving: &Serving) -> String {
        let run = token(&self.folder, &serving.address, "outsourcer-a", &self.secret);
        assert_eq!(run.code, Some(0), "{run:?}");
        run.out.trim().to_owned()
    }
}

#[test]
fn t32_tokens_are_taken_back_by_command_while_the_issuer_runs() {
    let client = Client::new();
    let folder = &client.folder;
    let serving = Serving::start(folder);
    let [first, second, third] = [(); 3].map(|()| client.token(&serving));
    assert!(is_valid(&serving.address, &place(&first)));

    let run = folder.told(&first, &["issuer", "revoke", "-"]);
    assert_eq!((run.code, run.out.as_str()), (Some(0), "took the token back\n"));
    wait_until_revoked(&serving.address, &place(&first));
    assert!(is_valid(&serving.address, &place(&second)));
    let run = folder.told(&first, &["issuer", "revoke", "-"]);
    assert_eq!(run.out, "the token is not valid, or was taken back before\n");

    let said = folder.done("issuer revoke --account outsourcer-a --since 1h --json");
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&said["account"], &said["revoked"]), (&"outsourcer-a".into(), &true.into()));
    wait_until_revoked(&serving.address, &place(&second));
    wait_until_revoked(&serving.address, &place(&third));

    let next = client.token(&serving);
    assert!(is_valid(&serving.address, &place(&next)));
    assert_eq!(folder.done("issuer revoke --all"), "took back every token\n");
    assert_eq!(folder.done("issuer revoke --all"), "there was no token to take back\n");
    wait_until_revoked(&serving.address, &place(&next));
    let said = folder.refused(1, "issuer revoke --account nobody");
    assert!(said.contains("neither an account nor a token of `nobody`"), "{said}");
    for wrong in
        ["issuer revoke", "issuer revoke --all --account a", "issuer revoke --all --since x"]
    {
        assert_eq!(folder.run(wrong).code, Some(2), "{wrong}");
    }
    let off = format!("status_lists = false\n{}", folder.read("issuer.toml"));
    folder.write("issuer.toml", &off);
    let said = folder.refused(1, "issuer revoke --all");
    assert!(said.contains("set `status_lists = true`"), "{said}");
}

#[test]
fn a_removed_account_loses_its_tokens_whether_the_issuer_runs_or_not() {
    let client = Client::new();
    let folder = &client.folder;
    let other = folder.add_account("outsourcer-b");
    folder.done("issuer rule add outsourcer-b display announce:*:read");
    let serving = Serving::start(folder);
    let of_a = place(&client.token(&serving));
    let of_b = token(folder, &serving.address, "outsourcer-b", &other);
    let of_b = place(&of_b.out);
    assert!(is_valid(&serving.address, &of_a) && is_valid(&serving.address, &of_b));
    folder.done("issuer account remove outsourcer-a");
    wait_until_revoked(&serving.address, &of_a);
    assert!(is_valid(&serving.address, &of_b));
    drop(serving);

    folder.done("issuer rule remove outsourcer-b display announce:*:read");
    let serving = Serving::start(folder);
    assert!(!is_valid(&serving.address, &of_a), "still");
    assert!(!is_valid(&serving.address, &of_b), "its rule went while nothing ran");
}

/// What the clients of a killed issuer know.
#[derive(Default)]
struct Known {
    given: Vec<Place>,
    /// The tokens whose revocation was acknowledged.
    revoked: Vec<Place>,
}

/// Gets tokens and takes each second one back, until the issuer is gone.
fn work(address: &str, secret: &str, known: &Mutex<Known>, stop: &AtomicBool) {
    let credentials = format!("client_id=outsourcer-a&client_secret={secret}");
    let ask = format!("grant_type=client_credentials&{credentials}");
    for number in 0_u64.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let Some((200, body)) = send(address, "POST /oauth/token", &ask) else { continue };
        let answer: Value = serde_json::from_str(&body).unwrap();
        let token = answer["access_token"].as_str().unwrap();
        known.lock().unwrap().given.push(place(token));
        let revoke = format!("{credentials}&token={token}");
        if number.is_multiple_of(2)
            && let Some((200, _)) = send(address, "POST /oauth/revoke", &revoke)
        {
            known.lock().unwrap().revoked.push(place(token));
        }
    }
}

/// The system calls by which the issuer writes, each with how many of them an issuer is killed before.
const CALLS: [(&str, u32); 6] = [
    ("fdatasync", 12),
    ("fsync", 4),
    ("rename", 2),
    ("ftruncate", 1),
    ("flock", 16),
    ("write", 40),
];

/// An issuer that is killed before a system call of its own.
fn traced(folder: &Folder, call: &str, when: u32) -> Command {
    let serve = folder.command("issuer serve");
    let mut command = Command::new("strace");
    let inject = format!("inject={call}:signal=KILL:when={when}");
    command.args(["-f", "-o", "/dev/null", "-e", &inject]);
    command.args(["sh", "-c", "echo $$ > pid; exec \"$@\"", "sh"]).arg(serve.get_program());
    command.args(serve.get_args()).current_dir(folder.path(""));
    command
}

/// Kills an issuer that strace runs; strace would leave it alone.
fn kill_traced(folder: &Folder) {
    let pid = folder.read("pid");
    // Most often it is gone.
    let _ = Command::new("kill").args(["-9", pid.trim()]).output().unwrap();
}

/// Lets three clients work until the issuer is gone, or is killed after this time.
fn work_until_killed(
    client: &Client,
    known: &Arc<Mutex<Known>>,
    mut serving: Serving,
    after: Duration,
    end: impl FnOnce(),
) -> bool {
    let stop = Arc::new(AtomicBool::new(false));
    let working: Vec<_> = (0..3)
        .map(|_| {
            let (address, secret) = (serving.address.clone(), client.secret.clone());
            let (known, stop) = (known.clone(), stop.clone());
            thread::spawn(move || work(&address, &secret, &known, &stop))
        })
        .collect();
    let begun = Instant::now();
    let mut is_gone = false;
    while !is_gone && begun.elapsed() < after {
        thread::sleep(Duration::from_millis(5));
        is_gone = serving.is_gone();
    }
    end();
    serving.kill();
    stop.store(true, Ordering::Relaxed);
    working.into_iter().for_each(|working| working.join().unwrap());
    is_gone
}

#[test]
fn no_acknowledged_revocation_is_lost_and_no_index_is_given_twice_by_a_killed_issuer() {
    let kills = env::var("TOWER_BEARER_KILLS").map_or(KILLS, |text| text.parse().unwrap());
    let client = Client::new();
    let known = Arc::new(Mutex::new(Known::default()));
    for kill in 0..kills {
        let serving = Serving::start(&client.folder);
        let after = Duration::from_millis(u64::from(20 + kill * 37 % 180));
        work_until_killed(&client, &known, serving, after, || {});
    }
    if env::var_os("TOWER_BEARER_STRACE").is_some() {
        for (call, most) in CALLS {
            let mut killed = 0;
            for when in 1..=most {
                // It may be killed before it listens.
                let serving = Serving::try_start_by(traced(&client.folder, call, when));
                let after = Duration::from_millis(1_500);
                let end = || kill_traced(&client.folder);
                killed +=
                    u32::from(serving.is_none_or(|serving| {
                        work_until_killed(&client, &known, serving, after, end)
                    }));
                end();
            }
            eprintln!("killed before {killed} of {most} calls of {call}");
        }
    }
    let serving = Serving::start(&client.folder);
    let known = known.lock().unwrap();
    let given: HashSet<&Place> = known.given.iter().collect();
    assert_eq!(given.len(), known.given.len(), "an index was given twice");
    let mut lists = HashMap::new();
    for (index, uri) in &known.revoked {
        let list = lists.entry(uri).or_insert_with(|| list(&serving.address, uri));
        assert_eq!(list.get(*index), Some(1), "{index} of {uri} was acknowledged");
    }
    let revoked: HashSet<&Place> = known.revoked.iter().collect();
    let valid = given.iter().filter(|place| !revoked.contains(*place)).filter(|(index, uri)| {
        let list = lists.entry(uri).or_insert_with(|| list(&serving.address, uri));
        list.get(*index) == Some(0)
    });
    let valid = valid.count();
    assert!(kills < 5 || (known.revoked.len() > 20 && valid > 20), "it was killed too early");
    eprintln!(
        "killed {kills} times: {} tokens given, {} revocations acknowledged, {valid} of the others valid",
        known.given.len(),
        known.revoked.len(),
    );
}

/// A port that nobody listens on, most likely for a while.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// What an API answers to a request with this token.
async fn ask(api: &ResourceServer, token: &str) -> StatusCode {
    let handler = service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(())) });
    let request = Request::get("/").header(AUTHORIZATION, format!("Bearer {token}"));
    let request = request.body(()).unwrap();
    api.layer().layer(handler).oneshot(request).await.unwrap().status()
}

/// The issuer is a process of its own, the API is in this one, and the clock is the real one.
#[tokio::test]
async fn an_account_that_is_removed_at_the_issuer_is_refused_by_an_api_in_another_process() {
    const TTL: Duration = Duration::from_secs(15);
    let client = Client::new();
    let folder = &client.folder;
    let address = format!("127.0.0.1:{}", free_port());
    let config = folder.read("issuer.toml");
    let config = config.replace("127.0.0.1:8080", &address).replace("127.0.0.1:0", &address);
    folder.write("issuer.toml", &config.replacen("\n\n", "\nstatus_list_ttl = \"15s\"\n\n", 1));
    let other = folder.add_account("outsourcer-b");
    folder.done("issuer rule add outsourcer-b display announce:*:read");
    let serving = Serving::start(folder);
    let of_a = client.token(&serving);
    let of_b = token(folder, &serving.address, "outsourcer-b", &other).out.trim().to_owned();
    let api = ResourceServer::discover(
        Issuer::new(format!("http://{address}")).unwrap(),
        Audience::new("https://display.example").unwrap(),
    )
    .check_status(StatusCheck::require(StatusOutage::Refuse))
    .allow_loopback_http()
    .build()
    .unwrap();
    assert_eq!(ask(&api, &of_a).await, StatusCode::OK);
    assert_eq!(ask(&api, &of_b).await, StatusCode::OK);
    folder.done("issuer account remove outsourcer-a");
    let begun = Instant::now();
    while ask(&api, &of_a).await != StatusCode::UNAUTHORIZED {
        // A second for the configuration, one for the list, and one for a slow machine.
        assert!(begun.elapsed() < TTL + Duration::from_secs(3), "still admitted");
        assert_eq!(ask(&api, &of_b).await, StatusCode::OK);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    eprintln!("refused after {:?}, with a ttl of {TTL:?}", begun.elapsed());
    assert_eq!(ask(&api, &of_b).await, StatusCode::OK);
}
