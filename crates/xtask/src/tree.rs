//! The repository as the lints see it: every text file of ours, and what cargo says about the crates.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One text file.
#[derive(Debug, Clone)]
pub struct File {
    /// Path below the repository, with `/`.
    pub path: String,
    /// Its words.
    pub text: String,
}

/// Everything the lints look at.
pub struct Tree {
    /// Sources, templates, migrations, assets, scripts and documents; not `data/`, not what is built.
    pub files: Vec<File>,
    /// `cargo metadata` with all dependencies.
    pub metadata: Value,
}

/// Kinds of file that people read or the program shows.
const KINDS: &[&str] = &[
    "rs", "html", "txt", "xml", "sql", "css", "js", "md", "toml", "json", "csv", "svg", "ftl", "sh",
];

impl Tree {
    /// Reads the repository that this program was built from.
    pub fn read() -> Result<Self, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = root
            .canonicalize()
            .map_err(|error| format!("{}: {error}", root.display()))?;
        let mut files = Vec::new();
        collect(&root, &root, &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self {
            files,
            metadata: metadata(&root)?,
        })
    }

    /// The files that pass.
    pub fn matching<'a>(
        &'a self,
        pass: impl Fn(&File) -> bool + 'a,
    ) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |file| pass(file))
    }

    /// A tree of one file, for a lint's tests.
    #[cfg(test)]
    pub fn of(path: &str, text: &str) -> Self {
        Self {
            files: vec![File {
                path: path.to_owned(),
                text: text.to_owned(),
            }],
            metadata: Value::Null,
        }
    }
}

impl File {
    /// `rs`, `html`, …
    pub fn kind(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, kind)| kind)
    }

    /// The crate it belongs to, if any.
    pub fn member(&self) -> &str {
        self.path
            .strip_prefix("crates/")
            .and_then(|rest| rest.split('/').next())
            .unwrap_or("")
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<File>) -> Result<(), String> {
    let entries =
        std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries {
        let path: PathBuf = entry.map_err(|error| error.to_string())?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if path.is_dir() {
            let ours =
                !name.starts_with('.') && !matches!(name, "target" | "node_modules" | "ippo-data");
            if ours && path != root.join("data") {
                collect(root, &path, files)?;
            }
        } else if path
            .extension()
            .and_then(|kind| kind.to_str())
            .is_some_and(|kind| KINDS.contains(&kind))
        {
            let text = std::fs::read_to_string(&path)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            let path = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .replace('\\', "/");
            files.push(File { path, text });
        }
    }
    Ok(())
}

fn metadata(root: &Path) -> Result<Value, String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        // One platform is enough: what Windows alone would pull in is neither fetched nor shipped.
        .args([
            "metadata",
            "--format-version",
            "1",
            "--filter-platform",
            "x86_64-unknown-linux-gnu",
        ])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "cargo metadata: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))
}
