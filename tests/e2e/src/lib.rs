//! Drives the served release of Dartboard in a real browser, by WebDriver.
//!
//! In reading order:
//! - [`site`]: serves `dist/` as a static host would, and serves faults instead where told to;
//! - [`engine`]: how a browser of each engine is started, with its driver;
//! - [`browser`]: one browser, driven, and its console;
//! - [`downloads_host`]: another host, with every answer that downloads meet;
//! - [`webkit_console`]: the same of `WebKit`, whose driver does not pass it on;
//! - [`run_page`]: the estimate page as a person and as a script see it;
//! - [`mirror`]: how another page stands, by the attributes of an element;
//! - [`fault_log`]: faults by the page's own buttons, and what the page's log says of them;
//! - [`translator`]: what a browser's translator does to a page;
//! - [`stored`]: prepares what a page finds in the browser's storage;
//! - [`undisturbed`]: the tallies that a run must have, whatever happens to it;
//! - [`processor_time`]: what the browser's threads take;
//! - [`figures`]: what the benches measured, as files;
//! - [`error`]: what can go wrong in all of these.

pub mod browser;
pub mod downloads_host;
pub mod engine;
pub mod error;
pub mod fault_log;
pub mod figures;
pub mod mirror;
pub mod processor_time;
pub mod run_page;
pub mod site;
pub mod stored;
pub mod translator;
pub mod undisturbed;
pub mod webkit_console;

pub use browser::Browser;
pub use downloads_host::{DownloadsHost, Kind};
pub use engine::{Engine, SharedMemory};
pub use error::Error;
pub use mirror::Mirror;
pub use run_page::{RunPage, RunState, ShownStatus};
pub use site::{Site, StandIn};
pub use translator::Translator;
