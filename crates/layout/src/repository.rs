//! The files of the repository, as they lie in the working tree; what git ignores and what tools leave is not read.

use std::fs;
use std::path::{Path, PathBuf};

/// A file of text, with its path from the root, in forward slashes.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Directories that hold nothing of ours, and what lies in those that hold what can be made again. Cargo puts none into a
/// directory for builds that somebody else made.
const FOREIGN: [&str; 2] = [".git", "node_modules"];
const BUILDS: &str = "target";
const CACHE: &str = "CACHEDIR.TAG";

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Every file of text, sorted by path.
pub(crate) fn files() -> Vec<Source> {
    let root = root();
    let mut found = Vec::new();
    let mut directories = vec![root.clone()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let (path, entry_type) = entry.map(|e| (e.path(), e.file_type().unwrap())).unwrap();
            if entry_type.is_dir() {
                let foreign = FOREIGN.iter().any(|name| path.ends_with(name));
                if !foreign && path != root.join(BUILDS) && !path.join(CACHE).exists() {
                    directories.push(path);
                }
            } else if entry_type.is_file()
                && path != root.join(".git")
                && let Ok(text) = fs::read_to_string(&path)
            {
                let path = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
                found.push(Source { path, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Every Rust file, sorted by path.
pub(crate) fn rust_files() -> Vec<Source> {
    files().into_iter().filter(|file| file.path.ends_with(".rs")).collect()
}

/// Names of the files directly in a directory, sorted; none where there is no such directory.
pub(crate) fn names_in(directory: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(root().join(directory)) else { return Vec::new() };
    let mut names: Vec<_> = entries
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Fails with every fault, one a line.
pub(crate) fn expect_none(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
