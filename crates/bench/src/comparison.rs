//! The naive rule and `setupkey` in accounts that are alike, run after run, and the table of it.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

use chrono::TimeDelta;

use crate::account::{Account, Run, as_f64};
use crate::population::Population;
use crate::table::{markdown, mebibytes, over, seconds};

/// A report of this age was made by another tool; AWS makes no new one then.
const OLDER: TimeDelta = TimeDelta::hours(2);

/// What was measured with one population.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) population: Population,
    pub(crate) users: usize,
    /// The naive rule; every run of it is the same.
    naive: Run,
    /// `setupkey` on a new account: AWS generates a report for it.
    pub(crate) fresh: Run,
    /// `setupkey` on a new account that has a report two hours old.
    pub(crate) older: Run,
    /// `setupkey` an hour after the first run; nothing changed, and the report is an hour old.
    pub(crate) hour_later: Run,
    /// `setupkey` a day after the first run: every result is due, and AWS generates a report.
    pub(crate) next_day: Run,
}

impl Comparison {
    /// Runs both. `binaries` is the folder of the two functions.
    pub(crate) async fn measure(
        binaries: &Path,
        population: Population,
        users: usize,
    ) -> Result<Self, Box<dyn Error>> {
        let account =
            async |name, report_age| Account::start(binaries.join(name), population, users, report_age).await;
        let mut ours = account("config-rule", None).await?;
        let (fresh, hour_later, next_day) = (ours.run(0).await?, ours.run(1).await?, ours.run(24).await?);
        let older = account("config-rule", Some(OLDER)).await?.run(0).await?;
        let naive = account("naive-rule", None).await?.run(0).await?;
        Ok(Self { population, users, naive, fresh, older, hour_later, next_day })
    }

    fn runs(&self) -> [&Run; 5] {
        [&self.naive, &self.fresh, &self.older, &self.hour_later, &self.next_day]
    }

    /// How many IAM calls the naive rule makes for each of this run's.
    pub(crate) fn fewer_calls(&self, run: &Run) -> f64 {
        as_f64(self.naive.iam_calls()) / as_f64(run.iam_calls())
    }

    /// Prints calls, times and memory.
    pub(crate) fn print(&self) {
        println!("\n{} users, {}: {}\n", self.users, self.population, self.population.mix(self.users));
        let mut table = markdown();
        table.set_header(["", "naive", "fresh report", "report 2 h old", "an hour later", "next day"]);
        let mut row = |name: &str, cell: &dyn Fn(&Run) -> String| {
            table.add_row([name.to_owned()].into_iter().chain(self.runs().map(cell)));
        };
        let operations: BTreeSet<&String> = self.runs().into_iter().flat_map(|run| run.iam.keys()).collect();
        for operation in operations {
            row(operation, &|run| run.iam.get(operation).copied().unwrap_or_default().to_string());
        }
        row("outcome", &|run| run.outcome.clone());
        row("IAM calls", &|run| run.iam_calls().to_string());
        row("calls, of naive", &|run| format!("1/{:.1}", self.fewer_calls(run)));
        row("throttled answers", &|run| run.throttled.to_string());
        row("wall seconds", &|run| seconds(run.wall));
        row("wall, of naive", &|run| format!("1/{:.1}", over(self.naive.wall, run.wall)));
        row("bound of the rate, seconds", &|run| seconds(run.bound()));
        row("wall / bound", &|run| match run.bound() {
            bound if bound.is_zero() => "-".to_owned(),
            bound => format!("{:.2}", over(run.wall, bound)),
        });
        row("evaluations", &|run| run.put.to_string());
        row("peak memory, MiB", &|run| mebibytes(run.peak_memory));
        println!("{table}");
    }
}
