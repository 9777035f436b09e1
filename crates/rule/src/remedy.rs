//! The remedy of a flagged key: the steps, their order, and the commands of the AWS CLI that make them.
//!
//! Email, notice, page, table and explanation all render this.

use crate::iam::{AccessKeyId, AccessKeyStatus, LastUsed, UserName};

/// IAM allows a user this many access keys (IAM user guide, quotas).
const MAX_ACCESS_KEYS: usize = 2;

/// Stands for a key ID that is not known: a credential report has no key IDs.
const UNKNOWN_ID: &str = "ACCESS_KEY_ID";

/// What to do about a flagged key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Remedy {
    /// The key cannot sign calls: delete it.
    Delete,
    /// The key was never used: deactivate it, then delete it.
    Deactivate,
    /// The key is in use: create another, switch to that, then deactivate and delete this one.
    Rotate,
    /// The key is in use, and IAM refuses a third key: switch to the other one, then deactivate and delete this one.
    SwitchToOtherKey,
}

/// One step of a remedy.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RemedyStep {
    /// CreateAccessKey.
    CreateAccessKey,
    /// UpdateAccessKey, status Inactive. It can be undone.
    Deactivate,
    /// DeleteAccessKey. It cannot be undone.
    Delete,
}

impl RemedyStep {
    /// The command that undoes the step. Only a deactivation can be undone.
    #[must_use]
    pub fn undo_command(self, user: &UserName, key: Option<&AccessKeyId>) -> Option<String> {
        (self == Self::Deactivate).then(|| update_access_key(user, key, "Active"))
    }
}

impl Remedy {
    /// The remedies of a user's flagged keys, in the order in which they are to be handled: a key that is deleted makes
    /// room for another. An unknown status counts as active and an unknown use as a use, which takes nothing away from
    /// anyone.
    pub fn of_all(
        flagged: impl IntoIterator<Item = (Option<AccessKeyStatus>, Option<LastUsed>)>,
        keys_of_user: usize,
    ) -> Vec<Self> {
        let left = |handled: usize| keys_of_user.saturating_sub(handled);
        let flagged = flagged.into_iter().enumerate();
        flagged.map(|(handled, (status, last_used))| Self::of(status, last_used, left(handled))).collect()
    }

    /// The remedy of one flagged key of a user who has this many keys.
    fn of(status: Option<AccessKeyStatus>, last_used: Option<LastUsed>, keys_of_user: usize) -> Self {
        match (status, last_used) {
            (Some(AccessKeyStatus::Inactive | AccessKeyStatus::Expired), _) => Self::Delete,
            (Some(AccessKeyStatus::Active) | None, Some(LastUsed::Never)) => Self::Deactivate,
            (Some(AccessKeyStatus::Active) | None, Some(LastUsed::At(_)) | None) => {
                if keys_of_user < MAX_ACCESS_KEYS { Self::Rotate } else { Self::SwitchToOtherKey }
            }
        }
    }

    /// The steps, in order.
    #[must_use]
    pub fn steps(self) -> &'static [RemedyStep] {
        use RemedyStep::{CreateAccessKey, Deactivate, Delete};
        match self {
            Self::Delete => &[Delete],
            Self::Deactivate | Self::SwitchToOtherKey => &[Deactivate, Delete],
            Self::Rotate => &[CreateAccessKey, Deactivate, Delete],
        }
    }

    /// The remedy in a few words, for an annotation.
    #[must_use]
    pub fn in_short(self) -> &'static str {
        match self {
            Self::Delete => "delete it",
            Self::Deactivate => "deactivate it, then delete it",
            Self::Rotate => "rotate it",
            Self::SwitchToOtherKey => "switch to the other key, then delete it",
        }
    }

    /// The remedy in a sentence or two, before the commands.
    #[must_use]
    pub fn in_full(self) -> &'static str {
        match self {
            Self::Delete => "This key cannot be used. Delete it.",
            Self::Deactivate => {
                "This key has never been used. Deactivate it, and delete it once you are sure that nothing depends \
                 on it."
            }
            Self::Rotate => {
                "This key is in use. Create a new key, switch everything to it, then deactivate and delete this one."
            }
            Self::SwitchToOtherKey => {
                "This key is in use, and the user has two keys, the most that IAM allows. Switch everything to the \
                 other key, then deactivate and delete this one."
            }
        }
    }

    /// The name in JSON and CSV: `delete`, or `rotate` for a key that is in use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Delete | Self::Deactivate => "delete",
            Self::Rotate | Self::SwitchToOtherKey => "rotate",
        }
    }

    /// The commands of the steps, one a line, in order. Without an ID, the first one lists the IDs.
    #[must_use]
    pub fn commands(self, user: &UserName, key: Option<&AccessKeyId>) -> Vec<String> {
        let list = key.is_none().then(|| format!("aws iam list-access-keys {}", user_option(user)));
        let step = |step: &RemedyStep| match step {
            RemedyStep::CreateAccessKey => format!("aws iam create-access-key {}", user_option(user)),
            RemedyStep::Deactivate => update_access_key(user, key, "Inactive"),
            RemedyStep::Delete => format!("aws iam delete-access-key {}", key_options(user, key)),
        };
        list.into_iter().chain(self.steps().iter().map(step)).collect()
    }
}

/// The command that undoes a deactivation.
#[must_use]
pub fn activate_command(user: &UserName, key: &AccessKeyId) -> String {
    update_access_key(user, Some(key), "Active")
}

/// The command that deactivates a key.
#[must_use]
pub fn deactivate_command(user: &UserName, key: &AccessKeyId) -> String {
    update_access_key(user, Some(key), "Inactive")
}

/// The command that exempts a user under this prefix.
#[must_use]
pub fn exempt_command(user: &UserName, prefix: &str) -> String {
    // a prefix may hold spaces and no quotes
    format!(
        "aws iam tag-user {} --tags \"Key={prefix}:owner,Value=OWNER\" \"Key={prefix}:expires,Value=YYYY-MM-DD\" \
         \"Key={prefix}:reason,Value=REASON\"",
        user_option(user)
    )
}

/// The command that removes a tag of a user.
#[must_use]
pub fn untag_command(user: &UserName, tag_key: &str) -> String {
    format!("aws iam untag-user {} --tag-keys \"{tag_key}\"", user_option(user))
}

fn update_access_key(user: &UserName, key: Option<&AccessKeyId>, status: &str) -> String {
    format!("aws iam update-access-key {} --status {status}", key_options(user, key))
}

fn key_options(user: &UserName, key: Option<&AccessKeyId>) -> String {
    let id = key.map_or(UNKNOWN_ID, AccessKeyId::as_str);
    format!("{} --access-key-id {id}", user_option(user))
}

/// The name as an option. A name of IAM may begin with `-`, which the AWS CLI takes for an option, or with `=` or `@`, or
/// hold a comma, which zsh and PowerShell expand. Double quotes mean the same to every common shell, and a name of IAM
/// holds nothing that they leave special.
fn user_option(user: &UserName) -> String {
    let name = user.as_str();
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.+@-".contains(c));
    if is_plain { format!("--user-name {name}") } else { format!("--user-name=\"{name}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> AccessKeyId {
        AccessKeyId::parse("AKIAIOSFODNN7EXAMPLE").unwrap()
    }

    /// The commands told a user who has two keys to create a third, which IAM refuses, and to rotate an inactive one.
    #[test]
    fn remedy_follows_status_use_and_number_of_keys() {
        let used = LastUsed::At("2026-01-02T03:04:05Z".parse().unwrap());
        let (active, inactive, expired) =
            (AccessKeyStatus::Active, AccessKeyStatus::Inactive, AccessKeyStatus::Expired);
        #[rustfmt::skip]
        let cases = [
            // the flagged keys                                             keys  remedies
            (vec![(Some(active), Some(LastUsed::Never))],                   1, vec![Remedy::Deactivate]),
            (vec![(Some(active), Some(LastUsed::Never))],                   2, vec![Remedy::Deactivate]),
            (vec![(Some(active), Some(used))],                              1, vec![Remedy::Rotate]),
            (vec![(Some(active), Some(used))],                              2, vec![Remedy::SwitchToOtherKey]),
            (vec![(Some(active), Some(used))],                              3, vec![Remedy::SwitchToOtherKey]),
            (vec![(Some(inactive), Some(used))],                            2, vec![Remedy::Delete]),
            (vec![(Some(expired), None)],                                   1, vec![Remedy::Delete]),
            (vec![(None, None)],                                            1, vec![Remedy::Rotate]),
            // the first key makes room for the second
            (vec![(Some(active), Some(used)), (Some(active), Some(used))],  2, vec![Remedy::SwitchToOtherKey, Remedy::Rotate]),
            (vec![(Some(inactive), Some(used)), (Some(active), Some(used))], 2, vec![Remedy::Delete, Remedy::Rotate]),
        ];
        for (flagged, keys_of_user, expected) in cases {
            assert_eq!(
                Remedy::of_all(flagged.clone(), keys_of_user),
                expected,
                "{flagged:?} of {keys_of_user}"
            );
        }
    }

    #[test]
    fn name_says_whether_the_key_is_in_use() {
        let names =
            [Remedy::Delete, Remedy::Deactivate, Remedy::Rotate, Remedy::SwitchToOtherKey].map(Remedy::name);
        assert_eq!(names, ["delete", "delete", "rotate", "rotate"]);
    }

    #[test]
    fn commands_follow_the_steps() {
        let user = UserName::parse("anitha").unwrap();
        let target = "--user-name anitha --access-key-id AKIAIOSFODNN7EXAMPLE";
        let (create, deactivate, delete) = (
            "aws iam create-access-key --user-name anitha".to_owned(),
            format!("aws iam update-access-key {target} --status Inactive"),
            format!("aws iam delete-access-key {target}"),
        );
        for (remedy, expected) in [
            (Remedy::Delete, vec![delete.clone()]),
            (Remedy::Deactivate, vec![deactivate.clone(), delete.clone()]),
            (Remedy::SwitchToOtherKey, vec![deactivate.clone(), delete.clone()]),
            (Remedy::Rotate, vec![create, deactivate, delete]),
        ] {
            assert_eq!(remedy.commands(&user, Some(&id())), expected);
        }
        assert_eq!(
            Remedy::Delete.commands(&user, None),
            [
                "aws iam list-access-keys --user-name anitha",
                "aws iam delete-access-key --user-name anitha --access-key-id ACCESS_KEY_ID"
            ]
        );
        let undone = format!("aws iam update-access-key {target} --status Active");
        assert_eq!(activate_command(&user, &id()), undone);
        let steps = Remedy::Rotate.steps().iter();
        let undo: Vec<_> = steps.map(|step| step.undo_command(&user, Some(&id()))).collect();
        assert_eq!(undo, [None, Some(undone), None]);
    }

    /// `-rf` was taken for an option by the AWS CLI, and `=ls` for a program by zsh.
    #[test]
    fn every_name_of_iam_is_one_value_in_every_shell() {
        for (name, expected) in [
            ("jane.doe+admin@example.com", "--user-name jane.doe+admin@example.com"),
            ("-rf", "--user-name=\"-rf\""),
            ("=ls", "--user-name=\"=ls\""),
            ("@home", "--user-name=\"@home\""),
            ("a,b", "--user-name=\"a,b\""),
            ("a=b", "--user-name=\"a=b\""),
        ] {
            assert_eq!(user_option(&UserName::parse(name).unwrap()), expected);
        }
        let command = exempt_command(&UserName::parse("-rf").unwrap(), "team key");
        assert!(
            command.starts_with("aws iam tag-user --user-name=\"-rf\" --tags \"Key=team key:owner,"),
            "{command}"
        );
    }
}
