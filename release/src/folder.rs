//! Files of a folder by their names, with `/` between folders.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::Error;

/// Names of all files in `folder` and below, relative to it, sorted.
///
/// # Errors
/// When a folder cannot be read.
pub fn files(folder: &Path) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    let mut prefixes = vec![String::new()];
    while let Some(prefix) = prefixes.pop() {
        let path = folder.join(&prefix);
        let reading = || format!("reading {}", path.display());
        for entry in fs::read_dir(&path).map_err(Error::io(reading()))? {
            let entry = entry.map_err(Error::io(reading()))?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type().map_err(Error::io(reading()))?.is_dir() {
                prefixes.push(name + "/");
            } else {
                names.push(name);
            }
        }
    }
    names.sort();
    Ok(names)
}

/// The content of all files in `folder` and below by name.
///
/// # Errors
/// When one cannot be read.
pub fn read(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    files(folder)?
        .into_iter()
        .map(|name| {
            let path = folder.join(&name);
            let content = fs::read(&path).map_err(Error::io(format!("reading {}", path.display())))?;
            Ok((name, content))
        })
        .collect()
}

/// Makes `folder`, which holds `before`, hold `after`.
///
/// # Errors
/// When a file cannot be written or removed.
pub fn replace(
    folder: &Path,
    before: impl IntoIterator<Item = String>,
    after: &BTreeMap<String, Vec<u8>>,
) -> Result<(), Error> {
    for name in before.into_iter().filter(|name| !after.contains_key(name)) {
        let path = folder.join(name);
        fs::remove_file(&path).map_err(Error::io(format!("removing {}", path.display())))?;
    }
    for (name, content) in after {
        let path = folder.join(name);
        fs::write(&path, content).map_err(Error::io(format!("writing {}", path.display())))?;
    }
    Ok(())
}

/// The last part of a name: the file without its folders.
pub fn base_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
