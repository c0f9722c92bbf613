//! Where the programs behind `./run bench` leave their figures.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::Error;

/// Writes `figures` to `target/bench/NAME.json`.
///
/// # Errors
/// When the system refuses.
pub fn write(name: &str, figures: &impl Serialize) -> Result<(), Error> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench");
    let path = folder.join(format!("{name}.json"));
    let json = serde_json::to_string_pretty(figures).map_err(Into::into);
    let written = fs::create_dir_all(&folder).and(json).and_then(|json| fs::write(&path, json + "\n"));
    written.map_err(Error::io(format!("writing {}", path.display())))
}
