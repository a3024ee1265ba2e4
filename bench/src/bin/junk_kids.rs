//! What a flood of distinct junk key ids costs: fetches, refused good tokens, and memory.

use std::time::Duration;

use tower_bearer::algorithm::Algorithm;
use tower_bearer_bench::{Api, Counting, bytes_in_use};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const MINUTES: usize = 10;
const KIDS: usize = 100_000;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let api = Api::new(Algorithm::ES256);
    let good = api.token();
    assert_eq!(api.call(&good).await, 200);
    let (before, asked) = (bytes_in_use(), api.keys.asked());
    let mut most = 0;
    let mut refused = 0;
    println!("| junk kids | minutes | fetches | good tokens refused | KiB above the start |");
    println!("|---|---|---|---|---|");
    let junk = api.token_with_kid("junk");
    let (_, rest) = junk.split_once('.').expect("a token");
    for n in 1..=MINUTES * KIDS {
        let header = format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"{n:0>200}"}}"#);
        let header = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, header);
        let status = api.call(&format!("{header}.{rest}")).await;
        assert!(matches!(status, 401 | 503), "{status}");
        if n % 1_000 == 0 {
            refused += usize::from(api.call(&good).await != 200);
            api.clock.advance(Duration::from_millis(600));
            most = most.max(bytes_in_use() - before);
        }
        if n % KIDS == 0 {
            let (fetches, kib) = (api.keys.asked() - asked, most / 1_024);
            println!("| {n} | {} | {fetches} | {refused} | {kib} |", n / KIDS);
        }
    }
}
