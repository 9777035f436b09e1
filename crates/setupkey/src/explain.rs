//! `setupkey explain`: every fact about one user, the verdict under every criterion, why, and the remedy.
//! Here: how the facts are read. The words are in `words`.

mod words;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use serde_json::{Value, json};
use setupkey_aws::{Aws, AwsError, Caller};
use setupkey_rule::decision::{Fact, Step, next};
use setupkey_rule::exemption::{self, Tagged as Tags};
use setupkey_rule::facts::UserFacts;
use setupkey_rule::iam::{AccessKeyId, UserName};
use setupkey_rule::parameters::RuleParameters;
use setupkey_rule::verdict::ComplianceType;
use tokio::time::Instant;

use crate::audit::destination::Destination;
use crate::audit::login::LoginArgs;
use crate::audit::model::{Tagged, User};
use crate::audit::view::json as audit_json;
use crate::audit::{self, SOURCE, offline, report_file};
use crate::outcome::{Failure, Outcome, failed, print};
use crate::parameters::ParameterArgs;

/// One user is read within this time, or not at all.
const MAX_TIME: Duration = Duration::from_secs(300);

/// What `explain` is given.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The name of the user, the ARN, or the user ID
    user: String,
    /// Explain the user of a credential report offline, without AWS; `-` is standard input
    #[arg(long, value_name = "FILE", help_heading = SOURCE, conflicts_with_all = ["profile", "region"])]
    credential_report: Option<PathBuf>,
    #[command(flatten)]
    login: LoginArgs,
    #[command(flatten)]
    parameters: ParameterArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: Format,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
}

/// How the explanation is written.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Table,
    /// For scripts
    Json,
}

/// A user to be explained.
struct Explained {
    account_id: Option<String>,
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
    let text = match args.format {
        Format::Table => words::text(&explained),
        Format::Json => format!("{:#}\n", document(&explained)),
    };
    write(args.output.as_deref(), &text)?;
    Ok(match explained.user.compliance_type {
        Some(ComplianceType::NonCompliant) => Outcome::Flagged,
        Some(ComplianceType::Compliant | ComplianceType::NotApplicable) => Outcome::NothingFlagged,
        None => failed(offline::missing(&explained.user)),
    })
}

/// Writes the explanation to standard output, or to a file that is there completely or not at all.
fn write(path: Option<&Path>, text: &str) -> Result<(), String> {
    let written = match Destination::open(path)? {
        Destination::Stdout(_) => print(text.as_bytes()),
        mut file => file.write_all(text.as_bytes()).and_then(|()| file.finish()),
    };
    written.map_err(|error| format!("cannot write the result: {error}"))
}

/// The explanation for scripts: the members of a user are those of `setupkey audit`.
fn document(explained: &Explained) -> Value {
    let Explained { account_id, user, parameters, notes } = explained;
    let verdicts: Vec<Value> = words::verdicts(user, parameters)
        .map(|(criterion, [console_users, all_users])| {
            let name = |verdict: Option<ComplianceType>| verdict.map(ComplianceType::name);
            json!({"criterion": criterion, "consoleUsers": name(console_users), "allUsers": name(all_users)})
        })
        .collect();
    let remedies: Vec<Value> = user
        .keys
        .iter()
        .flatten()
        .filter_map(|key| {
            let remedy = key.remedy?;
            let commands = remedy.commands(&user.user_name, key.access_key_id.as_ref());
            let id = key.access_key_id.as_ref().map(AccessKeyId::as_str);
            Some(json!({
                "accessKeyId": id, "remedy": remedy.name(), "text": remedy.in_full(), "commands": commands,
            }))
        })
        .collect();
    json!({
        "accountId": account_id,
        "criterion": parameters.criterion.name(),
        "scope": parameters.scope.name(),
        "setupWindowSeconds": parameters.setup_window.num_seconds(),
        "includeInactiveKeys": parameters.include_inactive_keys,
        "complianceType": user.compliance_type.map(ComplianceType::name),
        "user": audit_json::UserMember::from(user),
        "verdicts": verdicts,
        "remedies": remedies,
        "notes": notes,
    })
}

fn from_report(args: &Args, file: &Path, parameters: RuleParameters) -> Result<Explained, String> {
    let mut found = None;
    let mut twice = false;
    for file in report_file::read_all(&[file.to_owned()])? {
        offline::each_user(&file.csv, |user_name, arn, row| {
            // IAM compares names without case
            if user_name.as_str().eq_ignore_ascii_case(&args.user) || arn == args.user {
                twice = found.is_some();
                found = Some(User::of_report(user_name, arn, &row, &parameters));
            }
        })?;
    }
    let user = found.ok_or_else(|| {
        let hint =
            if is_user_id(&args.user) { ", which contains no user IDs: use the name or the ARN" } else { "" };
        format!("no user `{}` in the credential report{hint}", args.user)
    })?;
    if twice {
        return Err(format!("more than one user is named `{}`: use the ARN", args.user));
    }
    let account_id = offline::account_of(&user.arn);
    Ok(Explained { account_id, user, parameters, notes: &offline::NOTES })
}

async fn live(args: &Args, parameters: RuleParameters) -> Result<Explained, Failure> {
    let (session, caller) = args.login.open().await?;
    let aws = session.aws();
    let name = user_name(&args.user, &aws, &caller).await?;
    let read = every_fact(&aws, &name).await.map_err(|error| error.to_string())?;
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
    Ok(Explained { account_id: Some(caller.account_id), user, parameters, notes: &[] })
}

/// The name of the user that is meant: by name, by ARN, or by user ID.
async fn user_name(given: &str, aws: &Aws, caller: &Caller) -> Result<UserName, String> {
    let parse = |name: &str| UserName::parse(name).map_err(|error| error.to_string());
    if given.starts_with("arn:") {
        let wrong = || format!("`{given}` is not the ARN of an IAM user");
        let name =
            given.split_once(":user/").and_then(|(_, path)| path.rsplit('/').next()).ok_or_else(wrong)?;
        return match offline::account_of(given) {
            Some(account) if account == caller.account_id => parse(name),
            Some(account) => Err(format!(
                "`{given}` is of account {account}, and the credentials are of account {}",
                caller.account_id
            )),
            None => Err(wrong()),
        };
    }
    if is_user_id(given) {
        let listing = aws.list_users(Instant::now() + MAX_TIME).await;
        let mut users = listing.users.into_values();
        if let Some(user) = users.find(|user| user.user_id.as_str() == given) {
            return Ok(user.user_name);
        }
        if let Some(error) = listing.incomplete {
            return Err(error.to_string());
        }
    }
    parse(given)
}

/// Whether the text has the form of the ID of a user. A name can have it, too.
fn is_user_id(text: &str) -> bool {
    text.starts_with("AIDA") && text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
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
