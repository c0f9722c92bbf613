//! A run shared by many devices: a *hall*.
//!
//! One *desk* decides; each device is a *member* in its own *seat*. The run's log is the truth: one totally ordered list of
//! entries that only desks write, and whose meaning is its fold. A member asks its desk and is told; a message that is lost on
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
