//! Computes the build id: the page and its workers must come from the same one.

mod build_id;

use std::path::Path;

fn main() {
    let root = Path::new("..");
    for part in build_id::PARTS {
        println!("cargo::rerun-if-changed=../{part}");
    }
    let id = build_id::build_id(root).expect("the worker's own source files can be read");
    println!("cargo::rustc-env=DARTBOARD_BUILD_ID={id}");
}
