//! The decision as a whole, from facts to verdict; what belongs to one module is tested beside it.
#![cfg(test)]

// Situations that an auditor can read, and the sample that CIS prints.
mod cases;
// Accounts with a past, and what a credential report may not change.
mod history;
// What holds for every user there could be.
mod invariants;
// Texts that no parser may stumble over.
mod parsers;
// Users to ask about, and the loop that asks.
mod population;
// What holds of every parser; the fuzz targets use it too.
#[path = "../../../fuzz/properties.rs"]
mod properties;
// Keys that are deactivated and deleted while the account goes on living.
mod remediation;
// The seeds of the fuzz targets, as they are and changed.
#[path = "../../../fuzz/seeds.rs"]
mod seeds;
// Every small account, against a table of the code before.
mod steps;
// The reader of `cases.csv`.
mod table;

use proptest::test_runner::Config;

/// A property is tried with so many cases, or with as many as `PROPTEST_CASES` says.
fn tried(cases: u32) -> Config {
    let cases = match std::env::var("PROPTEST_CASES") {
        Ok(_) => Config::default().cases,
        Err(_) => cases,
    };
    Config { cases, failure_persistence: None, ..Config::default() }
}
