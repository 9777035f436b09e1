//! The decision as a whole, from facts to verdict; what belongs to one module is tested beside it.
#![cfg(test)]

// Situations that an auditor can read, and the sample that CIS prints.
mod cases;
// Accounts with a past, and what a credential report may not change.
mod history;
// What holds for every user there could be.
mod invariants;
// Users to ask about, and the loop that asks.
mod population;
// The reader of `cases.csv`.
mod table;
