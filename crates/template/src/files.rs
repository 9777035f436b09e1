//! Which files are checked. A file that is named has to be a template; of a folder or a glob, those that are.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, MAIN_SEPARATOR, Path, PathBuf};

use ignore::WalkBuilder;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::document::{self, MAX_PLAN_BYTES};
use crate::error::TemplateError;
use crate::finding::{Note, Seen};
use crate::report::{Checked, Report};

/// The extensions of templates and plans; other files of a folder are not opened.
const EXTENSIONS: [&str; 4] = ["yaml", "yml", "json", "template"];

/// The types of access keys: a file that names one and cannot be checked deserves a note.
const ACCESS_KEYS: [&str; 2] = ["AWS::IAM::AccessKey", "aws_iam_access_key"];

/// Checks files, the templates of folders and of globs, and standard input for `-`.
pub fn check_all(paths: &[PathBuf]) -> Report {
    let mut report = Report::default();
    let mut seen = HashSet::new();
    for path in paths {
        if path == Path::new("-") {
            report.files.push(named("-", read(io::stdin().lock())));
        } else if path.is_dir() {
            walk(path, None, &mut seen, &mut report);
        } else if path.exists() {
            if seen.insert(shown(path)) {
                report.files.push(named(&shown(path), File::open(path).and_then(read)));
            }
        } else if let Some((folder, glob)) = glob(path) {
            walk(&folder, Some(&glob), &mut seen, &mut report);
        } else {
            report.files.push(named(&shown(path), File::open(path).and_then(read)));
        }
    }
    report
}

/// Checks the templates of a folder, in the order of their names. Hidden files and what `.gitignore` names is left out.
fn walk(folder: &Path, glob: Option<&Gitignore>, seen: &mut HashSet<String>, report: &mut Report) {
    let entries = WalkBuilder::new(folder).require_git(false).sort_by_file_name(Ord::cmp).build();
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let error = TemplateError::invalid(None, error.to_string());
                report.files.push(Checked { file: shown(folder), seen: Err(error) });
                continue;
            }
        };
        let path = entry.path();
        let is_meant = glob.is_none_or(|glob| glob.matched(path, false).is_ignore());
        if !entry.file_type().is_some_and(|kind| kind.is_file()) || !is_meant || !seen.insert(shown(path)) {
            continue;
        }
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let may_be_template = EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension))
            && entry.metadata().is_ok_and(|metadata| metadata.len() <= MAX_PLAN_BYTES as u64);
        match may_be_template.then(|| discovered(path)).flatten() {
            Some(seen) => report.files.push(Checked { file: shown(path), seen }),
            None => report.passed_over += 1,
        }
    }
}

/// Checks a file that was named.
fn named(file: &str, bytes: io::Result<Vec<u8>>) -> Checked {
    let seen = bytes.map_err(|error| unreadable(&error)).and_then(|bytes| document::check(&bytes));
    Checked { file: file.to_owned(), seen }
}

/// Checks a file of a folder, if it is a template.
fn discovered(path: &Path) -> Option<Result<Seen, TemplateError>> {
    let bytes = match File::open(path).and_then(read) {
        Ok(bytes) => bytes,
        Err(error) => return Some(Err(unreadable(&error))),
    };
    match document::check(&bytes) {
        Ok(seen) => Some(Ok(seen)),
        Err(error) if error.is_other_file => None,
        Err(error) => {
            let text = String::from_utf8_lossy(&bytes);
            let kind = ACCESS_KEYS.iter().find(|kind| text.contains(**kind))?;
            if error.takes_too_much {
                return Some(Err(error));
            }
            let note = Note::at(error.at, format!("not checked, although it contains {kind}: {error}"));
            Some(Ok(Seen { findings: Vec::new(), notes: vec![note] }))
        }
    }
}

fn read(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MAX_PLAN_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_PLAN_BYTES {
        return Err(io::Error::other(format!("larger than {} MiB", MAX_PLAN_BYTES / 1024 / 1024)));
    }
    Ok(bytes)
}

/// The operating system's words begin with a capital letter and end with a number.
fn unreadable(error: &io::Error) -> TemplateError {
    let message = error.to_string();
    let words = message.split_once(" (os error").map_or(message.as_str(), |(words, _)| words);
    TemplateError::invalid(None, words.to_lowercase())
}

/// A path as it is printed: alike on every system, and in every run over the same folder.
fn shown(path: &Path) -> String {
    let path = path.strip_prefix(".").unwrap_or(path);
    path.to_string_lossy().replace(MAIN_SEPARATOR, "/")
}

/// The folder in which a glob begins, and what matches it.
fn glob(path: &Path) -> Option<(PathBuf, Gitignore)> {
    let is_glob = |part: &Component<'_>| part.as_os_str().to_string_lossy().contains(['*', '?', '[']);
    let folder: PathBuf = path.components().take_while(|part| !is_glob(part)).collect();
    let pattern = path.strip_prefix(&folder).ok()?.to_str()?;
    let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
    let mut builder = GitignoreBuilder::new(&folder);
    builder.add_line(None, &format!("/{pattern}")).ok()?;
    let glob = builder.build().ok()?;
    (!pattern.is_empty() && folder.is_dir()).then_some((folder, glob))
}
