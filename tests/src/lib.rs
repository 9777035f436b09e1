//! Fixtures for the tests of the real binaries: users and keys, events, and scenes, which are a function on local AWS.
//!
//! A test starts with [`Scene`] (the rule), [`Remediate`] (the remediation) or [`setupkey`] (the command line), and
//! builds its users with [`user`] and the methods of [`User`](setupkey_local_aws::User). What the product says, where
//! more than one test asserts it, stands in [`words`].
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a fixture that fails has to fail its test"
)]

mod command_line;
mod decision_cases;
mod events;
mod remediation;
mod scene;
mod users;
pub mod words;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use setupkey_local_aws::{Effect, Fault};

pub use command_line::{Ran, audit_environment, setupkey, setupkey_in};
pub use decision_cases::{DecisionCase, decision_cases};
pub use events::{change_event, event, scheduled, time, with_message};
pub use remediation::{
    Remediate, actions, answer, deactivated_tag, notice_tag, now, reason, rfc3339, start_remediation,
};
pub use scene::{LAMBDA_TIMEOUT, RULE, Scene, TOPIC, assert_failure, assert_success, ends};
pub use users::{BRANDON, compliant, exempt, exemption, flagged, of_age, setup, user, user_in};

/// A fault of every call of an operation.
pub fn fault(operation: &str, effect: Effect) -> Fault {
    Fault { operation: operation.to_owned(), matching: None, skip: 0, times: None, effect }
}

/// The error of a service with this status and code.
pub fn error(status: u16, code: &str) -> Effect {
    Effect::Error { status, code: code.to_owned(), message: "as the service says".to_owned() }
}

/// A binary of the workspace, built by the cargo that runs the tests, so that it is never an old one.
pub fn binary(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--workspace", "--bins", "--locked", "--quiet"])
            .current_dir(workspace())
            .status()
            .unwrap();
        assert!(built.success(), "the workspace does not build");
        // target/PROFILE/deps/system-HASH
        let test = std::env::current_exe().unwrap();
        test.parent().unwrap().parent().unwrap().to_owned()
    });
    folder.join(name)
}

/// The folder of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}
