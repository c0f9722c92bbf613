//! Yew parts shared by pages.

mod convergence;
mod field;
mod number;
mod width;

pub use convergence::Convergence;
pub use field::Field;
pub use number::{Facts, Number};
pub use width::use_width_px;
