//! What is wrong with a file, and where.

use std::{cell::RefCell, fmt, path::Path};

/// One thing that is wrong, with its line and its cure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    pub(crate) line: usize,
    pub(crate) text: String,
}

/// Everything that is wrong with a file, in the order of its lines.
#[derive(Clone, Debug)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    pub(crate) fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort();
        problems.dedup();
        Self(problems)
    }

    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    /// The problems in one sentence, for a file that is not written.
    pub(crate) fn told(&self) -> String {
        let texts: Vec<_> = self.0.iter().map(|problem| problem.text.as_str()).collect();
        texts.join("; ")
    }

    /// One line for each problem, as compilers write them: `issuer.toml:3: ...`.
    pub(crate) fn shown<'p>(&'p self, file: &'p Path) -> impl fmt::Display + 'p {
        struct Shown<'p>(&'p Problems, &'p Path);

        impl fmt::Display for Shown<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                for (place, Problem { line, text }) in self.0.0.iter().enumerate() {
                    let separator = if place == 0 { "" } else { "\n" };
                    write!(f, "{separator}{}:{line}: {text}", self.1.display())?;
                }
                Ok(())
            }
        }

        Shown(self, file)
    }
}

/// Collects problems from several readers at once.
#[derive(Debug, Default)]
pub(super) struct Collector(RefCell<Vec<Problem>>);

impl Collector {
    pub(super) fn add(&self, line: usize, text: impl Into<String>) {
        self.0.borrow_mut().push(Problem { line, text: text.into() });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.borrow().len()
    }

    pub(super) fn all(self) -> Problems {
        Problems::new(self.0.into_inner())
    }
}
