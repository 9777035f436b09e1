//! Markdown: for a ticket or a report. Text from outside is escaped: none of it is markup.

use std::fmt::Write as _;

use setupkey_history::Episode;

use super::table::fate;
use super::{by, coverage, done, relation, summary, when};
use crate::history::report::Report;
use crate::text::visible;

/// The whole text.
pub(super) fn text(report: &Report) -> String {
    let mut text = String::new();
    let parameters = &report.parameters;
    let _ = writeln!(text, "# Access keys created with the user\n\n{}.\n", summary(report));
    let _ = writeln!(
        text,
        "Scope `{}`, setup window {} s, setupkey {}.",
        parameters.scope.name(),
        parameters.setup_window.num_seconds(),
        env!("CARGO_PKG_VERSION")
    );
    let violations: Vec<_> = report.violations().collect();
    table(&mut text, "Violations", &violations);
    let others: Vec<_> = report.history.episodes.iter().filter(|episode| !episode.violation).collect();
    table(&mut text, "Other users created in the period", &others);
    text.push_str("\n## Coverage\n\n");
    let not_read =
        report.not_read.iter().map(|not_read| format!("Not read: {}: {}", not_read.path, not_read.reason));
    for line in coverage(report).into_iter().chain(not_read).chain(report.notes()) {
        let _ = writeln!(text, "- {}", escaped(&line));
    }
    text
}

fn table(text: &mut String, heading: &str, episodes: &[&Episode]) {
    if episodes.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n## {heading}\n");
    text.push_str("| account | user | created | console password | access keys | deleted |\n|---|---|---|---|---|---|\n");
    for episode in episodes {
        let password = episode.console_password.as_ref().map(|password| done(&password.created));
        let keys = episode.keys.iter().map(|key| {
            let parts = [
                Some(format!("{} {}", key.access_key_id, relation(key))),
                Some(done(&key.created)),
                fate(key),
            ];
            escaped(&parts.into_iter().flatten().collect::<Vec<_>>().join("; "))
        });
        let cells = [
            escaped(&episode.account_id),
            escaped(&episode.user_name),
            escaped(&format!("{} {}", when(episode.created.time), by(&episode.created.actor))),
            password.map_or_else(String::new, |password| escaped(&password)),
            keys.collect::<Vec<_>>().join("<br>"),
            episode.deleted.as_ref().map_or_else(String::new, |deleted| escaped(&done(deleted))),
        ];
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
}

/// The text with everything escaped that Markdown or HTML could take for its own.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '#' | '|' | '!' | '~' | '>' | '@' => {
                escaped.push('\\');
                escaped.push(c);
            }
            _ => escaped.push(c),
        }
    }
    // a bare address becomes a link without any markup
    escaped.replace("://", ":\\//").replace("www.", "www\\.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_markup() {
        assert_eq!(
            escaped("a|b<img>[x](https://e.x)\n"),
            "a\\|b&lt;img\\>\\[x\\]\\(https:\\//e.x\\)\\\\u{a}"
        );
    }
}
