//! The build id: a hash of what a worker is made of, so that it is the same on every machine and at every time.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

/// What a worker is made of, below the project's root: files, and folders with all that is in them.
pub(crate) const PARTS: [&str; 12] = [
    "Cargo.lock",
    "rust-toolchain.toml",
    "points/Cargo.toml",
    "points/build_id.rs",
    "points/src",
    "pipeline/Cargo.toml",
    "pipeline/src",
    "downloads/Cargo.toml",
    "downloads/src",
    "threads/Cargo.toml",
    "threads/src",
    "worker",
];

/// The files among [`PARTS`] below `root`, in the same order everywhere.
///
/// # Errors
/// When a folder cannot be listed. A part that does not exist has no files.
pub(crate) fn files(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for part in PARTS {
        collect(&root.join(part), &mut files)?;
    }
    files.sort();
    Ok(files)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            collect(&entry?.path(), files)?;
        }
    } else if path.is_file() {
        files.push(path.to_owned());
    }
    Ok(())
}

/// The build id of the project at `root`.
///
/// # Errors
/// When one of [`files`] cannot be read.
pub(crate) fn build_id(root: &Path) -> io::Result<String> {
    let mut hasher = DefaultHasher::new();
    for file in files(root)? {
        // On Windows another sign separates the parts of a path, and lines may end differently.
        let name = file.strip_prefix(root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        name.hash(&mut hasher);
        let mut content = fs::read(&file)?;
        content.retain(|&byte| byte != b'\r');
        content.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}
