//! `setupkey audit`: which users have an access key that was created with the user. Here: its arguments, and what
//! is done in which order. Not here: what a verdict is (`setupkey-rule`).

pub(crate) mod accounts;
mod creators;
pub(crate) mod destination;
pub(crate) mod evidence;
pub(crate) mod live;
pub(crate) mod login;
pub(crate) mod model;
pub(crate) mod offline;
mod output;
pub(crate) mod progress;
pub(crate) mod report_file;
pub(crate) mod view;

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use futures::StreamExt as _;
use setupkey_aws::AssumeRole;
use setupkey_history::Period;
use setupkey_rule::parameters::RuleParameters;
use tokio::runtime::Runtime;

use self::accounts::{InOrder, Role, Target};
use self::live::Reading;
use self::login::LoginArgs;
use self::model::Audit;
use self::output::{Output, OutputArgs};
use self::progress::Progress;
use crate::history::report::Report;
use crate::outcome::{Failure, Outcome};
use crate::parameters::ParameterArgs;

/// The heading of the options that say what is read.
pub(crate) const SOURCE: &str = "What is read";

/// What `audit` is given.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Audit a credential report offline, without AWS; a file or a folder, `-` is standard input, several are accepted
    #[arg(long, value_name = "FILE", help_heading = SOURCE, conflicts_with_all = ["profile", "region"])]
    credential_report: Vec<PathBuf>,
    /// Read every user from IAM instead of using the credential report
    #[arg(long, help_heading = SOURCE, conflicts_with = "credential_report")]
    live: bool,
    /// Log files of CloudTrail, or folders of them: add who created each key, and the period to the page; several are
    /// accepted, and `setupkey history` says more
    #[arg(long, value_name = "PATH", help_heading = SOURCE)]
    history: Vec<PathBuf>,
    /// How many seconds the reading of one account can take; what is not read by then is reported as not read
    #[arg(long, value_name = "SECONDS", help_heading = SOURCE, default_value_t = 1800,
        value_parser = clap::value_parser!(u32).range(1..=86_400))]
    account_timeout: u32,
    #[command(flatten)]
    login: LoginArgs,
    #[command(flatten)]
    several: Several,
    #[command(flatten)]
    parameters: ParameterArgs,
    #[command(flatten)]
    output: OutputArgs,
    /// The time of the audit, where a result has to come out the same again: that of the sample in docs/
    #[arg(long, value_name = "TIME", hide = true)]
    at: Option<DateTime<Utc>>,
}

/// Several accounts.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Several accounts")]
struct Several {
    /// Comma-separated account IDs, or a file with one ID per line
    #[arg(long, value_name = "FILE|ID,ID", requires = "role_name", conflicts_with = "credential_report")]
    accounts: Option<String>,
    /// Every active account of the organization; your own account is read with your own credentials
    #[arg(long, requires = "role_name", conflicts_with_all = ["credential_report", "accounts"])]
    organization: bool,
    /// Account IDs to leave out, as for `--accounts`
    #[arg(long, value_name = "FILE|ID,ID", requires = "role_name")]
    exclude: Option<String>,
    /// Role to assume in each account: a name, with its path if it has one, or an ARN
    #[arg(long, value_name = "NAME|ARN")]
    role_name: Option<String>,
    /// External ID that the trust policy of the role requires
    #[arg(long, value_name = "ID", requires = "role_name")]
    external_id: Option<String>,
    /// Name of the sessions in CloudTrail [default: setupkey]
    #[arg(long, value_name = "NAME", requires = "role_name", value_parser = session_name)]
    role_session_name: Option<String>,
    /// How long the credentials of a role hold, in seconds [default: 3600]
    #[arg(long, value_name = "SECONDS", requires = "role_name",
        value_parser = clap::value_parser!(i32).range(900..=43_200))]
    duration_seconds: Option<i32>,
    /// How many accounts are read at a time
    #[arg(long, value_name = "COUNT", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=512))]
    concurrency: u16,
}

/// A name that STS takes for a session (STS API reference, AssumeRole).
fn session_name(text: &str) -> Result<String, String> {
    let accepted = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if (2..=64).contains(&text.len()) && text.chars().all(accepted) {
        Ok(text.to_owned())
    } else {
        Err("expected 2 to 64 letters, digits or _+=,.@-".to_owned())
    }
}

impl Several {
    /// The role, if several accounts are asked for.
    fn role(&self) -> Result<Option<Role>, String> {
        let Some(name) = &self.role_name else { return Ok(None) };
        if self.accounts.is_none() && !self.organization {
            return Err("`--role-name` needs `--accounts` or `--organization`".to_owned());
        }
        let assume = AssumeRole {
            external_id: self.external_id.clone(),
            session_name: self.role_session_name.clone(),
            duration_seconds: self.duration_seconds,
        };
        Role::parse(name, assume).map(Some)
    }
}

impl Args {
    /// How accounts are read.
    fn reading<'a>(
        &self,
        parameters: &'a RuleParameters,
        at: DateTime<Utc>,
        progress: &'a Progress,
    ) -> Reading<'a> {
        let timeout = Duration::from_secs(self.account_timeout.into());
        Reading { parameters, at, live: self.live, timeout, progress }
    }
}

/// Audits and writes the result.
pub(crate) fn run(args: &Args) -> Outcome {
    match try_run(args) {
        Ok(Outcome::Flagged) if args.output.exit_zero => Outcome::NothingFlagged,
        Ok(outcome) => outcome,
        Err(failure) => failure.said(),
    }
}

fn try_run(args: &Args) -> Result<Outcome, Failure> {
    let parameters = args.parameters.parse().map_err(|error| error.to_string())?;
    let role = args.several.role()?;
    let given =
        args.several.accounts.as_deref().map(|given| accounts::parse("--accounts", given)).transpose()?;
    let exclude =
        args.several.exclude.as_deref().map(|given| accounts::parse("--exclude", given)).transpose()?;
    args.output.check()?;
    let is_stdin = |path: &&PathBuf| path.as_path() == Path::new("-");
    if args.credential_report.iter().chain(&args.history).filter(is_stdin).count() > 1 {
        return Err("`-` is standard input, which can be given once".to_owned().into());
    }
    let mut audit = Audit {
        version: env!("CARGO_PKG_VERSION"),
        command: evidence::command(),
        caller_arn: None,
        region: None,
        time: args.at.unwrap_or_else(now),
        parameters,
        notes: Vec::new(),
        history: None,
    };
    if !args.history.is_empty() {
        let period = Period { since: None, until: None };
        audit.history = Some(Arc::new(Report::of_files(&args.history, period, audit.parameters.clone())?));
    }
    if args.at.is_some() {
        audit.notes.push("the time of this audit was set with `--at`, not read from the clock".to_owned());
    }
    if !args.credential_report.is_empty() {
        return offline(args, audit);
    }
    runtime()?.block_on(async {
        tokio::select! {
            outcome = live(args, audit, role, given, exclude) => outcome,
            // what was begun is dropped: no half of a file stays
            _ = tokio::signal::ctrl_c() => Err("interrupted; nothing was written".to_owned().into()),
        }
    })
}

async fn live(
    args: &Args,
    mut audit: Audit,
    role: Option<Role>,
    given: Option<Vec<String>>,
    exclude: Option<Vec<String>>,
) -> Result<Outcome, Failure> {
    let (session, caller) = args.login.open().await?;
    audit.caller_arn = Some(caller.arn.clone());
    audit.region = Some(session.region().to_owned());
    let Some(role) = role else {
        let mut output = Output::begin(audit, &args.output)?;
        let (parameters, at) = (output.audit.parameters.clone(), output.audit.time);
        let progress = Progress::begin(None, args.output.quiet);
        let reading = args.reading(&parameters, at, &progress);
        let read = reading.own_account(&session, caller, None).await;
        progress.end();
        output.add_read(read)?;
        return output.end();
    };
    let mut targets: Vec<Target> = if args.several.organization {
        let listed = session.organization_accounts().await.map_err(|error| error.to_string())?;
        listed.into_iter().map(Target::from).collect()
    } else {
        let ids = given.unwrap_or_default().into_iter();
        ids.map(|account_id| Target { account_id, name: None }).collect()
    };
    let exclude = exclude.unwrap_or_default();
    targets.retain(|target| !exclude.contains(&target.account_id));
    if targets.is_empty() {
        return Err("no accounts are left to audit".to_owned().into());
    }
    let mut output = Output::begin(audit, &args.output)?;
    let (parameters, at) = (output.audit.parameters.clone(), output.audit.time);
    let progress = Progress::begin(Some(targets.len()), args.output.quiet);
    let reading = args.reading(&parameters, at, &progress);
    let entering = live::Entering {
        session: &session,
        caller: &caller,
        role: &role,
        enters_own_account: !args.several.organization,
    };
    let mut reads = pin!(reading.accounts(entering, targets, usize::from(args.several.concurrency)));
    let mut order = InOrder::new();
    while let Some((place, read)) = reads.next().await {
        progress.account_read();
        progress.aside(|| order.add(place, read).into_iter().try_for_each(|read| output.add_read(read)))?;
        if output.is_closed() {
            break;
        }
    }
    progress.end();
    order.rest().try_for_each(|read| output.add_read(read))?;
    output.end()
}

fn offline(args: &Args, mut audit: Audit) -> Result<Outcome, Failure> {
    let files = report_file::read_all(&args.credential_report)?;
    let (accounts, notes) =
        offline::accounts(&files, &audit.parameters, args.output.shows_everybody(), audit.time)?;
    audit.notes.extend(notes);
    let mut output = Output::begin(audit, &args.output)?;
    accounts.into_iter().try_for_each(|account| output.add(account))?;
    output.end()
}

pub(crate) fn runtime() -> Result<Runtime, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| format!("cannot start: {error}"))
}

/// The time of an audit: exemptions are judged at it, and it stands in the result.
#[expect(clippy::disallowed_methods, reason = "the one place of the command line that asks what time it is")]
pub(crate) fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}
