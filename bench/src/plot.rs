use std::fmt::Write as _;

const WIDTH: f64 = 760.0;
const MARGIN: f64 = 24.0;
/// Where bars begin: their names stand before them.
const NAMES: f64 = 270.0;
const BAR: f64 = 18.0;
const STEP: f64 = 27.0;
const HEIGHT: f64 = 320.0;
/// The crate's own colour, and those of others.
const COLOURS: [&str; 5] = ["#1a7f5a", "#8a94a6", "#c05621", "#2b6cb0", "#805ad5"];

/// A plot, drawn as SVG.
pub struct Plot {
    title: String,
    kind: Kind,
}

enum Kind {
    /// Names and values, the crate's own marked.
    Bars {
        unit: String,
        bars: Vec<(String, f64, bool)>,
    },
    Lines {
        axes: [String; 2],
        lines: Vec<(String, Vec<(f64, f64)>)>,
    },
}

impl Plot {
    /// Bars of values, `true` marking those of this crate.
    pub fn bars(title: &str, unit: &str, bars: Vec<(String, f64, bool)>) -> Self {
        Self { title: title.into(), kind: Kind::Bars { unit: unit.into(), bars } }
    }

    /// Lines over a logarithmic axis: where nothing grows, they are level.
    pub fn lines(title: &str, axes: [&str; 2], lines: Vec<(String, Vec<(f64, f64)>)>) -> Self {
        Self { title: title.into(), kind: Kind::Lines { axes: axes.map(Into::into), lines } }
    }

    pub fn title(&self) -> &str {
        &self.title
    }

    pub fn to_svg(&self) -> String {
        let (body, height) = match &self.kind {
            Kind::Bars { unit, bars } => draw_bars(unit, bars),
            Kind::Lines { axes, lines } => (draw_lines(axes, lines), HEIGHT),
        };
        let title =
            text(MARGIN, 28.0, "start", &self.title, "font-size=\"15\" font-weight=\"bold\"");
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#24292f\">\n\
             <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n{title}{body}</svg>\n"
        )
    }
}

fn draw_bars(unit: &str, bars: &[(String, f64, bool)]) -> (String, f64) {
    let most = bars.iter().map(|(_, value, _)| *value).fold(f64::MIN_POSITIVE, f64::max);
    let room = WIDTH - NAMES - MARGIN - 90.0;
    let mut svg = String::new();
    let mut y = 48.0;
    for (name, value, ours) in bars {
        let (width, colour) = (value / most * room, COLOURS[usize::from(!ours)]);
        let middle = y + BAR * 0.7;
        svg += &text(NAMES - 8.0, middle, "end", name, "");
        let _ = writeln!(
            svg,
            "<rect x=\"{NAMES}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BAR}\" fill=\"{colour}\"/>"
        );
        let value = format!("{}{unit}", crate::report::number(*value));
        svg += &text(NAMES + width + 6.0, middle, "start", &value, "");
        y += STEP;
    }
    (svg, y + MARGIN / 2.0)
}

fn draw_lines(axes: &[String; 2], lines: &[(String, Vec<(f64, f64)>)]) -> String {
    let points = || lines.iter().flat_map(|(_, points)| points);
    let (left, right) = (64.0, WIDTH - 190.0);
    let (top, bottom) = (52.0, HEIGHT - 48.0);
    let least = points().map(|(x, _)| *x).fold(f64::INFINITY, f64::min).ln();
    let most = points().map(|(x, _)| *x).fold(0.0, f64::max).ln();
    let highest = points().map(|(_, y)| *y).fold(f64::MIN_POSITIVE, f64::max) * 1.1;
    let place = |x: f64, y: f64| {
        let along = (x.ln() - least) / (most - least).max(f64::MIN_POSITIVE);
        (left + along * (right - left), bottom - y / highest * (bottom - top))
    };
    let mut svg = String::new();
    for part in 0..=4 {
        let value = highest / 1.1 * f64::from(part) / 4.0;
        let (_, y) = place(1.0, value);
        let _ = writeln!(
            svg,
            "<path d=\"M{left} {y:.1}H{right}\" stroke=\"#d0d7de\" stroke-width=\"1\"/>"
        );
        svg += &text(left - 8.0, y + 4.0, "end", &crate::report::number(value), "");
    }
    let mut marks: Vec<f64> = points().map(|(x, _)| *x).collect();
    marks.sort_unstable_by(f64::total_cmp);
    marks.dedup();
    for mark in marks {
        let (x, _) = place(mark, 0.0);
        svg += &text(x, bottom + 18.0, "middle", &mark.to_string(), "");
    }
    svg += &text((left + right) / 2.0, HEIGHT - 12.0, "middle", &axes[0], "");
    svg += &text(MARGIN, 44.0, "start", &axes[1], "fill=\"#57606a\"");
    for (place_in_list, (name, points)) in lines.iter().enumerate() {
        let colour = COLOURS[place_in_list % COLOURS.len()];
        let path: Vec<String> = points
            .iter()
            .map(|(x, y)| place(*x, *y))
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            path.join(" ")
        );
        let y = top + 6.0 + place_in_list as f64 * 20.0;
        let _ = writeln!(
            svg,
            "<rect x=\"{}\" y=\"{}\" width=\"14\" height=\"3\" fill=\"{colour}\"/>",
            right + 14.0,
            y - 5.0
        );
        svg += &text(right + 34.0, y, "start", name, "");
    }
    svg
}

fn text(x: f64, y: f64, anchor: &str, content: &str, more: &str) -> String {
    let content = content.replace('&', "&amp;").replace('<', "&lt;");
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" {more}>{content}</text>\n")
}
