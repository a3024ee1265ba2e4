//! Compares hostile input with honest input: fills texts up to a limit, takes times, and prints the
//! table of ratios.

use std::{
    process::exit,
    time::{Duration, Instant},
};

/// How many times the cost of the dearest honest input a hostile one may cost.
const ALLOWED: f64 = 3.0;
const ROUNDS: usize = 60;
/// The most inputs of a batch.
const MAX_BATCH: usize = 10;
/// How long a batch takes at most, about: a longer one would be interrupted on a busy machine.
const BATCH: Duration = Duration::from_micros(400);
/// The inputs that [`shortest`] takes at most.
pub const INPUTS: usize = 1 + ROUNDS * MAX_BATCH;

/// Joins parts until the text has `max` bytes at most.
pub fn filled(
    begin: &str,
    separator: &str,
    end: &str,
    max: usize,
    part: impl Fn(usize) -> String,
) -> String {
    let mut text = begin.to_owned();
    for number in 0.. {
        let next = part(number);
        if text.len() + separator.len() + next.len() + end.len() > max {
            break;
        }
        if number > 0 {
            text.push_str(separator);
        }
        text.push_str(&next);
    }
    text + end
}

/// The time of one call, in µs, from the shortest of many batches, which nothing interrupted. The
/// inputs of a batch are made before its time begins.
pub async fn shortest<I>(mut input: impl FnMut() -> I, mut work: impl AsyncFnMut(I)) -> f64 {
    let mut batch = 1;
    let mut shortest = Duration::MAX;
    for _ in 0..=ROUNDS {
        let inputs: Vec<I> = (0..batch).map(|_| input()).collect();
        let begun = Instant::now();
        for input in inputs {
            work(input).await;
        }
        let each = begun.elapsed() / u32::try_from(batch).unwrap_or(1);
        shortest = shortest.min(each);
        let fitting = BATCH.as_nanos() / shortest.as_nanos().max(1);
        batch = usize::try_from(fitting).unwrap_or(MAX_BATCH).clamp(1, MAX_BATCH);
    }
    shortest.as_secs_f64() * 1e6
}

/// The table of hostile inputs, each next to the dearest honest one of the same algorithm and size.
#[derive(Default)]
pub struct CostTable {
    worst: f64,
}

impl CostTable {
    pub fn new() -> Self {
        println!("| entrance | honest, µs | hostile | µs | ratio |\n|---|---:|---|---:|---:|");
        Self::default()
    }

    pub fn row(&mut self, entrance: &str, honest: f64, hostile: &str, time: f64) {
        let ratio = time / honest;
        self.worst = self.worst.max(ratio);
        println!("| {entrance} | {honest:.1} | {hostile} | {time:.1} | {ratio:.2} |");
    }

    /// Prints the worst ratio. Ends the process with status 1 if it is not allowed.
    pub fn finish(self) {
        println!("\ndearest: {:.2} times, at most {ALLOWED} are allowed", self.worst);
        if self.worst > ALLOWED {
            exit(1);
        }
    }
}
