//! All orders in which two threads can take the steps of one addition each.

/// The steps of an addition.
pub const STEPS: [&str; 3] = ["read", "add", "write"];

/// An order of steps: which thread, 0 or 1, takes its next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order([usize; 6]);

/// What is to be seen after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepSeen {
    /// The thread that took it, 0 or 1.
    pub thread: usize,
    /// Which of [`STEPS`] it was.
    pub step: usize,
    /// What each thread has in hand; none before it has read.
    pub own: [Option<u32>; 2],
    /// What the counter shows.
    pub counter: u32,
}

/// All 20 of them.
pub fn orders() -> Vec<Order> {
    (0_u32..1 << 6)
        .filter(|threads| threads.count_ones() == 3)
        .map(|threads| Order(std::array::from_fn(|place| usize::from(threads >> (5 - place) & 1 == 1))))
        .collect()
}

impl Order {
    /// What is to be seen after each step; the counter shows 0 before.
    pub fn steps(self) -> [StepSeen; 6] {
        let (mut taken, mut own, mut counter) = ([0, 0], [None, None], 0);
        self.0.map(|thread| {
            let step = taken[thread];
            taken[thread] += 1;
            match step {
                0 => own[thread] = Some(counter),
                1 => own[thread] = own[thread].map(|value: u32| value + 1),
                _ => counter = own[thread].unwrap_or(counter),
            }
            StepSeen { thread, step, own, counter }
        })
    }

    /// What the counter shows after all steps.
    pub fn total(self) -> u32 {
        self.steps()[5].counter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Fails with: an order that is missing or stands twice; a step that is taken before the one before it.
    #[test]
    fn two_of_twenty_orders_give_two() {
        let orders = orders();
        assert_eq!(orders.len(), 20);
        for (index, order) in orders.iter().enumerate() {
            assert!(!orders[..index].contains(order));
            for thread in [0, 1] {
                let steps: Vec<_> = order.steps().into_iter().filter(|seen| seen.thread == thread).collect();
                assert_eq!(steps.iter().map(|seen| seen.step).collect::<Vec<_>>(), [0, 1, 2]);
            }
        }
        let totals: Vec<u32> = orders.iter().map(|order| order.total()).collect();
        assert_eq!(totals.iter().filter(|&&total| total == 2).count(), 2);
        assert_eq!(totals.iter().filter(|&&total| total == 1).count(), 18);
    }
}
