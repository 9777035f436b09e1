//! Runs the real binary.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// What a run of the binary came to.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The binary, without arguments.
pub(crate) fn binary() -> Command {
    Command::new(env!("CARGO_BIN_EXE_setupkey"))
}

/// Runs a command with this on standard input.
pub(crate) fn run(command: &mut Command, stdin: &[u8]) -> Ran {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // an early refusal reads nothing
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
