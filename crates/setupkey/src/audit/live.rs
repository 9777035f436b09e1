//! An audit of accounts: their credential reports where those may be believed, and live reads for the rest.

use std::pin::pin;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::{OptionFuture, join4};
use futures::{Stream, StreamExt as _};
use setupkey_aws::{Aws, AwsError, Caller, Session};
use setupkey_rule::decision::{NotRead, Outcome};
use setupkey_rule::parameters::RuleParameters;
use setupkey_rule::report::ReportAge;
use tokio::time::{Instant, timeout_at};

use crate::audit::accounts::{Role, Target};
use crate::audit::evidence::{Evidence, ReportEvidence};
use crate::audit::model::{Account, Counted, Source, Unread, User};
use crate::audit::progress::Progress;
use crate::audit::{now, offline};
use crate::text::time;

/// The credential report is waited for at most this long: a run without it takes minutes too.
const MAX_REPORT_TIME: Duration = Duration::from_secs(90);

/// What no verdict needs is waited for at most this long.
const MAX_EVIDENCE_TIME: Duration = Duration::from_secs(30);

/// Said once, however many accounts it is true of.
const OLDER_REPORT: &str =
    "users who cannot be flagged were settled from a credential report that AWS generated before this audit";

/// How accounts are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) parameters: &'a RuleParameters,
    /// When the audit began.
    pub(crate) at: DateTime<Utc>,
    /// Whether the credential report is left out.
    pub(crate) live: bool,
    /// The most time that an account takes: one that does not answer holds up nothing for longer.
    pub(crate) timeout: Duration,
    pub(crate) progress: &'a Progress,
}

/// How several accounts are entered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entering<'a> {
    /// The credentials that assume the role.
    pub(crate) session: &'a Session,
    /// Whose they are.
    pub(crate) caller: &'a Caller,
    /// The role.
    pub(crate) role: &'a Role,
    /// Whether the role is assumed in the caller's own account, too.
    pub(crate) enters_own_account: bool,
}

/// An account, and what its reader has to know.
#[derive(Debug)]
pub(crate) struct Read {
    /// The account.
    pub(crate) account: Account,
    /// What the reader has to know.
    pub(crate) notes: Vec<String>,
    /// How it was read, for `--verbose`.
    pub(crate) told: Vec<String>,
}

impl<'a> Reading<'a> {
    /// Reads the account of the session.
    pub(crate) async fn own_account(self, session: &Session, caller: Caller, name: Option<String>) -> Read {
        let target = Target { account_id: caller.account_id, name };
        self.account(&session.aws(), target, caller.arn, Instant::now() + self.timeout).await
    }

    /// Enters each account and reads it, some at a time. They come as they finish, each with its place.
    pub(crate) fn accounts<'b>(
        self,
        entering: Entering<'b>,
        targets: Vec<Target>,
        concurrency: usize,
    ) -> impl Stream<Item = (usize, Read)> + 'b
    where
        'a: 'b,
    {
        futures::stream::iter(targets.into_iter().enumerate())
            .map(move |(place, target)| async move { (place, self.entered(entering, target).await) })
            .buffer_unordered(concurrency)
    }

    async fn entered(self, entering: Entering<'_>, target: Target) -> Read {
        let Entering { session, caller, role, enters_own_account } = entering;
        if target.account_id == caller.account_id && !enters_own_account {
            return self.own_account(session, caller.clone(), target.name).await;
        }
        let (started_at, until) = (Some(now()), Instant::now() + self.timeout);
        let role_arn = role.arn(caller, &target.account_id);
        let entered = timeout_at(until, session.assume_role(&role_arn, &role.assume)).await;
        match entered.unwrap_or_else(|_| Err(AwsError::timed_out("sts:AssumeRole"))) {
            Ok((aws, arn)) => self.account(&aws, target, arn, until).await,
            Err(error) => {
                let evidence = Evidence {
                    account_name: target.name,
                    started_at,
                    finished_at: Some(now()),
                    ..Evidence::default()
                };
                unread(target.account_id, evidence, error.to_string())
            }
        }
    }

    async fn account(self, aws: &Aws, target: Target, caller_arn: String, until: Instant) -> Read {
        let Target { account_id, name: account_name } = target;
        let (begun, started_at) = (Instant::now(), now());
        self.progress.waits_for("waiting for the credential report");
        let mut seen = None;
        let see = |csv: &[u8]| seen = Some((offline::sha256(csv), offline::rows(csv)));
        let report: OptionFuture<_> = (!self.live)
            .then(|| aws.credential_report_seen(self.at, until.min(begun + MAX_REPORT_TIME), see))
            .into();
        let (listing, report, alias, counted) = join4(
            aws.list_users(until),
            report,
            aws.account_alias(until.min(begun + MAX_EVIDENCE_TIME)),
            aws.account_summary_users(until.min(begun + MAX_EVIDENCE_TIME)),
        )
        .await;
        let mut notes = Vec::new();
        let mut told = vec![format!("read as {caller_arn}")];
        let report = match report {
            None => None,
            Some(Ok(report)) => {
                if report.age() == ReportAge::Older {
                    notes.push(OLDER_REPORT.to_owned());
                }
                told.push(format!("credential report of {}", time(report.generated())));
                Some(report)
            }
            Some(Err(error)) => {
                notes.push(format!(
                    "account {account_id}: could not get the credential report; read every user from IAM: {error}"
                ));
                None
            }
        };
        // evidence beside the verdicts: no verdict depends on it
        told.extend(alias.as_ref().err().map(ToString::to_string));
        told.extend(counted.as_ref().err().map(ToString::to_string));
        let mut evidence = Evidence {
            caller_arn: Some(caller_arn),
            account_alias: alias.ok().flatten(),
            account_name,
            started_at: Some(started_at),
            users_listed: listing.incomplete.is_none().then_some(listing.users.len()),
            account_summary_users: counted.ok(),
            report: report.as_ref().zip(seen).map(|(report, (sha256, rows))| ReportEvidence {
                generated_time: Some(report.generated()),
                sha256,
                rows,
            }),
            finished_at: None,
        };
        notes.extend(evidence.difference().map(|difference| format!("account {account_id}: {difference}")));
        self.progress.expect_users(listing.users.len());
        let mut users = Vec::new();
        let mut unread = Vec::new();
        if let Some(error) = listing.incomplete {
            unread.push(Unread { user_name: None, reason: error.to_string() });
        }
        let reading = setupkey_aws::reading::Reading {
            report: report.as_ref(),
            parameters: self.parameters,
            event_time: self.at,
            until,
        };
        let decided = aws.decide_users(listing.users.into_values().collect(), reading);
        let mut decided = pin!(decided);
        while let Some((facts, outcome)) = decided.next().await {
            self.progress.user_read();
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
        evidence.finished_at = Some(now());
        let calls = aws.calls.sent();
        told.push(format!("{} users, {calls} calls, {:.1} s", users.len(), begun.elapsed().as_secs_f64()));
        let account = Account {
            account_id: Some(account_id),
            source: Source::Live,
            report_time,
            users,
            counted: Counted::default(),
            unread,
            evidence,
        };
        Read { account, notes, told }
    }
}

/// An account that could not be entered.
fn unread(account_id: String, evidence: Evidence, reason: String) -> Read {
    let unread = vec![Unread { user_name: None, reason }];
    let account = Account {
        account_id: Some(account_id),
        source: Source::Live,
        report_time: None,
        users: Vec::new(),
        counted: Counted::default(),
        unread,
        evidence,
    };
    Read { account, notes: Vec::new(), told: Vec::new() }
}
