//! The start of the function beside the start of one that does nothing: from before the process to its first poll.
//! Lambda adds what it takes to bring up the environment and to load the binary, which depends on its size.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;

use setupkey_local_aws::{Function, FunctionSettings, LocalAws, State};
use tokio::time::{Instant, timeout};

use crate::table::{markdown, mebibytes, millis, over};

/// Starts of each binary, in turn: whatever else the machine does only adds to the least.
const STARTS: usize = 40;

/// A start that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was measured.
#[derive(Debug)]
pub(crate) struct Start {
    ours: Duration,
    empty: Duration,
    /// Bytes of the binary.
    size: u64,
}

impl Start {
    /// Starts both. `binaries` is the folder of the two functions.
    pub(crate) async fn measure(binaries: &Path) -> Result<Self, Box<dyn Error>> {
        let aws = LocalAws::start(State::default()).await?;
        let (function, empty) = (binaries.join("config-rule"), binaries.join("empty-function"));
        let mut start = Self { ours: PATIENCE, empty: PATIENCE, size: fs::metadata(&function)?.len() };
        for _ in 0..STARTS {
            start.ours = start.ours.min(first_poll(&function, &aws).await?);
            start.empty = start.empty.min(first_poll(&empty, &aws).await?);
        }
        Ok(start)
    }

    /// How many times as long as the empty function the rule takes.
    pub(crate) fn ratio(&self) -> f64 {
        over(self.ours, self.empty)
    }

    pub(crate) fn print(&self) {
        let mut table = markdown();
        table.set_header([format!("start to first poll, least of {STARTS}"), String::new()]);
        table.add_row(["`config-rule`", &millis(self.ours)]);
        table.add_row(["an empty function", &millis(self.empty)]);
        table.add_row(["ratio", &format!("{:.2}", self.ratio())]);
        table.add_row(["size of the binary, MiB", &mebibytes(self.size)]);
        println!("\n{table}");
    }
}

async fn first_poll(binary: &Path, aws: &LocalAws) -> Result<Duration, Box<dyn Error>> {
    let settings = FunctionSettings::new(binary, aws);
    let begun = Instant::now();
    let function = Function::start(settings, aws).await?;
    timeout(PATIENCE, function.polled()).await?;
    Ok(begun.elapsed())
}
