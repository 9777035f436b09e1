//! The system suite: the real function binary on local AWS, over the wire, from event to email.
#![cfg(test)]

// The command line on live accounts.
mod audit;
// Change events, each about one user.
mod change;
// Deadlines: what is decided is delivered, and every user has a turn.
mod deadline;
// The order of delivery: no finding is lost, and none alerts twice without a cause.
mod delivery;
// Exemptions with an owner and an end.
mod exemptions;
// From API calls to the history of an account.
mod history;
// Invalid events.
mod input;
// Logins of the command line, and what is said of those that fail.
mod login;
// The way to AWS: certificate authorities, proxies, web identities.
mod network;
// What a remediation does, to which keys, and its alert.
mod remediate;
// One look, one write: what the account becomes between two attempts.
mod remediate_attempts;
// What AWS does wrong while it does, and what comes of it.
mod remediate_faults;
// Each guard: the keys that are left alone.
mod remediate_guards;
// Invalid requests for a remediation.
mod remediate_input;
// Notice before action.
mod remediate_notice;
// Accounts that change between the look and the act.
mod remediate_races;
// The users of a large account, as `make bench` has them.
#[path = "../../crates/bench/src/population.rs"]
mod population;
// The credential report: its states, its ages, its absence.
mod report;
// Scheduled events: all users.
mod scheduled;
// Both functions on one account, as in the demo.
mod story;
// TLS and proxies in front of local AWS.
mod tls;
// Topics that a message cannot reach anyone by.
mod topic;
// A program on a pseudo-terminal.
mod terminal;
// Users and listings that could not be read; the table of all faults is a test of its own, in `faults`.
mod unread;
