//! For people: a block per violation, what the records cover, and a summary. No line depends on the width of the
//! terminal, so an ID can be copied from any.

use std::fmt::Write as _;

use setupkey_history::Episode;
use setupkey_history::episode::{Fate, Key};

use super::{by, coverage, done, relation, summary, when};
use crate::history::report::Report;
use crate::text::visible;

/// The whole text.
pub(super) fn text(report: &Report) -> String {
    let mut text = String::new();
    for episode in report.violations() {
        for line in block(episode) {
            let _ = writeln!(text, "{line}");
        }
        text.push('\n');
    }
    let _ = writeln!(text, "{}", summary(report));
    for line in coverage(report) {
        let _ = writeln!(text, "{line}");
    }
    for not_read in &report.not_read {
        let _ = writeln!(text, "not read: {}: {}", visible(&not_read.path), visible(&not_read.reason));
    }
    for note in report.notes() {
        let _ = writeln!(text, "note: {}", visible(&note));
    }
    text
}

fn block(episode: &Episode) -> Vec<String> {
    let id = episode.user_id.as_deref().unwrap_or("ID unknown");
    let mut lines = vec![format!(
        "VIOLATION {} ({}), account {}",
        visible(&episode.user_name),
        visible(id),
        visible(&episode.account_id)
    )];
    let mut line = |name: &str, text: String| lines.push(format!("  {name:<9} {text}"));
    if !episode.former_names.is_empty() {
        let names: Vec<_> = episode.former_names.iter().map(|name| visible(name)).collect();
        line("renamed", format!("from {}", names.join(", ")));
    }
    line("created", format!("{} {}", when(episode.created.time), by(&episode.created.actor)));
    if let Some(password) = &episode.console_password {
        line("password", done(&password.created));
        if let Some(deleted) = &password.deleted {
            line("", format!("deleted {}", done(deleted)));
        }
    }
    for key in &episode.keys {
        line("key", format!("{} {}", visible(&key.access_key_id), relation(key)));
        line("", done(&key.created));
        if let Some(fate) = fate(key) {
            line("", fate);
        }
    }
    for change in &episode.exemptions {
        let tags: Vec<_> = change
            .tags
            .iter()
            .map(|(key, value)| match value {
                Some(value) => format!("{}={}", visible(key), visible(value)),
                None => format!("{} removed", visible(key)),
            })
            .collect();
        line("exemption", format!("{} {}", when(change.act.time), by(&change.act.actor)));
        line("", tags.join(", "));
    }
    if let Some(deleted) = &episode.deleted {
        line("deleted", done(deleted));
    }
    lines
}

/// What became of a key; nothing of one that is as it was created.
pub(super) fn fate(key: &Key) -> Option<String> {
    match (key.fate, &key.fate_act) {
        (Fate::Present, None) => None,
        (Fate::Present, act) => Some(format!("activated {}", done(act))),
        (fate, act) => Some(format!("{} {}", fate.name(), done(act))),
    }
}
