//! The words of an explanation: the verdict first, then why, then the facts.

use std::fmt::Write as _;

use setupkey_rule::iam::{LastUsed, UserId};
use setupkey_rule::parameters::{Criterion, RuleParameters, Scope};
use setupkey_rule::verdict::ComplianceType;

use super::Explained;
use crate::audit::model::{Key, Tagged, User};
use crate::audit::view::names::status_name;
use crate::text::{duration, time, visible};

/// The explanation; every line ends in a newline.
pub(super) fn text(explained: &Explained) -> String {
    let Explained { user, parameters, notes, .. } = explained;
    let mut text = String::new();
    verdict(&mut text, explained);
    text.push('\n');
    facts(&mut text, user, parameters);
    text.push('\n');
    criteria(&mut text, user, parameters);
    for (key, label) in user.keys.iter().flatten().zip(labels(user)) {
        let Some(remedy) = key.remedy else { continue };
        let _ = writeln!(text, "\nremedy of access key {label}: {}", remedy.in_full());
        for command in remedy.commands(&user.user_name, key.access_key_id.as_ref()) {
            let _ = writeln!(text, "  {command}");
        }
    }
    if !notes.is_empty() {
        text.push('\n');
    }
    for note in *notes {
        let _ = writeln!(text, "note: {note}");
    }
    text
}

/// The verdict, and a line for each key that it looked at.
fn verdict(text: &mut String, explained: &Explained) {
    let Explained { user, parameters, account_id, .. } = explained;
    let said = user.compliance_type.map_or("unknown", ComplianceType::name);
    let because = match user.compliance_type {
        Some(ComplianceType::NotApplicable) if user.is_exempt() => " (exempt)",
        Some(ComplianceType::NotApplicable) => " (out of scope: no console password)",
        _ => "",
    };
    let of = account_id.as_ref().map_or_else(String::new, |id| format!(" of account {id}"));
    let (criterion, scope) = (parameters.criterion.name(), parameters.scope.name());
    let _ = writeln!(
        text,
        "{said}{because}: user {}{of}, criterion {criterion}, scope {scope}, setup window {} s\n",
        visible(user.user_name.as_str()),
        parameters.setup_window.num_seconds()
    );
    match &user.keys {
        None => text.push_str("  the access keys are unknown\n"),
        Some(keys) if keys.is_empty() => text.push_str("  no access keys\n"),
        Some(keys) => {
            for (key, label) in keys.iter().zip(labels(user)) {
                let _ =
                    writeln!(text, "  access key {label}: {}: {}", key_facts(key), flagged(key, parameters));
            }
        }
    }
    if user.has_unseen_keys {
        text.push_str("  more access keys, which the report does not describe\n");
    }
}

fn flagged(key: &Key, parameters: &RuleParameters) -> &'static str {
    match (key.known().is_flagged(parameters), key.known().counts(parameters)) {
        (Some(true), _) => "flagged",
        (Some(false), Some(false)) => "not flagged, because inactive keys are not included",
        (Some(false), _) => "not flagged",
        (None, _) => "unknown",
    }
}

fn facts(text: &mut String, user: &User, parameters: &RuleParameters) {
    let mut line = |what: &str, value: &str| {
        let _ = writeln!(text, "{what:<17} {}", visible(value));
    };
    line("user", user.user_name.as_str());
    line("user ID", user.user_id.as_ref().map_or("unknown", UserId::as_str));
    line("ARN", &user.arn);
    line("created", &time(user.create_date));
    line("console password", &password(user));
    let is_live = user.user_id.is_some();
    line(
        "exemption",
        &match &user.exemption {
            Some(Tagged::InForce(exemption)) => exemption.to_string(),
            Some(Tagged::Void(void)) => format!("none in force: {void}"),
            None if is_live && parameters.exception_tag_prefix.is_some() => "none".to_owned(),
            None if is_live => "not looked for".to_owned(),
            None => "unknown".to_owned(),
        },
    );
}

fn password(user: &User) -> String {
    let mut text = match user.console_password {
        Some(true) => "yes".to_owned(),
        Some(false) => "no".to_owned(),
        None => "unknown".to_owned(),
    };
    for (what, when) in [
        ("created", user.password_created),
        ("last changed", user.password_last_changed),
        ("last used", user.password_last_used),
    ] {
        if let Some(when) = when {
            let _ = write!(text, ", {what} {}", time(when));
        }
    }
    text
}

fn key_facts(key: &Key) -> String {
    let status = key.status.map_or("status unknown", status_name);
    let after = key.seconds_after_user.map(|seconds| {
        let side = if seconds < 0 { "before" } else { "after" };
        format!("created {} {side} the user", duration(seconds.unsigned_abs()))
    });
    let created = match (after, key.create_date) {
        (Some(after), Some(when)) => format!("{after} ({})", time(when)),
        _ => "creation time unknown".to_owned(),
    };
    let used = match key.last_used {
        Some(LastUsed::At(when)) => format!("last used {}", time(when)),
        Some(LastUsed::Never) => "never used".to_owned(),
        None => "last use unknown".to_owned(),
    };
    format!("{status}, {created}, {used}")
}

/// What each key is called: by its ID, or by its place where a report does not contain the ID.
fn labels(user: &User) -> Vec<String> {
    let keys = user.keys.iter().flatten().enumerate();
    keys.map(|(place, key)| match &key.access_key_id {
        Some(id) => id.to_string(),
        None => format!("{} (ID unknown)", place + 1),
    })
    .collect()
}

/// The verdict under each criterion and scope.
pub(super) fn verdicts(
    user: &User,
    parameters: &RuleParameters,
) -> impl Iterator<Item = (&'static str, [Option<ComplianceType>; 2])> {
    Criterion::NAMES.into_iter().map(move |(name, criterion)| {
        let under = |scope| user.verdict(&RuleParameters { criterion, scope, ..parameters.clone() });
        (name, [under(Scope::ConsoleUsers), under(Scope::AllUsers)])
    })
}

fn criteria(text: &mut String, user: &User, parameters: &RuleParameters) {
    let _ = writeln!(text, "{:<17} {:<15} all-users", "criterion", "console-users");
    for (name, by_scope) in verdicts(user, parameters) {
        let [console_users, all_users] =
            by_scope.map(|verdict| verdict.map_or("unknown", ComplianceType::name));
        let _ = writeln!(text, "{name:<17} {console_users:<15} {all_users}");
    }
}
