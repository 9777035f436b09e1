//! `setupkey history`: what happened in a period, who did it, and what was erased since. Here: its arguments, and how
//! the result is judged. Not here: what an episode is (`setupkey-history`).

mod files;
mod lookup;
mod period;
mod view;

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Map, json};
use setupkey_aws::CloudTrail;
use setupkey_history::{Episode, History, Period};
use setupkey_rule::parameters::RuleParameters;

use self::files::NotRead;
use self::lookup::{LookedUp, Lookup};
use self::view::Format;
use crate::audit::destination::Destination;
use crate::audit::login::LoginArgs;
use crate::audit::{now, runtime};
use crate::outcome::{Failure, Outcome, say};

/// What `history` is given.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Log files of CloudTrail (.json, .json.gz), folders of them, or `-` for standard input
    #[arg(value_name = "PATH", required_unless_present = "live", conflicts_with = "live")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    live: LiveArgs,
    /// The beginning of the period: a day (UTC) or a time, as 2026-01-01 or 2026-01-01T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = period::since)]
    since: Option<DateTime<Utc>>,
    /// The end of the period, included: a day (UTC) or a time
    #[arg(long, value_name = "TIME", value_parser = period::until)]
    until: Option<DateTime<Utc>>,
    #[command(flatten)]
    parameters: ParameterArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: Format,
    /// Output file; `-` is standard output, which is the default
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
}

/// The event history of the account itself.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Event history")]
struct LiveArgs {
    /// Read the event history of the account (LookupEvents): the last 90 days, two calls a second
    #[arg(long)]
    live: bool,
    /// Save what is looked up in this file, page by page, and continue from it if it exists
    #[arg(long, value_name = "FILE", requires = "live")]
    save: Option<PathBuf>,
    /// Profile of the shared AWS config and credentials files; overrides credentials in the environment
    #[arg(long, requires = "live")]
    profile: Option<String>,
    /// Region whose STS endpoint is called; events are read in the partition's region for IAM
    #[arg(long, requires = "live")]
    region: Option<String>,
    /// The time between two calls, where a test need not wait
    #[arg(long, hide = true, value_parser = clap::value_parser!(u64).range(1..))]
    pace_milliseconds: Option<u64>,
}

/// The parameters of the rule that matter here.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Rule parameters")]
struct ParameterArgs {
    /// Which users count: `console-users` need a console password at any time in the period, `all-users` do not
    /// [default: console-users]
    #[arg(long, value_name = "SCOPE")]
    scope: Option<String>,
    /// How many seconds apart a user and a key can be created and still count as created together, both ends included,
    /// 0 to 86400 [default: 60]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    setup_window_seconds: Option<String>,
    /// The prefix of the tags that exempt a user; `none` to leave them out [default: setup-key-exception]
    #[arg(long, value_name = "PREFIX")]
    exception_tag_prefix: Option<String>,
}

impl ParameterArgs {
    fn parse(&self) -> Result<RuleParameters, String> {
        let flags = [
            ("scope", &self.scope),
            ("setupWindowSeconds", &self.setup_window_seconds),
            ("exceptionTagPrefix", &self.exception_tag_prefix),
        ];
        let given =
            flags.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value.as_ref()?))));
        let given: Map<_, _> = given.collect();
        RuleParameters::parse(Some(&json!(given).to_string())).map_err(|error| error.to_string())
    }
}

/// What every format shows.
pub(crate) struct Report {
    /// What was asked.
    parameters: RuleParameters,
    /// What happened.
    history: History,
    /// How many files were read to their end.
    files_read: u64,
    /// How many files of the folders are no log files.
    files_passed_over: u64,
    /// What could not be read, or not to its end.
    not_read: Vec<NotRead>,
    /// What was looked up, if the records are of the event history.
    lookup: Option<Lookup>,
}

/// Reads the records and writes the result.
pub(crate) fn run(args: &Args) -> Outcome {
    try_run(args).unwrap_or_else(Failure::said)
}

fn try_run(args: &Args) -> Result<Outcome, Failure> {
    let parameters = args.parameters.parse()?;
    let period = period::checked(Period { since: args.since, until: args.until }, now())?;
    let destination = Destination::open(args.output.as_deref())?;
    let (files::Read { trail, files_read, files_passed_over, not_read }, lookup) = if args.live.live {
        let LookedUp { trail, lookup, not_read } = look_up(&args.live, period)?;
        (files::Read { trail, not_read, ..files::Read::default() }, Some(lookup))
    } else {
        (files::read(&args.paths, period), None)
    };
    for NotRead { path, reason } in &not_read {
        say("error", format!("{path}: {reason}"));
    }
    if files_read == 0 && not_read.is_empty() && lookup.is_none() {
        return Err("no log files of CloudTrail (.json, .json.gz) were found".to_owned().into());
    }
    let history = trail.history(&parameters);
    let report = Report { parameters, history, files_read, files_passed_over, not_read, lookup };
    match view::write(args.format, destination, &report) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(format!("cannot write the result: {error}").into())
        }
        _ => Ok(report.outcome()),
    }
}

fn look_up(args: &LiveArgs, period: Period) -> Result<LookedUp, Failure> {
    let pace = args.pace_milliseconds.map_or(CloudTrail::PACE, Duration::from_millis);
    runtime()?.block_on(async {
        let login = LoginArgs { profile: args.profile.clone(), region: args.region.clone() };
        let (session, caller) = login.open().await?;
        Ok(lookup::read(&session, caller, period, args.save.as_deref(), pace, now()).await?)
    })
}

impl Report {
    fn violations(&self) -> impl Iterator<Item = &Episode> {
        self.history.episodes.iter().filter(|episode| episode.violation)
    }

    /// Whether every file was read, every record that matters understood, and no gap was seen.
    fn is_complete(&self) -> bool {
        self.not_read.is_empty() && self.history.is_complete()
    }

    fn outcome(&self) -> Outcome {
        if !self.is_complete() {
            Outcome::Failed
        } else if self.violations().next().is_some() {
            Outcome::Flagged
        } else {
            Outcome::NothingFlagged
        }
    }

    /// What the reader must know about the records: what is missing, and what cannot be known.
    fn notes(&self) -> Vec<String> {
        let coverage = &self.history.coverage;
        let mut notes = Vec::new();
        let mut count = |count: u64, what: &str| {
            if count > 0 {
                notes.push(format!("{count} {what}"));
            }
        };
        count(
            coverage.not_understood,
            "records concern a user but lack fields that are needed; they are not used",
        );
        count(coverage.not_records, "JSON objects are not CloudTrail records; they are not used");
        count(coverage.left_out, "records were left out because there are too many; choose a shorter period");
        let gaps = self.history.episodes.iter().filter(|episode| !episode.is_complete()).count();
        count(gaps as u64, "users have a gap: a later record shows that an earlier one is missing");
        let period = &self.history.period;
        let start = period.since.or(coverage.first_event);
        let end = period.until.or(coverage.last_event);
        if let (Some(start), Some(end)) = (start, end) {
            let [start, end] = [start, end].map(crate::text::time);
            notes.push(format!(
                "users who were created before {start} are not judged: their creation is not in the period"
            ));
            if self.lookup.is_some() {
                notes.push(
                    "events can take some minutes to appear in the event history, which keeps them for 90 days"
                        .to_owned(),
                );
                return notes;
            }
            notes.push(
                "a day without events can be a day without calls, a gap in the trail, or missing log files"
                    .to_owned(),
            );
            notes.push(format!(
                "log files can be changed after delivery; validate them: aws cloudtrail validate-logs --trail-arn TRAIL_ARN \
                 --start-time {start} --end-time {end}"
            ));
        }
        notes
    }
}
