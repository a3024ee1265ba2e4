//! How the cost of a request grows with keys, scopes, issuers and the token's length.

use std::{
    rc::Rc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::runtime::Runtime;
use tower_bearer::{
    Audience, Issuer, ResourceServer,
    algorithm::Algorithm,
    jwks::RemoteJwks,
    key::{SigningKey, public_jwk_set},
    server::ResourceServerBuilder,
};
use tower_bearer_bench::{
    AUDIENCE, Counting, Draft, ISSUER, KeyServer, USUAL_BYTES, cached,
    plot::Plot,
    race::{Race, Results},
    remote,
    report::{Goal, Report, micros},
    server,
    stacks::{self, calls},
};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const DURATION: Duration = Duration::from_secs(12);
const BARE: &str = "bare";

fn main() {
    let lab = Lab::new();
    let mut report = Report::new("4-scaling", "Scaling");
    report.paragraph(
        "Overhead above the bare route, RS256. What is looked for is the last: the token's key of \
         the set, the required scope of the token's, the token's issuer of those trusted.",
    );
    let keys = lab.race(&[1, 10, 100, 1_000], |lab, keys| {
        let others: Vec<SigningKey> = (1..keys).map(|_| generate(Algorithm::EdDSA)).collect();
        let document = public_jwk_set(others.iter().chain([&lab.key]));
        let remote = remote(KeyServer::new(document)).max_keys(keys).max_document_bytes(1 << 20);
        (server(remote), lab.draft().bytes(USUAL_BYTES).sign())
    });
    let scopes = lab
        .race(&[1, 10, 100, 256], |lab, scopes| (lab.server(), lab.draft_of_scopes(scopes).sign()));
    // The same, and the token of one scope has a claim that makes it as long as that of a hundred.
    let length = lab.draft_of_scopes(100).bytes(0).sign().len();
    let scopes_alone = lab.race(&[1, 100], |lab, scopes| {
        (lab.server(), lab.draft_of_scopes(scopes).bytes(length).sign())
    });
    let issuers = lab.race(&[1, 10, 100], |lab, issuers| {
        let audience = || Audience::new(AUDIENCE).expect("an audience");
        let name = |number| Issuer::new(format!("{ISSUER}/{number}")).expect("an issuer");
        let builder = ResourceServer::builder(name(1), audience(), lab.remote());
        let builder = (2..=issuers).fold(builder, |builder, number| {
            builder.issuer(name(number), audience(), lab.remote())
        });
        (builder, lab.draft().claim("iss", format!("{ISSUER}/{issuers}")).bytes(USUAL_BYTES).sign())
    });
    let bytes = lab.race(&[600, 1_000, 2_000, 4_000, 8_000], |lab, bytes| {
        (lab.server(), lab.draft().bytes(bytes).sign())
    });
    for (file, what, results, counts) in [
        ("keys", "Keys", &keys, &[1, 10, 100, 1_000][..]),
        ("scopes", "Scopes", &scopes, &[1, 10, 100, 256]),
        ("issuers", "Issuers", &issuers, &[1, 10, 100]),
        ("bytes", "Bytes of the token", &bytes, &[600, 1_000, 2_000, 4_000, 8_000]),
    ] {
        tell(&mut report, file, what, results, counts);
    }
    report.paragraph(&format!(
        "A token grows with its scopes, and a longer one costs more whatever it says, so that \
         100 scopes are weighed against one twice: in tokens as they come, and in tokens that \
         have {length} bytes both, where the scopes alone make the difference.",
    ));
    report.table(
        ["Scopes 1 → 100, overhead", "cold", "warm"],
        [("tokens as they come", &scopes), ("tokens of one length", &scopes_alone)].map(
            |(what, results)| {
                let grown = |kind| format!("{:.3} ×", grown(results, kind));
                [what.to_owned(), grown("cold"), grown("warm")]
            },
        ),
    );
    for (what, results, kind, bound) in [
        ("Keys 1 → 100, cold", &keys, "cold", 1.05),
        ("Keys 1 → 100, warm", &keys, "warm", 1.05),
        ("Issuers 1 → 100, cold", &issuers, "cold", 1.05),
        ("Issuers 1 → 100, warm", &issuers, "warm", 1.05),
        ("Scopes 1 → 100, cold", &scopes, "cold", 1.25),
        ("Scopes 1 → 100, warm, tokens of one length (flat)", &scopes_alone, "warm", 1.10),
    ] {
        report.goal(what, Goal::AtMost(bound), grown(results, kind), " ×");
    }
    report.write();
}

/// The overhead with a hundred of something over that with one.
fn grown(results: &Results, kind: &str) -> f64 {
    let above = |count| results.above(&format!("{kind} {count}"), BARE);
    above(100) / above(1)
}

fn generate(algorithm: Algorithm) -> SigningKey {
    SigningKey::generate(algorithm).expect("a key")
}

struct Lab {
    runtime: Rc<Runtime>,
    key: SigningKey,
    now: u64,
}

impl Lab {
    fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs();
        Self { runtime: stacks::runtime(), key: generate(Algorithm::RS256), now }
    }

    fn draft(&self) -> Draft<'_> {
        Draft::new(&self.key, self.now)
    }

    /// A token of so many scopes, of which the last is required.
    fn draft_of_scopes(&self, scopes: usize) -> Draft<'_> {
        let others = (1..scopes).map(|number| format!("book:{number}:read"));
        let scope: Vec<String> = others.chain(["announce:read".to_owned()]).collect();
        self.draft().claim("scope", scope.join(" "))
    }

    fn remote(&self) -> RemoteJwks {
        remote(KeyServer::new(public_jwk_set([&self.key])))
    }

    fn server(&self) -> ResourceServerBuilder {
        server(self.remote())
    }

    /// Races a server and a token for each count, without and with the cache.
    fn race(
        &self,
        counts: &[usize],
        set_up: impl Fn(&Self, usize) -> (ResourceServerBuilder, String),
    ) -> Results {
        let mut race = Race::default();
        let bare = stacks::bare();
        race.add(BARE, calls(&self.runtime, bare, vec![set_up(self, counts[0]).1], 200));
        for count in counts {
            for (kind, cache) in [("cold", false), ("warm", true)] {
                let (builder, token) = set_up(self, *count);
                let builder = if cache { cached(builder) } else { builder };
                let server = builder.build().expect("a server");
                self.runtime.block_on(server.warm_up()).expect("keys");
                let guarded = stacks::guarded_by_extractor(&server);
                let calls = calls(&self.runtime, guarded, vec![token], 200);
                race.add(format!("{kind} {count}"), calls);
            }
        }
        race.run(DURATION)
    }
}

fn tell(report: &mut Report, file: &str, what: &str, results: &Results, counts: &[usize]) {
    let above = |kind, count: &usize| results.above(&format!("{kind} {count}"), BARE);
    report.table(
        [what, "cold, µs", "warm, µs"],
        counts.iter().map(|count| {
            [count.to_string(), micros(above("cold", count)), micros(above("warm", count))]
        }),
    );
    let line = |kind| {
        let points = counts.iter().map(|count| (*count as f64, above(kind, count) / 1_000.0));
        (kind.to_owned(), points.collect())
    };
    let axes = [what, "µs above the bare route"];
    let title = format!("{what}: what a request costs");
    report.plot(file, &Plot::lines(&title, axes, vec![line("cold"), line("warm")]));
}
