//! `setupkey explain`: every fact about one user, the verdict under every criterion, why, and the remedy.
//! Here: how the facts are read. The words are in `words`.

mod words;

use std::time::Duration;

use setupkey_aws::{Aws, AwsError, Session};
use setupkey_rule::decision::{Fact, Step, next};
use setupkey_rule::exemption::{self, Tagged as Tags};
use setupkey_rule::facts::UserFacts;
use setupkey_rule::iam::UserName;
use setupkey_rule::parameters::RuleParameters;
use setupkey_rule::verdict::ComplianceType;
use tokio::time::Instant;

use crate::audit::model::{Tagged, User};
use crate::audit::{self, offline};
use crate::outcome::{Outcome, failed, print};
use crate::parameters::ParameterArgs;

/// One user is read within this time, or not at all.
const MAX_TIME: Duration = Duration::from_secs(300);

/// What `explain` is given.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The name of the user
    user: String,
    #[command(flatten)]
    source: audit::Source,
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
    try_run(args).unwrap_or_else(failed)
}

fn try_run(args: &Args) -> Result<Outcome, String> {
    let parameters = args.parameters.parse().map_err(|error| error.to_string())?;
    let explained = if args.source.credential_report.is_some() {
        from_report(args, parameters)?
    } else {
        audit::runtime()?.block_on(live(args, parameters))?
    };
    print(words::text(&explained).as_bytes()).map_err(|error| format!("cannot write the result: {error}"))?;
    Ok(match explained.user.compliance_type {
        Some(ComplianceType::NonCompliant) => Outcome::Flagged,
        Some(ComplianceType::Compliant | ComplianceType::NotApplicable) => Outcome::NothingFlagged,
        None => failed(offline::missing(&explained.user)),
    })
}

fn from_report(args: &Args, parameters: RuleParameters) -> Result<Explained, String> {
    let file = args.source.credential_report.as_deref().unwrap_or("-".as_ref());
    let mut found = None;
    let mut twice = false;
    offline::each_user(&offline::read_file(file)?, |user_name, arn, row| {
        // IAM compares names without case
        if user_name.as_str().eq_ignore_ascii_case(&args.user) {
            twice = found.is_some();
            found = Some(User::of_report(user_name, arn, &row, &parameters));
        }
    })?;
    let user = found.ok_or_else(|| format!("no user `{}` in the credential report", args.user))?;
    if twice {
        return Err(offline::twice(&user.arn));
    }
    Ok(Explained { user, parameters, notes: &offline::NOTES })
}

async fn live(args: &Args, parameters: RuleParameters) -> Result<Explained, String> {
    let name = UserName::parse(&args.user).map_err(|error| error.to_string())?;
    let session = Session::open(args.source.profile.as_deref(), args.source.region.as_deref()).await;
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
