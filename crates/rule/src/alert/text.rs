//! The sentences of an alert. A command stands on one line, to be copied.

use std::fmt::Write as _;

use chrono::TimeDelta;

use super::{Circumstances, MAX_USERS_IN_FULL, News, Severity, named};
use crate::decision::{FlaggedKey, Remedy};
use crate::exception::{Exception, VoidException};
use crate::facts::{AccessKeyStatus, ConsolePassword, IamUser, LastUsed, UserName};
use crate::parameters::Scope;
use crate::plan::NewFinding;
use crate::quoted::quoted;

/// An exception that ends within this time is pointed out.
const ENDS_SOON: TimeDelta = TimeDelta::days(14);

pub(super) fn subject(news: &News<'_>, circumstances: &Circumstances<'_>) -> String {
    let account = &circumstances.function.account_id;
    if news.findings.is_empty() {
        return format!(
            "{} cleared by exceptions in {account}",
            counted(named(news.cleared).len(), "finding")
        );
    }
    let what = circumstances.parameters.criterion.in_words();
    format!("{} with access keys {what} in {account}", counted(news.findings.len(), "IAM user"))
}

pub(super) fn opening(news: &News<'_>, severity: Severity, circumstances: &Circumstances<'_>) -> String {
    let mut account = circumstances.function.account_id.clone();
    if let Some(alias) = circumstances.account_alias {
        let _ = write!(account, " ({alias})");
    }
    let what = circumstances.parameters.criterion.in_words();
    let first_line = match news.findings.len() {
        0 => format!("0 new findings in account {account}; exceptions clear {}.", named(news.cleared).len()),
        1 => format!("1 IAM user in account {account} has access keys {what}."),
        new => format!("{new} IAM users in account {account} have access keys {what}."),
    };
    let scope = match circumstances.parameters.scope {
        Scope::ConsoleUsers => " It looks at users with a console password.",
        Scope::AllUsers => "",
    };
    format!(
        "{first_line}\n\nSeverity {severity}. Rule {rule}, evaluated {when}.{scope}\n",
        rule = circumstances.config_rule_name,
        when = circumstances.created.format("%Y-%m-%d %H:%M UTC"),
    )
}

pub(super) fn in_full(new: &NewFinding, exception_tag_prefix: Option<&str>) -> String {
    let name = &new.user.user_name;
    let password = match new.finding.console_password {
        ConsolePassword::Enabled { since: Some(since) } => {
            format!("console password since {}", since.format("%Y-%m-%d"))
        }
        ConsolePassword::Enabled { since: None } => "console password".to_owned(),
        ConsolePassword::Absent => "no console password".to_owned(),
    };
    let created = new.user.create_date.format("%Y-%m-%d %H:%M:%S UTC");
    let mut text = format!("\n{name} ({}), created {created}, {password}\n", new.user.user_id);
    for key in &new.finding.keys {
        remedy(&mut text, name, key);
    }
    if let Some(void) = &new.finding.void_exception {
        let _ = writeln!(text, "  The {void}.");
    }
    if let Some(prefix) = exception_tag_prefix {
        let _ = writeln!(
            text,
            "  To except the user, with an owner, an end and a reason:\n    {}",
            tag(name, prefix)
        );
    }
    text
}

fn remedy(text: &mut String, name: &UserName, key: &FlaggedKey) {
    let id = &key.access_key.access_key_id;
    let target = format!("--user-name {name} --access-key-id {id}");
    let _ = writeln!(text, "  Access key {id}: {}", key_summary(key));
    let active = key.access_key.status == AccessKeyStatus::Active;
    let _ = match key.remedy() {
        Remedy::Delete if active => {
            writeln!(text, "  Nobody has used it. Deactivate it; if nobody misses it, delete it:")
        }
        Remedy::Delete => writeln!(text, "  Nobody has used it. Delete it:"),
        Remedy::Rotate => writeln!(
            text,
            "  It was used. Make a new key, move to it whatever uses this one, then retire this one:\n    aws iam \
             create-access-key --user-name {name}"
        ),
    };
    if active {
        let _ = writeln!(text, "    aws iam update-access-key {target} --status Inactive");
    }
    let _ = writeln!(text, "    aws iam delete-access-key {target}");
}

fn tag(name: &UserName, prefix: &str) -> String {
    // a prefix may hold blanks; it holds no quotes
    format!(
        "aws iam tag-user --user-name {name} --tags 'Key={prefix}:owner,Value=OWNER' \
         'Key={prefix}:expires,Value=YYYY-MM-DD' 'Key={prefix}:reason,Value=REASON'"
    )
}

pub(super) fn in_one_line(new: &NewFinding) -> String {
    let keys: Vec<String> = new
        .finding
        .keys
        .iter()
        .map(|key| format!("{} {}", key.access_key.access_key_id, key_summary(key)))
        .collect();
    format!("\n{} ({}): {}\n", new.user.user_name, new.user.user_id, keys.join("; "))
}

fn key_summary(key: &FlaggedKey) -> String {
    let used = match key.last_used {
        LastUsed::Never => "never used".to_owned(),
        LastUsed::At(when) => format!("last used {}", when.format("%Y-%m-%d %H:%M UTC")),
    };
    let seconds = key.after_user.num_seconds();
    let (count, side) = (seconds.unsigned_abs(), if seconds < 0 { "before" } else { "after" });
    format!("{}, created {count} s {side} the user, {used}", key.access_key.status)
}

pub(super) fn closing(news: &News<'_>, circumstances: &Circumstances<'_>) -> String {
    let mut text = String::new();
    exceptions(&mut text, news, circumstances);

    let lapsed =
        |new: &&NewFinding| matches!(new.finding.void_exception, Some(VoidException::Expired { .. }));
    let lapsed = news.findings.iter().filter(lapsed).map(|new| {
        let void = new.finding.void_exception.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{} ({}): {void}", new.user.user_name, new.user.user_id)
    });
    list(&mut text, "Lapsed exceptions", &lapsed.collect::<Vec<_>>());
    let resolved = news.resolved.iter().map(|resolved| match &resolved.user_name {
        Some(name) => format!("{} ({})", quoted(name), resolved.user_id),
        None => resolved.user_id.clone(),
    });
    list(&mut text, "Resolved since the last evaluation", &resolved.collect::<Vec<_>>());

    if news.unread > 0 {
        let _ = writeln!(text, "\nUsers that could not be read: {}; the log names them.", news.unread);
    }
    if let Some(flagged) = news.flagged {
        let _ = writeln!(text, "\nNoncompliant in all: {flagged}.");
    }
    let link = circumstances.function.console_link(circumstances.config_rule_name);
    let _ = writeln!(text, "\nThe rule in the AWS Config console: {link}");
    text
}

fn exceptions(text: &mut String, news: &News<'_>, circumstances: &Circumstances<'_>) {
    let line = |user: &IamUser, exception: &Exception| {
        let Exception { owner, expires, until, reason } = exception;
        let soon = if *until - circumstances.created <= ENDS_SOON { "; ends within 14 days" } else { "" };
        let (name, owner, reason) = (&user.user_name, quoted(owner), quoted(reason));
        format!("{name} ({}): owner {owner}, until {expires}, {reason}{soon}", user.user_id)
    };
    let cleared = named(news.cleared);
    if !cleared.is_empty() {
        text.push_str("\nFindings cleared by an exception that took effect:\n");
        for cleared in cleared {
            let _ = writeln!(text, "  {}", line(&cleared.user, &cleared.exception));
        }
        if let more @ 1.. = news.cleared.len() - cleared.len() {
            let _ = writeln!(text, "  Not shown, and not cleared before the next alerts: {more} more.");
        }
    }
    let mut in_force: Vec<_> = news.excepted.iter().collect();
    // if the list is cut, what ends soon is not
    in_force.sort_by_key(|excepted| excepted.exception.until);
    let in_force = in_force.into_iter().map(|excepted| line(&excepted.user, &excepted.exception));
    list(text, "Exceptions in force", &in_force.collect::<Vec<_>>());
}

fn list(text: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{title}:");
    for line in lines.iter().take(MAX_USERS_IN_FULL) {
        let _ = writeln!(text, "  {line}");
    }
    if let more @ 1.. = lines.len().saturating_sub(MAX_USERS_IN_FULL) {
        let _ = writeln!(text, "  Not shown: {more} more.");
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
