//! A run shared by many devices: a *hall*.
//!
//! One *desk* decides; each device is a *member* in a *seat* of its own. Truth is the run's log, one totally ordered list of
//! entries that only desks write: what it says is found by folding it. A member asks its desk and is told; whatever is lost on
//! the way costs work and never changes a total.

pub mod desk;
pub mod entry;
pub mod ledger;
pub mod member;
pub mod message;
pub mod names;
pub mod nats;
pub mod page;
pub mod seats;
pub mod subjects;
