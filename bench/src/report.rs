use std::{env, fmt::Write as _, fs, path::PathBuf};

use crate::plot::Plot;

/// Where parts of the page and plots are left: the folder that the script names.
fn parts() -> PathBuf {
    env::var_os("PARTS").map_or(concat!(env!("CARGO_MANIFEST_DIR"), "/target").into(), Into::into)
}

/// What a measurement has to tell: a part of the page `docs/benchmarks/README.md`, its plots, and
/// how it stands with the goals. `scripts/bench.sh` puts the parts together.
pub struct Report {
    name: &'static str,
    text: String,
    goals: String,
}

/// Where a measured value should be.
#[derive(Clone, Copy, Debug)]
pub enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Report {
    pub fn new(name: &'static str, title: &str) -> Self {
        Self { name, text: format!("## {title}\n"), goals: String::new() }
    }

    pub fn paragraph(&mut self, text: &str) {
        self.line(&format!("\n{text}"));
    }

    pub fn table<const N: usize>(
        &mut self,
        head: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) {
        // The first column says what, the others how much.
        let rules = (0..N).map(|place| if place == 0 { "---" } else { "---:" });
        self.line(&format!(
            "\n| {} |\n|{}|",
            head.join(" | "),
            rules.collect::<Vec<_>>().join("|")
        ));
        for row in rows {
            self.line(&format!("| {} |", row.join(" | ")));
        }
    }

    /// Notes how it stands with a goal; `unit` follows the numbers, such as ` ×` or ` µs`.
    pub fn goal(&mut self, what: &str, goal: Goal, measured: f64, unit: &str) {
        let (sign, bound, met) = match goal {
            Goal::AtMost(bound) => ("≤", bound, measured <= bound),
            Goal::AtLeast(bound) => ("≥", bound, measured >= bound),
        };
        let met = if met { "met" } else { "**not met**" };
        // One digit more than elsewhere: it must be seen on which side of the bound it is.
        let measured = match measured.abs() {
            0.0..10.0 => format!("{measured:.3}"),
            _ => format!("{measured:.1}"),
        };
        let row = format!("| {what} | {sign} {bound}{unit} | {measured}{unit} | {met} |");
        println!("{row}");
        self.goals.push_str(&row);
        self.goals.push('\n');
    }

    pub fn plot(&mut self, file: &str, plot: &Plot) {
        fs::write(parts().join(format!("{file}.svg")), plot.to_svg()).expect("a file");
        self.line(&format!("\n![{}]({file}.svg)", plot.title()));
    }

    /// Leaves the part where the script finds it.
    pub fn write(self) {
        fs::write(parts().join(format!("{}.md", self.name)), self.text).expect("a file");
        fs::write(parts().join(format!("{}.goals", self.name)), self.goals).expect("a file");
    }

    fn line(&mut self, line: &str) {
        println!("{line}");
        writeln!(self.text, "{line}").expect("memory");
    }
}

/// Three significant digits, or all before the point.
pub fn number(value: f64) -> String {
    let digits = match value.abs() {
        0.0..10.0 => 2,
        10.0..100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$}")
}

/// Nanoseconds as microseconds.
pub fn micros(nanos: f64) -> String {
    number(nanos / 1_000.0)
}
