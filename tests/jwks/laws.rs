//! What holds whatever happens, seen from outside: random events on a manual clock, an issuer that
//! answers, errs or hangs, and an onlooker who sees the answers only.

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock, Mutex},
};

use bytes::Bytes;
use http::Response;
use proptest::prelude::*;
use tower_bearer::{
    time::{Clock as _, UnixTime},
    transport::{Transport, TransportError, TransportFuture},
};

use super::*;

const PAIRS: usize = 4;
/// Key ids that come again and again, and are never published.
const GHOSTS: usize = 3;
/// Five minutes, and an hour of outage.
const LIFE: Duration = Duration::from_secs(300 + 3_600);
/// How long a missing key id is remembered.
const CERTAIN: Duration = Duration::from_secs(12);

static MINTS: LazyLock<Vec<Mint>> =
    LazyLock::new(|| (0..PAIRS).map(|n| lasting(&Mint::new(), &format!("key-{n}"))).collect());
static TOKENS: LazyLock<Vec<String>> = LazyLock::new(|| MINTS.iter().map(Mint::sign).collect());

fn lasting(mint: &Mint, kid: &str) -> Mint {
    stranger(mint, kid).claim("exp", 9_000_000_000_u64)
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Trouble {
    Down,
    Status(u16),
    Body(&'static str),
    Hangs,
}

#[derive(Clone, Debug)]
enum Event {
    Pass(u64),
    Publish(BTreeSet<usize>),
    Trouble(Option<Trouble>),
    Use(usize),
    Junk,
    Ghost(usize),
    Revoke(usize),
    RefreshNow,
}

fn event() -> impl Strategy<Value = Event> {
    let trouble = prop_oneof![
        Just(Trouble::Down),
        Just(Trouble::Status(500)),
        Just(Trouble::Status(404)),
        Just(Trouble::Body(r#"{"keys":[]}"#)),
        Just(Trouble::Body("<html>")),
        Just(Trouble::Hangs),
    ];
    prop_oneof![
        6 => (0_u64..120_000).prop_map(Event::Pass),
        1 => (0_u64..5_000_000).prop_map(Event::Pass),
        3 => prop::collection::btree_set(0..PAIRS, 1..=PAIRS).prop_map(Event::Publish),
        3 => prop::option::of(trouble).prop_map(Event::Trouble),
        12 => (0..PAIRS).prop_map(Event::Use),
        4 => Just(Event::Junk),
        8 => (0..GHOSTS).prop_map(Event::Ghost),
        1 => (0..PAIRS).prop_map(Event::Revoke),
        1 => Just(Event::RefreshNow),
    ]
}

/// The issuer's key server, in this process.
#[derive(Clone, Debug, Default)]
struct Script(Arc<Mutex<Scene>>);

#[derive(Debug, Default)]
struct Scene {
    published: BTreeSet<usize>,
    trouble: Option<Trouble>,
    asked: usize,
    /// The set of the last good answer, and how many there were.
    good: BTreeSet<usize>,
    answers: usize,
}

impl Transport for Script {
    fn send(&self, request: Request<Bytes>, _: usize) -> TransportFuture<'_> {
        let mut scene = self.0.lock().unwrap();
        scene.asked += 1;
        let answer = Response::builder().header("content-type", "application/json");
        let answer = match scene.trouble {
            Some(Trouble::Down) => return Box::pin(async { Err(TransportError::new("down")) }),
            Some(Trouble::Hangs) => return Box::pin(std::future::pending()),
            Some(Trouble::Status(status)) => answer.status(status).body(Bytes::new()),
            Some(Trouble::Body(text)) => answer.body(text.into()),
            None => {
                scene.good = scene.published.clone();
                scene.answers += 1;
                let keys = scene.published.iter().map(|n| MINTS[*n].key());
                let etag = format!("\"{:?}\"", scene.published);
                if request.headers().get("if-none-match").is_some_and(|known| *known == etag) {
                    answer.status(304).body(Bytes::new())
                } else {
                    answer.header("etag", etag).body(public_jwk_set(keys).into())
                }
            }
        };
        Box::pin(async { Ok(answer.unwrap()) })
    }
}

/// What an onlooker knows of the keys.
#[derive(Default)]
struct Onlooker {
    /// When the last good answer came, and whether an attempt failed since.
    succeeded_at: Option<UnixTime>,
    failed_since: bool,
    revoked: BTreeSet<usize>,
    /// When each key was last in a good set.
    seen: [Option<UnixTime>; PAIRS],
    /// A known key has waited since the last good answer.
    waited: bool,
    junk: usize,
    /// When each ghost was last sought in vain, and in which generation.
    missed: [Option<(UnixTime, u64)>; GHOSTS],
    /// The next generation comes whether a key changes or not.
    bumped: bool,
    /// The attempts that unknown key ids have caused, without repetitions of failed ones.
    unseen: Vec<UnixTime>,
    published: Vec<UnixTime>,
}

struct World {
    script: Script,
    clock: ManualClock,
    server: ResourceServer,
    app: Router,
    onlooker: Onlooker,
}

impl World {
    fn new() -> Self {
        let script = Script::default();
        script.0.lock().unwrap().published = BTreeSet::from([0]);
        let clock = ManualClock::at(NOW);
        let remote = RemoteJwks::new("https://issuer.example/jwks".parse().unwrap());
        let remote = remote.transport(script.clone());
        let server = ResourceServer::builder(Mint::issuer(), Mint::audience(), remote)
            .clock(clock.clone())
            .build()
            .unwrap();
        let app = Router::new().route("/", get(|| async {})).layer(server.layer());
        Self { script, clock, server, app, onlooker: Onlooker::default() }
    }

    fn usable(&self) -> bool {
        self.onlooker.succeeded_at.is_some_and(|then| self.clock.now() < then + LIFE)
    }

    async fn send(&self, token: &str) -> (u16, Duration) {
        let begun = tokio::time::Instant::now();
        let request = Request::get("/").header("authorization", format!("Bearer {token}"));
        let response = self.app.clone().oneshot(request.body(Body::empty()).unwrap()).await;
        (response.unwrap().status().as_u16(), begun.elapsed())
    }

    async fn happens(&mut self, event: Event) {
        let before = {
            let scene = self.script.0.lock().unwrap();
            (scene.good.clone(), scene.answers, scene.asked)
        };
        let generation = self.server.readiness()[0].generation;
        let revokes = matches!(event, Event::Revoke(_));
        self.onlooker.bumped |= matches!(event, Event::RefreshNow);
        match event {
            Event::Pass(millis) => {
                self.clock.advance(Duration::from_millis(millis));
                tokio::time::sleep(Duration::from_millis(millis)).await;
            }
            Event::Publish(set) => self.script.0.lock().unwrap().published = set,
            Event::Trouble(trouble) => self.script.0.lock().unwrap().trouble = trouble,
            Event::Use(n) => self.uses(n, &before.0, before.2).await,
            Event::Junk => {
                self.onlooker.junk += 1;
                let kid = format!("junk-{}", self.onlooker.junk);
                self.uses_junk(&kid, before.2).await;
            }
            Event::Ghost(n) => {
                let (usable, now) = (self.usable(), self.clock.now());
                let status = self.uses_junk(&format!("ghost-{n}"), before.2).await;
                let asked = self.asked() > before.2;
                if let Some((then, when)) = self.onlooker.missed[n]
                    && usable
                    && when == generation
                    && now < then + CERTAIN
                {
                    assert!(!asked, "what is missing is not asked for again");
                }
                if status == 401 && asked {
                    let generation = self.server.readiness()[0].generation;
                    self.onlooker.missed[n] = Some((self.clock.now(), generation));
                }
            }
            Event::Revoke(n) => {
                self.server.revoke_kid(&Mint::issuer(), MINTS[n].key().kid());
                self.onlooker.revoked.insert(n);
            }
            Event::RefreshNow => {
                let refreshed = self.server.refresh_now().await;
                let good = self.script.0.lock().unwrap().trouble.is_none();
                assert_eq!(refreshed.is_ok(), good);
            }
        }
        // What was begun beside a request comes to its end.
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.sees(before.1, before.2);
        let changed = self.kept(&before.0) != self.kept(&self.script.0.lock().unwrap().good);
        let now = self.server.readiness()[0].generation;
        if changed {
            assert!(now > generation);
        } else {
            assert!(self.onlooker.bumped || revokes || now == generation);
        }
        self.onlooker.bumped &= self.script.0.lock().unwrap().answers == before.1;
    }

    /// A request with a key that nobody publishes.
    async fn uses_junk(&mut self, kid: &str, asked: usize) -> u16 {
        let usable = self.usable();
        let (status, waited) = self.send(&lasting(&MINTS[0], kid).sign()).await;
        self.refused(status, waited);
        if usable && !self.onlooker.failed_since && self.asked() > asked {
            self.onlooker.unseen.push(self.clock.now());
        }
        status
    }

    fn asked(&self) -> usize {
        self.script.0.lock().unwrap().asked
    }

    fn kept(&self, set: &BTreeSet<usize>) -> BTreeSet<usize> {
        set.difference(&self.onlooker.revoked).copied().collect()
    }

    /// A request with a key that the issuer publishes now and then.
    async fn uses(&mut self, n: usize, before: &BTreeSet<usize>, asked: usize) {
        let (now, usable) = (self.clock.now(), self.usable());
        let known = usable && before.contains(&n);
        let (status, waited) = self.send(&TOKENS[n]).await;
        let after = self.script.0.lock().unwrap().good.clone();
        if self.onlooker.revoked.contains(&n) {
            assert_ne!(status, 200, "a revoked key is not used");
            return;
        }
        if status == 200 {
            assert!(known || after.contains(&n), "a key that was dropped, or is too old");
            if known && waited > Duration::ZERO {
                assert!(!self.onlooker.waited, "a known key waits once");
                self.onlooker.waited = true;
            }
            assert!(waited <= Duration::from_secs(2));
        } else {
            assert!(!(known && after.contains(&n)), "{status} for a key of the last good set");
            self.refused(status, waited);
        }
        if usable && !known && !self.onlooker.failed_since && self.asked() > asked {
            let lately = self.onlooker.seen[n].is_some_and(|then| now < then + 24 * 60 * MINUTE);
            let attempts =
                if lately { &mut self.onlooker.published } else { &mut self.onlooker.unseen };
            attempts.push(now);
        }
    }

    /// An answer for a key that is not there.
    fn refused(&self, status: u16, waited: Duration) {
        assert!(waited <= Duration::from_secs(2), "{waited:?}");
        let scene = self.script.0.lock().unwrap();
        match status {
            401 => {
                let recent = |then: UnixTime| self.clock.now() < then + CERTAIN;
                let before = self.onlooker.succeeded_at.is_some_and(recent);
                let just_now = scene.trouble.is_none();
                assert!(before || just_now, "401 must be certain");
            }
            status => assert_eq!(status, 503),
        }
    }

    /// Takes in what the issuer was asked, and answered, in the meantime.
    fn sees(&mut self, answers: usize, asked: usize) {
        let scene = self.script.0.lock().unwrap();
        let now = self.clock.now();
        if scene.answers > answers {
            self.onlooker.succeeded_at = Some(now);
            self.onlooker.failed_since = false;
            self.onlooker.waited = false;
            for n in &scene.good {
                self.onlooker.seen[*n] = Some(now);
            }
        } else if scene.asked > asked {
            self.onlooker.failed_since = true;
        }
    }
}

/// In every span of time: two, and one for each refill.
fn keeps_to(attempts: &[UnixTime], refill: u64) {
    for (first, begin) in attempts.iter().enumerate() {
        for (last, end) in attempts.iter().enumerate().skip(first) {
            let refills = end.saturating_since(*begin).as_secs() / refill;
            assert!((last - first + 1) as u64 <= 2 + refills, "{attempts:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]
    #[test]
    fn no_event_brings_a_dropped_or_revoked_key_back_or_loses_a_good_one(
        events in prop::collection::vec(event(), 1..120),
    ) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().start_paused(true).build().unwrap().block_on(async {
            let mut world = World::new();
            for event in events {
                world.happens(event).await;
            }
            keeps_to(&world.onlooker.unseen, 12);
            keeps_to(&world.onlooker.published, 10);
        });
    }
}
