//! Parts that pages share.

mod button;
mod dialog;
mod drawing;
mod element;
mod explanation;
mod field;
mod header;
mod room;

pub use button::{ButtonLook, view_button, view_button_like, view_button_of};
pub use dialog::{Dialog, view_question};
pub use drawing::view_svg;
pub use element::{attributed, element, link, table, text};
pub use explanation::view_explained;
pub use field::FieldLook;
pub use header::{view_header, view_theme_switch};
pub use room::use_room;
