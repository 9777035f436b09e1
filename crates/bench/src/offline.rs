//! The command line on a credential report, beside a Python script that does the same with the csv module: whole
//! processes, from start to end.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chrono::DateTime;
use serde_json::Value;
use setupkey_local_aws::{LocalAws, State};

use crate::comparison::markdown;
use crate::population::Population;

/// Runs of each, in turn: whatever else the machine does only adds to the least.
const RUNS: usize = 40;

/// The report is of an account of this size.
const USERS: usize = 5_000;

/// As whole processes, so many times faster.
const GOAL: f64 = 10.0;

const SCRIPT: &str = include_str!("offline/judge.py");

/// What was measured.
#[derive(Debug)]
pub(crate) struct Offline {
    setupkey: Duration,
    python: Duration,
    flagged: usize,
}

impl Offline {
    /// Runs both. `binaries` is the folder of the command line.
    pub(crate) async fn measure(binaries: &Path) -> Result<Self, Box<dyn Error>> {
        let folder = std::env::temp_dir().join(format!("setupkey-bench-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let measured = Self::measure_in(&folder, binaries).await;
        fs::remove_dir_all(&folder)?;
        measured
    }

    async fn measure_in(folder: &Path, binaries: &Path) -> Result<Self, Box<dyn Error>> {
        let (report, script) = (folder.join("report.csv"), folder.join("judge.py"));
        fs::write(&report, credential_report().await?)?;
        fs::write(&script, SCRIPT)?;
        // the interpreter itself: what `python3` is may be a script that looks for it
        let asked = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output()?;
        let interpreter = String::from_utf8(asked.stdout)?.trim().to_owned();
        let python = || {
            let mut command = Command::new(&interpreter);
            command.arg(&script).arg(&report);
            command
        };
        let setupkey = |format: &str| {
            let mut command = Command::new(binaries.join("setupkey"));
            command.args(["audit", "--format", format, "--credential-report"]).arg(&report);
            command
        };

        let said: BTreeSet<String> =
            String::from_utf8(python().output()?.stdout)?.lines().filter_map(name).collect();
        let document: Value = serde_json::from_slice(&setupkey("json").output()?.stdout)?;
        let ours = flagged(&document);
        if said != ours || said.is_empty() {
            return Err(format!("the script flags {} users, setupkey {}", said.len(), ours.len()).into());
        }
        let (mut of_setupkey, mut of_python) = (Duration::MAX, Duration::MAX);
        for _ in 0..RUNS {
            of_setupkey = of_setupkey.min(whole_process(setupkey("table"))?);
            of_python = of_python.min(whole_process(python())?);
        }
        Ok(Self { setupkey: of_setupkey, python: of_python, flagged: said.len() })
    }

    /// Prints the table.
    pub(crate) fn print(&self) {
        let millis = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
        let ratio = self.python.as_secs_f64() / self.setupkey.as_secs_f64();
        let mut table = markdown();
        table.set_header([
            format!("a report of {USERS} users, {} flagged, least of {RUNS} whole processes", self.flagged),
            String::new(),
        ]);
        table.add_row(["`setupkey audit --credential-report`", &millis(self.setupkey)]);
        table.add_row(["a Python script with the csv module", &millis(self.python)]);
        let reached = if ratio >= GOAL { "yes" } else { "NO" };
        table.add_row([&format!("at least {GOAL} times faster: {reached}"), &format!("{ratio:.1} times")]);
        println!("\n{table}");
    }
}

/// The report that IAM would make of the crowded population.
async fn credential_report() -> Result<String, Box<dyn Error>> {
    let now: DateTime<chrono::Utc> = "2026-11-22T06:00:00Z".parse()?;
    let state = State { users: Population::Crowded.users(USERS, now), clock: Some(now), ..State::default() };
    let aws = LocalAws::start(state).await?;
    aws.state().make_credential_report(now);
    let report = aws.state().credential_report.latest.clone();
    Ok(report.ok_or("local AWS made no report")?.content)
}

/// The user of a line of the script.
fn name(line: &str) -> Option<String> {
    line.split('\t').next().map(str::to_owned)
}

fn flagged(document: &Value) -> BTreeSet<String> {
    let accounts = document["accounts"].as_array().into_iter().flatten();
    let users = accounts.flat_map(|account| account["users"].as_array().into_iter().flatten());
    users
        .filter(|user| user["complianceType"] == "NON_COMPLIANT")
        .filter_map(|user| user["userName"].as_str().map(str::to_owned))
        .collect()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn whole_process(mut command: Command) -> Result<Duration, Box<dyn Error>> {
    let begun = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    let took = begun.elapsed();
    // 1: somebody is flagged; the script says 0
    if status.code().is_some_and(|code| code <= 1) { Ok(took) } else { Err(format!("{status}").into()) }
}
