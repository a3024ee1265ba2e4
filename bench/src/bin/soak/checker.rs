use std::{
    fmt,
    time::{Duration, Instant},
};

use tower_bearer::key::SigningKey;
use tower_bearer_bench::Draft;

use crate::{client::Client, now};

/// A new key may be refused for this long after its publication, while a flood spends the budget.
const UNCERTAIN: Duration = Duration::from_secs(12);
/// A new key is admitted within one refill and one capped backoff of good moments, and a fetch.
const NEW_KEY_WITHIN: Duration = Duration::from_secs(12 + 30 + 3);
/// A withdrawn key is refused within the soft TTL if a fetch then succeeds, else at the first that
/// does: an outage, and a capped backoff after it.
const WITHDRAWN_WITHIN: Duration = Duration::from_secs(300 + 8 + 30 + 3);
/// How often a key is tried: one that is in use with each round, one that was withdrawn seldom.
const WITHDRAWN_EVERY: u32 = 5;

struct Watched {
    key: SigningKey,
    token: String,
    since: Instant,
    /// For how long the key server has answered since then.
    good: Duration,
    /// Its first answer has come.
    settled: bool,
}

impl Watched {
    fn new(key: SigningKey) -> Self {
        let token = Draft::new(&key, now()).sign();
        Self { key, token, since: Instant::now(), good: Duration::ZERO, settled: false }
    }
}

/// Sends good tokens and judges the answers.
pub(crate) struct Checker {
    client: Client,
    used: Vec<Watched>,
    withdrawn: Vec<Watched>,
    rounds: u32,
    last_round: Instant,
    figures: Figures,
}

/// What was counted.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) seconds: u64,
    pub(crate) rotations: u32,
    pub(crate) outages: u32,
    pub(crate) fetches: u64,
    pub(crate) junk: u64,
    pub(crate) junk_admitted: u64,
    pub(crate) peak_rss: u64,
    pub(crate) descriptors: (usize, usize),
    requests: u64,
    admitted: u64,
    not_yet: u64,
    uncertain: u64,
    refused_published: u64,
    lost: u64,
    late: u64,
    admitted_withdrawn: u64,
    admitted_forged: u64,
    longest_new: Duration,
    longest_new_good: Duration,
    longest_withdrawal: Duration,
}

impl Checker {
    pub(crate) fn new(client: Client, first: SigningKey) -> Self {
        Self {
            client,
            used: vec![Watched::new(first)],
            withdrawn: Vec::new(),
            rounds: 0,
            last_round: Instant::now(),
            figures: Figures::default(),
        }
    }

    pub(crate) fn publish(&mut self, key: SigningKey) {
        self.used.push(Watched::new(key));
    }

    pub(crate) fn withdraw(&mut self, kid: &str) {
        if let Some(place) = self.used.iter().position(|it| it.key.kid() == kid) {
            let Watched { key, .. } = self.used.remove(place);
            self.withdrawn.push(Watched::new(key));
        }
    }

    /// One token of each key in use, and now and then one of each that was withdrawn.
    pub(crate) async fn round(&mut self, up: bool, flood: bool) {
        let since_last = self.last_round.elapsed();
        self.last_round = Instant::now();
        self.rounds += 1;
        let figures = &mut self.figures;
        for used in &mut self.used {
            used.good += if up { since_last } else { Duration::ZERO };
            let status = self.client.get(&used.token).await;
            let age = used.since.elapsed();
            figures.requests += 1;
            match (status, used.settled) {
                (200, settled) => {
                    figures.admitted += 1;
                    used.settled = true;
                    if !settled {
                        figures.longest_new = figures.longest_new.max(age);
                        figures.longest_new_good = figures.longest_new_good.max(used.good);
                        figures.late += u64::from(used.good > NEW_KEY_WITHIN);
                    }
                }
                (_, true) => figures.lost += 1,
                (401, false) if flood && age < UNCERTAIN + Duration::from_secs(2) => {
                    figures.uncertain += 1;
                }
                (401, false) => figures.refused_published += 1,
                _ => figures.not_yet += 1,
            }
        }
        if self.rounds % WITHDRAWN_EVERY == 0 {
            let forged = Draft::new(&self.used[0].key, now()).sign_wrongly();
            figures.admitted_forged += u64::from(self.client.get(&forged).await == 200);
            for withdrawn in &mut self.withdrawn {
                let status = self.client.get(&withdrawn.token).await;
                let age = withdrawn.since.elapsed();
                figures.requests += 1;
                if status != 200 {
                    withdrawn.settled = true;
                    continue;
                }
                figures.longest_withdrawal = figures.longest_withdrawal.max(age);
                let wrong = withdrawn.settled || age > WITHDRAWN_WITHIN;
                figures.admitted_withdrawn += u64::from(wrong);
            }
        }
    }

    pub(crate) fn finish(self) -> Figures {
        self.figures
    }
}

impl Figures {
    /// Returns true if an answer was wrong.
    pub(crate) fn has_failed(&self) -> bool {
        let wrong = self.refused_published
            + self.lost
            + self.late
            + self.admitted_withdrawn
            + self.admitted_forged
            + self.junk_admitted;
        wrong > 0 || self.admitted == 0
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seconds, rotations, outages, fetches, .. } = self;
        writeln!(f, "{seconds} s, {rotations} rotations, {outages} outages, {fetches} fetches")?;
        writeln!(
            f,
            "requests: {} of published or withdrawn keys, {} junk",
            self.requests, self.junk
        )?;
        writeln!(f, "wrong answers:")?;
        for (name, count) in [
            ("a published key refused with 401", self.refused_published),
            ("a key lost after it was admitted", self.lost),
            ("a new key admitted too late", self.late),
            ("a withdrawn key admitted", self.admitted_withdrawn),
            ("a forged token admitted", self.admitted_forged),
            ("a junk token admitted", self.junk_admitted),
        ] {
            writeln!(f, "  {name}: {count}")?;
        }
        writeln!(
            f,
            "401 within 12 s of a publication under the flood: {}; 503 before a new key was found: {}",
            self.uncertain, self.not_yet
        )?;
        writeln!(
            f,
            "longest time to a new key: {:.1} s, of good moments {:.1} s; to a withdrawal: {:.1} s",
            self.longest_new.as_secs_f64(),
            self.longest_new_good.as_secs_f64(),
            self.longest_withdrawal.as_secs_f64()
        )?;
        let mebibytes = self.peak_rss as f64 / 1_048_576.0;
        let (least, most) = self.descriptors;
        writeln!(f, "resident: at most {mebibytes:.1} MiB; descriptors: {least} to {most}")
    }
}
