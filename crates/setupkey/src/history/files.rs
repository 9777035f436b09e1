//! Log files as they lie in the bucket of a trail, read side by side, each as a stream.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use flate2::bufread::MultiGzDecoder;
use setupkey_history::{Period, Splitter, Trail};

/// The bytes that are read of a file at a time.
const CHUNK_BYTES: usize = 256 << 10;

/// Files that were found and not yet read: a trail has millions.
const WAITING_FILES: usize = 256;

/// More readers than this wait for the disk.
const MAX_READERS: usize = 8;

/// A compressed file may unpack to this many bytes. CloudTrail's own have a few megabytes.
const MAX_UNPACKED_BYTES: u64 = 4 << 30;

/// The endings of log files.
const ENDINGS: [&str; 4] = [".json", ".json.gz", ".jsonl", ".jsonl.gz"];

/// The folders beside those of log files, which hold no records of calls.
const OTHER_FOLDERS: [&str; 2] = ["CloudTrail-Digest", "CloudTrail-Insight"];

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// The records.
    pub(crate) trail: Trail,
    /// How many files were read to their end.
    pub(crate) files_read: u64,
    /// How many files of the folders are no log files.
    pub(crate) files_passed_over: u64,
    /// What could not be read, or not to its end; by path.
    pub(crate) not_read: Vec<NotRead>,
}

/// A file or folder that could not be read, or not to its end.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct NotRead {
    /// The path, as far as it is text.
    pub(crate) path: String,
    /// Why, in one line.
    pub(crate) reason: String,
}

impl NotRead {
    fn new(path: &Path, reason: &dyn ToString) -> Self {
        Self { path: path.display().to_string(), reason: reason.to_string() }
    }
}

impl Read {
    fn new(period: Period) -> Self {
        Self { trail: Trail::new(period), ..Self::default() }
    }

    fn merge(&mut self, other: Self) {
        self.trail.merge(other.trail);
        self.files_read += other.files_read;
        self.files_passed_over += other.files_passed_over;
        self.not_read.extend(other.not_read);
    }

    fn add(&mut self, path: &Path) {
        let read = if path == Path::new("-") {
            records(io::stdin().lock(), &mut self.trail)
        } else {
            File::open(path)
                .map_err(|error| error.to_string())
                .and_then(|file| records(file, &mut self.trail))
        };
        match read {
            Ok(()) => self.files_read += 1,
            Err(reason) => self.not_read.push(NotRead::new(path, &reason)),
        }
    }
}

/// Reads files, folders and standard input.
pub(crate) fn read(paths: &[PathBuf], period: Period) -> Read {
    let readers = thread::available_parallelism().map_or(1, usize::from).min(MAX_READERS);
    let (found, files) = sync_channel(WAITING_FILES);
    let files = Mutex::new(files);
    let mut all = Read::new(period);
    thread::scope(|scope| {
        let readers: Vec<_> = (0..readers)
            .map(|_| {
                scope.spawn(|| {
                    let mut read = Read::new(period);
                    while let Some(file) = next(&files) {
                        read.add(&file);
                    }
                    read
                })
            })
            .collect();
        for path in paths {
            find(path, &found, &mut all);
        }
        drop(found);
        for reader in readers {
            match reader.join() {
                Ok(read) => all.merge(read),
                // a reader that ends early has lost what it read
                Err(_) => all.not_read.push(NotRead::new(Path::new("?"), &"a reader failed")),
            }
        }
    });
    all.not_read.sort();
    all
}

fn next(files: &Mutex<Receiver<PathBuf>>) -> Option<PathBuf> {
    files.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// Finds the log files of a path that was given. A file is read whatever its name is.
fn find(path: &Path, found: &SyncSender<PathBuf>, all: &mut Read) {
    // readers end after this side only
    let send = |path: PathBuf| drop(found.send(path));
    if !path.is_dir() {
        return send(path.to_owned());
    }
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                all.not_read.push(NotRead::new(&folder, &error));
                continue;
            }
        };
        for entry in entries {
            let entry = match entry.and_then(|entry| Ok((entry.file_type()?, entry.path()))) {
                Ok(entry) => entry,
                Err(error) => {
                    all.not_read.push(NotRead::new(&folder, &error));
                    continue;
                }
            };
            match entry {
                (kind, path) if kind.is_dir() => folders.push(path),
                // a link to a folder can lead in a circle
                (_, path) if path.is_file() && is_log_file(&path) => send(path),
                _ => all.files_passed_over += 1,
            }
        }
    }
}

fn is_log_file(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let is_elsewhere =
        path.components().any(|part| OTHER_FOLDERS.iter().any(|folder| part.as_os_str() == *folder));
    !is_elsewhere && ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Reads the records of a file, compressed or not.
fn records(file: impl io::Read, trail: &mut Trail) -> Result<(), String> {
    let mut file = BufReader::with_capacity(CHUNK_BYTES, file);
    let is_gzip = file.fill_buf().map_err(|error| error.to_string())?.starts_with(&[0x1f, 0x8b]);
    if !is_gzip {
        return split(file, &mut |record| trail.add(record));
    }
    let mut unpacked =
        BufReader::with_capacity(CHUNK_BYTES, MultiGzDecoder::new(file).take(MAX_UNPACKED_BYTES));
    let read = split(&mut unpacked, &mut |record| trail.add(record));
    if unpacked.get_ref().limit() == 0 {
        return Err(format!("the file unpacks to more than {} GiB", MAX_UNPACKED_BYTES >> 30));
    }
    read
}

/// Hands over each record of a source.
///
/// # Errors
///
/// The source cannot be read to its end; in one line.
pub(super) fn split(mut source: impl BufRead, each: &mut dyn FnMut(&[u8])) -> Result<(), String> {
    let mut splitter = Splitter::new();
    loop {
        let chunk = match source.fill_buf() {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.to_string()),
        };
        if chunk.is_empty() {
            return splitter.finish().map_err(|error| error.to_string());
        }
        splitter.push(chunk, each).map_err(|error| error.to_string())?;
        let length = chunk.len();
        source.consume(length);
    }
}
