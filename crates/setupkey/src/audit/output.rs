//! The result on its way out: to standard output, or to several files from one reading.

use std::io;
use std::path::{Path, PathBuf};

use super::creators::Creators;
use super::destination::Destination;
use super::live::Read;
use super::model::{Account, Audit, Summary};
use super::view::findings::period;
use super::view::{Format, View};
use crate::outcome::{Failure, Outcome, say};

/// How the result is written.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Output format on standard output, and of files whose name does not say it [default: table]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write to this file instead of standard output; can be given several times. The format follows from the name:
    /// .txt, .json, .csv, .html, .md, .ocsf.json, .asff.json
    #[arg(short, long, value_name = "FILE")]
    output: Vec<PathBuf>,
    /// Exit with 0 instead of 1 if something is flagged; errors still exit with 2
    #[arg(long)]
    pub(crate) exit_zero: bool,
    /// Print no progress and no notes on standard error
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Print on standard error how each account was read
    #[arg(short, long)]
    verbose: bool,
}

impl OutputArgs {
    /// Refuses files whose format is not clear, before anything is read.
    pub(crate) fn check(&self) -> Result<(), String> {
        let targets = self.targets()?;
        let stdout = targets.iter().filter(|(_, path)| path.is_none()).count();
        if stdout > 1 {
            return Err("`--output -` can be given once".to_owned());
        }
        for (place, path) in self.output.iter().enumerate() {
            if self.output.iter().take(place).any(|other| other == path) {
                return Err(format!("`--output {}` is given twice", path.display()));
            }
        }
        Ok(())
    }

    /// Whether a format shows compliant users, and does not only count them.
    pub(crate) fn shows_everybody(&self) -> bool {
        self.targets().is_ok_and(|targets| targets.iter().any(|(format, _)| format.shows_everybody()))
    }

    /// The format and the file of each output; no file is standard output.
    fn targets(&self) -> Result<Vec<(Format, Option<&Path>)>, String> {
        if self.output.is_empty() {
            return Ok(vec![(self.format.unwrap_or_default(), None)]);
        }
        self.output.iter().map(|path| self.target(path)).collect()
    }

    fn target<'a>(&self, path: &'a Path) -> Result<(Format, Option<&'a Path>), String> {
        if path == Path::new("-") {
            return Ok((self.format.unwrap_or_default(), None));
        }
        let name = path.display();
        match (self.format, Format::of_name(path)) {
            (Some(given), Some(named)) if given != named && self.output.len() == 1 => Err(format!(
                "`--format {}` and `--output {name}` contradict each other; leave out `--format`",
                given.name()
            )),
            (_, Some(named)) => Ok((named, Some(path))),
            (Some(given), None) => Ok((given, Some(path))),
            // a device or a pipe has no name that could say it
            (None, None)
                if path.starts_with("/dev") || (path.exists() && !path.is_file() && !path.is_dir()) =>
            {
                Ok((Format::default(), Some(path)))
            }
            (None, None) => Err(format!(
                "`--output {name}` does not say which format: end the name in .txt, .json, .csv, .html, .md, \
                 .ocsf.json or .asff.json, or add `--format`"
            )),
        }
    }
}

/// One output.
struct Sink {
    // none once nothing reads it any more
    view: Option<View>,
    path: Option<PathBuf>,
}

/// The result on its way out.
pub(super) struct Output {
    pub(super) audit: Audit,
    creators: Option<Creators>,
    summary: Summary,
    sinks: Vec<Sink>,
    is_quiet: bool,
    is_verbose: bool,
}

impl Output {
    pub(super) fn begin(audit: Audit, args: &OutputArgs) -> Result<Self, Failure> {
        let mut sinks = Vec::new();
        for (format, path) in args.targets()? {
            let view =
                View::begin(format, Destination::open(path)?, &audit).map_err(|error| unwritten(&error))?;
            sinks.push(Sink { view: Some(view), path: path.map(Path::to_owned) });
        }
        let (is_quiet, is_verbose) = (args.quiet, args.verbose);
        let creators = audit.history.clone().map(Creators::of);
        Ok(Self { audit, creators, summary: Summary::default(), sinks, is_quiet, is_verbose })
    }

    /// Whether nothing reads any of it any more.
    pub(super) fn is_closed(&self) -> bool {
        self.sinks.iter().all(|sink| sink.view.is_none())
    }

    pub(super) fn add_read(&mut self, read: Read) -> Result<(), Failure> {
        // the same note of many accounts is said once
        for note in read.notes {
            if !self.audit.notes.contains(&note) {
                self.audit.notes.push(note);
            }
        }
        if self.is_verbose {
            let name = read.account.account_id.as_deref().unwrap_or("unknown");
            read.told.iter().for_each(|line| say("account", format!("{name}: {line}")));
        }
        self.add(read.account)
    }

    pub(super) fn add(&mut self, mut account: Account) -> Result<(), Failure> {
        if let Some(creators) = &self.creators {
            creators.add_to(&mut account);
        }
        let account = &account;
        self.summary.add(account);
        let name = account.account_id.as_deref().unwrap_or("unknown");
        for (reason, who) in account.causes() {
            say("error", format!("account {name}: {who}{reason}"));
        }
        for sink in &mut self.sinks {
            if let Some(view) = &mut sink.view
                && is_closed(view.account(account))?
            {
                sink.view = None;
            }
        }
        Ok(())
    }

    pub(super) fn end(self) -> Result<Outcome, Failure> {
        let shows_notes = |sink: &Sink| sink.view.as_ref().is_some_and(|view| !view.has_no_notes());
        if !self.is_quiet && !self.sinks.iter().any(shows_notes) {
            self.audit.notes.iter().for_each(|note| say("note", note));
            period(&self.audit).iter().for_each(|line| say("note", line));
        }
        for sink in self.sinks {
            let Some(view) = sink.view else { continue };
            is_closed(view.end(&self.audit, &self.summary))?;
            if let Some(path) = sink.path.filter(|_| !self.is_quiet) {
                say("wrote", path.display());
            }
        }
        let is_complete = self.audit.is_complete(&self.summary);
        Ok(if is_complete { self.summary.outcome() } else { Outcome::Failed })
    }
}

/// Whether the reader has gone, which is not an error: `| head` does so.
fn is_closed(written: io::Result<()>) -> Result<bool, Failure> {
    match written {
        Ok(()) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(true),
        Err(error) => Err(unwritten(&error)),
    }
}

fn unwritten(error: &io::Error) -> Failure {
    format!("cannot write the result: {error}").into()
}
