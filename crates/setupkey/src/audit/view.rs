//! The formats. Accounts are written as they come, so that only what a format has to keep is kept: of a table
//! the findings, of CSV and JSON nothing, of a page who has a lane in it.

mod asff;
mod csv;
mod finding;
pub(crate) mod findings;
pub(crate) mod json;
mod markdown;
pub(crate) mod names;
mod ocsf;
mod table;

use std::io;
use std::path::Path;

use clap::ValueEnum;

use self::findings::Findings;
use self::table::Terminal;
use crate::audit::destination::Destination;
use crate::audit::model::{Account, Audit, Summary};
use crate::page::Page;

/// Output format.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// For people: findings, exemptions, what was not read, and a summary
    #[default]
    Table,
    /// Every user, in one document (schemas/audit.schema.json)
    Json,
    /// Every user, a line for each user and key, for spreadsheets
    Csv,
    /// One self-contained file with pictures, for evidence
    Html,
    /// The table in Markdown
    #[value(name = "md", alias = "markdown")]
    Markdown,
    /// OCSF Compliance Findings, one per user in scope
    Ocsf,
    /// Findings for AWS Security Hub, one per user in scope
    Asff,
}

impl Format {
    /// Whether users who are compliant or out of scope are shown, and not only counted.
    pub(crate) fn shows_everybody(self) -> bool {
        !matches!(self, Self::Table | Self::Markdown)
    }

    /// The format that the name of a file says.
    pub(crate) fn of_name(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_string_lossy().to_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        [
            (&[".ocsf.json"][..], Self::Ocsf),
            (&[".asff.json"], Self::Asff),
            (&[".json"], Self::Json),
            (&[".csv"], Self::Csv),
            (&[".html", ".htm"], Self::Html),
            (&[".txt"], Self::Table),
            (&[".md"], Self::Markdown),
        ]
        .into_iter()
        .find_map(|(endings, format)| ends(endings).then_some(format))
    }

    /// The name that `--format` takes.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// A result that is being written.
pub(crate) enum View {
    Table(Findings, Option<Terminal>, Destination),
    Markdown(Findings, Destination),
    Ocsf(Box<finding::Document<Destination>>),
    Asff(Box<finding::Document<Destination>>),
    Json(json::Document<Destination>),
    Csv(Box<csv::Lines<Destination>>),
    Html(Box<Page>, Destination),
}

impl View {
    /// Begins the result; `audit` has no accounts yet.
    ///
    /// # Errors
    ///
    /// It could not be written.
    pub(crate) fn begin(format: Format, destination: Destination, audit: &Audit) -> io::Result<Self> {
        Ok(match format {
            Format::Table => {
                let terminal = destination.is_terminal().then(Terminal::here);
                Self::Table(Findings::default(), terminal, destination)
            }
            Format::Markdown => Self::Markdown(Findings::default(), destination),
            Format::Ocsf => {
                Self::Ocsf(Box::new(finding::Document::begin(destination, audit, ocsf::element)?))
            }
            Format::Asff => {
                Self::Asff(Box::new(finding::Document::begin(destination, audit, asff::element)?))
            }
            Format::Json => Self::Json(json::Document::begin(destination, audit)?),
            Format::Csv => Self::Csv(Box::new(csv::Lines::begin(destination, audit)?)),
            Format::Html => Self::Html(Box::new(Page::new(&audit.parameters)), destination),
        })
    }

    /// Whether there is no place in the format for what a reader has to know.
    pub(crate) fn has_no_notes(&self) -> bool {
        matches!(self, Self::Csv(_) | Self::Ocsf(_) | Self::Asff(_))
    }

    /// Adds an account.
    ///
    /// # Errors
    ///
    /// It could not be written.
    pub(crate) fn account(&mut self, account: &Account) -> io::Result<()> {
        match self {
            Self::Table(findings, ..) | Self::Markdown(findings, _) => findings.add(account),
            Self::Ocsf(document) => document.account(account)?,
            Self::Asff(document) => document.account(account)?,
            Self::Json(document) => document.account(account)?,
            Self::Csv(lines) => lines.account(account)?,
            Self::Html(page, _) => page.add(account.clone()),
        }
        Ok(())
    }

    /// Ends the result.
    ///
    /// # Errors
    ///
    /// It could not be written.
    pub(crate) fn end(self, audit: &Audit, summary: &Summary) -> io::Result<()> {
        let destination = match self {
            Self::Table(findings, terminal, mut destination) => {
                table::write(&findings, &mut destination, audit, summary, terminal)?;
                destination
            }
            Self::Markdown(findings, mut destination) => {
                markdown::write(&findings, &mut destination, audit, summary)?;
                destination
            }
            Self::Ocsf(document) => document.end()?,
            Self::Asff(document) => document.end()?,
            Self::Json(document) => document.end(audit, summary)?,
            Self::Csv(lines) => lines.end()?,
            Self::Html(page, mut destination) => {
                page.write(audit, summary, &mut destination)?;
                destination
            }
        };
        destination.finish()
    }
}
