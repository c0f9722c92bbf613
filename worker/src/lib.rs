//! What the programs in Web Workers ask of the browser, and the page asks just so.

pub mod shared;
