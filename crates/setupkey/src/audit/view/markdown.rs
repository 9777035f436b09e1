//! Markdown: the table for people, to be pasted into a ticket or a pull request.

use std::io::{self, Write};

use setupkey_rule::iam::LastUsed;

use super::findings::{Findings, asked, creators, exemption, period, total};
use super::names::status_name;
use crate::audit::model::{Audit, Key, Summary, User};
use crate::text::{after_user, time, visible};

/// Writes the document.
pub(crate) fn write(
    findings: &Findings,
    out: &mut dyn Write,
    audit: &Audit,
    summary: &Summary,
) -> io::Result<()> {
    writeln!(out, "# Access keys created with the user\n")?;
    writeln!(out, "{}\n", escaped(&findings.headline(audit, summary)))?;
    writeln!(out, "**{}**\n", escaped(&total(summary)))?;
    if !summary.is_complete() {
        writeln!(out, "This audit is incomplete: not everything could be read.\n")?;
    }
    if findings.users.iter().any(|(_, user)| flagged(user).next().is_some()) {
        writeln!(
            out,
            "| account | user | access key | status | created | after user | last used | remedy |"
        )?;
        writeln!(out, "|---|---|---|---|---|---|---|---|")?;
        for (place, user) in &findings.users {
            for key in flagged(user) {
                let unknown = || "?".to_owned();
                let cells = [
                    escaped(&place.with_name()),
                    escaped(user.user_name.as_str()),
                    key.access_key_id.as_ref().map_or_else(unknown, |id| format!("`{id}`")),
                    key.status.map_or_else(unknown, |status| status_name(status).to_owned()),
                    key.create_date.map_or_else(unknown, time),
                    key.seconds_after_user.map_or_else(unknown, after_user),
                    key.last_used.map_or_else(unknown, |used| match used {
                        LastUsed::Never => "never".to_owned(),
                        LastUsed::At(when) => time(when),
                    }),
                    key.remedy.map_or_else(unknown, |remedy| remedy.name().to_owned()),
                ];
                writeln!(out, "| {} |", cells.join(" | "))?;
            }
        }
        writeln!(out)?;
    }
    let exemptions = findings.users.iter().filter_map(|(place, user)| exemption(place, user));
    let lines: Vec<String> = exemptions
        .chain(findings.users.iter().flat_map(|(_, user)| creators(user)))
        .chain(findings.unread.iter().cloned())
        .chain([asked(audit)])
        .chain(period(audit))
        .chain(findings.evidence(summary))
        .chain([format!("setupkey {}: `{}`", audit.version, audit.command.replace('`', "'"))])
        .chain(audit.notes.iter().map(|note| format!("note: {note}")))
        .collect();
    lines.iter().try_for_each(|line| writeln!(out, "- {}", escaped_outside_code(line)))
}

fn flagged(user: &User) -> impl Iterator<Item = &Key> {
    user.keys.iter().flatten().filter(|key| key.is_flagged())
}

/// The text with everything escaped that Markdown or HTML in it would take for markup.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in visible(text).chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '>' => {
                escaped.push('\\');
                escaped.push(c);
            }
            // an address would become a link
            '@' => escaped.push_str("&#64;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Escapes a line of the program, which has code between backticks.
fn escaped_outside_code(line: &str) -> String {
    if line.matches('`').count() % 2 == 1 {
        return escaped(line);
    }
    let parts = line.split('`').enumerate();
    let parts = parts.map(|(place, part)| {
        if place % 2 == 0 { escaped(part) } else { format!("`{}`", visible(part).replace('|', "¦")) }
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup() {
        assert_eq!(escaped("a_b|<img>[x](y)`c`@team"), r"a\_b\|&lt;img\>\[x\](y)\`c\`&#64;team");
        assert_eq!(escaped_outside_code("tags `a_b:...` *x*"), r"tags `a_b:...` \*x\*");
        assert_eq!(escaped_outside_code("one ` only"), r"one \` only");
    }
}
