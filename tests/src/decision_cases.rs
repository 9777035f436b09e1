use setupkey_local_aws::{AccessKeyStatus, User};

use crate::{user, workspace};

// the reader stands with the table, in a crate that does not know this one
#[path = "../../crates/rule/tests/table.rs"]
mod table;

use table::{Case, ConsolePassword};

/// A line of the table of decision cases that has default parameters.
#[derive(Clone, Debug)]
pub struct DecisionCase {
    /// The user, named after the case.
    pub user: User,
    /// `N`, `C` or `-`, under criterion `setup-and-unused` and scope `console-users`.
    pub verdict: String,
}

/// The decision cases with default parameters.
pub fn decision_cases() -> Vec<DecisionCase> {
    let cases = table::read(&workspace().join("crates/rule/tests/cases.csv"));
    let cases = cases.iter().filter(|case| !case.include_inactive_keys);
    cases
        .map(|case| DecisionCase {
            user: user_of(case),
            verdict: case.verdicts["console-users: setup-and-unused"].clone(),
        })
        .collect()
}

fn user_of(case: &Case) -> User {
    let mut user = match case.console_password {
        ConsolePassword::No => user(&case.name),
        // a day later decides the same
        ConsolePassword::Yes | ConsolePassword::Later => user(&case.name).with_password(),
    };
    if case.console_password == ConsolePassword::Later {
        let password = user.login_profile.as_mut().unwrap();
        password.create_date += chrono::TimeDelta::days(1);
    }
    for key in &case.keys {
        user = user.with_key(key.seconds_after_user).status(match key.status.as_str() {
            "active" => AccessKeyStatus::Active,
            "inactive" => AccessKeyStatus::Inactive,
            "expired" => AccessKeyStatus::Expired,
            other => panic!("`{other}` is no status"),
        });
        if key.used {
            user = user.used();
        }
    }
    user
}
