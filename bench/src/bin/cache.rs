//! What a request costs whose token is cached, but not in the cache of the thread that serves it:
//! one of 10,000 tokens in turn, and one that another thread met first. And how much memory a cached
//! token takes.

use std::{
    rc::Rc,
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::Router;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tower_bearer::{
    algorithm::Algorithm,
    key::{SigningKey, public_jwk_set},
    status::{StatusBits, StatusCheck, StatusList, StatusOutage, TOKEN_TYPE},
};
use tower_bearer_bench::{
    Counting, Draft, KeyServer, USUAL_BYTES, bytes_in_use,
    race::{Race, Results},
    remote,
    report::{Report, micros, number},
    server, stacks,
};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const DURATION: Duration = Duration::from_secs(15);
const TOKENS: usize = 10_000;
/// Where the status of a token is.
const LIST: &str = "https://issuer.example/lists/1";
/// Room for all tokens.
const CACHE_BYTES: usize = 64 << 20;

const BARE: &str = "bare";
const EMPTY: &str = "empty layer";
const HOT: &str = "one hot token";
const IN_TURN: &str = "10,000 tokens in turn";
const CHECKED: &str = "one hot token, its status checked in a list of 10 million";
const OTHER_THREAD: &str = "met first by another thread";

fn main() {
    let mut lab = Lab::new(Algorithm::EdDSA);
    let memory = [
        ("EdDSA", memory_of_a_token(&mut lab, TOKENS)),
        ("RS256", memory_of_a_token(&mut Lab::new(Algorithm::RS256), TOKENS / 10)),
    ];
    let results = race(lab);
    let mut report = Report::new("8-cache", "Cached tokens");
    report.paragraph(&format!(
        "Time above the bare route, EdDSA tokens of about {USUAL_BYTES} bytes, with room for all of \
         them in the cache. A hot token is in the cache of the thread that serves it; the others \
         are found in the level that all threads share.",
    ));
    report.table(
        ["", "µs above the bare route"],
        [HOT, CHECKED, IN_TURN, OTHER_THREAD]
            .map(|name| [name.to_owned(), micros(results.above(name, BARE))]),
    );
    report.table(
        ["", "bytes of memory for a cached token"],
        memory.map(|(name, bytes)| [name.to_owned(), number(bytes)]),
    );
    for name in [BARE, EMPTY, HOT, CHECKED, IN_TURN, OTHER_THREAD] {
        println!("{name}: {:.0} ns", results.time(name));
    }
    for (name, bytes) in memory {
        println!("memory {name}: {bytes:.0} bytes");
    }
    report.write();
}

struct Lab {
    runtime: Rc<Runtime>,
    key: SigningKey,
    now: u64,
    /// Tokens made so far.
    made: usize,
}

impl Lab {
    fn new(algorithm: Algorithm) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs();
        let key = SigningKey::generate(algorithm).expect("a key");
        Self { runtime: stacks::runtime(), key, now, made: 0 }
    }

    fn router(&self) -> Router {
        let builder = server(remote(KeyServer::new(public_jwk_set([&self.key]))));
        let server = builder.cache_verified_tokens(CACHE_BYTES).build().expect("a server");
        self.runtime.block_on(server.warm_up()).expect("keys");
        stacks::guarded_by_extractor(&server)
    }

    /// The same with a check of the statuses, which are in this list.
    fn checking_router(&self) -> Router {
        let list = StatusList::new(StatusBits::One, 10_000_000);
        let header =
            json!({"alg": self.key.algorithm().name(), "kid": self.key.kid(), "typ": TOKEN_TYPE});
        let claims = json!({"sub": LIST, "iat": self.now, "ttl": 3_600, "status_list": list});
        let encode = |part: Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature =
            URL_SAFE_NO_PAD.encode(self.key.sign(signed.as_bytes()).expect("a signature"));
        let lists = KeyServer::new(format!("{signed}.{signature}"));
        let check = StatusCheck::require(StatusOutage::Refuse).transport(lists);
        let builder = server(remote(KeyServer::new(public_jwk_set([&self.key]))));
        let builder = builder.cache_verified_tokens(CACHE_BYTES).check_status(check);
        let server = builder.build().expect("a server");
        self.runtime.block_on(server.warm_up()).expect("keys");
        stacks::guarded_by_extractor(&server)
    }

    fn token_with_status(&self) -> String {
        let status = json!({"status_list": {"idx": 5_000_000, "uri": LIST}});
        Draft::new(&self.key, self.now).claim("status", status).bytes(USUAL_BYTES).sign()
    }

    fn tokens(&mut self, count: usize) -> Vec<String> {
        let first = self.made;
        self.made += count;
        let draft = Draft::new(&self.key, self.now).bytes(USUAL_BYTES);
        let named = |number: usize| draft.clone().claim("jti", format!("{number:016}")).sign();
        (first..self.made).map(named).collect()
    }
}

/// What the cache allocated for each of its tokens, tables included.
fn memory_of_a_token(lab: &mut Lab, count: usize) -> f64 {
    let router = lab.router();
    let (first, tokens) = (lab.tokens(16), lab.tokens(count));
    meet(&lab.runtime, &router, &first);
    let before = bytes_in_use();
    meet(&lab.runtime, &router, &tokens);
    (bytes_in_use() - before) as f64 / count as f64
}

/// Sends each token once.
fn meet(runtime: &Rc<Runtime>, router: &Router, tokens: &[String]) {
    for token in tokens {
        stacks::calls(runtime, router.clone(), vec![token.clone()], 200)(1);
    }
}

fn race(mut lab: Lab) -> Results {
    let mut race = Race::default();
    let hot = lab.tokens(1);
    let all = lab.tokens(TOKENS);
    let runtime = lab.runtime.clone();
    race.add(BARE, stacks::calls(&runtime, stacks::bare(), hot.clone(), 200));
    race.add(EMPTY, stacks::calls(&runtime, stacks::one_layer_and_extractor(), hot.clone(), 200));
    race.add(HOT, stacks::calls(&runtime, lab.router(), hot, 200));
    let (router, token) = (lab.checking_router(), vec![lab.token_with_status()]);
    race.add(CHECKED, stacks::calls(&runtime, router, token, 200));
    let router = lab.router();
    meet(&runtime, &router, &all);
    race.add(IN_TURN, stacks::calls(&runtime, router, all, 200));
    let router = lab.router();
    // This thread has its cache before others ask for one.
    let first = lab.tokens(1);
    (0..4).for_each(|_| meet(&runtime, &router, &first));
    race.add(OTHER_THREAD, move |calls| {
        let tokens = lab.tokens(calls);
        thread::scope(|scope| {
            scope.spawn(|| meet(&stacks::runtime(), &router, &tokens));
        });
        stacks::calls(&runtime, router.clone(), tokens, 200)(calls)
    });
    race.run(DURATION)
}
