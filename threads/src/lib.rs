//! What the lecture's threads share, and what they and the page tell each other.
//!
//! In reading order:
//! - [`task`]: the messages between the page and a thread;
//! - [`memory`]: the words they share, and their layout;
//! - [`gate`], [`lock`], [`event`], [`gil`], [`ring`]: start barrier, lock, event, GIL and bounded queue, built only from
//!   these words;
//! - [`pipe`], [`stage`]: the queues and the stages of a pipeline;
//! - [`thread`]: what a thread does with them, from its order to its report;
//! - [`conversation`]: what a thread without shared memory does.
//!
//! Nothing here touches a browser, a clock or randomness: the program `thread` in `worker/` does.

pub mod conversation;
pub mod event;
pub mod gate;
pub mod gil;
pub mod lock;
pub mod memory;
pub mod pipe;
mod recorder;
pub mod ring;
pub mod stage;
pub mod task;
pub mod thread;
pub mod watch;

pub use recorder::Clock;

/// Gives up everything that threads may wait for in this memory, since one of them has died: each ends and says so.
pub fn abandon<M: memory::Memory>(memory: &M) {
    gate::abandon(memory);
    lock::Lock::new(memory, memory::LOCK).abandon();
    gil::abandon(memory);
    ring::abandon(memory);
}
