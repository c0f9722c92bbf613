//! Which build a worker is of.

/// Identifies the sources that this worker was built from. A page accepts only workers of its own build,
/// since a browser's cache may hand it an older one.
pub const BUILD_ID: &str = env!("DARTBOARD_BUILD_ID");
