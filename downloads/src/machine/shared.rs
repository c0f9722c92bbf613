//! What rows have in common.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::SplitMix64;

use crate::name::Names;

use super::{Command, Plan};

/// A host of the list.
#[derive(Clone, Debug)]
pub(super) struct Host {
    name: String,
    /// When a fetch was last sent there.
    pub(super) started_ms: Option<u64>,
    /// When something was last heard of it, or a connection to it was given back.
    pub(super) heard_ms: u64,
}

/// See the module's documentation.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) plan: Plan,
    random: SplitMix64,
    hosts: Vec<Host>,
    pub(super) names: Names,
    pub(super) commands: Vec<Command>,
}

impl Shared {
    pub(super) fn new(plan: Plan, seed: u64) -> Self {
        let random = SplitMix64::seed_from_u64(seed);
        Self { plan, random, hosts: Vec::new(), names: Names::default(), commands: Vec::new() }
    }

    /// Where the host of this name is kept.
    pub(super) fn host_index(&mut self, name: &str) -> usize {
        self.hosts.iter().position(|host| host.name == name).unwrap_or_else(|| {
            self.hosts.push(Host { name: name.to_owned(), started_ms: None, heard_ms: 0 });
            self.hosts.len() - 1
        })
    }

    pub(super) fn host(&self, index: usize) -> Option<&Host> {
        self.hosts.get(index)
    }

    pub(super) fn heard_of(&mut self, index: usize, now_ms: u64) {
        if let Some(host) = self.hosts.get_mut(index) {
            host.heard_ms = host.heard_ms.max(now_ms);
        }
    }

    pub(super) fn started_at(&mut self, index: usize, now_ms: u64) {
        if let Some(host) = self.hosts.get_mut(index) {
            host.started_ms = Some(now_ms);
        }
    }

    /// How long to wait after so many tries again: half as long to one and a half times as long as without chance.
    pub(super) fn backoff_ms(&mut self, tries: u32) -> u64 {
        let per_mille = 500 + self.random.next_u64() % 1_001;
        let factor = 1_u64.checked_shl(tries).unwrap_or(u64::MAX);
        self.plan.backoff_ms.saturating_mul(factor).saturating_mul(per_mille) / 1_000
    }
}
