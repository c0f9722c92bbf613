//! Makes what Trunk has built fit for any static host.
//!
//! Trunk runs it as a hook of every build (`finish`), `./run build` at its end (`sizes`). In reading order:
//! - [`scripts`]: which parts of a script are shipped;
//! - [`short_names`]: what a program and its script call each other's parts;
//! - [`function_order`]: which function of a program follows which, so that it compresses well;
//! - [`content_names`]: every file is named by its content, so that no cache can serve an old file instead of a new one;
//! - [`page`]: the version, the content security policy and the service worker in `index.html`;
//! - [`offline`]: the list of files that the service worker caches;
//! - [`transfer_size`]: what a visit downloads, against the budgets;
//! - [`folder`], [`error`]: files by name, and what can go wrong.

pub mod content_names;
pub mod error;
pub mod folder;
pub mod function_order;
pub mod offline;
pub mod page;
pub mod scripts;
pub mod short_names;
pub mod transfer_size;

pub use error::Error;
