//! The table for people: findings, exceptions, what was not read, and a summary. Whoever is compliant or out
//! of scope is only counted.

use std::env;
use std::io::{self, Write};

use comfy_table::{Cell, ContentArrangement, presets::UTF8_FULL_CONDENSED};
use setupkey_rule::parameters::RuleParameters;

use super::names::status_name;
use crate::audit::model::{Account, Audit, Key, Summary, Tagged, User};
use crate::text::visible;
use setupkey_rule::iam::LastUsed;
use setupkey_rule::verdict::ComplianceType;

/// The width where a terminal does not tell its own.
const WIDTH: u16 = 100;

/// The columns; of several accounts, the account comes first.
const HEADER: [&str; 8] =
    ["user", "compliance", "access key", "status", "created", "after user", "last used", "remedy"];

/// A table that is being filled.
pub(crate) struct Table {
    // of whom there is something to say, each with the account
    users: Vec<(Option<String>, User)>,
    unread: Vec<String>,
    is_terminal: bool,
}

impl Table {
    pub(crate) fn new(is_terminal: bool) -> Self {
        Self { users: Vec::new(), unread: Vec::new(), is_terminal }
    }

    /// Adds what there is to say of an account.
    pub(crate) fn add(&mut self, account: &Account) {
        let flagged =
            |user: &&User| user.compliance_type == Some(ComplianceType::NonCompliant) || user.is_exempt();
        let flagged = account.users.iter().filter(flagged);
        self.users.extend(flagged.map(|user| (account.account_id.clone(), user.clone())));
        let name = account.account_id.as_deref().unwrap_or("unknown");
        self.unread.extend(account.unread.iter().map(|unread| match &unread.user_name {
            Some(user) => {
                format!("not read: user {} of account {name}: {}", visible(user), visible(&unread.reason))
            }
            None => format!("not read: account {name}: {}", visible(&unread.reason)),
        }));
    }

    /// Writes the table and what goes with it.
    pub(crate) fn write(&self, out: &mut dyn Write, audit: &Audit, summary: &Summary) -> io::Result<()> {
        if !self.users.is_empty() {
            let rows = self.rows(summary.accounts > 1);
            let drawn = if self.is_terminal { wrapped(&rows) } else { aligned(&rows) };
            let drawn = if self.is_terminal && wants_colour() { coloured(&drawn) } else { drawn };
            writeln!(out, "{drawn}")?;
        }
        for (account, user) in &self.users {
            if let Some(line) = exception(account.as_deref(), user) {
                writeln!(out, "{line}")?;
            }
        }
        for line in &self.unread {
            writeln!(out, "{line}")?;
        }
        writeln!(out, "{}", total(summary))?;
        writeln!(out, "{}", asked(&audit.parameters))?;
        audit.notes.iter().try_for_each(|note| writeln!(out, "note: {}", visible(note)))
    }

    /// The header, then a row for each flagged key.
    fn rows(&self, several: bool) -> Vec<Vec<String>> {
        let mut header: Vec<String> = HEADER.map(str::to_owned).to_vec();
        if several {
            header.insert(0, "account".to_owned());
        }
        let mut rows = vec![header];
        for (account, user) in &self.users {
            let flagged = user.keys.iter().flatten().filter(|key| key.is_flagged());
            for key in flagged {
                let mut row = cells(user, key);
                if several {
                    row.insert(0, account.clone().unwrap_or_else(|| "unknown".to_owned()));
                }
                rows.push(row);
            }
        }
        rows
    }
}

/// The rows as wide as a terminal, wrapped where they are wider.
fn wrapped(rows: &[Vec<String>]) -> String {
    let mut table = comfy_table::Table::new();
    let width = terminal_size::terminal_size().map_or(WIDTH, |(width, _)| width.0);
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width.max(40));
    let (header, rows) = rows.split_first().unwrap_or((const { &Vec::new() }, &[]));
    table.set_header(header);
    for row in rows {
        table.add_row(row.iter().map(Cell::new));
    }
    table.to_string()
}

/// The rows in the same style, one line each: where there is nothing to wrap, a table of thousands of findings
/// takes no longer than the findings.
fn aligned(rows: &[Vec<String>]) -> String {
    let mut widths = vec![0; rows.first().map_or(0, Vec::len)];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let rule = |[left, line, cross, right]: [&str; 4]| {
        let lines: Vec<String> = widths.iter().map(|width| line.repeat(width + 2)).collect();
        format!("{left}{}{right}", lines.join(cross))
    };
    let mut text = rule(["┌", "─", "┬", "┐"]);
    for (place, row) in rows.iter().enumerate() {
        if place == 1 {
            text.push('\n');
            text.push_str(&rule(["╞", "═", "╪", "╡"]));
        }
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            text.push_str(if column == 0 { "\n│ " } else { " ┆ " });
            text.push_str(cell);
            text.extend(std::iter::repeat_n(' ', width - cell.chars().count()));
        }
        text.push_str(" │");
    }
    text.push('\n');
    text + &rule(["└", "─", "┴", "┘"])
}

fn cells(user: &User, key: &Key) -> Vec<String> {
    let unknown = || "?".to_owned();
    vec![
        visible(user.user_name.as_str()).into_owned(),
        user.compliance_type.map_or_else(unknown, |verdict| ComplianceType::name(verdict).to_owned()),
        key.access_key_id.as_ref().map_or_else(unknown, ToString::to_string),
        key.status.map_or_else(unknown, |status| status_name(status).to_owned()),
        key.create_date.map_or_else(unknown, |created| created.format("%Y-%m-%d %H:%M:%S").to_string()),
        key.seconds_after_user.map_or_else(unknown, |seconds| format!("{seconds:+} s")),
        key.last_used.map_or_else(unknown, |last_used| match last_used {
            LastUsed::Never => "never".to_owned(),
            LastUsed::At(when) => when.format("%Y-%m-%d").to_string(),
        }),
        key.remedy.map_or_else(unknown, |remedy| remedy.name().to_owned()),
    ]
}

fn exception(account: Option<&str>, user: &User) -> Option<String> {
    let name = visible(user.user_name.as_str());
    let of = account.map_or_else(String::new, |account| format!(" of account {account}"));
    Some(match user.exemption.as_ref()? {
        Tagged::InForce(exception) => format!(
            "excepted: user {name}{of} until {}, owner {}: {}",
            visible(&exception.expires),
            visible(&exception.owner),
            visible(&exception.reason)
        ),
        Tagged::Void(void) => format!("not excepted: user {name}{of}: {}", visible(&void.to_string())),
    })
}

fn total(summary: &Summary) -> String {
    let Summary {
        accounts,
        accounts_unread,
        users,
        non_compliant,
        compliant,
        out_of_scope,
        excepted,
        users_unread,
    } = summary;
    let accounts = match (accounts, accounts_unread) {
        (1, 0) => String::new(),
        (accounts, 0) => format!("{accounts} accounts: "),
        (accounts, unread) => format!("{accounts} accounts, {unread} not read: "),
    };
    let plural = if *users == 1 { "" } else { "s" };
    format!(
        "{accounts}{users} user{plural}: {non_compliant} NON_COMPLIANT, {compliant} COMPLIANT, {excepted} excepted, \
         {out_of_scope} out of scope, {users_unread} not read"
    )
}

fn asked(parameters: &RuleParameters) -> String {
    format!(
        "criterion {}, scope {}, setup window {} s, inactive keys {}, exceptions {}",
        parameters.criterion.name(),
        parameters.scope.name(),
        parameters.setup_window.num_seconds(),
        if parameters.include_inactive_keys { "included" } else { "not included" },
        parameters
            .exception_tag_prefix
            .as_deref()
            .map_or_else(|| "none".to_owned(), |prefix| format!("by tags `{}:...`", visible(prefix))),
    )
}

/// A terminal is coloured unless somebody says not to (no-color.org), or it cannot.
fn wants_colour() -> bool {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty());
    set("NO_COLOR").is_none() && set("TERM").is_none_or(|term| term != "dumb")
}

/// Colours the verdicts: red is to be fixed, yellow somebody answers for.
fn coloured(drawn: &str) -> String {
    drawn
        .replace(" NON_COMPLIANT ", " \u{1b}[31mNON_COMPLIANT\u{1b}[0m ")
        .replace(" NOT_APPLICABLE ", " \u{1b}[33mNOT_APPLICABLE\u{1b}[0m ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_draw_make_the_same_table() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let rows = [row(["user", "compliance"]), row(["a", "NON_COMPLIANT"]), row(["brandon", "?"])];
        assert_eq!(aligned(&rows), wrapped(&rows));
    }

    #[test]
    fn colour_marks_verdicts_and_nothing_else() {
        let drawn = "│ brandon ┆ NON_COMPLIANT ┆ AKIA │";
        assert_eq!(coloured(drawn), "│ brandon ┆ \u{1b}[31mNON_COMPLIANT\u{1b}[0m ┆ AKIA │");
        assert_eq!(coloured("│ COMPLIANT │"), "│ COMPLIANT │");
    }
}
