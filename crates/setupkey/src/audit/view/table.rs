//! The table for people. On a terminal it is as wide as the terminal allows, and below that one block per key: a key
//! ID is never split, so that it can be copied.

use std::env;
use std::io::{self, Write};

use setupkey_rule::iam::{AccessKeyStatus, LastUsed};

use super::findings::{Findings, Place, asked, creators, exemption, period, total};
use super::names::status_name;
use crate::audit::model::{Audit, Key, Summary, User};
use crate::text::{after_user, visible};

/// What stands between two columns.
const GAP: &str = "  ";

/// A column: its name, and whether it is left out where the terminal is narrow.
const COLUMNS: [(&str, bool); 8] = [
    ("account", false),
    ("user", false),
    ("access key", false),
    ("status", false),
    ("created", true),
    ("after user", false),
    ("last used", false),
    ("remedy", false),
];

const ACCOUNT: usize = 0;
const USER: usize = 1;
const ACCESS_KEY: usize = 2;
const STATUS: usize = 3;

/// A flagged key: a cell for each column.
type Row = [String; COLUMNS.len()];

/// Writes the table and what goes with it; `width` is that of the terminal, if there is one.
pub(crate) fn write(
    findings: &Findings,
    out: &mut dyn Write,
    audit: &Audit,
    summary: &Summary,
    terminal: Option<Terminal>,
) -> io::Result<()> {
    let put = |out: &mut dyn Write, line: &str| match terminal {
        Some(terminal) => writeln!(out, "{}", wrapped(line, terminal.width)),
        None => writeln!(out, "{line}"),
    };
    put(out, &findings.headline(audit, summary))?;
    let rows = rows(&findings.users);
    if !rows.is_empty() {
        put(out, "")?;
        let lines = drawn(&rows, summary.accounts > 1, terminal);
        lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
        put(out, "")?;
    }
    for line in findings.users.iter().filter_map(|(place, user)| exemption(place, user)) {
        put(out, &line)?;
    }
    for line in findings.users.iter().flat_map(|(_, user)| creators(user)) {
        put(out, &line)?;
    }
    findings.unread.iter().try_for_each(|line| put(out, line))?;
    put(out, &total(summary))?;
    put(out, &asked(audit))?;
    if let Some(line) = period(audit) {
        put(out, &line)?;
    }
    if let Some(line) = findings.evidence(summary) {
        put(out, &line)?;
    }
    audit.notes.iter().try_for_each(|note| put(out, &format!("note: {}", visible(note))))
}

/// The line, broken between words where it is longer than the terminal is wide.
fn wrapped(line: &str, width: usize) -> String {
    let mut text = String::new();
    let mut used = 0;
    for word in line.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            text.push_str("\n  ");
            used = 2;
        } else if used > 0 {
            text.push(' ');
            used += 1;
        }
        text.push_str(word);
        used += length;
    }
    text
}

/// A terminal: its width, and whether it shows colors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    width: usize,
    has_colors: bool,
}

impl Terminal {
    /// The terminal that standard output is.
    pub(crate) fn here() -> Self {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty());
        let width = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
        let has_colors = set("NO_COLOR").is_none() && set("TERM").is_none_or(|term| term != "dumb");
        Self { width, has_colors }
    }
}

fn rows(users: &[(Place, User)]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (place, user) in users {
        for key in user.keys.iter().flatten().filter(|key| key.is_flagged()) {
            rows.push(cells(place, user, key));
        }
    }
    rows
}

fn cells(place: &Place, user: &User, key: &Key) -> Row {
    let unknown = || "?".to_owned();
    [
        place.id.clone(),
        visible(user.user_name.as_str()).into_owned(),
        key.access_key_id.as_ref().map_or_else(unknown, ToString::to_string),
        key.status.map_or_else(unknown, |status| status_name(status).to_owned()),
        key.create_date.map_or_else(unknown, |created| created.format("%Y-%m-%d %H:%M:%S").to_string()),
        key.seconds_after_user.map_or_else(unknown, after_user),
        key.last_used.map_or_else(unknown, |last_used| match last_used {
            LastUsed::Never => "never".to_owned(),
            LastUsed::At(when) => when.format("%Y-%m-%d").to_string(),
        }),
        key.remedy.map_or_else(unknown, |remedy| remedy.name().to_owned()),
    ]
}

/// The widest form that the terminal takes.
fn drawn(rows: &[Row], several: bool, terminal: Option<Terminal>) -> Vec<String> {
    let says = |column: usize| match column {
        ACCOUNT => several,
        // a report has no key IDs, and nearly every key is active
        ACCESS_KEY => rows.iter().any(|row| row.get(ACCESS_KEY).is_some_and(|cell| cell != "?")),
        STATUS => {
            let active = status_name(AccessKeyStatus::Active);
            rows.iter().any(|row| row.get(STATUS).is_some_and(|cell| cell != active))
        }
        _ => true,
    };
    let all: Vec<usize> = (0..COLUMNS.len()).filter(|column| says(*column)).collect();
    let is_kept = |column: &usize| COLUMNS.get(*column).is_none_or(|(_, is_optional)| !is_optional);
    let narrow: Vec<usize> = all.iter().copied().filter(is_kept).collect();
    let has_colors = terminal.is_some_and(|terminal| terminal.has_colors);
    let fits = |columns: &[usize]| {
        terminal.is_none_or(|terminal| {
            let cells: usize = columns.iter().map(|column| width(rows, *column)).sum();
            cells + GAP.len() * columns.len().saturating_sub(1) <= terminal.width
        })
    };
    for columns in [&all, &narrow] {
        if fits(columns) {
            return aligned(rows, columns, has_colors);
        }
    }
    stacked(rows, &all, has_colors)
}

fn name(column: usize) -> &'static str {
    COLUMNS.get(column).map_or("", |(name, _)| name)
}

fn width(rows: &[Row], column: usize) -> usize {
    let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
    cells.chain([name(column).len()]).max().unwrap_or_default()
}

/// A line for each key.
fn aligned(rows: &[Row], columns: &[usize], has_colors: bool) -> Vec<String> {
    let widths: Vec<usize> = columns.iter().map(|column| width(rows, *column)).collect();
    let line = |cell: &dyn Fn(usize) -> String| {
        let mut line = String::new();
        for (column, width) in columns.iter().zip(&widths) {
            let text = cell(*column);
            let padding = width.saturating_sub(text.chars().count());
            line.push_str(&colored(*column, &text, has_colors));
            line.extend(std::iter::repeat_n(' ', padding));
            line.push_str(GAP);
        }
        line.truncate(line.trim_end().len());
        line
    };
    let header = line(&|column| name(column).to_uppercase());
    let cell = |row: &Row, column: usize| row.get(column).cloned().unwrap_or_default();
    let rows = rows.iter().map(|row| line(&|column| cell(row, column)));
    std::iter::once(header).chain(rows).collect()
}

/// A block for each key.
fn stacked(rows: &[Row], columns: &[usize], has_colors: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for row in rows {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        for column in columns {
            let cell = row.get(*column).map(String::as_str).unwrap_or_default();
            lines.push(format!("{:<12}{}", name(*column), colored(*column, cell, has_colors)));
        }
    }
    lines
}

/// Colors the name of a noncompliant user.
fn colored(column: usize, cell: &str, has_colors: bool) -> String {
    if column == USER && has_colors && cell != "USER" {
        format!("\u{1b}[31m{cell}\u{1b}[0m")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(user: &str, status: &str) -> Row {
        [
            "111122223333",
            user,
            "AKIAIOSFODNN7EXAMPLE",
            status,
            "2024-07-01 12:00:17",
            "17 s",
            "never",
            "delete",
        ]
        .map(str::to_owned)
    }

    fn terminal(width: usize) -> Option<Terminal> {
        Some(Terminal { width, has_colors: false })
    }

    #[test]
    fn narrow_terminals_get_fewer_columns_and_then_blocks() {
        let rows = [row("anitha", "Active"), row("brandon", "Active")];
        let wide = drawn(&rows, false, None);
        assert_eq!(
            wide[0],
            "USER     ACCESS KEY            CREATED              AFTER USER  LAST USED  REMEDY"
        );
        assert_eq!(
            wide[1],
            "anitha   AKIAIOSFODNN7EXAMPLE  2024-07-01 12:00:17  17 s        never      delete"
        );
        let narrow = drawn(&rows, false, terminal(60));
        assert_eq!(narrow[0], "USER     ACCESS KEY            AFTER USER  LAST USED  REMEDY");
        let stacked = drawn(&rows, true, terminal(40));
        assert_eq!(stacked[1], "user        anitha");
        assert_eq!(stacked[2], "access key  AKIAIOSFODNN7EXAMPLE");
        for width in 40..120 {
            let lines = drawn(&rows, true, terminal(width));
            assert!(lines.iter().all(|line| line.chars().count() <= width), "{width}: {lines:?}");
            assert_eq!(lines.iter().filter(|line| line.contains("AKIAIOSFODNN7EXAMPLE")).count(), 2);
        }
    }

    #[test]
    fn column_that_says_the_same_everywhere_is_left_out() {
        let header = |rows: &[Row]| drawn(rows, false, None)[0].clone();
        assert!(!header(&[row("anitha", "Active")]).contains("STATUS"));
        assert!(header(&[row("anitha", "Active"), row("brandon", "Inactive")]).contains("STATUS"));
    }

    #[test]
    fn long_lines_are_broken_between_words() {
        assert_eq!(wrapped("one two three", 9), "one two\n  three");
        assert_eq!(wrapped("one two three", 13), "one two three");
        assert_eq!(wrapped("a-word-that-is-long b", 5), "a-word-that-is-long\n  b");
    }

    #[test]
    fn color_does_not_move_columns() {
        let rows = [row("anitha", "Active")];
        let plain = drawn(&rows, false, terminal(100));
        let colored = drawn(&rows, false, Some(Terminal { width: 100, has_colors: true }));
        let bare: Vec<String> =
            colored.iter().map(|line| line.replace("\u{1b}[31m", "").replace("\u{1b}[0m", "")).collect();
        assert_ne!(plain, colored);
        assert_eq!(plain, bare);
    }
}
