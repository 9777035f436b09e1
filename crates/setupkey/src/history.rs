//! `setupkey history`: what happened in a period, who did it, and what was erased since. Here: its arguments, and how
//! the result is judged. Not here: what an episode is (`setupkey-history`).

mod files;
mod lookup;
pub(crate) mod members;
mod period;
pub(crate) mod report;
mod view;

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Map, json};
use setupkey_aws::CloudTrail;
use setupkey_history::Period;
use setupkey_rule::parameters::RuleParameters;

use self::lookup::LookedUp;
use self::report::Report;
use self::view::Format;
use crate::audit::destination::Destination;
use crate::audit::login::LoginArgs;
use crate::audit::{now, runtime};
use crate::outcome::{Failure, Outcome};

/// What `history` is given.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Log files of CloudTrail (.json, .json.gz), folders of them, or `-` for standard input
    #[arg(value_name = "PATH", required_unless_present = "live", conflicts_with = "live")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    live: LiveArgs,
    /// The beginning of the period: a day (UTC) or a time, as 2026-01-01 or 2026-01-01T08:00:00Z
    #[arg(long, value_name = "TIME", help_heading = "Period", value_parser = period::since)]
    since: Option<DateTime<Utc>>,
    /// The end of the period, included: a day (UTC) or a time
    #[arg(long, value_name = "TIME", help_heading = "Period", value_parser = period::until)]
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

/// Reads the records and writes the result.
pub(crate) fn run(args: &Args) -> Outcome {
    try_run(args).unwrap_or_else(Failure::said)
}

fn try_run(args: &Args) -> Result<Outcome, Failure> {
    let parameters = args.parameters.parse()?;
    let period = period::checked(Period { since: args.since, until: args.until }, now())?;
    let destination = Destination::open(args.output.as_deref())?;
    let report = if args.live.live {
        Report::of_lookup(look_up(&args.live, period)?, parameters)
    } else {
        Report::of_files(&args.paths, period, parameters)?
    };
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
