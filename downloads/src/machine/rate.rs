//! How fast bytes come.

/// The time over which is counted, in steps.
const STEP_MS: u64 = 250;
const STEPS: usize = 12;

/// The bytes of the last three seconds.
#[derive(Clone, Debug)]
pub(super) struct Rate {
    since_ms: u64,
    /// The number of the step that is counted in first.
    newest: u64,
    /// The bytes of each step, the newest first.
    bytes: [u64; STEPS],
}

impl Rate {
    pub(super) fn new(now_ms: u64) -> Self {
        Self { since_ms: now_ms, newest: now_ms / STEP_MS, bytes: [0; STEPS] }
    }

    pub(super) fn add(&mut self, now_ms: u64, bytes: u64) {
        let passed = self.passed(now_ms);
        self.newest = self.newest.max(now_ms / STEP_MS);
        let kept = self.bytes;
        let moved = [0].into_iter().cycle().take(passed).chain(kept);
        for (step, moved) in self.bytes.iter_mut().zip(moved) {
            *step = moved;
        }
        if let Some(newest) = self.bytes.first_mut() {
            *newest = newest.saturating_add(bytes);
        }
    }

    /// How many steps have passed since the newest one, as far as it matters.
    fn passed(&self, now_ms: u64) -> usize {
        let passed = (now_ms / STEP_MS).saturating_sub(self.newest);
        usize::try_from(passed).unwrap_or(STEPS).min(STEPS)
    }

    pub(super) fn bytes_s(&self, now_ms: u64) -> u64 {
        let counted = self.bytes.iter().take(STEPS - self.passed(now_ms));
        let bytes = counted.fold(0_u64, |sum, bytes| sum.saturating_add(*bytes));
        // The newest step has begun, but has not ended.
        let window_ms = (STEPS as u64 - 1) * STEP_MS + now_ms % STEP_MS;
        let passed_ms = now_ms.saturating_sub(self.since_ms);
        bytes.saturating_mul(1_000) / passed_ms.clamp(STEP_MS, window_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_stream_has_its_rate_from_the_first_quarter_of_a_second_on() {
        // Fails with: a window of fixed length, which begins too low; a step counted twice or not at all.
        let mut rate = Rate::new(1_000);
        for now_ms in (1_010..60_000).step_by(10) {
            rate.add(now_ms, 10_000);
            if now_ms >= 1_250 {
                assert!((960_000..=1_050_000).contains(&rate.bytes_s(now_ms)), "{}", rate.bytes_s(now_ms));
            }
        }
    }

    #[test]
    fn the_rate_falls_to_nothing_in_three_seconds_of_silence() {
        // Fails with: the last rate shown for ever.
        let mut rate = Rate::new(0);
        rate.add(100, 1_000_000);
        let seen: Vec<_> = (100..4_000).step_by(100).map(|now_ms| rate.bytes_s(now_ms)).collect();
        assert!(seen.is_sorted_by(|before, after| before >= after));
        assert_eq!(rate.bytes_s(3_000), 0);
        rate.add(10_000, 750);
        assert_eq!(rate.bytes_s(10_000), 750 * 1_000 / 2_750);
    }

    #[test]
    fn nothing_overflows() {
        // Fails with: sums that overflow, times that go back.
        let mut rate = Rate::new(u64::MAX);
        rate.add(0, u64::MAX);
        rate.add(u64::MAX, u64::MAX);
        assert!(rate.bytes_s(0) > 0 && rate.bytes_s(u64::MAX) > 0);
    }
}
