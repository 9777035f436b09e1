//! What AWS, the network, the clock and others can do to the functions, one row a fault: the real binaries on local
//! AWS, with the outcome that is expected of them. Writes the page to `target/faults.md` if every row held; it has to
//! be the one in `docs/faults.md`.
#![cfg(test)]

// The account in which it happens.
mod account;
// Calls that go wrong.
mod calls;
// Run after run with random faults.
mod history;
// What others do meanwhile, and what happens to the function.
mod meanwhile;
// The function that deactivates keys.
mod remediation;
// The credential report.
mod reports;
// A row, and how it is shown to hold.
mod row;
// The rows as a page.
mod table;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use crate::row::Row;

/// Rows at a time: most of them wait.
const AT_A_TIME: usize = 40;

fn rows() -> Vec<Row> {
    let mut rows = calls::that_last();
    rows.extend(meanwhile::runs());
    rows.extend(calls::that_end());
    rows.extend(reports::states());
    rows.extend(reports::damaged());
    rows.extend(meanwhile::changes());
    rows.extend(meanwhile::namesakes());
    rows.extend(meanwhile::kills());
    rows
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_A_TIME);
    let rows = rows();
    let remediations = remediation::rows();
    let page = table::page(&rows, &remediations);
    let trials = rows.into_iter().map(trial).chain(history::trials());
    let trials = trials.chain(remediations.into_iter().map(remediation::Row::trial)).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    let all_held = !conclusion.has_failed() && conclusion.num_filtered_out == 0;
    if arguments.list || !all_held {
        return conclusion.exit_code();
    }
    table::compare(&page)
}

fn trial(row: Row) -> Trial {
    trial_of(row.name(), row.run())
}

/// A trial with a runtime of its own.
fn trial_of(name: String, run: impl Future<Output = ()> + Send + 'static) -> Trial {
    Trial::test(name, move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(run);
        Ok::<(), Failed>(())
    })
}
