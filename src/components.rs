//! Yew parts shared by pages.

mod convergence;
mod dartboard;
mod dialog;
mod event_log;
pub mod explanation;
mod field;
mod header;
mod number;
mod settings;
mod theme;
mod timeline;
mod width;
mod workers;

pub use convergence::Convergence;
pub use dartboard::Dartboard;
pub use dialog::Dialog;
pub use event_log::EventLogView;
pub use field::Field;
pub use header::{Page, view_header};
pub use number::{view_facts, view_number};
pub use settings::Settings;
pub use theme::{Theme, view_theme_switch};
pub use width::use_width_px;
pub use workers::view_workers;
