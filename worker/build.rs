//! Computes the build id: the page and its workers must come from the same one.
//!
//! It is a hash of what a worker is made of, so that it is the same on every machine and at every time.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

fn main() {
    let mut files = vec![PathBuf::from("Cargo.toml"), PathBuf::from("worker-loader.js")];
    for shared in ["../Cargo.lock", "../rust-toolchain.toml"] {
        if Path::new(shared).exists() {
            files.push(PathBuf::from(shared));
        }
    }
    collect(Path::new("src"), &mut files);
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in &files {
        println!("cargo::rerun-if-changed={}", file.display());
        let content = fs::read_to_string(file).expect("the worker's own source files can be read");
        // A checkout on Windows may have other line ends.
        content.replace('\r', "").hash(&mut hasher);
    }
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rustc-env=DARTBOARD_BUILD_ID={:016x}", hasher.finish());
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the worker's source folder can be read") {
        let path = entry.expect("the worker's source folder can be listed").path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}
