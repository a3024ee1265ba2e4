//! What stands for the handles without the feature `metrics`: nothing, in size and in code.

use std::{marker::PhantomData, time::Duration};

use super::metric::Metric;

#[derive(Clone, Debug)]
pub(super) struct Counter;

#[derive(Clone, Debug)]
pub(super) struct Gauge;

#[derive(Clone, Debug)]
pub(super) struct Histogram;

#[derive(Clone, Debug)]
pub(super) struct ByValue<T>(PhantomData<T>);

#[derive(Debug)]
pub(crate) struct Timer;

impl Timer {
    pub(crate) const fn start() -> Self {
        Self
    }
}

impl Counter {
    pub(super) const fn register(_: &Metric, _: &[&str]) -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "it is called as the counter of the facade is")]
    pub(super) const fn increment(&self) {}
}

impl Gauge {
    pub(super) const fn register(_: &Metric, _: &[&str]) -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "it is called as the gauge of the facade is")]
    pub(super) const fn set(&self, _: u64) {}
}

impl Histogram {
    pub(super) const fn register(_: &Metric, _: &[&str]) -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "it is called as the histogram of the facade is")]
    pub(super) const fn record(&self, _: Duration) {}

    #[expect(clippy::unused_self, reason = "it is called as the histogram of the facade is")]
    pub(super) const fn stop(&self, _: &Timer) {}
}

impl<T> ByValue<T> {
    pub(super) fn register(_: &'static [&'static str], _: impl Fn(&'static str) -> T) -> Self {
        Self(PhantomData)
    }

    #[expect(clippy::unused_self, reason = "it is called as the series of the facade are")]
    pub(super) fn with(&self, _: &str, _: impl FnOnce(&T)) {}

    #[expect(clippy::unused_self, reason = "it is called as the series of the facade are")]
    pub(super) fn for_each(&self, _: impl FnMut(&'static str, &T)) {}
}
