//! What the stages of the lecture's pipeline do with text: a reader cuts it into pieces of whole lines, a second stage
//! makes them upper case, a third writes them.
//!
//! - [`generated`]: a text to read where there is no file;
//! - [`lines`]: from chunks of any size to pieces of whole lines;
//! - [`upper`]: upper case as Python's `str.upper` has it.
//!
//! Nothing here touches a browser, a clock or a file.

pub mod generated;
pub mod lines;
pub mod upper;
