//! The real binary on credential reports: what it prints, and how it ends. Live accounts are in the system
//! suite.
#![cfg(test)]

#[path = "cli/binary.rs"]
mod binary;
#[path = "cli/compared.rs"]
mod compared;
#[path = "cli/creators.rs"]
mod creators;
#[path = "cli/explained.rs"]
mod explained;
#[path = "cli/help.rs"]
mod help;
#[path = "cli/input.rs"]
mod input;
#[path = "cli/output.rs"]
mod output;
#[path = "cli/presets.rs"]
mod presets;
mod run;
#[path = "../../../tests/system/terminal.rs"]
mod terminal;
