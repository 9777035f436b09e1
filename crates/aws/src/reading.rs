//! Answers what the decision asks for, user after user, until everybody is settled or time is up.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use futures::StreamExt as _;
use setupkey_rule::decision::{Decision, Fact, Step, next};
use setupkey_rule::facts::{IamUser, UserFacts, UserId};
use setupkey_rule::parameters::RuleParameters;
use setupkey_rule::report::{CredentialReport, Reported};
use setupkey_rule::results::Verdict;
use setupkey_rule::turn::in_turn;
use tokio::time::{Instant, timeout_at};
use tracing::{error, warn};

use crate::clients::Aws;
use crate::error::AwsError;

/// This many users are read at a time: IAM throttles by account, more would only wait longer.
pub const CONCURRENCY: usize = 8;

/// The verdicts on all users, and how it went.
#[derive(Clone, Debug, Default)]
pub struct Verdicts {
    /// Every user with the verdict.
    pub users: BTreeMap<UserId, (IamUser, Verdict)>,
    /// How many could not be read because a call failed.
    pub failed: usize,
    /// How many could not be read because time was up.
    pub late: usize,
}

impl Aws {
    /// Decides every user at the time of the event, with what the report says where it may be believed. Who
    /// cannot be read, or not before `read_until`, is unread and named in the log. Users are read in turn, so
    /// that runs which never have time for everybody read everybody one after the other.
    pub async fn decide_all(
        &self,
        users: BTreeMap<UserId, IamUser>,
        report: Option<&CredentialReport>,
        parameters: &RuleParameters,
        at: DateTime<Utc>,
        read_until: Instant,
    ) -> Verdicts {
        let mut verdicts = Verdicts::default();
        let reported = users.into_values().map(|user| {
            let reported = report.and_then(|report| report.reported(&user, parameters));
            (user, reported)
        });
        let (settled, waiting): (Vec<_>, Vec<_>) = reported.partition(|(user, reported)| {
            matches!(next(&UserFacts::new(user.clone(), *reported), parameters, at), Step::Decided(_))
        });
        let mut reads = futures::stream::iter(settled.into_iter().chain(in_turn(waiting, at)))
            .map(|(user, reported)| async move {
                let read = timeout_at(read_until, self.decide(user.clone(), reported, parameters, at)).await;
                (user, read)
            })
            .buffer_unordered(CONCURRENCY);
        while let Some((user, read)) = reads.next().await {
            let verdict = match read {
                Ok(Ok(Some(decision))) => Verdict::Decided(decision),
                Ok(Ok(None)) => {
                    warn!(user_name = %user.user_name, user_id = %user.user_id, "user gone or renamed meanwhile");
                    Verdict::Gone
                }
                Ok(Err(error)) => {
                    error!(user_name = %user.user_name, user_id = %user.user_id, %error, "user not read");
                    verdicts.failed += 1;
                    Verdict::Unread
                }
                Err(_) => {
                    error!(user_name = %user.user_name, user_id = %user.user_id, "user not read in time");
                    verdicts.late += 1;
                    Verdict::Unread
                }
            };
            verdicts.users.insert(user.user_id.clone(), (user, verdict));
        }
        verdicts
    }

    /// Decides one user. `None` says that no user has the name any more.
    ///
    /// # Errors
    ///
    /// A fact could not be read; there is no verdict then.
    pub async fn decide(
        &self,
        user: IamUser,
        reported: Option<Reported>,
        parameters: &RuleParameters,
        at: DateTime<Utc>,
    ) -> Result<Option<Decision>, AwsError> {
        self.settle(&mut UserFacts::new(user, reported), parameters, at).await
    }

    /// The same, and what was read on the way stays in the facts.
    ///
    /// # Errors
    ///
    /// A fact could not be read; there is no verdict then.
    pub async fn settle(
        &self,
        facts: &mut UserFacts,
        parameters: &RuleParameters,
        at: DateTime<Utc>,
    ) -> Result<Option<Decision>, AwsError> {
        loop {
            match next(facts, parameters, at) {
                Step::Decided(decision) => return Ok(Some(decision)),
                Step::Read(Fact::AccessKeys) => match self.list_access_keys(&facts.user().user_name).await? {
                    Some(keys) => facts.learn_access_keys(keys),
                    None => return Ok(None),
                },
                Step::Read(Fact::Tags) => match self.list_user_tags(&facts.user().user_name).await? {
                    Some(tags) => facts.learn_tags(tags),
                    None => return Ok(None),
                },
                Step::Read(Fact::ConsolePassword) => {
                    let console_password = self.console_password(&facts.user().user_name).await?;
                    facts.learn_console_password(console_password);
                }
                Step::Read(Fact::LastUsed(id)) => {
                    let last_used = self.last_used(&id).await?;
                    facts.learn_last_used(&id, last_used);
                }
            }
        }
    }
}
