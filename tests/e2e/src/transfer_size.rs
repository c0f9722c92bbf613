//! What a first visit downloads, compressed as static hosts compress it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::Error;
use crate::site::files;

/// Compressed sizes in bytes by file name.
pub type TransferSizes = BTreeMap<String, u64>;

/// The files of `dist` that a first visit downloads, with their sizes after `gzip -9`:
/// `index.html`, the files named in it, the files named in those, and so on. The worker's are among them,
/// as the app names its script.
///
/// # Errors
/// When a file cannot be read.
pub fn first_visit(dist: &Path) -> Result<TransferSizes, Error> {
    let all = files(dist)?;
    let mut sizes = TransferSizes::new();
    let mut reached = BTreeSet::from(["index.html".to_owned()]);
    while let Some(name) = reached.pop_first() {
        let path = dist.join(&name);
        let content = fs::read(&path).map_err(Error::io(format!("reading {}", path.display())))?;
        sizes.insert(name, gzip_size(&content)?);
        let named = all.iter().filter(|other| !sizes.contains_key(*other) && names(&content, other));
        reached.extend(named.cloned());
    }
    Ok(sizes)
}

/// The part of `sizes` that the worker's own files make up.
pub fn worker_part(sizes: &TransferSizes) -> TransferSizes {
    sizes.iter().filter(|(name, _)| is_worker_file(name)).map(|(name, size)| (name.clone(), *size)).collect()
}

/// Whether the file belongs to what runs in a Web Worker, by its name.
pub fn is_worker_file(name: &str) -> bool {
    name.rsplit('/').next().unwrap_or(name).starts_with("worker")
}

/// Whether `content`, of any type, names the file `name`, in whatever folder it says it is.
fn names(content: &[u8], name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name).as_bytes();
    content.windows(name.len()).any(|window| window == name)
}

fn gzip_size(content: &[u8]) -> Result<u64, Error> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let compressed = encoder.write_all(content).and_then(|()| encoder.finish());
    Ok(compressed.map_err(Error::io("compressing"))?.len() as u64)
}
