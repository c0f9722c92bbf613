//! Points in time, as a type different from spans of time.

use std::ops::{Add, AddAssign, Sub};
use std::time::Duration;

/// A point in time, as the page's clock tells it: so long after its origin. The earliest one is the origin, and what
/// would lie outside stops at the ends: nothing here panics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(Duration);

impl Instant {
    /// The page's origin.
    pub const ORIGIN: Self = Self(Duration::ZERO);

    /// The point in time so long after the origin.
    pub const fn after_origin(span: Duration) -> Self {
        Self(span)
    }

    /// How long after the origin it is.
    pub const fn since_origin(self) -> Duration {
        self.0
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    /// The point in time so much later.
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, span: Duration) {
        *self = *self + span;
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    /// The point in time so much earlier.
    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(span))
    }
}

impl Sub for Instant {
    type Output = Duration;

    /// How much later it is than the other; no time at all if it is earlier.
    fn sub(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Instant {
        Instant::after_origin(Duration::from_millis(milliseconds))
    }

    // Fails with: a clock that goes back, or a deadline beyond all time, that ends the page.
    #[test]
    fn spans_lead_from_one_instant_to_another_and_stop_at_the_ends() {
        let span = Duration::from_millis(30);
        assert_eq!(at(50) + span, at(80));
        assert_eq!(at(50) - span, at(20));
        assert_eq!(at(80) - at(50), span);
        assert_eq!(at(50) - at(80), Duration::ZERO);
        assert_eq!(at(20) - span, Instant::ORIGIN);
        let mut last = at(50);
        last += Duration::MAX;
        assert_eq!(last.since_origin(), Duration::MAX);
        assert!(at(50) < last);
    }
}
