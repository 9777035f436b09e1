//! The message about changed keys: plain text for a person, with the command that undoes it.

use std::fmt::Write as _;

use super::answer::Action;
use super::deactivated_tag_key;
use super::guards::{Act, rfc3339};
use super::request::Mode;
use crate::facts::{AccessKeyId, IamUser};
use crate::function_arn::FunctionArn;

/// What there is to tell about the keys of one user.
#[derive(Clone, Copy, Debug)]
pub struct Notice<'a> {
    /// The function, for the account.
    pub function: &'a FunctionArn,
    /// What was asked for.
    pub mode: Mode,
    /// Whose keys.
    pub user: &'a IamUser,
    /// What was done.
    pub actions: &'a [Action],
    /// Keys whose tag says that they are deactivated, and that could not be.
    pub left_active: &'a [AccessKeyId],
    /// What started it.
    pub automation_execution_id: Option<&'a str>,
}

impl Notice<'_> {
    /// Whether there is anything to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty() && self.left_active.is_empty()
    }

    /// One line of printable ASCII, under 100 characters.
    #[must_use]
    pub fn subject(&self) -> String {
        format!("{} in {}", self.what().join(", "), self.function.account_id)
    }

    fn what(&self) -> Vec<String> {
        let done = |act| self.actions.iter().filter(|action| action.action.act == act).count();
        let counted = [
            (done(Act::Deactivate), "deactivated"),
            (done(Act::Delete), "deleted"),
            (self.left_active.len(), "left active"),
        ];
        let counted = counted.into_iter().filter(|(count, _)| *count > 0);
        let keys = |count| if count == 1 { "access key" } else { "access keys" };
        counted.map(|(count, what)| format!("{count} {} {what}", keys(count))).collect()
    }

    /// The text.
    #[must_use]
    pub fn message(&self) -> String {
        let IamUser { user_name, user_id, create_date, .. } = self.user;
        let mut text = format!(
            "Remediation in account {}: {}.\n\n{user_name} ({user_id}), created {}\n",
            self.function.account_id,
            self.what().join(", "),
            rfc3339(*create_date)
        );
        // writing to a String cannot fail
        for action in self.actions {
            let (id, seconds) = (&action.access_key_id, action.after_user.num_seconds());
            let _ = writeln!(
                text,
                "  Access key {id}: {} {}; created {seconds:+} s after the user, never used",
                action.action,
                rfc3339(action.at)
            );
            let _ = match action.action.act {
                Act::Deactivate => writeln!(
                    text,
                    "  If somebody needs it, activate it again; no remediation will deactivate it a second time:\n    \
                     aws iam update-access-key --user-name {user_name} --access-key-id {id} --status Active"
                ),
                Act::Delete => writeln!(text, "  This cannot be undone."),
            };
        }
        for id in self.left_active {
            let tag = deactivated_tag_key(id);
            let _ = writeln!(
                text,
                "  Access key {id}: tagged as deactivated, but it could not be deactivated and is still active. No \
                 remediation will try again while the tag is there. Deactivate it:\n    aws iam update-access-key \
                 --user-name {user_name} --access-key-id {id} --status Inactive\n  Or remove the tag, and the next \
                 remediation deactivates it:\n    aws iam untag-user --user-name {user_name} --tag-keys {tag}"
            );
        }
        if let Some(id) = self.automation_execution_id {
            let _ = writeln!(text, "\nStarted by the automation execution {id} of Systems Manager.");
        }
        text
    }
}
