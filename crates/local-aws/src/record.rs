//! Every exchange as one JSON line in a file, to validate requests and answers against a
//! service's model. Written only if the environment variable `LOCAL_AWS_EXCHANGES` names a folder.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value, json};

use crate::http::{Reply, Request};

static STARTED: AtomicU64 = AtomicU64::new(0);

/// Where exchanges are written, if anywhere.
#[derive(Debug, Default)]
pub(crate) struct Record(Option<Mutex<File>>);

impl Record {
    pub(crate) fn from_environment() -> io::Result<Self> {
        match std::env::var_os("LOCAL_AWS_EXCHANGES") {
            Some(folder) if !folder.is_empty() => Self::in_folder(Path::new(&folder)),
            _ => Ok(Self::default()),
        }
    }

    pub(crate) fn in_folder(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let count = STARTED.fetch_add(1, Ordering::Relaxed);
        let file = File::create(folder.join(format!("{}-{count}.jsonl", std::process::id())))?;
        Ok(Self(Some(Mutex::new(file))))
    }

    /// Writes one exchange; `deliberate` says that the answer, or that there is none, is not the service's doing.
    pub(crate) fn exchange(
        &self,
        service: &str,
        operation: &str,
        request: &Request,
        reply: Option<&Reply>,
        deliberate: bool,
    ) {
        let Some(file) = &self.0 else { return };
        let reply = reply.map(|reply| {
            let headers = reply.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into()));
            json!({ "status": reply.status, "headers": headers.collect::<Map<String, Value>>(), "body": reply.body })
        });
        let line = json!({
            "service": service,
            "operation": operation,
            "request": { "headers": request.headers, "body": request.body },
            "response": reply,
            "deliberate": deliberate,
        });
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        // one write a line, unbuffered: a line is whole in the file, or not there
        if let Err(error) = file.write_all(format!("{line}\n").as_bytes()) {
            eprintln!("local AWS cannot record an exchange: {error}");
        }
    }
}
