//! What real issuers published over months, replayed: each of their usable keys is given a private
//! half of ours under its own kid, and the dates are theirs.

use std::collections::HashMap;

use serde_json::Value;
use tower_bearer::key::KeySet;

use super::*;
use crate::support::vectors_json;

const TICK: Duration = Duration::from_secs(30);

/// The pairs of ours that stand for an issuer's.
#[derive(Default)]
struct Pairs(HashMap<String, Mint>);

impl Pairs {
    /// The document with our keys in the place of those that are usable, and their kids.
    fn take_over(&mut self, document: &Value) -> (Reply, Vec<String>) {
        let real = KeySet::parse(document.to_string().as_bytes()).unwrap();
        let kids: Vec<String> = real.kids().map(str::to_owned).collect();
        let mut document = document.clone();
        for entry in document["keys"].as_array_mut().unwrap() {
            let kid = entry["kid"].as_str().unwrap_or_default().to_owned();
            if kids.contains(&kid) {
                *entry = Value::Object(self.of(&kid).key().public_jwk());
            }
        }
        (Reply::json(document.to_string()), kids)
    }

    fn of(&mut self, kid: &str) -> &Mint {
        self.0.entry(kid.to_owned()).or_insert_with(|| stranger(&Mint::new(), kid))
    }
}

/// Seconds since the epoch of a date such as `2024-06-05T17:30:16Z`.
fn seconds_of(date: &str) -> u64 {
    let part = |from: usize, to: usize| date[from..to].parse::<u64>().unwrap();
    let (year, month, day) = (part(0, 4), part(5, 7), part(8, 10));
    let leap = u64::from(month > 2 && year % 4 == 0);
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][month as usize - 1];
    let days = (year - 1970) * 365 + (year - 1969) / 4 + before + leap + day - 1;
    days * 86_400 + part(11, 13) * 3_600 + part(14, 16) * 60 + part(17, 19)
}

/// Traffic with one key for a while; it is admitted all the time.
async fn traffic(api: &Api, mint: &Mint, lasting: Duration) {
    let mut passed = Duration::ZERO;
    while passed < lasting {
        api.clock.advance(TICK);
        passed += TICK;
        let fetches = api.keys.count();
        let due = api.state() != KeysState::Fresh;
        assert_eq!(api.get(mint).await, ADMITTED, "{}", mint.key().kid());
        if due {
            until(|| api.keys.count() > fetches && api.state() == KeysState::Fresh).await;
        }
    }
}

/// Replays a history in which so many usable keys came, and so many went.
async fn replay(name: &str, expected: (usize, usize)) {
    let Some(history) = vectors_json(&format!("rotation/{name}.json")) else { return };
    let mut pairs = Pairs::default();
    let mut then = 0;
    let mut before: Vec<String> = Vec::new();
    let api = Api::start(Reply::Close).await;
    let (mut came, mut went) = (0, 0);
    for snapshot in history.as_array().unwrap() {
        let date = seconds_of(snapshot["date"].as_str().unwrap());
        let (reply, kids) = pairs.take_over(&snapshot["jwks"]);
        if let Some(kept) = before.first() {
            let idle = (date - then).saturating_sub(600);
            api.clock.advance(Duration::from_secs(idle));
            traffic(&api, pairs.of(kept), 10 * MINUTE).await;
        }
        api.keys.always(reply);
        for kid in kids.iter().filter(|kid| !before.contains(kid)) {
            assert_eq!(api.get(pairs.of(kid)).await, ADMITTED, "{name}: {kid} is new");
            came += 1;
        }
        traffic(&api, pairs.of(&kids[0]), 5 * MINUTE).await;
        for kid in before.iter().filter(|kid| !kids.contains(kid)) {
            assert_eq!(api.get(pairs.of(kid)).await, REFUSED, "{name}: {kid} is gone");
            went += 1;
        }
        for kid in &kids {
            assert_eq!(api.get(pairs.of(kid)).await, ADMITTED, "{name}: {kid} is published");
        }
        (before, then) = (kids, date);
    }
    assert_eq!((came, went), expected, "{name}");
}

#[tokio::test]
async fn apples_keys_of_four_months() {
    replay("apple", (6, 3)).await;
}

#[tokio::test]
async fn googles_keys_of_four_months() {
    replay("google", (20, 18)).await;
}

#[tokio::test]
async fn spotifys_keys_of_two_months() {
    replay("spotify", (13, 10)).await;
}

#[tokio::test]
async fn yahoos_keys_of_two_months() {
    replay("yahoo", (1, 0)).await;
}

#[tokio::test]
async fn the_empty_set_that_a_real_site_served_empties_nothing() {
    let Some(history) = vectors_json("rotation/stackoverflow.json") else { return };
    let mint = Mint::new();
    let api = Api::start(publish([&mint])).await;
    assert_eq!(api.get(&mint).await, ADMITTED);
    api.keys.always(Reply::json(history[0]["jwks"].to_string()));
    api.clock.advance(30 * MINUTE);
    assert_eq!(api.get(&mint).await, ADMITTED);
    assert!(api.readiness().last_error.unwrap().contains("no key"));
    assert_eq!(api.generation(), 1);
}

#[tokio::test]
async fn real_cache_headers_keep_a_set_between_five_minutes_and_an_hour() {
    let Some(headers) = vectors_json("issuer-http-headers.json") else { return };
    let mint = Mint::new();
    let mut judged = 0;
    for (name, fields) in headers.as_object().unwrap() {
        let field = |name: &str| {
            let fields = fields.as_object().unwrap();
            let found = fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name))?;
            found.1.as_str().map(str::to_owned)
        };
        let cache = field("cache-control").unwrap_or_default();
        let kept = ["no-store", "no-cache"].iter().all(|word| !cache.contains(word));
        let max_age = cache.split(',').find_map(|part| part.trim().strip_prefix("max-age="));
        let age = field("age").map_or(0, |age| age.parse().unwrap());
        let said = max_age.map(|seconds| seconds.parse::<u64>().unwrap().saturating_sub(age));
        if said.is_none() && kept && field("expires").is_some() {
            continue; // Dates are tested with dates of the test's own.
        }
        let ttl = said.filter(|_| kept).unwrap_or(0).clamp(300, 3_600);
        let reply = ["cache-control", "expires", "date", "age"]
            .into_iter()
            .filter_map(|name| Some((name, field(name)?)))
            .fold(publish([&mint]), |reply, (name, value)| reply.with(name, value));
        let api = Api::with(reply, |keys| keys.max_ttl(60 * MINUTE)).await;
        assert_eq!(api.get(&mint).await, ADMITTED, "{name}");
        api.clock.advance(Duration::from_secs(ttl * 7 / 10));
        assert_eq!(api.state(), KeysState::Fresh, "{name}: {cache}");
        api.clock.advance(Duration::from_secs(ttl - ttl * 7 / 10 - 1));
        assert_eq!(api.state(), KeysState::Due, "{name}: {cache}");
        api.clock.advance(Duration::from_secs(1));
        assert_eq!(api.state(), KeysState::Stale, "{name}: {cache}");
        judged += 1;
    }
    assert!(judged >= 10, "{judged} real sets of headers");
}
