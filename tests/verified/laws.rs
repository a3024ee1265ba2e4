//! Whatever happens, a server that remembers decides as one that does not.

use proptest::{prelude::*, sample::select};
use tower_bearer::{
    denylist::{Denial, Denied},
    time::Clock,
};

use super::*;

/// What can happen.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// The token in this place comes.
    Token(usize),
    /// So many tokens come that nobody has seen before.
    Crowd,
    /// So many seconds pass.
    Advance(u64),
    /// The issuer publishes the first key, the second, or both, or is out.
    Publish(bool, bool),
    Revoke(usize),
    /// The tokens of this id are denied for so many seconds.
    Deny(&'static str, u64),
    Refresh,
    /// The rule for audiences says yes or no from now on.
    Open(bool),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        12 => (0..TOKENS).prop_map(Event::Token),
        1 => Just(Event::Crowd),
        4 => select(&[1, 29, 31, 59, 240, 299, 301, 3_300, 3_900][..]).prop_map(Event::Advance),
        3 => any::<(bool, bool)>().prop_map(|(first, second)| Event::Publish(first, second)),
        1 => (0..2_usize).prop_map(Event::Revoke),
        2 => (select(&["one", "two"][..]), select(&[20, 300][..]))
            .prop_map(|(id, seconds)| Event::Deny(id, seconds)),
        2 => Just(Event::Refresh),
        1 => any::<bool>().prop_map(Event::Open),
    ]
}

const TOKENS: usize = 9;

fn tokens(mints: &[Mint; 2]) -> [String; TOKENS] {
    let [one, two] = mints;
    let at = |seconds: u64| NOW.as_secs() + seconds;
    let good = lasting(one).sign();
    let spoiled = format!("{}AAAA", &good[..good.len() - 4]);
    [
        good,
        lasting(two).claim("jti", "two").sign(),
        lasting(two).claim("jti", "one").scope("other").sign(),
        one.clone().claim("exp", at(60)).sign(),
        two.clone().claim("exp", at(299)).sign(),
        lasting(one).claim("nbf", at(300)).sign(),
        lasting(two).claim("aud", "urn:another").sign(),
        lasting(&Mint::new()).sign(),
        spoiled,
    ]
}

/// Both servers: the one that remembers first.
struct Pair([Api; 2]);

impl Pair {
    /// Each server has keys that were fetched at the same time, or nothing is to be compared: when
    /// they are refreshed is a matter of chance.
    fn agree_on_keys(&self) -> bool {
        let [one, other] = &self.0;
        let told = |api: &Api| {
            let told = api.server.readiness().remove(0);
            (told.state, told.age, told.keys)
        };
        told(one) == told(other)
    }

    async fn refresh(&self) {
        for api in &self.0 {
            let _ = api.server.refresh_now().await;
        }
    }

    async fn compare(&self, token: &str) -> bool {
        if !self.agree_on_keys() {
            self.refresh().await;
        }
        let comparable = self.agree_on_keys();
        for path in ["/open", "/read"] {
            let [one, other] = [self.0[0].get(path, token).await, self.0[1].get(path, token).await];
            // Whether an unknown key is 401 or 503 depends on when the last refresh was.
            let verdict = |status| if status == 503 { 401 } else { status };
            if comparable {
                assert_eq!(verdict(one), verdict(other), "{path}");
            }
        }
        comparable
    }
}

async fn run(mints: &[Mint; 2], tokens: &[String; TOKENS], events: &[Event]) -> (usize, usize) {
    let (published, clock) = (ScriptedIssuer::publishing(mints), ManualClock::at(NOW));
    let caching = Api::new(&published, &clock, |api| api.cache_verified_tokens(65_536));
    let pair = Pair([caching, Api::new(&published, &clock, |api| api)]);
    let (mut compared, mut seen) = (0, 0);
    for (step, event) in events.iter().enumerate() {
        match *event {
            Event::Token(place) => {
                seen += 1;
                compared += usize::from(pair.compare(&tokens[place]).await);
            }
            Event::Crowd => {
                for n in 0..80 {
                    let token = lasting(&mints[0]).claim("jti", format!("{step}-{n}")).sign();
                    for api in &pair.0 {
                        api.get("/open", &token).await;
                    }
                }
            }
            Event::Advance(seconds) => clock.advance(Duration::from_secs(seconds)),
            Event::Publish(false, false) => published.always(Reply::status(500)),
            Event::Publish(one, two) => {
                let published_now = [(one, &mints[0]), (two, &mints[1])];
                published.publish(published_now.iter().filter(|it| it.0).map(|it| it.1));
            }
            Event::Revoke(place) => {
                for api in &pair.0 {
                    api.server.revoke_kid(&Mint::issuer(), mints[place].key().kid());
                }
            }
            Event::Deny(id, seconds) => {
                let until = clock.now() + Duration::from_secs(seconds);
                let denial = Denial::new(Mint::issuer(), Denied::token_id(id), until);
                for api in &pair.0 {
                    api.server.deny(denial.clone()).unwrap();
                }
            }
            Event::Refresh => pair.refresh().await,
            Event::Open(open) => {
                for api in &pair.0 {
                    api.open.store(open, Ordering::SeqCst);
                }
            }
        }
    }
    (compared, seen)
}

#[test]
fn r56_a_server_that_remembers_decides_as_one_that_does_not() {
    let mints = [Mint::new(), Mint::new()];
    let tokens = tokens(&mints);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let totals = std::cell::Cell::new((0, 0));
    proptest!(ProptestConfig::with_cases(64), |(events in prop::collection::vec(event(), 1..48))| {
        let (compared, seen) = runtime.block_on(run(&mints, &tokens, &events));
        totals.set((totals.get().0 + compared, totals.get().1 + seen));
    });
    let (compared, seen) = totals.get();
    assert!(compared * 2 > seen, "most requests are compared: {compared} of {seen}");
}

/// Another credential than the token, made of it.
fn mutated(token: &str, others: &[String], mutation: &Mutation) -> Vec<u8> {
    let mut bytes = token.as_bytes().to_vec();
    let len = bytes.len();
    match mutation {
        Mutation::Byte(place, with) => bytes[place.index(len)] = *with,
        Mutation::Cut(place) => bytes.truncate(place.index(len)),
        Mutation::Extend(with) => bytes.extend(with),
        Mutation::Swap(a, b) => bytes.swap(a.index(len), b.index(len)),
        // Every part of either token, so that signatures and their ends stay as they are.
        Mutation::Parts(other, which) => {
            let other = other.get(others).split('.');
            let parts: Vec<_> = token
                .split('.')
                .zip(other)
                .zip(which)
                .map(|((a, b), own)| if *own { a } else { b })
                .collect();
            bytes = parts.join(".").into();
        }
    }
    bytes
}

#[derive(Clone, Debug)]
enum Mutation {
    Byte(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Extend(Vec<u8>),
    Swap(prop::sample::Index, prop::sample::Index),
    Parts(prop::sample::Index, [bool; 3]),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let index = any::<prop::sample::Index>;
    let printable = 0x21..0x7f_u8;
    prop_oneof![
        (index(), printable.clone()).prop_map(|(place, with)| Mutation::Byte(place, with)),
        index().prop_map(Mutation::Cut),
        prop::collection::vec(printable, 1..20).prop_map(Mutation::Extend),
        (index(), index()).prop_map(|(a, b)| Mutation::Swap(a, b)),
        (index(), any::<[bool; 3]>()).prop_map(|(other, which)| Mutation::Parts(other, which)),
    ]
}

/// Whatever was cached, on whatever level: a credential is admitted only if it is one of the tokens
/// that were signed.
#[test]
fn no_credential_is_admitted_for_another() {
    let mint = Mint::new();
    let api = Api::caching(1 << 20);
    api.issuer.publish([&mint]);
    let tokens: Vec<String> =
        (0..8).map(|n| lasting(&mint).claim("jti", n.to_string()).sign()).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    // The first half is in the thread's own cache, the second in the shared one alone.
    for (place, token) in tokens.iter().enumerate() {
        for _ in 0..if place < 4 { 4 } else { 1 } {
            assert_eq!(runtime.block_on(api.get("/open", token)), 200);
        }
    }
    proptest!(ProptestConfig::with_cases(512), |(place in 0..8_usize, mutation in mutation())| {
        let credential = mutated(&tokens[place], &tokens, &mutation);
        let Ok(credential) = String::from_utf8(credential) else { return Ok(()) };
        let status = runtime.block_on(api.get("/open", &credential));
        prop_assert_eq!(status == 200, tokens.contains(&credential), "{}", status);
    });
    for token in &tokens {
        assert_eq!(runtime.block_on(api.get("/open", token)), 200);
    }
}
