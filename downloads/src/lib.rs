//! What decides in the lecture's download manager: which addresses are downloaded, in which order, what follows an error,
//! what a file is called.
//!
//! - [`list`]: from the text of the field to rows;
//! - [`machine`]: the state machine, `handle(now_ms, Event) -> Vec<Command>`, and what is shown of it;
//! - [`answer`]: what the head of an answer says;
//! - [`error`]: why a download ends without its file, and what to do;
//! - [`name`]: what a file is called;
//! - [`said`]: what is said beside a row;
//! - [`text`]: numbers as people read them.
//!
//! Nothing here touches a browser, a clock or a network. Addresses are parsed by the browser, which passes its answer in.

pub mod answer;
mod characters;
pub mod error;
pub mod list;
pub mod machine;
pub mod name;
pub mod said;
pub mod text;
