//! `setupkey audit`: who was handed an access key together with the user. Here: its arguments, and what is
//! done in which order. Not here: what a verdict is (`setupkey-rule`).

pub(crate) mod accounts;
pub(crate) mod destination;
pub(crate) mod live;
pub(crate) mod model;
pub(crate) mod offline;
pub(crate) mod progress;
pub(crate) mod view;

use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use futures::StreamExt as _;
use setupkey_aws::Session;
use tokio::runtime::Runtime;

use self::destination::Destination;
use self::live::{Read, Reading, Role};
use self::model::{Account, Audit, Summary};
use self::progress::Progress;
use self::view::{Format, View};
use crate::outcome::{Outcome, failed, say};
use crate::parameters::ParameterArgs;

/// What `audit` is given.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    source: Source,
    /// Read every user live and leave the credential report out
    #[arg(long, conflicts_with = "credential_report")]
    live: bool,
    #[command(flatten)]
    several: Several,
    #[command(flatten)]
    parameters: ParameterArgs,
    /// How the result is written
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: Format,
    /// Where the result is written; `-` is standard output, as without it
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
    /// The time of the audit, where a result has to come out the same again: that of the sample in docs/
    #[arg(long, value_name = "TIME", hide = true)]
    at: Option<DateTime<Utc>>,
}

/// Where the facts come from.
#[derive(Debug, clap::Args)]
pub(crate) struct Source {
    /// Judge a credential report offline, without AWS; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["profile", "region"])]
    pub(crate) credential_report: Option<PathBuf>,
    /// The profile of the shared AWS config and credentials files
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// The region to call; IAM is the same in all regions of a partition
    #[arg(long)]
    pub(crate) region: Option<String>,
}

/// Several accounts.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Several accounts")]
struct Several {
    /// The accounts: ids by comma, or a file with an id a line
    #[arg(long, value_name = "FILE|ID,ID", requires = "role_name", conflicts_with = "credential_report")]
    accounts: Option<String>,
    /// The role to assume in each account, with its path if it has one
    #[arg(long, value_name = "NAME", requires = "accounts")]
    role_name: Option<String>,
    /// The external id that the role's trust policy asks for
    #[arg(long, value_name = "ID", requires = "role_name")]
    external_id: Option<String>,
}

/// Audits and writes the result.
pub(crate) fn run(args: &Args) -> Outcome {
    try_run(args).unwrap_or_else(failed)
}

fn try_run(args: &Args) -> Result<Outcome, String> {
    let parameters = args.parameters.parse().map_err(|error| error.to_string())?;
    let ids = args.several.accounts.as_deref().map(accounts::parse).transpose()?;
    let time = args.at.unwrap_or_else(now);
    let audit = Audit { version: env!("CARGO_PKG_VERSION"), time, parameters, notes: Vec::new() };
    let Some(file) = &args.source.credential_report else {
        let output = Output::begin(audit, args.format, args.output.as_deref())?;
        return runtime()?.block_on(read_accounts(args, ids.as_deref(), output));
    };
    let account =
        offline::account(&offline::read_file(file)?, &audit.parameters, args.format.shows_everybody())?;
    let mut output = Output::begin(audit, args.format, args.output.as_deref())?;
    output.audit.notes.extend(offline::NOTES.map(str::to_owned));
    output.add(account)?;
    output.end()
}

async fn read_accounts(args: &Args, ids: Option<&[String]>, mut output: Output) -> Result<Outcome, String> {
    let (parameters, at) = (output.audit.parameters.clone(), output.audit.time);
    let progress = Progress::begin();
    let reading = Reading { parameters: &parameters, at, live: args.live, progress: &progress };
    let session = Session::open(args.source.profile.as_deref(), args.source.region.as_deref()).await;
    let (Some(ids), Some(role_name)) = (ids, &args.several.role_name) else {
        let read = reading.own_account(&session).await;
        progress.aside(|| output.add_read(read))?;
        progress.end();
        return output.end();
    };
    let caller = session.caller().await.map_err(|error| error.to_string())?;
    let role =
        Role { name: role_name.trim_start_matches('/'), external_id: args.several.external_id.as_deref() };
    let mut reads = pin!(reading.accounts(&session, &caller, ids, role));
    while let Some(read) = reads.next().await {
        progress.aside(|| output.add_read(read))?;
        if output.is_closed {
            break;
        }
    }
    progress.end();
    output.end()
}

/// The result on its way out.
struct Output {
    audit: Audit,
    summary: Summary,
    view: View,
    // nobody reads it any more
    is_closed: bool,
}

impl Output {
    fn begin(audit: Audit, format: Format, path: Option<&Path>) -> Result<Self, String> {
        let view =
            View::begin(format, Destination::open(path)?, &audit).map_err(|error| unwritten(&error))?;
        Ok(Self { audit, summary: Summary::default(), view, is_closed: false })
    }

    fn add_read(&mut self, read: Read) -> Result<(), String> {
        // the same note of many accounts is said once
        let note = read.note.filter(|note| !self.audit.notes.contains(note));
        self.audit.notes.extend(note);
        self.add(read.account)
    }

    fn add(&mut self, account: Account) -> Result<(), String> {
        self.summary.add(&account);
        let name = account.account_id.as_deref().unwrap_or("unknown");
        for unread in &account.unread {
            match &unread.user_name {
                None => say("error", format!("account {name}: {}", unread.reason)),
                Some(user) => say("error", format!("account {name}: user {user}: {}", unread.reason)),
            }
        }
        if !self.is_closed {
            let written = self.view.account(account);
            self.is_closed = is_closed(written)?;
        }
        Ok(())
    }

    fn end(self) -> Result<Outcome, String> {
        if self.view.has_no_notes() {
            self.audit.notes.iter().for_each(|note| say("note", note));
        }
        if !self.is_closed {
            is_closed(self.view.end(&self.audit, &self.summary))?;
        }
        Ok(self.summary.outcome())
    }
}

/// Whether the reader has gone, which is no error: `| head` does.
fn is_closed(written: io::Result<()>) -> Result<bool, String> {
    match written {
        Ok(()) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(true),
        Err(error) => Err(unwritten(&error)),
    }
}

fn unwritten(error: &io::Error) -> String {
    format!("cannot write the result: {error}")
}

pub(crate) fn runtime() -> Result<Runtime, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| format!("cannot begin: {error}"))
}

/// The time of an audit: exceptions are judged at it, and it stands in the result.
#[expect(clippy::disallowed_methods, reason = "the one place of the command line that asks what time it is")]
pub(crate) fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}
