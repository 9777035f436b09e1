//! The commands that fix a finding, to be copied into a shell.

use setupkey_rule::decision::Remedy;
use setupkey_rule::facts::AccessKeyStatus;

use super::model::{Key, User};

/// What stands for a key id that is not known: a credential report has none.
const UNKNOWN_ID: &str = "ACCESS_KEY_ID";

/// The commands for a flagged key, in order, one a line; none for a key that is not flagged.
pub(crate) fn commands(user: &User, key: &Key) -> Vec<String> {
    let Some(remedy) = key.remedy else { return Vec::new() };
    let name = option("--user-name", &user.user_name);
    let target =
        format!("{name} {}", option("--access-key-id", key.access_key_id.as_deref().unwrap_or(UNKNOWN_ID)));
    let mut commands = Vec::new();
    if key.access_key_id.is_none() {
        commands.push(format!("aws iam list-access-keys {name}"));
    }
    if remedy == Remedy::Rotate {
        commands.push(format!("aws iam create-access-key {name}"));
    }
    if key.status.is_none_or(|status| status == AccessKeyStatus::Active) {
        commands.push(format!("aws iam update-access-key {target} --status Inactive"));
    }
    commands.push(format!("aws iam delete-access-key {target}"));
    commands
}

/// An option with its value. A name of IAM may begin with a dash, and would be taken for an option.
fn option(name: &str, value: &str) -> String {
    let separator = if value.starts_with('-') { '=' } else { ' ' };
    format!("{name}{separator}{}", quoted(value))
}

/// The text as one word of a POSIX shell. Names of IAM need no quotes; what a file calls a name may.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_with_a_dash_is_no_option() {
        assert_eq!(option("--user-name", "anitha"), "--user-name anitha");
        assert_eq!(option("--user-name", "-rf"), "--user-name=-rf");
    }

    #[test]
    fn word_of_a_shell() {
        assert_eq!(quoted("a.b+c=d,e@f_g-h"), "a.b+c=d,e@f_g-h");
        assert_eq!(quoted("$(id)"), "'$(id)'");
        assert_eq!(quoted("o'neill; rm"), r"'o'\''neill; rm'");
        assert_eq!(quoted(""), "''");
    }
}
