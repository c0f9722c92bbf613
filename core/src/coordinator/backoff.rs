//! When a slot's dead worker is replaced, and when it is not any more.

use std::time::Duration;

use super::SlotKind;

/// The wait before the second replacement without a result between; it doubles with each further one.
pub const FIRST_WAIT: Duration = Duration::from_millis(250);
/// The longest wait before a replacement.
pub const LONGEST_WAIT: Duration = Duration::from_secs(8);
/// How many replacements without a result between a slot gets before it is given up.
pub const RESTART_LIMIT: u32 = 5;

/// The same of the GPU's slot: its fifth worker that dies so is the last.
pub const GPU_RESTART_LIMIT: u32 = 4;

/// How a worker's death counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// It was not asked for.
    Accident,
    /// It was asked for: it makes the next replacement wait, but never uses the slot up.
    Deliberate,
    /// No replacement can do better.
    Final,
}

/// What follows a death.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A replacement after this long.
    Replace(Duration),
    /// The slot stays empty.
    GiveUp,
}

/// The deaths in a slot since its last result.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Backoff {
    deaths: u32,
    accidents: u32,
    expired: u32,
}

impl Backoff {
    /// A worker of the slot, which is of this kind, died.
    pub(crate) fn death(&mut self, weight: Weight, kind: SlotKind) -> Verdict {
        let limit = match kind {
            SlotKind::Processor => RESTART_LIMIT,
            SlotKind::Gpu => GPU_RESTART_LIMIT,
        };
        let wait = self.wait();
        self.deaths = self.deaths.saturating_add(1);
        match weight {
            Weight::Final => return Verdict::GiveUp,
            Weight::Accident => self.accidents += 1,
            Weight::Deliberate => {}
        }
        if self.accidents > limit { Verdict::GiveUp } else { Verdict::Replace(wait) }
    }

    /// A worker of the slot did not finish its lease in time: the next one is given twice as long,
    /// lest a slow machine be taken for a hung worker again and again.
    pub(crate) fn lease_expired(&mut self) {
        self.expired = (self.expired + 1).min(4);
    }

    /// The factor on a lease's allowance: 1 to 16.
    pub(crate) fn patience(self) -> u32 {
        1 << self.expired
    }

    /// The wait before the next replacement.
    fn wait(self) -> Duration {
        match self.deaths.checked_sub(1) {
            None => Duration::ZERO,
            Some(doublings) => FIRST_WAIT.saturating_mul(1 << doublings.min(16)).min(LONGEST_WAIT),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_replacement_is_immediate_and_further_ones_wait_ever_longer() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..9).map(|_| backoff.death(Weight::Deliberate, SlotKind::Processor)).collect();
        let expected = [0, 250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000];
        assert_eq!(waits, expected.map(|wait| Verdict::Replace(Duration::from_millis(wait))));
        for _ in 0..100 {
            backoff.death(Weight::Deliberate, SlotKind::Processor);
        }
        assert_eq!(backoff.death(Weight::Deliberate, SlotKind::Processor), Verdict::Replace(LONGEST_WAIT));
    }

    #[test]
    fn the_sixth_accident_without_a_result_between_ends_the_slot() {
        let mut backoff = Backoff::default();
        for _ in 0..RESTART_LIMIT {
            backoff.death(Weight::Deliberate, SlotKind::Processor);
            assert!(matches!(backoff.death(Weight::Accident, SlotKind::Processor), Verdict::Replace(_)));
        }
        assert_eq!(backoff.death(Weight::Accident, SlotKind::Processor), Verdict::GiveUp);
        assert_eq!(Backoff::default().death(Weight::Final, SlotKind::Processor), Verdict::GiveUp);
    }

    // Fails with: a GPU that is tried again and again although each worker on it dies.
    #[test]
    fn the_fifth_accident_without_a_result_between_ends_the_gpus_slot() {
        let mut backoff = Backoff::default();
        for _ in 1..5 {
            assert!(matches!(backoff.death(Weight::Accident, SlotKind::Gpu), Verdict::Replace(_)));
        }
        assert_eq!(backoff.death(Weight::Accident, SlotKind::Gpu), Verdict::GiveUp);
    }

    #[test]
    fn patience_doubles_with_each_expired_lease_up_to_sixteen() {
        let mut backoff = Backoff::default();
        let patience = [1, 2, 4, 8, 16, 16];
        for expected in patience {
            assert_eq!(backoff.patience(), expected);
            backoff.lease_expired();
        }
    }
}
