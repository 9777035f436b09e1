//! The words of an explanation.

use std::fmt::Write as _;

use setupkey_rule::iam::{LastUsed, UserId};
use setupkey_rule::parameters::{Criterion, RuleParameters, Scope};
use setupkey_rule::verdict::ComplianceType;

use super::Explained;
use crate::audit::model::{Key, Tagged, User};
use crate::audit::view::names::status_name;
use crate::text::{time, visible};

/// The explanation; every line ends in a newline.
pub(super) fn text(explained: &Explained) -> String {
    let Explained { user, parameters, notes } = explained;
    let mut text = String::new();
    facts(&mut text, user, parameters);
    text.push('\n');
    criteria(&mut text, user, parameters);
    text.push('\n');
    verdict(&mut text, user, parameters);
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

fn facts(text: &mut String, user: &User, parameters: &RuleParameters) {
    let mut line = |what: &str, value: &str| {
        let _ = writeln!(text, "{what:<17} {}", visible(value));
    };
    line("user", user.user_name.as_str());
    line("user ID", user.user_id.as_ref().map_or("unknown", UserId::as_str));
    line("arn", &user.arn);
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
    match &user.keys {
        None => line("access keys", "unknown"),
        Some(keys) if keys.is_empty() => line("access keys", "none"),
        Some(keys) => {
            for (key, label) in keys.iter().zip(labels(user)) {
                line("access key", &format!("{label}: {}", key_facts(key, parameters)));
            }
        }
    }
    if user.has_unseen_keys {
        line("access keys", "more, of which the report does not tell");
    }
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

fn key_facts(key: &Key, parameters: &RuleParameters) -> String {
    let status = key.status.map_or("status unknown", status_name);
    let created = key.create_date.map_or_else(|| "unknown".to_owned(), time);
    let with_user = match key.created_with_user {
        Some(true) => format!(", within the setup window of {} s", parameters.setup_window.num_seconds()),
        Some(false) => {
            format!(", not within the setup window of {} s", parameters.setup_window.num_seconds())
        }
        None => String::new(),
    };
    let used = match key.last_used {
        Some(LastUsed::At(when)) => format!("last used {}", time(when)),
        Some(LastUsed::Never) => "never used".to_owned(),
        None => "last use unknown".to_owned(),
    };
    format!("{status}, created {created}{}{with_user}, {used}", after_user(key))
}

/// What each key is called: by its id, or by its place where a report does not tell the id.
fn labels(user: &User) -> Vec<String> {
    let keys = user.keys.iter().flatten().enumerate();
    keys.map(|(place, key)| match &key.access_key_id {
        Some(id) => id.to_string(),
        None => format!("{} (id unknown)", place + 1),
    })
    .collect()
}

fn after_user(key: &Key) -> String {
    key.seconds_after_user.map_or_else(String::new, |seconds| {
        let side = if seconds < 0 { "before" } else { "after" };
        format!(" ({} s {side} the user)", seconds.unsigned_abs())
    })
}

fn criteria(text: &mut String, user: &User, parameters: &RuleParameters) {
    let _ = writeln!(text, "{:<17} {:<15} all-users", "criterion", "console-users");
    for (name, criterion) in Criterion::NAMES {
        let under = |scope| RuleParameters { criterion, scope, ..parameters.clone() };
        let said = |scope| user.verdict(&under(scope)).map_or("unknown", ComplianceType::name);
        let _ = writeln!(text, "{name:<17} {:<15} {}", said(Scope::ConsoleUsers), said(Scope::AllUsers));
        why(text, user, &under(parameters.scope));
    }
}

/// What the criterion looks at, key by key.
fn why(text: &mut String, user: &User, parameters: &RuleParameters) {
    match &user.keys {
        None => text.push_str("  the access keys are not known\n"),
        Some(keys) if keys.is_empty() => text.push_str("  no access keys\n"),
        Some(keys) => {
            for (key, label) in keys.iter().zip(labels(user)) {
                let _ = writeln!(text, "  access key {label}: {}", reason(key, parameters));
            }
        }
    }
    if user.has_unseen_keys {
        text.push_str("  more access keys that are not known\n");
    }
    match user.console_password {
        Some(true) => {}
        Some(false) => text.push_str("  no console password: out of scope of console-users\n"),
        None => text.push_str("  not known whether there is a console password\n"),
    }
}

fn reason(key: &Key, parameters: &RuleParameters) -> String {
    let mut looked_at = Vec::new();
    if key.known().counts(parameters) != Some(false) {
        if parameters.criterion != Criterion::Unused {
            looked_at.push(match key.created_with_user {
                Some(true) => "created with the user",
                Some(false) => "not created with the user",
                None => "creation date unknown",
            });
        }
        if parameters.criterion != Criterion::Setup {
            looked_at.push(match key.last_used {
                Some(LastUsed::Never) => "never used",
                Some(LastUsed::At(_)) => "used",
                None => "last use unknown",
            });
        }
    } else {
        looked_at.push("not active, and inactive keys are not included");
    }
    let meets = match key.known().is_flagged(parameters) {
        Some(true) => "flagged",
        Some(false) => "not flagged",
        None => "may be flagged",
    };
    format!("{}: {meets}", looked_at.join(", "))
}

fn verdict(text: &mut String, user: &User, parameters: &RuleParameters) {
    let said = user.compliance_type.map_or("unknown", ComplianceType::name);
    let (criterion, scope) = (parameters.criterion.name(), parameters.scope.name());
    let because = match user.compliance_type {
        Some(ComplianceType::NotApplicable) if user.is_exempt() => ": exempt",
        Some(ComplianceType::NotApplicable) => ": out of scope, no console password",
        _ => "",
    };
    let _ = writeln!(text, "verdict under criterion {criterion}, scope {scope}: {said}{because}");
}
