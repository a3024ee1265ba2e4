//! The problems of a file, and their lines.

use std::{cell::RefCell, path::Path};

use serde_json::{Value, json};

/// One thing that is wrong: its line, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    pub(crate) line: usize,
    pub(crate) text: String,
}

/// Everything that is wrong with a file, in the order of its lines.
#[derive(Clone, Debug)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    /// The problems in one sentence, for a file that is not written: its lines are nowhere to see.
    pub(crate) fn join(&self) -> String {
        let texts: Vec<_> = self.0.iter().map(|problem| problem.text.as_str()).collect();
        texts.join("; ")
    }

    pub(crate) fn to_json(&self) -> Value {
        self.0.iter().map(|Problem { line, text }| json!({"line": line, "text": text})).collect()
    }

    /// One line for each problem, as compilers write them: `issuer.toml:3: ...`.
    pub(crate) fn with_lines(&self, file: &Path) -> String {
        let lines: Vec<_> = self
            .0
            .iter()
            .map(|Problem { line, text }| format!("{}:{line}: {text}", file.display()))
            .collect();
        lines.join("\n")
    }
}

/// Collects problems from several readers.
#[derive(Debug, Default)]
pub(super) struct Collector(RefCell<Vec<Problem>>);

impl Collector {
    pub(super) fn add(&self, line: usize, text: impl Into<String>) {
        self.0.borrow_mut().push(Problem { line, text: text.into() });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn len(&self) -> usize {
        self.0.borrow().len()
    }

    pub(super) fn into_problems(self) -> Problems {
        let mut problems = self.0.into_inner();
        problems.sort();
        problems.dedup();
        Problems(problems)
    }
}

/// Maps a byte offset to its line.
#[derive(Debug)]
pub(super) struct Lines {
    /// The offset at which each line begins.
    starts: Vec<usize>,
}

impl Lines {
    pub(super) fn new(text: &str) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self { starts: std::iter::once(0).chain(newlines.map(|(offset, _)| offset + 1)).collect() }
    }

    /// The number of the line that holds this byte, from 1.
    pub(super) fn number(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_one() {
        let lines = Lines::new("ab\ncd\n");
        let numbers = [0, 1, 2, 3, 5, 6].map(|offset| lines.number(offset));
        assert_eq!(numbers, [1, 1, 1, 2, 2, 3]);
    }
}
