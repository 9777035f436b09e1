//! The words of an explanation.

use std::fmt::Write as _;

use setupkey_rule::evaluation::ComplianceType;
use setupkey_rule::facts::{AccessKeyStatus, LastUsed};
use setupkey_rule::known::{KnownKey, KnownUser};
use setupkey_rule::parameters::{Criterion, RuleParameters, Scope};

use super::Explained;
use crate::audit::model::{Tagged, User};
use crate::audit::remedy;
use crate::audit::view::names::{compliance_name, status_name};
use crate::parameters::{criterion_name, scope_name};
use crate::text::{time, visible};

/// The explanation; every line ends in a newline.
pub(super) fn text(explained: &Explained) -> String {
    let Explained { user, known, parameters, notes } = explained;
    let mut text = String::new();
    facts(&mut text, user, known, parameters);
    text.push('\n');
    criteria(&mut text, known, parameters);
    text.push('\n');
    verdict(&mut text, user, parameters);
    for (key, label) in user.keys.iter().flatten().zip(labels(known)) {
        if key.is_flagged() {
            let _ = writeln!(text, "\nremedy of access key {label}:");
        }
        for command in remedy::commands(user, key) {
            let _ = writeln!(text, "  {}", visible(&command));
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

fn facts(text: &mut String, user: &User, known: &KnownUser, parameters: &RuleParameters) {
    let mut line = |what: &str, value: &str| {
        let _ = writeln!(text, "{what:<17} {}", visible(value));
    };
    line("user", &user.user_name);
    line("user id", user.user_id.as_deref().unwrap_or("unknown"));
    line("arn", &user.arn);
    line("created", &time(user.create_date));
    line("console password", &password(user));
    let is_live = user.user_id.is_some();
    line(
        "exception",
        &match &user.exception {
            Some(Tagged::InForce(exception)) => {
                format!("until {}, owner {}: {}", exception.expires, exception.owner, exception.reason)
            }
            Some(Tagged::Void(void)) => format!("none in force: {void}"),
            None if is_live && parameters.exception_tag_prefix.is_some() => "none".to_owned(),
            None if is_live => "not looked for".to_owned(),
            None => "unknown".to_owned(),
        },
    );
    match &known.keys {
        None => line("access keys", "unknown"),
        Some(keys) if keys.is_empty() => line("access keys", "none"),
        Some(keys) => {
            for (key, label) in keys.iter().zip(labels(known)) {
                line("access key", &format!("{label}: {}", key_facts(key, known, parameters)));
            }
        }
    }
    if known.has_unseen_keys {
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

fn key_facts(key: &KnownKey, user: &KnownUser, parameters: &RuleParameters) -> String {
    let status = key.status.map_or("status unknown", status_name);
    let created = key.create_date.map_or_else(|| "unknown".to_owned(), time);
    let with_user = match key.created_with_user(user, parameters) {
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
    format!("{status}, created {created}{}{with_user}, {used}", after_user(key, user))
}

/// What each key is called: by its id, or by its place where a report does not tell the id.
fn labels(known: &KnownUser) -> Vec<String> {
    let keys = known.keys.iter().flatten().enumerate();
    keys.map(|(place, key)| match &key.access_key_id {
        Some(id) => id.to_string(),
        None => format!("{} (id unknown)", place + 1),
    })
    .collect()
}

fn after_user(key: &KnownKey, user: &KnownUser) -> String {
    key.after_user(user).map_or_else(String::new, |after| {
        let seconds = after.num_seconds();
        let side = if seconds < 0 { "before" } else { "after" };
        format!(" ({} s {side} the user)", seconds.unsigned_abs())
    })
}

fn criteria(text: &mut String, known: &KnownUser, parameters: &RuleParameters) {
    let _ = writeln!(text, "{:<17} {:<15} all-users", "criterion", "console-users");
    for (name, criterion) in Criterion::NAMES {
        let under = |scope| RuleParameters { criterion, scope, ..parameters.clone() };
        let said = |scope| known.verdict(&under(scope)).map_or("unknown", compliance_name);
        let _ = writeln!(text, "{name:<17} {:<15} {}", said(Scope::ConsoleUsers), said(Scope::AllUsers));
        why(text, known, &under(parameters.scope));
    }
}

/// What the criterion looks at, key by key.
fn why(text: &mut String, known: &KnownUser, parameters: &RuleParameters) {
    match &known.keys {
        None => text.push_str("  the access keys are not known\n"),
        Some(keys) if keys.is_empty() => text.push_str("  no access keys\n"),
        Some(keys) => {
            for (key, label) in keys.iter().zip(labels(known)) {
                let _ = writeln!(text, "  access key {label}: {}", reason(key, known, parameters));
            }
        }
    }
    if known.has_unseen_keys {
        text.push_str("  more access keys that are not known\n");
    }
    match known.console_password {
        Some(true) => {}
        Some(false) => text.push_str("  no console password: out of scope of console-users\n"),
        None => text.push_str("  not known whether there is a console password\n"),
    }
}

fn reason(key: &KnownKey, user: &KnownUser, parameters: &RuleParameters) -> String {
    let mut looked_at = Vec::new();
    let counts = parameters.include_inactive_keys || key.status.is_none_or(|s| s == AccessKeyStatus::Active);
    if counts {
        if parameters.criterion != Criterion::Unused {
            looked_at.push(match key.created_with_user(user, parameters) {
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
    let meets = match key.is_flagged(user, parameters) {
        Some(true) => "meets it",
        Some(false) => "does not meet it",
        None => "may meet it",
    };
    format!("{}: {meets}", looked_at.join(", "))
}

fn verdict(text: &mut String, user: &User, parameters: &RuleParameters) {
    let said = user.compliance_type.map_or("unknown", compliance_name);
    let (criterion, scope) = (criterion_name(parameters.criterion), scope_name(parameters.scope));
    let because = match user.compliance_type {
        Some(ComplianceType::NotApplicable) if user.is_excepted() => ": excepted",
        Some(ComplianceType::NotApplicable) => ": out of scope, no console password",
        _ => "",
    };
    let _ = writeln!(text, "verdict under criterion {criterion}, scope {scope}: {said}{because}");
}
