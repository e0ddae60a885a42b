//! The OpenAPI documents as files.

use std::{fs, path::Path};

use anyhow::{Context, bail};
use rollcall::http::docs;

/// Writes every document.
pub fn write(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    for (name, _, text) in docs::all() {
        let path = folder.join(format!("{name}.json"));
        fs::write(&path, text + "\n").with_context(|| format!("{} cannot be written", path.display()))?;
        println!("{}", path.display());
    }
    Ok(())
}

/// Fails when a document differs from what this build serves.
pub fn check(folder: &Path) -> anyhow::Result<()> {
    for (name, _, text) in docs::all() {
        let path = folder.join(format!("{name}.json"));
        let kept = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        if kept != text + "\n" {
            bail!("{} is not what this build serves: run `rollcall openapi` and commit the change", path.display());
        }
    }
    Ok(())
}
