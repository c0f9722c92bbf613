//! What the user chooses.

/// How a list is downloaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// So many at the same time, at most [`Plan::MOST_AT_ONCE`]; retries count as well.
    pub limit: u32,
    /// The least time between two starts at one host.
    pub host_pause_ms: u64,
    /// How often a row is tried again without being asked, at most [`Plan::MOST_RETRIES`].
    pub retries: u32,
    /// The pause before the first of these tries; before each further one it is twice as long.
    pub backoff_ms: u64,
    /// After so long without a byte a download has stalled.
    pub stall_ms: u64,
    /// What all files together may have, where they are kept in memory.
    pub memory_limit: Option<u64>,
}

impl Plan {
    /// The greatest limit.
    pub const MOST_AT_ONCE: u32 = 16;
    /// The most tries again without being asked.
    pub const MOST_RETRIES: u32 = 5;

    /// The nearest plan that can be carried out.
    #[must_use]
    pub fn in_range(self) -> Self {
        Self {
            limit: self.limit.clamp(1, Self::MOST_AT_ONCE),
            retries: self.retries.min(Self::MOST_RETRIES),
            stall_ms: self.stall_ms.max(1),
            ..self
        }
    }
}

impl Default for Plan {
    fn default() -> Self {
        Self { limit: 4, host_pause_ms: 0, retries: 2, backoff_ms: 500, stall_ms: 30_000, memory_limit: None }
    }
}
