//! What the lecture's threads share, and what they and the page tell each other.
//!
//! In reading order:
//! - [`task`]: the messages between the page and a thread.
//!
//! Nothing here touches a browser, a clock or randomness: the program `thread` in `worker/` does.

pub mod task;
