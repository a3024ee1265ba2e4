//! Pauses after failures, counted in polls.

/// Counts the polls between attempts that fail: 1, 2, 4 and so on.
#[derive(Debug, Default)]
pub(super) struct Pause {
    /// The polls that are left of this pause.
    left: u32,
    /// The length of the last pause; 0 after a success.
    last: u32,
}

impl Pause {
    /// Counts a poll, and returns true if the pause is over.
    pub(super) fn poll(&mut self) -> bool {
        let is_over = self.left == 0;
        self.left = self.left.saturating_sub(1);
        is_over
    }

    /// Doubles the pause, up to `longest` polls.
    pub(super) fn failed(&mut self, longest: u32) {
        self.last = self.last.saturating_mul(2).clamp(1, longest);
        self.left = self.last;
    }

    /// Ends the pause.
    pub(super) fn succeeded(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_end_with_a_success() {
        let mut pause = Pause::default();
        let attempts: Vec<_> = (0..40)
            .filter(|_| {
                let tries = pause.poll();
                if tries {
                    pause.failed(8);
                }
                tries
            })
            .collect();
        assert_eq!(attempts, [0, 2, 5, 10, 19, 28, 37]);
        pause.succeeded();
        assert!(pause.poll() && pause.poll());
    }
}
