//! Light, dark, or as the system prefers.

use gloo::utils::document;

use super::storage;

/// Which colours the page has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// As the system prefers.
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// The choice made on an earlier visit: boot.js has read it, so that no other colours flash up first.
    pub fn kept() -> Self {
        match &*storage::root_data("data-theme") {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::Auto,
        }
    }

    /// Its name, on the page and in the storage.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Makes the next choice, shows it and keeps it.
    #[must_use]
    pub fn switched(self) -> Self {
        let next = match self {
            Self::Auto => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::Auto,
        };
        if let Some(root) = document().document_element() {
            // It fails only for names that are no attribute's.
            let _ = root.set_attribute("data-theme", next.name());
        }
        // Where nothing can be stored the choice lasts until the page is left.
        let _ = storage::local()
            .and_then(|storage| storage::set(&storage, &storage::scope().theme(), next.name()));
        next
    }
}
