//! What was to be reached with 5,000 users, beside what was measured.

use std::time::Duration;

use crate::Binary;
use crate::comparison::{Comparison, markdown};
use crate::population::Population;

/// The goals are for accounts of this size.
const USERS: usize = 5_000;

const MEBIBYTE: u64 = 1_048_576;

/// Prints each goal with what was measured; nothing for accounts of another size.
pub(crate) fn print(comparison: &Comparison, binary: &Binary) {
    if comparison.users != USERS {
        return;
    }
    let mut table = markdown();
    table.set_header(["goal", "measured", "reached"]);
    for (goal, measured, reached) in goals(comparison, binary) {
        table.add_row([goal.as_str(), measured.as_str(), if reached { "yes" } else { "NO" }]);
    }
    println!("\n{table}");
}

fn goals(comparison: &Comparison, binary: &Binary) -> Vec<(String, String, bool)> {
    let (calls_fresh, calls_older, faster) = match comparison.population {
        Population::Crowded => (7.0, 4.0, 6.0),
        Population::Quiet => (50.0, 50.0, 25.0),
    };
    let (fresh, older) = (&comparison.fresh, &comparison.older);
    let puts = comparison.puts();
    let peak = fresh.peak_memory.max(older.peak_memory).max(comparison.next_day.peak_memory);
    vec![
        times("IAM calls, fresh report", comparison.fewer_calls(fresh), calls_fresh),
        times("IAM calls, report 2 h old", comparison.fewer_calls(older), calls_older),
        times("wall time, fresh report", comparison.faster(fresh), faster),
        at_most("wall / bound, fresh report", fresh.wall.as_secs_f64() / fresh.bound().as_secs_f64(), 1.25),
        at_most("evaluations put, unchanged, an hour later", crate::account::as_f64(puts.unchanged), 1.0),
        at_most("dollars, hourly, results due daily", puts.dollars_a_month(24, 1), 150.0),
        at_most("dollars, hourly, results due every 30 days", puts.dollars_a_month(24, 30), 10.0),
        at_most("peak memory, MiB", in_mebibytes(peak), 32.0),
        at_most("cold start, of an empty function's", binary.start_ratio(), 1.5),
        at_most("event to first ClientHello, ms", in_millis(binary.hello.after_event), 5.0),
        at_most("binary, MiB", in_mebibytes(binary.size), 7.0),
    ]
}

/// The naive rule takes at least so many times as much.
fn times(what: &str, measured: f64, goal: f64) -> (String, String, bool) {
    (format!("{what}: <= 1/{goal} of naive"), format!("1/{measured:.1}"), measured >= goal)
}

fn at_most(what: &str, measured: f64, goal: f64) -> (String, String, bool) {
    (format!("{what}: <= {goal}"), format!("{measured:.2}"), measured <= goal)
}

fn in_mebibytes(bytes: u64) -> f64 {
    bytes as f64 / MEBIBYTE as f64
}

fn in_millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
