//! The output of the `list` commands: a line for each entry, its columns under one another.

use super::{error::Outcome, output};

/// Prints rows under their heads; nothing but the heads when there are none.
pub(crate) fn print_table<const N: usize>(heads: [&str; N], rows: &[[String; N]]) -> Outcome {
    let mut widths = heads.map(|head| head.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: [&str; N]| {
        let cells = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut text = line(heads);
    for row in rows {
        text.push('\n');
        text.push_str(&line(row.each_ref().map(String::as_str)));
    }
    output::line(&text)
}
