//! An audit of accounts: their credential reports where those may be believed, and live reads for the rest.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::{OptionFuture, join};
use futures::{Stream, StreamExt as _};
use setupkey_aws::reading::CONCURRENCY;
use setupkey_aws::{Aws, AwsError, Caller, Session};
use setupkey_rule::decision::Decision;
use setupkey_rule::evaluation::ComplianceType;
use setupkey_rule::facts::{IamUser, UserFacts};
use setupkey_rule::known::KnownUser;
use setupkey_rule::parameters::RuleParameters;
use setupkey_rule::report::{CredentialReport, ReportAge};
use tokio::time::Instant;

use crate::audit::model::{Account, Counted, Source, Tagged, Unread, User};
use crate::audit::progress::Progress;

/// This many accounts are read at a time; IAM throttles each by itself.
const ACCOUNTS: usize = 4;

/// The credential report is waited for at most this long: a run without it takes minutes too.
const MAX_REPORT_TIME: Duration = Duration::from_secs(90);

/// No reading takes longer: a day, which is to say that there is no deadline.
const NO_DEADLINE: Duration = Duration::from_secs(86_400);

/// Said once, however many accounts it is true of.
const OLDER_REPORT: &str =
    "of users who cannot be flagged, a credential report tells that was made before this audit";

/// How accounts are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading<'a> {
    /// What is asked.
    pub(crate) parameters: &'a RuleParameters,
    /// When the audit began.
    pub(crate) at: DateTime<Utc>,
    /// Whether the credential report is left out.
    pub(crate) live: bool,
    /// Who watches.
    pub(crate) progress: &'a Progress,
}

/// A role to take in each account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Role<'a> {
    /// The name, with its path if it has one.
    pub(crate) name: &'a str,
    /// What its trust policy asks for.
    pub(crate) external_id: Option<&'a str>,
}

/// An account, and what its reader has to know.
#[derive(Debug)]
pub(crate) struct Read {
    /// The account.
    pub(crate) account: Account,
    /// What the reader has to know.
    pub(crate) note: Option<String>,
}

impl Reading<'_> {
    /// Reads the account of the session.
    pub(crate) async fn own_account(self, session: &Session) -> Read {
        match session.caller().await {
            Ok(caller) => self.account(&session.aws(), caller.account_id).await,
            Err(error) => unread(None, error.to_string()),
        }
    }

    /// Takes the role in each account and reads it, some at a time; they come in the order that was asked for.
    pub(crate) fn accounts<'a>(
        self,
        session: &'a Session,
        caller: &'a Caller,
        ids: &'a [String],
        role: Role<'a>,
    ) -> impl Stream<Item = Read> + 'a
    where
        Self: 'a,
    {
        futures::stream::iter(ids)
            .map(move |id| async move {
                let role_arn = format!("arn:{}:iam::{id}:role/{}", caller.partition, role.name);
                match session.assume_role(&role_arn, role.external_id).await {
                    Ok(aws) => self.account(&aws, id.clone()).await,
                    Err(error) => unread(Some(id.clone()), error.to_string()),
                }
            })
            .buffered(ACCOUNTS)
    }

    async fn account(self, aws: &Aws, account_id: String) -> Read {
        let now = Instant::now();
        let report: OptionFuture<_> =
            (!self.live).then(|| aws.credential_report(self.at, now + MAX_REPORT_TIME)).into();
        let (listing, report) = join(aws.list_users(now + NO_DEADLINE), report).await;
        let (report, note) = match report {
            None => (None, None),
            Some(Ok(report)) => {
                let note = (report.age() == ReportAge::Older).then(|| OLDER_REPORT.to_owned());
                (Some(report), note)
            }
            Some(Err(error)) => (
                None,
                Some(format!(
                    "account {account_id}: no credential report, all users were read live: {error}"
                )),
            ),
        };
        self.progress.expect(listing.users.len());
        let mut users = Vec::new();
        let mut unread = Vec::new();
        if let Some(error) = listing.incomplete {
            unread.push(Unread { user_name: None, reason: error.to_string() });
        }
        let mut reads = futures::stream::iter(listing.users.into_values())
            .map(|user| self.user(aws, user, report.as_ref()))
            .buffer_unordered(CONCURRENCY);
        while let Some((facts, decision)) = reads.next().await {
            self.progress.advance();
            let verdict = match decision {
                Ok(Some(decision)) => Some(decision),
                // gone meanwhile
                Ok(None) => continue,
                Err(error) => {
                    let user_name = Some(facts.user().user_name.to_string());
                    unread.push(Unread { user_name, reason: error.to_string() });
                    None
                }
            };
            users.push(self.told(&facts, verdict));
        }
        drop(reads);
        let by_name = |name: &str| name.to_lowercase();
        users.sort_by_cached_key(|user| by_name(&user.user_name));
        unread.sort_by_cached_key(|unread| unread.user_name.as_deref().map(by_name));
        let report_time = report.map(|report| report.generated());
        let account = Account {
            account_id: Some(account_id),
            source: Source::Live,
            report_time,
            users,
            counted: Counted::default(),
            unread,
        };
        Read { account, note }
    }

    async fn user(
        self,
        aws: &Aws,
        user: IamUser,
        report: Option<&CredentialReport>,
    ) -> (UserFacts, Result<Option<Decision>, AwsError>) {
        let reported = report.and_then(|report| report.reported(&user, self.parameters));
        let mut facts = UserFacts::new(user, reported);
        let decision = aws.decide(&mut facts, self.parameters, self.at).await;
        (facts, decision)
    }

    /// What is shown of a user; without a decision, of one who was not read.
    pub(crate) fn told(self, facts: &UserFacts, decision: Option<Decision>) -> User {
        let mut known = KnownUser::from_facts(facts);
        known.sort_keys();
        let compliance_type = decision.as_ref().map(|decision| match decision {
            Decision::NonCompliant(_) => ComplianceType::NonCompliant,
            Decision::Compliant | Decision::NotFlagged { had_console_password: true } => {
                ComplianceType::Compliant
            }
            Decision::OutOfScope
            | Decision::Excepted(_)
            | Decision::NotFlagged { had_console_password: false } => ComplianceType::NotApplicable,
        });
        let user = facts.user();
        let names = (user.user_name.to_string(), Some(user.user_id.to_string()), user.arn.clone());
        let tagged = match decision {
            Some(Decision::Excepted(exception)) => Some(Tagged::InForce(exception)),
            Some(Decision::NonCompliant(finding)) => finding.void_exception.map(Tagged::Void),
            _ => None,
        };
        User { exception: tagged, ..User::new(names, &known, compliance_type, self.parameters) }
    }
}

/// An account that could not be read.
fn unread(account_id: Option<String>, reason: String) -> Read {
    let unread = vec![Unread { user_name: None, reason }];
    let account = Account {
        account_id,
        source: Source::Live,
        report_time: None,
        users: Vec::new(),
        counted: Counted::default(),
        unread,
    };
    Read { account, note: None }
}
