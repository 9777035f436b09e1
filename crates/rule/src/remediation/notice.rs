//! The message about the keys of one user: plain text for a person, with the command that undoes or stops each action.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};

use super::answer::{Action, ActionKind};
use super::request::{Mode, Remediation};
use super::tags::{deactivated_tag_key, rfc3339};
use crate::function_arn::FunctionArn;
use crate::iam::{AccessKey, AccessKeyId, IamUser};
use crate::remedy::{activate_command, deactivate_command, exempt_command, untag_command};

/// What there is to say about the keys of one user.
#[derive(Clone, Copy, Debug)]
pub struct Notice<'a> {
    /// The function, for the account.
    pub function: &'a FunctionArn,
    /// The request.
    pub remediation: &'a Remediation,
    /// The user.
    pub user: &'a IamUser,
    /// A key that will be deactivated, and from when.
    pub announced: Option<(&'a AccessKey, DateTime<Utc>)>,
    /// What was done; announcements have messages of their own.
    pub actions: &'a [Action],
    /// Keys whose tag says that they are deactivated, and that may still be active.
    pub left_active: &'a [AccessKeyId],
    /// Keys that are active again after a deactivation.
    pub reactivated: &'a [AccessKeyId],
}

impl Notice<'_> {
    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.what().is_empty()
    }

    /// The mode, for filter policies.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.remediation.mode
    }

    /// One line of printable ASCII, under 100 characters.
    #[must_use]
    pub fn subject(&self) -> String {
        format!("{} in {}", self.what().join(", "), self.function.account_id)
    }

    fn done(&self) -> impl Iterator<Item = &Action> {
        let is_done =
            |action: &&Action| matches!(action.action, ActionKind::Deactivated | ActionKind::Deleted);
        self.actions.iter().filter(is_done)
    }

    fn what(&self) -> Vec<String> {
        let count = |kind| self.done().filter(|action| action.action == kind).count();
        let counted = [
            (usize::from(self.announced.is_some()), "will be deactivated"),
            (count(ActionKind::Deactivated), "deactivated"),
            (count(ActionKind::Deleted), "deleted"),
            (self.left_active.len(), "left active"),
            (self.reactivated.len(), "active again"),
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
        if let Some((key, not_before)) = self.announced {
            self.announce(&mut text, key, not_before);
        }
        for action in self.done() {
            let id = &action.access_key_id;
            let (action_kind, at) = (action.action, rfc3339(action.at));
            let created = after_user(action.after_user);
            // writing to a String cannot fail
            let _ = writeln!(text, "  Access key {id}: {action_kind} {at}; created {created}, never used");
            let _ = match action.action {
                ActionKind::Deleted => writeln!(text, "  This cannot be undone."),
                _ => writeln!(
                    text,
                    "  If something depends on it, activate it again. No remediation deactivates it a second time:\n    {}",
                    activate_command(user_name, id)
                ),
            };
        }
        for id in self.left_active {
            let _ = writeln!(
                text,
                "  Access key {id}: tagged as deactivated, but it may still be active, and no remediation tries again \
                 while the tag is there. Deactivate it:\n    {}\n  Or remove the tag, and the next remediation \
                 deactivates it:\n    {}",
                deactivate_command(user_name, id),
                untag_command(user_name, &deactivated_tag_key(id))
            );
        }
        for id in self.reactivated {
            let _ = writeln!(
                text,
                "  Access key {id}: active, and tagged as deactivated: it was activated again, or its deactivation was \
                 interrupted. No remediation changes it while the tag is there. Deactivate or delete it \
                 yourself:\n    {}\n  Or, if it is needed, exempt the user.",
                deactivate_command(user_name, id)
            );
        }
        if let Some(id) = &self.remediation.automation_execution_id {
            let _ = writeln!(text, "\nStarted by the automation execution {id} of Systems Manager.");
        }
        text
    }

    fn announce(&self, text: &mut String, key: &AccessKey, not_before: DateTime<Utc>) {
        let (id, user_name) = (&key.access_key_id, &self.user.user_name);
        let created = after_user(key.create_date - self.user.create_date);
        let _ = writeln!(
            text,
            "  Access key {id}: created {created}, never used\n  It will be deactivated by the first remediation after \
             {}. To stop this, do one of these before:\n  - Use the key, if something depends on it.\n  - Delete the \
             key, if nothing does.",
            rfc3339(not_before)
        );
        if let Some(prefix) = &self.remediation.guards.parameters.exception_tag_prefix {
            let command = exempt_command(user_name, prefix);
            let _ = writeln!(text, "  - Exempt the user, with an owner, an end and a reason:\n    {command}");
        }
    }
}

fn after_user(after_user: TimeDelta) -> String {
    format!("{:+} s after the user", after_user.num_seconds())
}
