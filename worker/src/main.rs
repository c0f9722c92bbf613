//! The Web Worker: takes batches from the page, posts their tallies.
fn main() {}
