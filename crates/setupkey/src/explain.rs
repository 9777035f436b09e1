//! `setupkey explain`: every fact about one user, the verdict under every criterion, why, and the remedy.
//! Here: how the facts are read. The words are in `words`.

mod words;

use chrono::{DateTime, Utc};
use setupkey_aws::{Aws, AwsError, Session};
use setupkey_rule::evaluation::ComplianceType;
use setupkey_rule::exception::{self, Tagged as Tags};
use setupkey_rule::facts::{IamUser, LastUsed, UserFacts, UserName};
use setupkey_rule::known::KnownUser;
use setupkey_rule::parameters::RuleParameters;

use crate::audit::model::{Tagged, User};
use crate::audit::{self, offline};
use crate::outcome::{Outcome, failed, print};
use crate::parameters::ParameterArgs;

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
    known: KnownUser,
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
        None => failed(offline::missing(&explained.known)),
    })
}

fn from_report(args: &Args, parameters: RuleParameters) -> Result<Explained, String> {
    let file = args.source.credential_report.as_deref().unwrap_or("-".as_ref());
    let mut found: Option<(String, String, KnownUser)> = None;
    let mut twice = false;
    offline::each_user(&offline::read_file(file)?, |user_name, arn, known| {
        // IAM compares names without case
        if user_name.eq_ignore_ascii_case(&args.user) {
            twice = found.is_some();
            found = Some((user_name.to_owned(), arn.to_owned(), known));
        }
    })?;
    let (user_name, arn, known) =
        found.ok_or_else(|| format!("no user `{}` in the credential report", args.user))?;
    if twice {
        return Err(offline::twice(&arn));
    }
    let verdict = known.verdict(&parameters);
    let user = User::new((user_name, None, arn), &known, verdict, &parameters);
    Ok(Explained { user, known, parameters, notes: &offline::NOTES })
}

async fn live(args: &Args, parameters: RuleParameters) -> Result<Explained, String> {
    let name = UserName::parse(&args.user).map_err(|error| error.to_string())?;
    let session = Session::open(args.source.profile.as_deref(), args.source.region.as_deref()).await;
    let read = every_fact(&session.aws(), &name).await.map_err(|error| error.to_string())?;
    let facts = read.ok_or_else(|| format!("no user `{name}` in the account"))?;
    let mut known = KnownUser::from_facts(&facts);
    known.sort_keys();
    let exception = tagged(&facts, &parameters, audit::now());
    let verdict = match (known.verdict(&parameters), &exception) {
        (Some(ComplianceType::NonCompliant), Some(Tagged::InForce(_))) => Some(ComplianceType::NotApplicable),
        (verdict, _) => verdict,
    };
    let IamUser { user_name, user_id, arn, .. } = facts.user();
    let names = (user_name.to_string(), Some(user_id.to_string()), arn.clone());
    let user = User { exception, ..User::new(names, &known, verdict, &parameters) };
    Ok(Explained { user, known, parameters, notes: &[] })
}

/// Reads all there is to know, also what the verdict does not need. `None` says that no user has the name.
async fn every_fact(aws: &Aws, name: &UserName) -> Result<Option<UserFacts>, AwsError> {
    let Some(user) = aws.user(name).await? else { return Ok(None) };
    let mut facts = UserFacts::new(user, None);
    let Some(keys) = aws.list_access_keys(name).await? else { return Ok(None) };
    facts.learn_access_keys(keys.clone());
    for key in keys {
        let last_used: Option<LastUsed> = aws.last_used(&key.access_key_id).await?;
        facts.learn_last_used(&key.access_key_id, last_used);
    }
    facts.learn_console_password(aws.console_password(name).await?);
    let Some(tags) = aws.list_user_tags(name).await? else { return Ok(None) };
    facts.learn_tags(tags);
    Ok(Some(facts))
}

/// What the tags say, whether or not the user would be flagged.
fn tagged(facts: &UserFacts, parameters: &RuleParameters, at: DateTime<Utc>) -> Option<Tagged> {
    match exception::read(facts.tags()?, parameters.exception_tag_prefix.as_deref()?, at) {
        Tags::Nothing => None,
        Tags::Excepted(exception) => Some(Tagged::InForce(exception)),
        Tags::Void(void) => Some(Tagged::Void(void)),
    }
}
