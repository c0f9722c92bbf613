//! The machine and the browser on it.

use dartboard_points::tally::Seed;
use getrandom::SysRng;
use gloo::utils::{document, window};
use rand::TryRng;

/// A seed from the browser's secure random numbers.
///
/// # Errors
/// When the browser has none.
pub fn random_seed() -> Result<Seed, getrandom::Error> {
    SysRng.try_next_u64().map(Seed)
}

/// Any number; none but 0 where the browser has no random ones.
pub fn random_number() -> u32 {
    SysRng.try_next_u32().unwrap_or_default()
}

/// The number of cores the browser reports. Some browsers cap or fake it: a default, never a limit.
pub fn reported_cores() -> u32 {
    // A number from outside; a cast saturates, and NaN becomes 0.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, then clamped")]
    let cores = window().navigator().hardware_concurrency() as u32;
    cores.max(1)
}

/// The browser, as it names itself.
pub fn browser_name() -> String {
    window().navigator().user_agent().unwrap_or_default()
}

/// The version of the page and the commit that it was built from, as the page shows them.
pub fn shown_version() -> String {
    let shown = document().get_element_by_id("version").and_then(|element| element.text_content());
    shown.unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned())
}

/// What the foot of the page says of its use without a network.
pub fn shown_offline() -> String {
    let text =
        |id| document().get_element_by_id(id).and_then(|element| element.text_content()).unwrap_or_default();
    let said = text("offline") + &text("programs");
    said.trim_start_matches([';', ' ']).to_owned()
}
