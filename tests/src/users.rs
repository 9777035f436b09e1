use chrono::{DateTime, TimeDelta, Utc};
use setupkey_local_aws::{State, User};

use crate::now;

/// The ID of the user that the sample change events name.
pub const BRANDON: &str = "AIDAEXAMPLEBRANDON001";

/// A user created long ago, without a password or keys.
pub fn user(name: &str) -> User {
    User::new(name, "2024-07-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap())
}

/// A user with a password and no key.
pub fn compliant(name: &str) -> User {
    user(name).with_password()
}

/// A user with a password, and a key that was created with the user and never used.
pub fn flagged(name: &str) -> User {
    compliant(name).with_key(0)
}

/// A user with a password, created this many hours before the system's time, without keys. The remediation has a
/// clock of its own, which no test can set.
pub fn of_age(name: &str, hours: i64) -> User {
    User::new(name, now() - TimeDelta::hours(hours)).with_password()
}

/// A user with a key that a remediation deactivates.
pub fn setup(name: &str) -> User {
    of_age(name, 24 * 400).with_key(17)
}

/// The tags of an exemption that ends with that day, or at that time.
pub fn exemption(expires: &str) -> [(String, String); 3] {
    [("owner", "payments"), ("expires", expires), ("reason", "TICKET-17")]
        .map(|(ending, value)| (format!("setup-key-exception:{ending}"), value.to_owned()))
}

/// The same user with an exemption that ends with that day, or at that time.
pub fn exempt(mut user: User, expires: &str) -> User {
    user.tags.extend(exemption(expires));
    user
}

/// A user of an account, by name.
pub fn user_in<'a>(state: &'a mut State, name: &str) -> &'a mut User {
    state.users.iter_mut().find(|user| user.user_name == name).unwrap()
}
