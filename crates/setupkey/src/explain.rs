//! `setupkey explain`: every fact about one user, the verdict under every criterion, why, and the remedy.
//! Here: how the facts are read. The words are in `words`.

mod words;

use std::path::{Path, PathBuf};
use std::time::Duration;

use setupkey_aws::{Aws, AwsError};
use setupkey_rule::decision::{Fact, Step, next};
use setupkey_rule::exemption::{self, Tagged as Tags};
use setupkey_rule::facts::UserFacts;
use setupkey_rule::iam::UserName;
use setupkey_rule::parameters::RuleParameters;
use setupkey_rule::verdict::ComplianceType;
use tokio::time::Instant;

use crate::audit::login::LoginArgs;
use crate::audit::model::{Tagged, User};
use crate::audit::{self, offline, report_file};
use crate::outcome::{Failure, Outcome, failed, print};
use crate::parameters::ParameterArgs;

/// One user is read within this time, or not at all.
const MAX_TIME: Duration = Duration::from_secs(300);

/// What `explain` is given.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The name of the user
    user: String,
    /// Explain the user of a credential report offline, without AWS; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["profile", "region"])]
    credential_report: Option<PathBuf>,
    #[command(flatten)]
    login: LoginArgs,
    #[command(flatten)]
    parameters: ParameterArgs,
}

/// A user to be explained.
struct Explained {
    user: User,
    parameters: RuleParameters,
    notes: &'static [&'static str],
}

/// Explains the user.
pub(crate) fn run(args: &Args) -> Outcome {
    try_run(args).unwrap_or_else(Failure::said)
}

fn try_run(args: &Args) -> Result<Outcome, Failure> {
    let parameters = args.parameters.parse().map_err(|error| error.to_string())?;
    let explained = match &args.credential_report {
        Some(file) => from_report(args, file, parameters)?,
        None => audit::runtime()?.block_on(live(args, parameters))?,
    };
    print(words::text(&explained).as_bytes()).map_err(|error| format!("cannot write the result: {error}"))?;
    Ok(match explained.user.compliance_type {
        Some(ComplianceType::NonCompliant) => Outcome::Flagged,
        Some(ComplianceType::Compliant | ComplianceType::NotApplicable) => Outcome::NothingFlagged,
        None => failed(offline::missing(&explained.user)),
    })
}

fn from_report(args: &Args, file: &Path, parameters: RuleParameters) -> Result<Explained, String> {
    let mut found = None;
    let mut twice = false;
    for file in report_file::read_all(&[file.to_owned()])? {
        offline::each_user(&file.csv, |user_name, arn, row| {
            // IAM compares names without case
            if user_name.as_str().eq_ignore_ascii_case(&args.user) {
                twice = found.is_some();
                found = Some(User::of_report(user_name, arn, &row, &parameters));
            }
        })?;
    }
    let user = found.ok_or_else(|| format!("no user `{}` in the credential report", args.user))?;
    if twice {
        return Err(offline::twice(&user.arn));
    }
    Ok(Explained { user, parameters, notes: &offline::NOTES })
}

async fn live(args: &Args, parameters: RuleParameters) -> Result<Explained, Failure> {
    let name = UserName::parse(&args.user).map_err(|error| error.to_string())?;
    let (session, _) = args.login.open().await?;
    let read = every_fact(&session.aws(), &name).await.map_err(|error| error.to_string())?;
    let facts = read.ok_or_else(|| format!("no user `{name}` in the account"))?;
    let now = audit::now();
    let decision = match next(&facts, &parameters, now) {
        Step::Decided(decision) => Some(decision),
        Step::Read(_) => None,
    };
    let mut user = User::of_account(&facts, decision.as_ref(), &parameters);
    // what the tags say, whether or not the user would be flagged
    let tags = facts.tags().zip(parameters.exception_tag_prefix.as_deref());
    user.exemption = tags.and_then(|(tags, prefix)| match exemption::read(tags, prefix, now) {
        Tags::Nothing => None,
        Tags::Exempt(exemption) => Some(Tagged::InForce(exemption)),
        Tags::Void(void) => Some(Tagged::Void(void)),
    });
    Ok(Explained { user, parameters, notes: &[] })
}

/// Reads all facts, also those that the verdict does not need. `None` says that no user has the name.
async fn every_fact(aws: &Aws, name: &UserName) -> Result<Option<UserFacts>, AwsError> {
    let until = Instant::now() + MAX_TIME;
    let Some((user, tags)) = aws.user(name, until).await? else { return Ok(None) };
    let mut facts = UserFacts::new(user, None);
    facts.learn_tags(tags);
    if !aws.learn(&Fact::AccessKeys, &mut facts, until).await? {
        return Ok(None);
    }
    let keys = facts.keys().unwrap_or_default().iter().map(|key| key.access_key.access_key_id.clone());
    for fact in keys.map(Fact::LastUsed).chain([Fact::ConsolePassword]).collect::<Vec<_>>() {
        aws.learn(&fact, &mut facts, until).await?;
    }
    Ok(Some(facts))
}
