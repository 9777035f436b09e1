//! An audit of accounts: their credential reports where those may be believed, and live reads for the rest.

use std::pin::pin;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::{OptionFuture, join};
use futures::{Stream, StreamExt as _};
use setupkey_aws::{Aws, Caller, Session};
use setupkey_rule::decision::{NotRead, Outcome};
use setupkey_rule::parameters::RuleParameters;
use setupkey_rule::report::ReportAge;
use tokio::time::Instant;

use crate::audit::model::{Account, Counted, Source, Unread, User};
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
                    "account {account_id}: could not get the credential report; read every user from IAM: {error}"
                )),
            ),
        };
        self.progress.expect(listing.users.len());
        let mut users = Vec::new();
        let mut unread = Vec::new();
        if let Some(error) = listing.incomplete {
            unread.push(Unread { user_name: None, reason: error.to_string() });
        }
        let reading = setupkey_aws::reading::Reading {
            report: report.as_ref(),
            parameters: self.parameters,
            event_time: self.at,
            until: now + NO_DEADLINE,
        };
        let decided = aws.decide_users(listing.users.into_values().collect(), reading);
        let mut decided = pin!(decided);
        while let Some((facts, outcome)) = decided.next().await {
            self.progress.advance();
            let decision = match &outcome {
                Outcome::Decided(decision) => Some(decision),
                Outcome::Gone => continue,
                Outcome::NotRead(not_read) => {
                    let reason = match not_read {
                        NotRead::Failed(reason) => reason.clone(),
                        NotRead::TimedOut => "timed out".to_owned(),
                    };
                    unread.push(Unread { user_name: Some(facts.user().user_name.to_string()), reason });
                    None
                }
            };
            users.push(User::of_account(&facts, decision, self.parameters));
        }
        let by_name = |name: &str| name.to_lowercase();
        users.sort_by_cached_key(|user| by_name(user.user_name.as_str()));
        unread.sort_by_cached_key(|unread| unread.user_name.as_deref().map(by_name));
        let report_time = report.as_ref().map(|report| report.generated());
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
