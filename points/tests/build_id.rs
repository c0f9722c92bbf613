//! Fails with: a part of a worker that can change without changing its build id, so that a page takes another
//! build's worker for one of its own.
#![cfg(not(target_arch = "wasm32"))]

#[path = "../build_id.rs"]
mod build_id;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use build_id::{build_id, files};

/// A copy of what a worker is made of, removed when it is dropped.
struct Copy(PathBuf);

impl Copy {
    fn of(root: &Path) -> io::Result<Self> {
        let folder = std::env::temp_dir().join(format!("dartboard-build-id-{}", std::process::id()));
        for file in files(root)? {
            let copy = folder.join(file.strip_prefix(root).map_err(io::Error::other)?);
            fs::create_dir_all(copy.parent().unwrap_or(&folder))?;
            fs::copy(file, copy)?;
        }
        Ok(Self(folder))
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

#[test]
fn a_changed_byte_in_any_part_of_a_worker_is_another_build() {
    let copy = Copy::of(root()).unwrap();
    let (id, files) = (build_id(&copy.0).unwrap(), files(&copy.0).unwrap());
    assert_eq!(id, dartboard_points::build::BUILD_ID, "a copy elsewhere is the same build");
    for part in [
        "Cargo.lock",
        "rust-toolchain.toml",
        "points/src/kernel.rs",
        "points/src/stream.rs",
        "pipeline/src/upper.rs",
        "threads/src/task.rs",
        "worker/src/main.rs",
        "worker/worker-loader.js",
        "worker/src/shared.rs",
        "worker/src/thread/main.rs",
        "worker/thread-loader.js",
        "worker/src/gpu/main.rs",
        "worker/gpu-loader.js",
        "points/src/gpu/count.wgsl",
        "worker/src/stage/main.rs",
        "worker/own-files.js",
        "downloads/src/machine.rs",
        "worker/src/download/main.rs",
        "worker/Cargo.toml",
    ] {
        assert!(files.contains(&copy.0.join(part)), "{part} is a part of a worker");
    }
    for file in &files {
        let content = fs::read(file).unwrap();
        let mut changed = content.clone();
        changed[content.len() / 2] ^= 1;
        fs::write(file, changed).unwrap();
        assert_ne!(build_id(&copy.0).unwrap(), id, "{}", file.display());
        fs::write(file, &content).unwrap();
        // Where lines end in another way it is the same build.
        fs::write(file, String::from_utf8(content.clone()).unwrap().replace('\n', "\r\n")).unwrap();
        assert_eq!(build_id(&copy.0).unwrap(), id, "{}", file.display());
        fs::write(file, content).unwrap();
    }
    fs::rename(&files[0], files[0].with_extension("other")).unwrap();
    assert_ne!(build_id(&copy.0).unwrap(), id, "a file that is gone");
}
