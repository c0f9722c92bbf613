//! Real brokers, desks and nodes as processes, and a crowd of members: the total is the bare kernel's whatever is killed.
//!
//! The brokers are nats-servers: the one on the PATH for a class, a newer one (`DARTBOARD_NATS_CLUSTER`) for a cluster.
//! Where one is missing, its tests say so and are left out; with `DARTBOARD_NATS_REQUIRED=1` they fail.
//! What takes longer is ignored here, and run by `./run bench hall`.

#![allow(clippy::unwrap_used, reason = "a test that cannot begin has failed")]

mod broker;
mod crowd;
mod desks;
mod long;
mod pages;
mod permissions;
mod shared_runs;
mod tls;
