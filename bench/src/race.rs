use std::time::{Duration, Instant};

use crate::allocations;

/// How long a batch takes, about: long against the clock's own cost, short against whatever else
/// the machine does meanwhile, and few enough requests that a core's cache holds them.
const BATCH: Duration = Duration::from_micros(400);
/// The fewest calls of a batch.
const MIN_CALLS: usize = 16;

/// What a batch took.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    pub elapsed: Duration,
    pub allocations: u64,
}

impl Sample {
    /// Does something so many times.
    pub fn of(times: usize, mut work: impl FnMut()) -> Self {
        let watch = Stopwatch::start();
        (0..times).for_each(|_| work());
        watch.stop()
    }
}

/// Takes a [`Sample`].
pub struct Stopwatch {
    allocated: u64,
    begun: Instant,
}

impl Stopwatch {
    pub fn start() -> Self {
        Self { allocated: allocations(), begun: Instant::now() }
    }

    pub fn stop(self) -> Sample {
        let elapsed = self.begun.elapsed();
        Sample { elapsed, allocations: allocations() - self.allocated }
    }
}

/// Does something so many times.
pub type Runner = Box<dyn FnMut(usize) -> Sample>;

/// Compares runners in one process: in each round every one runs one batch, so that whatever else
/// the machine does, and however fast it is meanwhile, falls on all of them alike.
#[derive(Default)]
pub struct Race {
    runners: Vec<(String, Runner)>,
}

impl Race {
    pub fn add(&mut self, name: impl Into<String>, runner: impl FnMut(usize) -> Sample + 'static) {
        self.runners.push((name.into(), Box::new(runner)));
    }

    /// Runs for about so long.
    pub fn run(mut self, duration: Duration) -> Results {
        let sizes: Vec<usize> = self.runners.iter_mut().map(|(_, runner)| size(runner)).collect();
        let mut lanes: Vec<Lane> = self.runners.iter().map(|(name, _)| Lane::new(name)).collect();
        let begun = Instant::now();
        let count = self.runners.len();
        let mut round = 0;
        while begun.elapsed() < duration || round < 3 {
            for step in 0..count {
                // Another one begins each time, and each has now one neighbour before it, now the
                // other: they may need the same code and tables, and then gain by it alike.
                let place = (step + round) % count;
                let place = if round % 2 == 0 { place } else { count - 1 - place };
                let (_, runner) = &mut self.runners[place];
                // The first calls bring back what the others drove out of the core's cache.
                runner(sizes[place].div_ceil(8));
                lanes[place].note(runner(sizes[place]), sizes[place]);
            }
            round += 1;
        }
        Results { lanes }
    }
}

fn size(runner: &mut Runner) -> usize {
    runner(16);
    let least = (0..5).map(|_| runner(16).elapsed).min().unwrap_or_default();
    let each = (least.as_nanos() / 16).max(1);
    usize::try_from(BATCH.as_nanos() / each).unwrap_or(usize::MAX).clamp(MIN_CALLS, 20_000)
}

struct Lane {
    name: String,
    /// Nanoseconds a call, by rounds.
    times: Vec<f64>,
    /// Allocations a call: the fewest seen, since some runners do something aside now and then.
    allocations: f64,
}

impl Lane {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), times: Vec::new(), allocations: f64::INFINITY }
    }

    fn note(&mut self, sample: Sample, calls: usize) {
        self.times.push(sample.elapsed.as_nanos() as f64 / calls as f64);
        self.allocations = self.allocations.min(sample.allocations as f64 / calls as f64);
    }
}

/// What a [`Race`] found. Times are in nanoseconds a call.
pub struct Results {
    lanes: Vec<Lane>,
}

impl Results {
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.lanes.iter().map(|lane| &*lane.name)
    }

    /// The lower quartile of all rounds: whatever else the machine does only ever adds.
    pub fn time(&self, name: &str) -> f64 {
        part(self.lane(name).times.clone(), 4)
    }

    /// How much longer it takes than another.
    pub fn above(&self, name: &str, base: &str) -> f64 {
        self.time(name) - self.time(base)
    }

    pub fn allocations(&self, name: &str) -> f64 {
        self.lane(name).allocations
    }

    fn lane(&self, name: &str) -> &Lane {
        self.lanes.iter().find(|lane| lane.name == name).unwrap_or_else(|| panic!("no {name}"))
    }
}

/// The one in the middle.
pub fn median(values: Vec<f64>) -> f64 {
    part(values, 2)
}

/// The one that a `share`th of them are below.
fn part(mut values: Vec<f64>, share: usize) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / share]
}
