//! The naive rule and ours in accounts that are alike, run after run, and the table of it.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;
use comfy_table::{Table, presets::ASCII_MARKDOWN};

use crate::account::{Account, Run, as_f64};
use crate::population::Population;
use crate::prices::Puts;

/// A report of this age was made by another tool; AWS makes no new one then.
const OLDER: TimeDelta = TimeDelta::hours(2);

/// What was measured with one population.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) population: Population,
    pub(crate) users: usize,
    /// The naive rule; every run of it is the same.
    pub(crate) naive: Run,
    /// Ours on a new account: AWS makes a report for it.
    pub(crate) fresh: Run,
    /// The same function an hour later; nothing changed, and the report is an hour old.
    pub(crate) hour_later: Run,
    /// The same function a day after the first run: every result is due, and a report is made.
    pub(crate) next_day: Run,
    /// Ours on a new account that has a report two hours old.
    pub(crate) older: Run,
}

impl Comparison {
    /// Runs both. `binaries` is the folder of the two functions.
    pub(crate) async fn measure(
        binaries: &Path,
        population: Population,
        users: usize,
    ) -> Result<Self, Box<dyn Error>> {
        let mut ours = Account::start(binaries.join("config-rule"), population, users, None).await?;
        let (fresh, hour_later, next_day) = (ours.run(0).await?, ours.run(1).await?, ours.run(24).await?);
        let mut ours = Account::start(binaries.join("config-rule"), population, users, Some(OLDER)).await?;
        let older = ours.run(0).await?;
        let mut naive = Account::start(binaries.join("naive-rule"), population, users, None).await?;
        let naive = naive.run(0).await?;
        Ok(Self { population, users, naive, fresh, hour_later, next_day, older })
    }

    fn runs(&self) -> [&Run; 5] {
        [&self.naive, &self.fresh, &self.older, &self.hour_later, &self.next_day]
    }

    /// How many of this run's IAM calls the naive rule makes for each of it.
    pub(crate) fn fewer_calls(&self, run: &Run) -> f64 {
        as_f64(self.naive.iam_calls()) / as_f64(run.iam_calls())
    }

    /// How many times as long the naive rule takes.
    pub(crate) fn faster(&self, run: &Run) -> f64 {
        self.naive.wall.as_secs_f64() / run.wall.as_secs_f64()
    }

    fn naive_puts(&self) -> Puts {
        Puts { due: self.naive.put, unchanged: self.naive.put }
    }

    /// What ours puts: the next day everything is due, an hour later nothing is.
    pub(crate) fn puts(&self) -> Puts {
        Puts { due: self.next_day.put, unchanged: self.hour_later.put }
    }

    /// Prints calls, times and memory, then dollars.
    pub(crate) fn print(&self) {
        println!("\n{} users, {}\n", self.users, self.population);
        let mut table = markdown();
        table.set_header(["", "naive", "fresh report", "report 2 h old", "an hour later", "next day"]);
        let operations: BTreeSet<&String> = self.runs().into_iter().flat_map(|run| run.iam.keys()).collect();
        for operation in operations {
            self.row(&mut table, operation, |run| {
                run.iam.get(operation).copied().unwrap_or_default().to_string()
            });
        }
        self.row(&mut table, "outcome", |run| run.outcome.clone());
        self.row(&mut table, "IAM calls", |run| run.iam_calls().to_string());
        self.row(&mut table, "calls, of naive", |run| format!("1/{:.1}", self.fewer_calls(run)));
        self.row(&mut table, "throttled answers", |run| run.throttled.to_string());
        self.row(&mut table, "wall seconds", |run| seconds(run.wall));
        self.row(&mut table, "wall, of naive", |run| format!("1/{:.1}", self.faster(run)));
        self.row(&mut table, "bound of the rate, seconds", |run| seconds(run.bound()));
        self.row(&mut table, "wall / bound", |run| over(run.wall, run.bound()));
        self.row(&mut table, "CPU seconds", |run| seconds(run.cpu));
        self.row(&mut table, "evaluations put", |run| run.put.to_string());
        self.row(&mut table, "peak memory, MiB", |run| mebibytes(run.peak_memory));
        println!("{table}\n");

        let mut table = markdown();
        table.set_header(["dollars a month", "naive", "results due daily", "results due every 30 days"]);
        for (schedule, runs_a_day) in [("daily schedule", 1), ("hourly schedule", 24)] {
            let months = [(self.naive_puts(), 1), (self.puts(), 1), (self.puts(), 30)];
            let dollars = months.map(|(puts, days)| format!("{:.2}", puts.dollars_a_month(runs_a_day, days)));
            table.add_row([schedule.to_owned()].into_iter().chain(dollars));
        }
        println!("{table}");
    }

    fn row(&self, table: &mut Table, name: &str, cell: impl Fn(&Run) -> String) {
        table.add_row([name.to_owned()].into_iter().chain(self.runs().map(cell)));
    }
}

/// An empty table, ready for a README.
pub(crate) fn markdown() -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table
}

fn seconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64())
}

/// One time over another, where there is another.
fn over(time: Duration, other: Duration) -> String {
    if other.is_zero() { "-".to_owned() } else { format!("{:.2}", time.as_secs_f64() / other.as_secs_f64()) }
}

/// Bytes in mebibytes.
pub(crate) fn mebibytes(bytes: u64) -> String {
    let mebibytes = bytes as f64 / 1_048_576.0;
    format!("{mebibytes:.1}")
}
