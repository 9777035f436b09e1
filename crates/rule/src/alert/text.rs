//! The sentences of an alert. A command stands on one line, to be copied.

use std::fmt::Write as _;

use super::{Circumstances, MAX_USERS_IN_FULL, Severity, named};
use crate::decision::FlaggedKey;
use crate::exemption::{Exemption, VoidExemption};
use crate::iam::{ConsolePassword, IamUser, LastUsed, UserName};
use crate::parameters::Scope;
use crate::plan::{NewFinding, Plan};
use crate::remedy::exempt_command;

pub(super) fn subject(plan: &Plan, circumstances: &Circumstances<'_>) -> String {
    let account = &circumstances.function.account_id;
    if plan.new_findings.is_empty() {
        let exemptions = counted(named(&plan.new_exemptions).len(), "exemption");
        return format!("{exemptions} took effect in {account}");
    }
    let what = circumstances.parameters.criterion.in_words();
    format!("{} with access keys {what} in {account}", counted(plan.new_findings.len(), "IAM user"))
}

pub(super) fn opening(plan: &Plan, severity: Severity, circumstances: &Circumstances<'_>) -> String {
    let mut account = circumstances.function.account_id.to_string();
    if let Some(alias) = circumstances.account_alias {
        let _ = write!(account, " ({alias})");
    }
    let what = circumstances.parameters.criterion.in_words();
    let first_line = match plan.new_findings.len() {
        0 => {
            let exemptions = counted(named(&plan.new_exemptions).len(), "exemption");
            format!("{exemptions} took effect in account {account}. There are no new findings.")
        }
        1 => format!("1 IAM user in account {account} has access keys {what}."),
        new => format!("{new} IAM users in account {account} have access keys {what}."),
    };
    let scope = match circumstances.parameters.scope {
        Scope::ConsoleUsers => " The rule evaluates users with a console password.",
        Scope::AllUsers => "",
    };
    format!(
        "{first_line}\n\nSeverity {severity}. Rule {rule}, evaluated {when}.{scope}\n",
        rule = circumstances.config_rule_name,
        when = circumstances.event_time.format("%Y-%m-%d %H:%M UTC"),
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
    if let Some(void) = &new.finding.void_exemption {
        let _ = writeln!(text, "  The {void}.");
    }
    if let Some(prefix) = exception_tag_prefix {
        let command = exempt_command(name, prefix);
        let _ = writeln!(text, "  To exempt the user, with an owner, an end and a reason:\n    {command}");
    }
    text
}

fn remedy(text: &mut String, name: &UserName, key: &FlaggedKey) {
    let id = &key.access_key.access_key_id;
    let _ = writeln!(text, "  Access key {id}: {}\n  {}", key_summary(key), key.remedy.in_full());
    for command in key.remedy.commands(name, Some(id)) {
        let _ = writeln!(text, "    {command}");
    }
}

pub(super) fn in_one_line(new: &NewFinding) -> String {
    let key = |key: &FlaggedKey| format!("{} {}", key.access_key.access_key_id, key_summary(key));
    let keys: Vec<String> = new.finding.keys.iter().map(key).collect();
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

pub(super) fn closing(plan: &Plan, circumstances: &Circumstances<'_>) -> String {
    let mut text = String::new();
    exemptions(&mut text, plan, circumstances);

    let lapsed = plan.new_findings.iter().filter_map(|new| match &new.finding.void_exemption {
        Some(void @ VoidExemption::Expired { .. }) => {
            Some(format!("{} ({}): {void}", new.user.user_name, new.user.user_id))
        }
        _ => None,
    });
    list(&mut text, "Exemptions that have expired", &lapsed.collect::<Vec<_>>());
    let resolved = plan.resolved.iter().map(|resolved| match &resolved.user_name {
        Some(name) => format!("{name} ({})", resolved.user_id),
        None => resolved.user_id.clone(),
    });
    list(&mut text, "Resolved since the last evaluation", &resolved.collect::<Vec<_>>());

    if plan.not_read > 0 {
        let users = counted(plan.not_read, "user");
        let _ = writeln!(text, "\n{users} could not be read. The log names them.");
    }
    if plan.covers_account {
        let _ = writeln!(text, "\nNoncompliant users in the account: {}.", plan.flagged);
    }
    let link = circumstances.function.console_link(circumstances.config_rule_name);
    let _ = writeln!(text, "\nThe rule in the AWS Config console: {link}");
    text
}

fn exemptions(text: &mut String, plan: &Plan, circumstances: &Circumstances<'_>) {
    let line = |user: &IamUser, exemption: &Exemption| {
        let soon = if exemption.ends_soon(circumstances.event_time) { "; ends within 14 days" } else { "" };
        format!("{} ({}): {exemption}{soon}", user.user_name, user.user_id)
    };
    let named = named(&plan.new_exemptions);
    if !named.is_empty() {
        text.push_str("\nExemptions that took effect:\n");
        for new in named {
            let _ = writeln!(text, "  {}", line(&new.user, &new.exemption));
        }
        if let more @ 1.. = plan.new_exemptions.len() - named.len() {
            let _ = writeln!(text, "  Not shown, and not in effect before the next alerts: {more}.");
        }
    }
    let mut in_force: Vec<_> = plan.exempt.iter().collect();
    // if the list is cut, what ends soon is not
    in_force.sort_by_key(|(_, exemption)| exemption.until);
    let in_force = in_force.into_iter().map(|(user, exemption)| line(user, exemption));
    list(text, "Exemptions in force", &in_force.collect::<Vec<_>>());
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
        let _ = writeln!(text, "  Not shown: {more}.");
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
