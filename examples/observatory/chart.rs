//! The time line as one SVG: requests by outcome, the keys of the API and of the issuer, fetches and
//! token requests, on one axis of minutes.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    ATTACK, END, OUTAGE, WITHDRAWAL,
    page::{Group, clock, escape},
    record::Seen,
};

/// Sizes in pixels.
const LEFT: f64 = 150.0;
const WIDTH: f64 = 1_180.0;
const MINUTE: f64 = (WIDTH - LEFT - 20.0) / END as f64;
const TOP: f64 = 46.0;
const BARS: f64 = 190.0;
const LANE: f64 = 26.0;

fn x(minute: u64) -> f64 {
    LEFT + minute as f64 * MINUTE
}

struct Chart {
    svg: String,
    /// Where the next lane begins.
    y: f64,
}

impl Chart {
    fn rect(&mut self, class: &str, (from, to): (u64, u64), y: f64, height: f64, title: &str) {
        let (x, width, title) = (x(from), (to - from) as f64 * MINUTE, escape(title));
        writeln!(
            self.svg,
            r#"<rect class="{class}" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}"><title>{title}</title></rect>"#
        )
        .unwrap_or_default();
    }

    fn text(&mut self, class: &str, (x, y): (f64, f64), text: &str) {
        let text = escape(text);
        writeln!(self.svg, r#"<text class="{class}" x="{x:.1}" y="{y:.1}">{text}</text>"#)
            .unwrap_or_default();
    }

    fn lane(&mut self, label: &str) -> f64 {
        let y = self.y;
        self.text("label", (LEFT - 14.0, y + 15.0), label);
        self.y += LANE;
        y
    }

    /// Requests of each minute, stacked by group.
    fn bars(&mut self, seen: &Seen) {
        let total = |outcomes: &BTreeMap<&str, u64>| outcomes.values().sum::<u64>();
        let most = seen.requests.values().map(total).max().unwrap_or(1).max(1) as f64;
        let bottom = TOP + BARS;
        for step in [0.25, 0.5, 0.75, 1.0] {
            let y = bottom - BARS * step;
            let (right, n) = (WIDTH - 20.0, (most * step).round());
            writeln!(self.svg, r#"<path class="grid" d="M{LEFT} {y:.1}H{right}"/>"#)
                .unwrap_or_default();
            self.text("tick left", (LEFT - 14.0, y + 4.0), &format!("{n}"));
        }
        for (minute, outcomes) in &seen.requests {
            let mut y = bottom;
            for group in Group::ALL {
                let of_group = outcomes.iter().filter(|(outcome, _)| Group::of(outcome) == group);
                let n: u64 = of_group.map(|(_, n)| n).sum();
                let height = n as f64 / most * BARS;
                y -= height;
                if n > 0 {
                    let title = format!("{}: {n} {}", clock(*minute), group.name());
                    self.rect(group.class(), (*minute, minute + 1), y, height, &title);
                }
            }
        }
        self.y = bottom + 22.0;
    }

    /// The state of the API's keys.
    fn states(&mut self, seen: &Seen) {
        let y = self.lane("the API's keys");
        for (state, from, to) in runs(&seen.states) {
            let title = format!("{state} from {} to {}", clock(from), clock(to));
            self.rect(&format!("state {state}"), (from, to), y, 18.0, &title);
            let width = (to - from) as f64 * MINUTE;
            if width > 58.0 {
                self.text("inside", (x(from) + 8.0, y + 13.0), state);
            }
        }
    }

    /// When each key of the issuer was published, and when it signed.
    fn keys(&mut self, seen: &Seen) {
        for (number, (kid, states)) in seen.keys.iter().enumerate() {
            let y = self.lane(&format!("key {}", number + 1));
            for (state, from, to) in runs(states) {
                let title = format!("{kid} {state} from {} to {}", clock(from), clock(to));
                self.rect(&format!("key {state}"), (from, to), y + 2.0, 14.0, &title);
            }
            for (minute, _) in seen.withdrawn.iter().filter(|(_, withdrawn)| withdrawn == kid) {
                self.text("withdrawn", (x(*minute) + 5.0, y + 14.0), "✕ withdrawn");
            }
        }
        for (number, rotation) in seen.rotations.iter().enumerate() {
            let (at, y, kid) = (x(rotation.minute), self.y - 4.0, escape(&rotation.kid));
            let minute = rotation.minute;
            writeln!(
                self.svg,
                r#"<g class="rotation" data-kid="{kid}" data-minute="{minute}"><path d="M{at:.1} {TOP}V{y:.1}"/><title>{} signs from {} on</title></g>"#,
                kid,
                clock(minute)
            )
            .unwrap_or_default();
            self.text("mark", (at + 5.0, TOP + 12.0), &format!("rotation {}", number + 1));
        }
    }

    /// A mark for each fetch and for each token request.
    fn marks(&mut self, seen: &Seen) {
        let y = self.lane("fetches of keys") + 9.0;
        for (minute, reason, result) in &seen.fetches {
            let title = format!("{}: {result}, because {reason}", clock(*minute));
            self.dot(&format!("dot {}", escape(result)), *minute, y, &title);
        }
        let y = self.lane("token requests") + 9.0;
        for (minute, client, granted) in &seen.tokens {
            let result = if *granted { "granted" } else { "failed" };
            let title = format!("{}: {client}, {result}", clock(*minute));
            self.dot(&format!("dot {result}"), *minute, y, &title);
        }
    }

    fn dot(&mut self, class: &str, minute: u64, y: f64, title: &str) {
        let (x, title) = (x(minute) + MINUTE / 2.0, escape(title));
        writeln!(
            self.svg,
            r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="4.2"><title>{title}</title></circle>"#
        )
        .unwrap_or_default();
    }

    fn axis(&mut self) {
        let y = self.y + 14.0;
        for minute in (0..=END).step_by(15) {
            self.text("tick", (x(minute), y), &clock(minute));
        }
        self.y = y + 10.0;
    }
}

/// The bands behind everything: the attack and the outage.
fn bands(height: f64) -> String {
    let band = |class: &str, label: &str, from: u64, to: u64| {
        let (x, width) = (x(from), (to - from) as f64 * MINUTE);
        let (height, middle) = (height - TOP - 20.0, x + width / 2.0);
        format!(
            r#"<g class="band {class}" data-began="{from}" data-ended="{to}"><rect x="{x:.1}" y="{TOP}" width="{width:.1}" height="{height:.1}"/><text x="{middle:.1}" y="{:.1}">{label}, {} to {}</text></g>"#,
            TOP - 12.0,
            clock(from),
            clock(to)
        )
    };
    let mut text = band("attack", "attack", ATTACK.start, ATTACK.end);
    text.push_str(&band("outage", "outage of the issuer", OUTAGE.start, OUTAGE.end));
    let (at, bottom) = (x(WITHDRAWAL), height - 20.0);
    let _ = write!(
        text,
        r#"<g class="withdrawal" data-minute="{WITHDRAWAL}"><path d="M{at:.1} {TOP}V{bottom:.1}"/><text x="{at:.1}" y="{:.1}">a key is withdrawn</text></g>"#,
        TOP - 12.0
    );
    text
}

/// Stretches of minutes with the same value, each with its end.
fn runs<S: AsRef<str>>(states: &BTreeMap<u64, S>) -> Vec<(&str, u64, u64)> {
    let mut runs: Vec<(&str, u64, u64)> = Vec::new();
    for (minute, state) in states {
        match runs.last_mut() {
            Some((last, _, end)) if *last == state.as_ref() && *end == *minute => *end += 1,
            _ => runs.push((state.as_ref(), *minute, minute + 1)),
        }
    }
    runs
}

/// The whole chart.
pub(crate) fn render(seen: &Seen) -> String {
    let mut chart = Chart { svg: String::new(), y: 0.0 };
    chart.bars(seen);
    chart.states(seen);
    chart.keys(seen);
    chart.marks(seen);
    chart.axis();
    let Chart { svg, y } = chart;
    let bands = bands(y);
    format!(
        r#"<svg viewBox="0 0 {WIDTH} {y:.0}" role="img" aria-label="Requests, keys and token requests, minute by minute">{bands}{svg}</svg>"#
    )
}
