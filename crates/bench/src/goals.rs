//! The goals for an account of 5,000 users and for an organization, beside what was measured.

use crate::account::as_f64;
use crate::comparison::Comparison;
use crate::organization::Organization;
use crate::population::Population;
use crate::start::Start;
use crate::table::{markdown, over};

/// The goals are for accounts of this size.
const USERS: usize = 5_000;

/// Prints each goal with what was measured; nothing for accounts of another size.
pub(crate) fn print(comparison: &Comparison, start: &Start) {
    if comparison.users != USERS {
        return;
    }
    let (of_naive_fresh, of_naive_older) = match comparison.population {
        Population::Quiet => (80.0, 80.0),
        Population::Crowded | Population::InUse => (7.0, 4.0),
    };
    let (fresh, older) = (&comparison.fresh, &comparison.older);
    let peak = [fresh, older, &comparison.next_day].map(|run| run.peak_memory).into_iter().max();
    print_table([
        at_least("naive IAM calls / IAM calls, fresh report", of_naive_fresh, comparison.fewer_calls(fresh)),
        at_least(
            "naive IAM calls / IAM calls, report 2 h old",
            of_naive_older,
            comparison.fewer_calls(older),
        ),
        at_most("wall / bound, fresh report", 1.15, over(fresh.wall, fresh.bound())),
        at_most("evaluations, unchanged, an hour later", 1.0, as_f64(comparison.hour_later.put)),
        at_most("peak memory, MiB", 20.0, peak.unwrap_or_default() as f64 / 1_048_576.0),
        at_most("start / start of an empty function", 1.5, start.ratio()),
    ]);
}

/// Prints the goals for an audit of an organization.
pub(crate) fn print_organization(organization: &Organization) {
    print_table([
        at_most("wall seconds", 60.0, organization.wall.as_secs_f64()),
        at_most("peak memory, MiB", 64.0, organization.peak_memory as f64 / 1_048_576.0),
    ]);
}

fn print_table<'a>(goals: impl IntoIterator<Item = (&'a str, String, f64, bool)>) {
    let mut table = markdown();
    table.set_header(["goal", "measured", "reached"]);
    for (what, goal, measured, reached) in goals {
        let reached = if reached { "yes" } else { "NO" };
        table.add_row([format!("{what}: {goal}"), format!("{measured:.2}"), reached.to_owned()]);
    }
    println!("\n{table}");
}

fn at_least(what: &str, goal: f64, measured: f64) -> (&str, String, f64, bool) {
    (what, format!("at least {goal}"), measured, measured >= goal)
}

fn at_most(what: &str, goal: f64, measured: f64) -> (&str, String, f64, bool) {
    (what, format!("at most {goal}"), measured, measured <= goal)
}
